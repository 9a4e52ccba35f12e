/** The four parties of S1's basic protocol, each doing what the paper has it do. */
import type { Role } from "../explore/index.ts";
import { B, C, M, M2, type Said, SHOPS, type Shop, TOKEN, TP, type Variant } from "./ray-basic-words.ts";
import { type Cipher, crossValidates, encrypted, over, type Plain, times } from "./ray-terms.ts";

/** By its log: INITIATE, PAYMENT-SENT, FINISH, ABORT. `validated` is not written in the paper's log, but what it rests on is. */
export type Customer =
  | { readonly phase: "start" | "aborted" }
  | { readonly phase: "initiated"; readonly catalogue: Cipher }
  | { readonly phase: "validated" | "payment-sent" | "disputing"; readonly offer: Cipher }
  | { readonly phase: "finished"; readonly goods: Plain };

export type Merchant = {
  readonly phase: "idle" | "initiated" | "aborted" | "cheated" | "banking" | "answered" | "finished";
  readonly token: Cipher | null;
  /** Of PT, once it can read it. */
  readonly deposit: "none" | "owed" | "credited" | "refused";
};

export interface ThirdParty {
  readonly phase: "idle" | "banking" | "open" | "refused" | "closed";
  readonly opened?: "by the merchant" | "without the merchant";
}

export interface Bank {
  readonly accounts: Readonly<Record<typeof C | Shop, number>>;
  /** Who was paid by the nonce of PT. */
  readonly paidTo: Shop | null;
}

/** TOK as an honest customer makes it: the bank has read it modulo NC1, and the merchant is to read it modulo NC2. */
export const HONEST_TOKEN = encrypted("PT", "NC1", "NC2");

export function customer({ sendsFirst }: Variant): Role<Customer, Said> {
  const { base, saleBase, randomiser } = SHOPS[M];
  const owes = (state: Customer): readonly Said[] => {
    if (state.phase === "initiated") return [{ to: M, step: "2", token: HONEST_TOKEN }];
    if (state.phase === "payment-sent") return [{ to: M, step: "4", opener: "right" }];
    return state.phase === "disputing" ? [{ to: TP, step: "E1", token: HONEST_TOKEN, opener: "right" }] : [];
  };
  const become = (next: Customer, ...more: readonly Said[]) => ({ next, says: [...owes(next), ...more] });
  return {
    start: { phase: "start" },
    hears(state, said) {
      if (said.step === "1" && state.phase === "start")
        return become({ phase: "initiated", catalogue: said.catalogue });
      if (said.step === "3" && state.phase === "initiated") {
        return crossValidates(state.catalogue, said.randomiser, said.offer, base)
          ? become({ phase: "validated", offer: said.offer })
          : become({ phase: "aborted" }, { to: M, step: "4", opener: "Abort" });
      }
      if (state.phase !== "payment-sent" && state.phase !== "disputing") return null;
      if (said.step === "E5") return become({ phase: "finished", goods: SHOPS[M].goods });
      const isKey = (said.step === "5" && said.opener === "right") || said.step === "E4";
      return isKey ? become({ phase: "finished", goods: over(state.offer[saleBase] ?? "", randomiser) }) : null;
    },
    moves(state) {
      switch (state.phase) {
        case "validated":
          return [
            { what: "pays", ...become({ phase: "payment-sent", offer: state.offer }) },
            { what: "changes its mind", ...become({ phase: "aborted" }, { to: M, step: "4", opener: "Abort" }) },
          ];
        case "payment-sent":
          return [{ what: "has waited for τ_C", ...become({ phase: "disputing", offer: state.offer }) }];
        default:
          return [];
      }
    },
    owes,
    ...(sendsFirst && { sendsFirst }),
  };
}

export function merchant(name: Shop, { asksBank }: Variant): Role<Merchant, Said> {
  const { goods, base, saleBase, randomiser } = SHOPS[name];
  const offer: Said = {
    ...({ to: C, step: "3", from: name } as const),
    offer: encrypted(times(goods, randomiser), base, saleBase),
    randomiser: encrypted(randomiser, base),
  };
  const answer: Said = { to: TP, step: "E3", opener: "right" };
  const release: Said = { to: C, step: "5", from: name, opener: "right" };
  const owes = ({ phase, deposit }: Merchant): readonly Said[] => [
    ...(phase === "initiated" ? [offer] : []),
    ...(deposit === "owed" ? [{ to: B, step: "PT", for: name, by: name } as const] : []),
  ];
  const become = (next: Merchant, ...more: readonly Said[]) => ({ next, says: [...owes(next), ...more] });
  return {
    start: { phase: "idle", token: null, deposit: "none" },
    hears(state, said) {
      const { phase, token, deposit } = state;
      switch (said.step) {
        case "2":
          return phase === "idle" ? become({ phase: "initiated", token: said.token, deposit }) : null;
        case "4":
          if (phase !== "initiated") return null;
          if (said.opener === "Abort") return become({ ...state, phase: "aborted" });
          // Only now does it see whether TOK is modulo NC2 what the bank has signed it for modulo NC1 (P§2B, R2).
          if (said.opener === "wrong" || token?.NC2 !== "PT") return become({ ...state, phase: "cheated" });
          return asksBank
            ? become({ phase: "banking", token, deposit: "owed" })
            : become({ phase: "finished", token, deposit: "owed" }, release);
        case "E2":
          // It pleads that it was not paid, and gives its key all the same (S1 §5).
          if (phase === "idle" || phase === "aborted" || phase === "banking") return null;
          return become({ ...state, phase: phase === "finished" ? "finished" : "answered" }, answer);
        case "E4":
          return deposit === "none" ? become({ ...state, deposit: "owed" }) : null;
        case "credited":
          if (deposit !== "owed") return null;
          return phase === "banking"
            ? become({ phase: "finished", token, deposit: "credited" }, release)
            : become({ ...state, deposit: "credited" });
        case "refused":
          if (deposit !== "owed") return null;
          return become({ ...state, phase: phase === "banking" ? "aborted" : phase, deposit: "refused" });
        default:
          return null;
      }
    },
    owes,
  };
}

/** Trusted. It looks at the key that the merchant gives it before it hands it on, which is more than the paper says. */
export function thirdParty({ rescue = "key" }: Variant): Role<ThirdParty, Said> {
  const owes = ({ phase, opened }: ThirdParty): readonly Said[] => {
    if (phase === "banking") return [{ to: B, step: "PT", for: M, by: TP }];
    if (phase === "open") return [{ to: M, step: "E2" }];
    if (phase !== "closed") return [];
    if (opened === "by the merchant")
      return [
        { to: C, step: "E4" },
        { to: M, step: "E4" },
      ];
    return [{ to: C, step: "E5", gives: rescue === "key" ? "K_M⁻¹" : "m" }];
  };
  const become = (next: ThirdParty) => ({ next, says: owes(next) });
  return {
    start: { phase: "idle" },
    hears({ phase }, said) {
      if (said.step === "E1" && phase === "idle") {
        if (said.opener === "wrong" || said.token.NC2 !== "PT") return become({ phase: "refused" });
        return become({ phase: rescue === "banked" ? "banking" : "open" });
      }
      if (phase === "banking" && said.step === "credited") return become({ phase: "open" });
      if (phase === "banking" && said.step === "refused") return become({ phase: "refused" });
      if (phase !== "open" || said.step !== "E3" || said.opener === "wrong") return null;
      return become({ phase: "closed", opened: "by the merchant" });
    },
    moves: ({ phase }) =>
      phase === "open"
        ? [{ what: "has waited for τ_TP", ...become({ phase: "closed", opened: "without the merchant" }) }]
        : [],
    owes,
  };
}

/** It takes each nonce once, and answers the one whom it has paid as it did before: the paper leaves this open. */
export function bank({ forgetsNonces }: Variant): Role<Bank, Said> {
  return {
    start: { accounts: { [C]: TOKEN, [M]: 0, [M2]: 0 }, paidTo: null },
    hears({ accounts, paidTo }, said) {
      if (said.step !== "PT") return null;
      const answer = (step: "credited" | "refused", next: Bank) => ({ next, says: [{ to: said.by, step }] as const });
      if (paidTo === said.for && !forgetsNonces) return answer("credited", { accounts, paidTo });
      if (paidTo !== null && !forgetsNonces) return answer("refused", { accounts, paidTo });
      const moved = { ...accounts, [C]: accounts[C] - TOKEN, [said.for]: accounts[said.for] + TOKEN };
      // A forgetful bank is stopped at its second debit: that is found already.
      return accounts[C] < 0 ? null : answer("credited", { accounts: moved, paidTo: said.for });
    },
  };
}
