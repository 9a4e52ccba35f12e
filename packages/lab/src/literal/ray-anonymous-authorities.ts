/** Bank and third party of S1's anonymous protocol. Both are trusted; what they do is printed, or marked as ours. */
import type { Role } from "../explore/index.ts";
import { type Arbiter, B, C, COIN, M, type Said, TP, type Variant } from "./ray-anonymous-words.ts";

export interface Bank {
  readonly accounts: { readonly [C]: number; readonly [M]: number };
  readonly isIssued: boolean;
  /** PAID-TO of n. Who returns a coin is paid by it. */
  readonly paidTo: typeof C | typeof M | null;
  /** What it has answered to message 7, and to message 7 again: each copy reaches it once. */
  readonly answers: { readonly first?: "yes" | "no"; readonly again?: "yes" | "no" };
  /** What it has answered to who returned n; and whoever returns it says whose account it is for. */
  readonly returned?: "credited" | "refused";
}

export interface ThirdParty {
  readonly phase: "idle" | "asking" | "open" | "closed" | "shut";
  readonly opened?: "by the merchant" | "without the merchant";
}

export function bank({ isIdempotent, keepsNoList }: Variant): Role<Bank, Said> {
  const unspent = ({ isIssued, paidTo }: Bank) => isIssued && (paidTo === null || keepsNoList === true);
  const pay = (state: Bank, name: typeof C | typeof M): Bank => ({
    ...state,
    accounts: { ...state.accounts, [name]: state.accounts[name] + COIN },
    paidTo: name,
  });
  return {
    start: { accounts: { [C]: COIN, [M]: 0 }, isIssued: false, paidTo: null, answers: {} },
    hears(state, said) {
      switch (said.step) {
        case "2":
          if (state.isIssued) return { next: state, says: [{ to: C, step: "3" }] };
          return {
            next: { ...state, accounts: { ...state.accounts, [C]: state.accounts[C] - COIN }, isIssued: true },
            says: [{ to: C, step: "3" }],
          };
        case "7": {
          const copy = said.isAgain ? "again" : "first";
          if (state.answers[copy] !== undefined) return null;
          // Print: a coin that is spent is refused, whoever shows it (R7). Keyed by coin, T_i and M it is answered again.
          const isYes = unspent(state) || (isIdempotent === true && state.paidTo === M);
          const answer = isYes ? "yes" : "no";
          const next = unspent(state) ? pay(state, M) : state;
          return {
            next: { ...next, answers: { ...state.answers, [copy]: answer } },
            says: [{ to: M, step: "8", answer }],
          };
        }
        case "return": {
          const answer = unspent(state) || state.paidTo === C ? "credited" : "refused";
          const next = unspent(state) ? pay(state, C) : state;
          return { next: { ...next, returned: answer }, says: [{ to: C, step: "returned", answer }] };
        }
        case "spent?":
          return { next: state, says: [{ to: TP, step: "spent", answer: unspent(state) ? "unspent" : "spent" }] };
        case "bank it":
          return unspent(state)
            ? { next: pay(state, M), says: [{ to: TP, step: "spent", answer: "credited" }] }
            : { next: state, says: [{ to: TP, step: "spent", answer: state.paidTo === M ? "credited" : "spent" }] };
        default:
          return null;
      }
    },
  };
}

/**
 * The paper has it ask the bank whether the coin is spent, take an unspent one for the customer's honesty (R9), and otherwise
 * "take the appropriate action", which it does not say. @param name which of them; the second only answers X.
 */
export function thirdParty(name: Arbiter, variant: Variant): Role<ThirdParty, Said> {
  const { rescue = "goods", remembersEnds, isLinkReliable } = variant;
  const owes = ({ phase, opened }: ThirdParty): readonly Said[] => {
    if (phase === "asking") return [{ to: B, step: rescue === "banked" ? "bank it" : "spent?" }];
    if (phase === "open") return [{ to: M, step: "E2" }];
    if (phase !== "closed") return [];
    if (opened === "by the merchant")
      return [
        { to: C, step: "E4" },
        { to: M, step: "E4" },
      ];
    return [{ to: C, step: "E5", gives: opened === undefined ? "nothing" : "m" }];
  };
  const become = (next: ThirdParty) => ({ next, says: owes(next) });
  return {
    start: { phase: "idle" },
    hears(state, said) {
      const { phase } = state;
      if (said.step === "X") {
        if (phase === "idle" && remembersEnds)
          return { next: { phase: "shut" }, says: [{ to: M, step: "XA", answer: "unknown" }] };
        const answer = phase === "idle" || phase === "shut" ? "unknown" : "in dispute";
        return { next: state, says: [{ to: M, step: "XA", answer }] };
      }
      if (name !== TP) return null;
      if (said.step === "E1" && phase === "idle")
        return become({ phase: said.opener === "right" ? "asking" : "closed" });
      if (said.step === "E1" && phase === "shut") return become({ phase: "closed" });
      if (said.step === "spent" && phase === "asking")
        return become({ phase: said.answer === "spent" ? "closed" : "open" });
      if (said.step !== "E3" || phase !== "open" || said.opener === "wrong") return null;
      if (said.opener === "[Abort]C'") return become({ phase: "closed" });
      return become({ phase: "closed", opened: said.opener === "right" ? "by the merchant" : "without the merchant" });
    },
    moves: ({ phase }) =>
      phase === "open" && !isLinkReliable
        ? [{ what: "has waited for τ_TP", ...become({ phase: "closed", opened: "without the merchant" }) }]
        : [],
    owes,
  };
}
