/** The customer of a logged sale, and the one trustee whom it asks at last. */
import type { PurchaseInput, PurchaseState } from "@counterfoil/protocols/exchange";
import { MERCHANT_ALONE } from "@counterfoil/protocols/exchange";
import type { LoggedSale } from "@counterfoil/protocols/players";
import { interner, type Local, type Player, spell } from "../explore/index.ts";
import { addressed, clockOf, workOf } from "./logged-desk.ts";
import type { Customer, Who, Words } from "./logged-words.ts";

export interface Buyer extends Player {
  stateOf(state: number): PurchaseState;
  isOver(state: number): boolean;
}

const FROM: Partial<Record<Who, "bank" | "merchant" | "log" | "trustee">> = {
  "the bank": "bank",
  "the shop": "merchant",
  "the log": "log",
  "the trustee": "trustee",
};

export function buyerOf(words: Words, name: Customer): Buyer {
  const { machine, paying, refreshes, ...sale } = words.sales[words.who.indexOf(name)] as LoggedSale;
  const states = interner<PurchaseState>((state) => spell(distinct(state), SKIPPED));
  const say = addressed(words, name);
  const now = clockOf({ machine, paying, refreshes, ...sale }, "customer")(0);
  const owes = (state: PurchaseState): readonly number[] => {
    const back = state.phase === "ended" ? refreshes : [];
    return [...machine.sends(state), ...back].flatMap(say);
  };
  const stepped = (state: number, input: PurchaseInput): Local | null => {
    const next = machine.step(states.at(state), input, now);
    return next === null ? null : { next: states.of(next), says: owes(next) };
  };
  const isOver = (state: number) => OVER.has(states.at(state).phase);
  return {
    name,
    start: states.of(paying),
    stateOf: states.at,
    isOver,
    hears(state, message) {
      const { from, bytes } = words.all.at(message);
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

/** One proof of the leaf is as good as another. */
function distinct(state: PurchaseState): unknown {
  const { purchase: _, ...rest } = state;
  return "logged" in rest ? { ...rest, logged: rest.logged !== null } : rest;
}

interface Own {
  readonly what: string;
  readonly input: PurchaseInput;
}

function movesIn(state: PurchaseState): readonly Own[] {
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
