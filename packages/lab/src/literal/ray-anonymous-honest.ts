/** Customer and merchant of S1's anonymous protocol, each doing what the paper has it do. */
import type { Own, Role } from "../explore/index.ts";
import { B, C, M, type Said, TP, TP2, type Variant } from "./ray-anonymous-words.ts";
import { type Cipher, crossValidates, encrypted, over, type Plain, times } from "./ray-terms.ts";

export type Customer = {
  readonly phase:
    | "start"
    | "withdrawing"
    | "initiated"
    | "validated"
    | "payment-sent"
    | "told-to-abort"
    | "aborted"
    | "returning"
    | "refunded"
    | "refused"
    | "disputing"
    | "undecided"
    | "finished"
    // All that it had written is gone: coin, blinding factor, S.
    | "bare";
  readonly offer?: Cipher;
  readonly goods?: Plain;
};

export type Merchant = {
  readonly phase:
    | "idle"
    | "initiated"
    | "payment-expecting"
    | "aborted"
    | "answered"
    | "banking"
    | "finished"
    // Not paid and done with it: by the customer's Abort, or by the third party's or the bank's word.
    | "ended-by-customer"
    | "ended";
  /** Whether it has sent message 7 a second time. */
  readonly isAgain: boolean;
};

export const HONEST_OFFER = encrypted(times("m", "r"), "N", "N1");
const CATALOGUE = encrypted("m", "N");
export const RANDOMISER = encrypted("r", "N");

export function customer(variant: Variant): Role<Customer, Said> {
  const { tellsFactor = false } = variant;
  const owes = ({ phase }: Customer): readonly Said[] => {
    switch (phase) {
      case "withdrawing":
        return [{ to: B, step: "2" }];
      case "initiated":
        return [{ to: M, step: "4" }];
      case "payment-sent":
        return [{ to: M, step: "6", opener: "right" }];
      case "returning":
        return [{ to: B, step: "return" }];
      case "disputing":
        return [{ to: TP, step: "E1", opener: "right", tellsFactor }];
      default:
        return [];
    }
  };
  const become = (next: Customer, ...more: readonly Said[]) => ({ next, says: [...owes(next), ...more] });
  const abort: Said = { to: M, step: "6", opener: "Abort" };
  return {
    start: { phase: "start" },
    hears(state, said) {
      const { phase, offer } = state;
      switch (said.step) {
        case "1":
          return phase === "start" ? become({ phase: "withdrawing" }) : null;
        case "3":
          return phase === "withdrawing" ? become({ phase: "initiated" }) : null;
        case "5":
          if (phase !== "initiated") return null;
          return crossValidates(CATALOGUE, RANDOMISER, said.offer, "N")
            ? become({ phase: "validated", offer: said.offer })
            : become({ phase: "aborted" }, abort);
        case "9":
          if (said.opener === "right") return opened(state);
          return said.opener === "Abort" && phase === "payment-sent"
            ? become({ phase: "told-to-abort", ...of(offer) })
            : null;
        case "E4":
          return opened(state);
        case "E5":
          if (phase !== "disputing") return null;
          return become(said.gives === "m" ? { phase: "finished", goods: "m" } : { phase: "undecided", ...of(offer) });
        case "returned":
          if (phase !== "returning") return null;
          return become({ phase: said.answer === "credited" ? "refunded" : "refused", ...of(offer) });
        default:
          return null;
      }
    },
    moves: (state) => customersMoves(state, variant, become, abort),
    owes,
  };
}

const of = (offer: Cipher | undefined) => (offer === undefined ? {} : { offer });

/** Whatever it has logged, it can open T' once it has the key. */
function opened({ phase, offer, goods }: Customer) {
  if (offer === undefined || goods !== undefined || phase === "bare") return null;
  return { next: { phase: "finished", goods: over(offer.N1 ?? "", "r") } as const };
}

function customersMoves(
  state: Customer,
  { isPatient, keepsCoin, losesStorage }: Variant,
  become: (next: Customer, ...more: readonly Said[]) => { readonly next: Customer; readonly says: readonly Said[] },
  abort: Said,
): readonly Own<Customer, Said>[] {
  const { phase, offer } = state;
  const dispute = (what: string) => ({ what, ...become({ phase: "disputing", ...of(offer) }) });
  const giveBack = { what: "aborts, and returns its coin", ...become({ phase: "returning", ...of(offer) }) };
  const loss = { what: "loses its storage", ...become({ phase: "bare" }) };
  const lost = losesStorage && phase !== "start" && phase !== "finished" && phase !== "bare" ? [loss] : [];
  switch (phase) {
    case "validated":
      return [
        { what: "pays", ...become({ phase: "payment-sent", ...of(offer) }) },
        { what: "changes its mind", ...become({ phase: "aborted" }, abort) },
        ...lost,
      ];
    case "payment-sent":
      return isPatient ? lost : [dispute("has waited for τ_C"), ...lost];
    case "told-to-abort":
      return [...(keepsCoin ? [] : [giveBack]), ...(isPatient ? [] : [dispute("asks the third party")]), ...lost];
    case "aborted":
      return keepsCoin ? lost : [{ what: "returns its coin", ...become({ phase: "returning" }) }, ...lost];
    default:
      return lost;
  }
}

/** Its log: INITIATE, PAYMENT-EXPECTING, ABORT, FINISH. After FINISH it knows of no transaction (S1 §8). */
export function merchant({ arbiters = 1, remembersEnds }: Variant): Role<Merchant, Said> {
  const release: Said = { to: C, step: "9", opener: "right" };
  const abort: Said = { to: C, step: "9", opener: "Abort" };
  const answer = (opener: "right" | "none" | "[Abort]C'"): Said => ({ to: TP, step: "E3", opener });
  const owes = ({ phase, isAgain }: Merchant): readonly Said[] => {
    if (phase === "initiated") return [{ to: C, step: "5", offer: HONEST_OFFER }];
    if (phase === "payment-expecting" || phase === "banking") return [{ to: B, step: "7", isAgain }];
    return phase === "aborted" ? [{ to: arbiters === 1 ? TP : TP2, step: "X" }] : [];
  };
  const become = (next: Merchant, ...more: readonly Said[]) => ({ next, says: [...owes(next), ...more] });
  return {
    start: { phase: "idle", isAgain: false },
    hears(state, said) {
      const { phase, isAgain } = state;
      switch (said.step) {
        case "4":
          return phase === "idle" ? become({ phase: "initiated", isAgain }) : null;
        case "6":
          if (phase !== "initiated") return null;
          if (said.opener === "Abort") return become({ phase: "ended-by-customer", isAgain });
          return said.opener === "right"
            ? become({ phase: "payment-expecting", isAgain })
            : become({ phase: "aborted", isAgain }, abort);
        case "8":
          if (phase === "payment-expecting")
            return said.answer === "yes"
              ? become({ phase: "finished", isAgain }, release)
              : become({ phase: "aborted", isAgain }, abort);
          // The key is with the third party already; the answer changes what the merchant has, and nothing else.
          return phase === "banking" ? become({ phase: said.answer === "yes" ? "finished" : "ended", isAgain }) : null;
        case "E2":
          if (phase === "ended-by-customer") return become(state, answer(remembersEnds ? "[Abort]C'" : "none"));
          if (phase === "finished" || phase === "ended") return become(state, answer("none"));
          if (phase === "payment-expecting") return become({ phase: "banking", isAgain }, answer("right"));
          return phase === "initiated" || phase === "aborted"
            ? become({ phase: "answered", isAgain }, answer("right"))
            : null;
        case "E4":
          return phase === "answered" ? become({ phase: "banking", isAgain }) : null;
        case "XA":
          return phase === "aborted" && said.answer === "unknown" ? become({ phase: "ended", isAgain }) : null;
        default:
          return null;
      }
    },
    moves: ({ phase, isAgain }) =>
      phase === "payment-expecting" && !isAgain
        ? [{ what: "has waited for an answer, and sends message 7 again", ...become({ phase, isAgain: true }) }]
        : [],
    owes,
  };
}
