/** The customer of a logged sale, and the one trustee whom it asks at last. */
import type { Purchase, PurchaseInput, PurchaseState } from "@counterfoil/protocols/exchange";
import { MERCHANT_ALONE, startPurchase } from "@counterfoil/protocols/exchange";
import { type LoggedSale, seedOf } from "@counterfoil/protocols/players";
import { interner, type Local, type Player, spell } from "../explore/index.ts";
import { addressed, clockOf, workOf } from "./logged-desk.ts";
import type { takerOf } from "./logged-offers.ts";
import type { Customer, Who, Words } from "./logged-words.ts";

/** Before it has an offer a customer has nothing to lose, and keeps nothing. */
export type BuyerState = { readonly phase: "ordering" } | PurchaseState;

export interface Buyer extends Player {
  stateOf(state: number): BuyerState;
  isOver(state: number): boolean;
}

const FROM: Partial<Record<Who, "bank" | "merchant" | "log" | "trustee">> = {
  "the bank": "bank",
  "the shop": "merchant",
  "the log": "log",
  "the trustee": "trustee",
};

/** @param takes what it makes of an offer, where it has none yet; else it has decided to pay. */
export function buyerOf(words: Words, name: Customer, takes: ReturnType<typeof takerOf> | null = null): Buyer {
  const { machine, paying, refreshes, ...sale } = words.sales[words.who.indexOf(name)] as LoggedSale;
  const purchases: Purchase[] = [];
  const states = interner<BuyerState>((state) => spell(distinct(state, purchases), SKIPPED));
  const say = addressed(words, name);
  const now = clockOf({ machine, paying, refreshes, ...sale }, "customer")(0);
  const owes = (state: BuyerState): readonly number[] => {
    if (state.phase === "ordering") return [];
    const back = state.phase === "ended" ? refreshes : [];
    return [...machine.sends(state), ...back].flatMap(say);
  };
  const stepped = (state: number, input: PurchaseInput): Local | null => {
    const at = states.at(state);
    const next = at.phase === "ordering" ? null : machine.step(at, input, now);
    return next === null ? null : become(next);
  };
  const become = (next: BuyerState): Local => ({ next: states.of(next), says: owes(next) });
  const ordered = (from: Who, bytes: Uint8Array): Local | null => {
    const purchase = from === "the shop" ? (takes?.(bytes) ?? null) : null;
    const config = { crypto: sale.crypto, seed: seedOf("wallet", sale.crypto), waitsMs: [0] };
    return purchase === null ? null : become(startPurchase(config, purchase));
  };
  const isOver = (state: number) => OVER.has(states.at(state).phase);
  return {
    name,
    start: states.of(takes === null ? paying : { phase: "ordering" }),
    stateOf: states.at,
    isOver,
    hears(state, message) {
      const { from, bytes } = words.all.at(message);
      if (states.at(state).phase === "ordering") return ordered(from, bytes);
      return stepped(state, { kind: FROM[from] as "bank", answer: bytes });
    },
    moves(state) {
      return movesIn(states.at(state)).flatMap(({ what, input }) => {
        const local = stepped(state, input);
        return local === null ? [] : [{ what, ...local }];
      });
    },
    owes: (state) => owes(states.at(state)),
    inWords: (state) => states.at(state).phase,
  };
}

const OVER: ReadonlySet<string> = new Set(["paid", "ended"]);

/** Whatever the network does to it, the instant of its next try is none of what matters. */
const SKIPPED: ReadonlySet<string> = new Set(["wakeMs"]);

/** One proof of the leaf is as good as another. A purchase is numbered, since a customer takes at most a few offers. */
function distinct(state: BuyerState, purchases: Purchase[]): unknown {
  if (state.phase === "ordering") return state;
  const { purchase, ...rest } = state;
  if (!purchases.includes(purchase)) purchases.push(purchase);
  const own = { ...rest, purchase: purchases.indexOf(purchase) };
  return "logged" in own ? { ...own, logged: own.logged !== null } : own;
}

interface Own {
  readonly what: string;
  readonly input: PurchaseInput;
}

function movesIn(state: BuyerState): readonly Own[] {
  if (state.phase === "paying") {
    return [
      { what: "gives up", input: { kind: "give-up" } },
      { what: "waits no longer", input: { kind: "wake" } },
    ];
  }
  const asks = state.phase === "claiming" && state.logged !== null && state.tries < MERCHANT_ALONE;
  return asks ? [{ what: "asks the trustee", input: { kind: "dispute" } }] : [];
}

/** As it stands after its ceremony. */
export function trusteeOf(words: Words): Player {
  const [sale] = words.sales as [LoggedSale];
  const { trustee } = sale;
  const work = workOf(trustee, () => []);
  const now = clockOf(sale, "customer")(0);
  return {
    name: "the trustee",
    start: work.states.of(new Map(trustee.rows)),
    hears(state, message) {
      const { from, bytes } = words.all.at(message);
      return work.on(state, () => words.say("the trustee", from, trustee.hear(bytes, now)));
    },
  };
}
