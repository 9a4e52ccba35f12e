/**
 * Two exchanges of S1 §2, each played out message by message with what either side then has: through a third party that takes part
 * in all of them, and directly, with a deposit that a quitter loses to the other.
 */

export interface SmallMessage {
  readonly from: "C" | "M" | "T";
  readonly to: "C" | "M" | "T";
  readonly says: string;
}

/** What C and M have, in prices: the goods are worth the price to C, and cost M nothing to give. */
export interface Holdings {
  readonly C: number;
  readonly M: number;
}

export interface SmallExchange {
  readonly script: readonly SmallMessage[];
  /** What each has if all ends after so many messages, and the third party does what it promised. */
  endsAfter(messages: number): Holdings;
  readonly messages: number;
  readonly rounds: number;
  readonly bytes: number;
  readonly thirdParty: number;
}

/** Contract, payment and goods go to the third party; only when it has all of them does it hand them on. */
export function thirdPartyExchange(): SmallExchange {
  const script: SmallMessage[] = [
    { from: "C", to: "M", says: "order" },
    { from: "M", to: "C", says: "contract" },
    { from: "C", to: "T", says: "contract, payment" },
    { from: "M", to: "T", says: "contract, goods" },
    { from: "T", to: "C", says: "goods" },
    { from: "T", to: "M", says: "payment" },
  ];
  // The third party keeps what it is to hand on until it is fetched, so that losing messages 5 and 6 takes nothing.
  return exchangeOf(script, (said) => (has(script, said, "T", "contract, goods") ? DONE : NOTHING));
}

/** Each leaves a deposit; C pays, M gives. Whoever stops once both have deposited loses its deposit to the other. */
export function penaltyExchange(depositOfPrice: number): SmallExchange {
  const script: SmallMessage[] = [
    { from: "C", to: "M", says: "order" },
    { from: "M", to: "C", says: "contract" },
    { from: "C", to: "T", says: "deposit" },
    { from: "M", to: "T", says: "deposit" },
    { from: "C", to: "M", says: "payment" },
    { from: "M", to: "C", says: "goods" },
    { from: "C", to: "T", says: "done" },
    { from: "M", to: "T", says: "done" },
  ];
  return exchangeOf(script, (said) => {
    if (!has(script, said, "T", "deposit", "M")) return NOTHING;
    const isPaid = has(script, said, "M", "payment");
    const isGiven = has(script, said, "C", "goods");
    if (isGiven) return DONE; // the evidence of both is there, so each has its deposit back
    // Only whoever's turn it was can have stopped.
    return isPaid ? { C: -1 + depositOfPrice, M: 1 - depositOfPrice } : { C: -depositOfPrice, M: depositOfPrice };
  });
}

export interface WorstQuit {
  readonly gain: number;
  readonly after: number | null;
}

/** The most that the one who stops ends better than if it had gone on, which is 0 for C and 1 for M, while the other ends worse. */
export function worstQuit({ script, endsAfter }: Pick<SmallExchange, "script" | "endsAfter">): WorstQuit {
  let worst: WorstQuit = { gain: 0, after: null };
  for (let after = 0; after < script.length; after++) {
    const quitter = script[after]?.from;
    if (quitter !== "C" && quitter !== "M") continue;
    const ends = endsAfter(after);
    const other = quitter === "C" ? "M" : "C";
    const gain = Math.max(0, ends[quitter] - NOTHING[quitter]);
    const loses = ends[other] < NOTHING[other];
    if (loses && gain > worst.gain) worst = { gain, after };
  }
  return worst;
}

const NOTHING: Holdings = { C: 0, M: 0 };
/** C has paid 1 and has goods worth 1; M has 1. */
const DONE: Holdings = { C: 0, M: 1 };

function has(script: readonly SmallMessage[], said: number, to: string, says: string, from?: string): boolean {
  return script
    .slice(0, said)
    .some((each) => each.to === to && each.says === says && (from ?? each.from) === each.from);
}

/** A signed statement of four names. */
const STATEMENT_BYTES = 64 + 4 * 32;

function exchangeOf(script: readonly SmallMessage[], endsAfter: (messages: number) => Holdings): SmallExchange {
  const depths = new Map<string, number>();
  for (const { from, to } of script) depths.set(to, Math.max(depths.get(to) ?? 0, (depths.get(from) ?? 0) + 1));
  return {
    ...{ script, endsAfter, messages: script.length, rounds: Math.max(...depths.values()) },
    bytes: script.length * STATEMENT_BYTES,
    thirdParty: script.filter(({ from, to }) => from === "T" || to === "T").length,
  };
}
