/**
 * The very machines and authorities of the project as players of a search: customer, shop, bank and trustee, whatever they
 * trade by. A state is a machine's own or an authority's rows; equal ones have one number, and what makes no difference to
 * anything that is said or decided makes no two states different.
 */
import type { Machine, Row, Send } from "@counterfoil/protocols";
import {
  hearBank,
  hearLog as hearLogAtShop,
  MERCHANT_ALONE,
  type Purchase,
  type PurchaseInput,
  type PurchaseState,
  type ShopCommand,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import { type BankCommand, type BankOutcome, hearLog as hearLogAtBank, type Owed } from "@counterfoil/protocols/money";
import { answerWithMint, type Desk, type Parties, type TestMint } from "@counterfoil/protocols/players";
import type { TrusteeCommand, TrusteeOutcome } from "@counterfoil/protocols/trustees";
import { interner, type Local, type Move, spell } from "../explore/index.ts";
import { type Actor, deskPlayer, type Kept, type Part, type Planted, type Rows } from "./desk-player.ts";
import type { Said } from "./stage.ts";

export { type Actor, FLAW, type Kept, type Planted, type Rows } from "./desk-player.ts";

/** Before it has an offer a customer has nothing to lose, and keeps nothing. */
export type CustomerState = { readonly phase: "ordering" } | PurchaseState;

export interface CustomerPart extends Part {
  readonly machine: Machine<PurchaseState, PurchaseInput>;
  readonly config: Parameters<typeof startPurchase>[0];
  /** What it has decided to pay; or what it says to have an offer, and what it makes of one: the purchase, if it takes it. */
  readonly begins: Purchase | { readonly says: readonly Send[]; takes(said: Said): Purchase | null };
  /** Which player that is, by the machine's own word for it: `merchant`, `bank`, `log`, `trustee/1`. Null: nobody. */
  readonly hearerOf: (to: string) => string | null;
  /** And back: as whom the machine hears a player. */
  readonly voiceOf: (from: string) => "merchant" | "bank" | "log" | "trustee";
  /** What its purse owes besides. */
  readonly besides?: (state: PurchaseState) => readonly Send[];
  /** A planted fault: what becomes of a step of the machine's. */
  readonly errs?: (next: PurchaseState, before: PurchaseState) => PurchaseState;
}

/** The machine of one purchase. Its timer may go off, and its owner lose patience, at any moment. */
export function customerPlayer(part: CustomerPart): Actor<CustomerState> {
  const { stage, name, machine, begins, hearerOf, voiceOf, nowOf, besides = () => [], errs = (next) => next } = part;
  const states = interner<CustomerState>((state) => spell(isOrdering(state) ? state : customerKey(state)));
  const isBought = "tid" in begins;

  const sent = (sends: readonly Send[]): readonly number[] =>
    sends.flatMap(({ to, bytes }) => {
      const hearer = hearerOf(to);
      return hearer === null ? [] : stage.say({ from: name, to: hearer, bytes, re: null });
    });
  const owes = (state: CustomerState): readonly number[] => {
    if (isOrdering(state)) return isBought ? [] : sent(begins.says);
    return sent([...machine.sends(state), ...besides(state)]);
  };
  const become = (state: PurchaseState): Local => {
    const next = untimed(state);
    return { next: states.of(next), says: owes(next) };
  };
  const step = (state: CustomerState, input: PurchaseInput, instant: number): Local | null => {
    if (isOrdering(state)) return null;
    const next = machine.step(state, input, nowOf(instant));
    return next === null ? null : become(errs(next, state));
  };
  const started = (purchase: Purchase): PurchaseState => startPurchase(part.config, purchase);

  return {
    name,
    states,
    start: states.of(isBought ? untimed(started(begins)) : { phase: "ordering" }),
    hears(number, message, instant) {
      const [state, said] = [states.at(number), stage.at(message)];
      if (!isOrdering(state)) return step(state, { kind: voiceOf(said.from), answer: said.bytes }, instant);
      const purchase = isBought ? null : begins.takes(said);
      return purchase === null ? null : become(started(purchase));
    },
    moves(number, instant) {
      const state = states.at(number);
      return INPUTS.flatMap(([what, kind]): readonly Move[] => {
        const local = step(state, { kind }, instant);
        return local === null ? [] : [{ what, ...local }];
      });
    },
    owes: (number) => owes(states.at(number)),
    ...(part.sendsFirst ? { sendsFirst: true as const } : {}),
    inWords: (number) => states.at(number).phase,
  };
}

const INPUTS = [
  ["gives up", "give-up"],
  ["disputes", "dispute"],
  ["waits no longer", "wake"],
] as const;

function isOrdering(state: CustomerState): state is { readonly phase: "ordering" } {
  return state.phase === "ordering";
}

/**
 * Its waits are over whenever they may be, so no state says when. How often it has tried matters before it has asked the bank
 * and before it asks the trustees, and nowhere else (`sends`, `wake` and `claimSends` of the machine).
 */
function untimed(state: PurchaseState): PurchaseState {
  switch (state.phase) {
    case "paying":
      return { ...state, wakeMs: 0 };
    case "claiming":
      return { ...state, wakeMs: 0, tries: Math.min(state.tries, MERCHANT_ALONE) };
    case "settling":
    case "aborting":
    case "awaiting":
      return { ...state, wakeMs: 0, tries: 0 };
    default:
      return state;
  }
}

/** One proof of the leaf is as good as another. */
function customerKey(state: PurchaseState): unknown {
  return "logged" in state ? { ...state, logged: state.logged !== null } : state;
}

export interface BankPart extends Part {
  readonly all: Pick<Parties, "bank" | "bankConfig">;
  /** Makes the signatures on coins, which follow a commit. */
  readonly mint: TestMint;
  /** Who wants to know what it is that is answered. */
  readonly tellsWhat: readonly string[];
  /** The log, where there is one that hears it. */
  readonly log: string | null;
  readonly audits?: (rows: Rows) => string | null;
  readonly isClockDurable?: boolean;
  readonly planted?: Planted;
}

/** SETTLE, ABORT, REFRESH, HOLD and what is due of them: P§2D. */
export function bankPlayer({ all, mint, tellsWhat, log, ...part }: BankPart): Actor<Kept> {
  const { bank: desk, bankConfig: config } = all;
  return deskPlayer<BankCommand, BankOutcome, Owed>({
    ...part,
    desk: desk as unknown as Desk<never, BankCommand, BankOutcome, Owed>,
    commandIn({ from, bytes, re }, now) {
      if (from === log && re !== null) return hearLogAtBank(config, re, bytes);
      const admitted = desk.authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answers(outcome, { from, bytes }, now) {
      if (from === log) return [];
      const re = tellsWhat.includes(from) ? bytes : null;
      return [{ from: part.name, to: from, bytes: answerWithMint({ ...config, mint }, desk, outcome, now), re }];
    },
    hearerOf: (to) => (to.startsWith("log/") ? log : null),
    // Postings are looked at where they are made (`audits`): in which order sales came in makes no other bank.
    skips: { fields: ["sequence", "wake_ms", "tries"], row: isBankAside },
    duties: ["hold", "sale"],
    owed: ["log_owed"],
  });
}

/** Nor does whether a log has signed for what it was sent, which only has the bank say it less often. */
function isBankAside(place: string, row: Row): boolean {
  if (place.startsWith("posting/") || place.startsWith("log_accepted/")) return true;
  return place.startsWith("log_owed/") && row.kind !== "aborted";
}

export interface ShopPart extends Part {
  readonly all: Pick<Parties, "shop" | "shopConfig">;
  readonly bank: string;
  readonly log: string | null;
  /** Who waits for word of this sale. */
  readonly customerOf: (tid: string) => string | null;
  readonly audits?: (rows: Rows) => string | null;
  readonly planted?: Planted;
}

/** Offers, endorses, and releases v once the bank has paid: P§2C, P§4A. */
export function shopPlayer({ all, bank, log, customerOf, ...part }: ShopPart): Actor<Kept> {
  const { shop: desk, shopConfig: config } = all;
  return deskPlayer<ShopCommand, unknown, never>({
    ...part,
    desk: desk as unknown as Desk<never, ShopCommand, unknown, never>,
    commandIn({ from, bytes, re }, now) {
      if (from === bank) return re === null ? null : hearBank(config, re, bytes);
      if (from === log) return re === null ? null : hearLogAtShop(config, re, bytes);
      const admitted = desk.authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answers(outcome, { from }, now) {
      const bytes = desk.authority.answer(outcome as never, now);
      if (bytes.length === 0) return [];
      // What the bank has said of a sale, the customer hears who waits for it.
      const { tid, about } = outcome as { readonly tid?: string; readonly about?: string };
      const to = from === bank || from === log ? customerOf(tid ?? about ?? "") : from;
      return to === null ? [] : [{ from: part.name, to, bytes, re: null }];
    },
    hearerOf: (to) => (to === "bank" ? bank : to.startsWith("log/") ? log : null),
    // When something is said again is none of what matters: whatever was said can arrive at any time.
    skips: { fields: ["wake_ms", "tries", "time_ms"] },
    owed: ["sale", "committing"],
  });
}

export interface TrusteePart extends Part {
  readonly desk: Desk<never, TrusteeCommand, TrusteeOutcome, never>;
}

/** Answers a dispute, and the same case with the same bytes: P§2C. */
export function trusteePlayer({ desk, ...part }: TrusteePart): Actor<Kept> {
  return deskPlayer<TrusteeCommand, TrusteeOutcome, never>({
    ...part,
    desk,
    commandIn({ bytes }, now) {
      const admitted = desk.authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answers: (outcome, { from }, now) => [
      { from: part.name, to: from, bytes: desk.authority.answer(outcome, now), re: null },
    ],
    hearerOf: () => null,
    skips: { fields: ["answered_ms"] },
  });
}
