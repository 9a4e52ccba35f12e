/** The exchanges that S1 §2 sets beside each other, and ours, in one table: what each takes, and what a quitter gains at worst. */
import type { Crypto } from "@counterfoil/crypto";
import { type Conduct, measureSale } from "../measure/index.ts";
import { drawsOf } from "../simulate/draws.ts";
import type { Kind } from "../simulate/index.ts";
import { type GradualTerms, quits } from "./gradual.ts";
import { penaltyExchange, thirdPartyExchange, worstQuit } from "./small.ts";

export interface Compared {
  readonly name: string;
  readonly source: string;
  /** Where both do their part. */
  readonly messages: number;
  readonly rounds: number;
  /** Of ours as measured, price and order included; of the others the least that they can be. */
  readonly bytes: number;
  /** How far the third party takes part in an honest exchange, in messages to and from it. */
  readonly thirdParty: number;
  /** The most that whoever stops has more than the other, of the price; and after which message. */
  readonly gain: number;
  readonly after: number | null;
  readonly restsOn: string;
}

/** A key of the goods has 32 bytes. */
export const GRADUAL: GradualTerms = { bits: 256, speedBits: { quitter: 40, other: 40 }, worthSeconds: 86_400 };
/** The same, where one of them has a thousand times the machines of the other. */
export const UNEQUAL: GradualTerms = { ...GRADUAL, speedBits: { quitter: 50, other: 40 } };

export function compared(crypto: Crypto): readonly Compared[] {
  return [
    gradual("gradual, equal machines", GRADUAL),
    gradual("gradual, one 1024 times as fast", UNEQUAL),
    small("third party on line", "S1 §2.2, Ketchpel", thirdPartyExchange(), "the third party, in every exchange"),
    ...[0.5, 1, 2].map((deposit) =>
      small(
        `penalty of ${deposit} of the price`,
        "S1 §2.1, Sandholm and Lesser",
        penaltyExchange(deposit),
        "that both are rational, and that the deposit covers what a quitter has",
      ),
    ),
    ours(crypto, { mode: "netbill", pays: "debit" }, "the bank, which holds the key"),
    ours(crypto, { mode: "optimistic", pays: "coins" }, "the bank's row; trustees only where the shop is silent"),
    ours(crypto, { mode: "logged", pays: "coins" }, "the log, which decides; trustees only where the shop is silent"),
  ];
}

/** A bit, its place and a signature: the least that another can show. */
const BIT_MESSAGE_BYTES = 1 + 2 + 64;

function gradual(name: string, terms: GradualTerms): Compared {
  const draws = drawsOf(1);
  const bytes = terms.bits / 8;
  const all = quits(terms, draws.bytes(bytes), draws.bytes(bytes));
  const worst = all.reduce((most, each) => (each.advantage > most.advantage ? each : most));
  return {
    ...{ name, source: "S1 §2.1, Blum", messages: all.length, rounds: all.length },
    ...{ bytes: all.length * BIT_MESSAGE_BYTES, thirdParty: 0, gain: worst.advantage, after: worst.after },
    restsOn: "equal machines, and a proof of each bit",
  };
}

function small(
  name: string,
  source: string,
  exchange: ReturnType<typeof thirdPartyExchange>,
  restsOn: string,
): Compared {
  const { gain, after } = worstQuit(exchange);
  const { messages, rounds, bytes, thirdParty } = exchange;
  return { ...{ name, source, messages, rounds, bytes, thirdParty, gain, after }, restsOn };
}

/** Measured whole, and once more with each silence of the shop: whoever stops must have nothing for it. */
function ours(crypto: Crypto, kind: Kind, restsOn: string): Compared {
  const honest = measureSale(crypto, kind);
  const silences: Conduct[] =
    kind.mode === "logged" ? ["silent once paid", "silent once committed"] : ["silent once paid"];
  // Each of these runs is checked at its end: paid and goods, or neither. One that is not throws.
  const gain = silences.reduce(
    (most, conduct) => Math.max(most, measureSale(crypto, kind, conduct).end === "forfeited" ? 1 : 0),
    0,
  );
  const thirdParty = honest.messages.filter(({ from, to }) =>
    [from, to].some((each) => each === "bank" || each === "log"),
  );
  return {
    ...{ name: `${kind.mode} by ${kind.pays}`, source: "shipped", messages: honest.all.messages },
    ...{ rounds: honest.toEnd.rounds, bytes: honest.all.bytes, thirdParty: thirdParty.length },
    ...{ gain, after: null, restsOn },
  };
}

/** For a terminal: a line each. */
export function comparedText(rows: readonly Compared[]): string {
  const head = ["exchange", "messages", "rounds", "bytes", "third party", "a quitter gains", "rests on"];
  const lines = rows.map(({ name, messages, rounds, bytes, thirdParty, gain, after, restsOn }) => {
    const gained = gain === 0 ? "nothing" : `${Math.round(gain * 1000) / 10}% after ${after}`;
    return [name, String(messages), String(rounds), String(bytes), String(thirdParty), gained, restsOn];
  });
  const widths = head.map((word, at) => Math.max(word.length, ...lines.map((line) => (line[at] as string).length)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((word, at) => word.padEnd(widths[at] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
