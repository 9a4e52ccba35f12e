/** What is asked of S1's anonymous protocol. */
import { type Property, type Question, type Study, searched } from "../study.ts";
import { rayAnonymous } from "./ray-anonymous.ts";
import { C, M, type Variant } from "./ray-anonymous-words.ts";

const SALE = "one coin, one sale, any message lost, any party crashing at any time";

function asked(name: string, about: readonly Property[], bound: string, trusted: string, variant: Variant): Question {
  return searched({ name, about, bound: `${SALE}; ${bound}`, trusted, play: () => rayAnonymous(variant) });
}

/** What the third party hears of the merchant, and what has ended stays so: what is left is its own reasoning. */
const HEARD = { liar: C, isLinkReliable: true, remembersEnds: true, isIdempotent: true } as const;

export const RAY_ANONYMOUS: Study = {
  id: "ray-anonymous",
  title: "Ray anonymous",
  source: "S1 §8",
  claimed: { money: "Y", goods: "Y", validated: "Y", anonymous: "Y" },
  questions: [
    asked("lost-yes", ["money", "goods", "validated"], "the customer waits for the merchant", "all", {
      isPatient: true,
    }),
    asked("third-party", ["money", "goods", "validated"], "the customer asks the third party", "all", {}),
    asked(
      "lying-customer",
      ["money", "goods"],
      "the third party hears the merchant",
      "merchant, third party, bank",
      HEARD,
    ),
    asked("lying-merchant", ["money", "goods", "validated"], "any offer", "customer, third party, bank", { liar: M }),
    asked("forged-yes", ["goods"], "anybody says yes to the merchant", "all", { injects: ["yes"], isPatient: true }),
    asked("forged-abort", ["goods"], "anybody says Abort to the customer; repeats are answered alike", "all", {
      ...{ injects: ["Abort"], isPatient: true, isIdempotent: true },
    }),
    asked(
      "two-third-parties",
      ["goods"],
      "the merchant asks another third party than the customer, who returns no coin",
      "merchant, third parties, bank",
      { ...HEARD, keepsCoin: true, arbiters: 2 },
    ),
    asked(
      "spent-coin",
      ["goods"],
      "the third party hears the merchant; the customer asks it, and returns no coin",
      "all",
      {
        ...{ isLinkReliable: true, keepsCoin: true },
      },
    ),
    asked("lost-storage", ["money"], "the customer may lose what it has written", "all", {
      ...{ losesStorage: true, isPatient: true, isIdempotent: true },
    }),
    asked("refund", ["anonymous"], "bank, merchant and third party put together what they know", "nobody", {
      asks: "anonymous",
    }),
    asked("no-refund", ["anonymous"], "repeats are answered alike, so that no opened coin is returned", "nobody", {
      ...{ asks: "anonymous", isIdempotent: true },
    }),
    asked("printed-evidence", ["anonymous"], "the third party is told ρ, as Table 2 allows", "nobody", {
      ...{ asks: "anonymous", isIdempotent: true, tellsFactor: true },
    }),
  ],
  notes: {
    money: "accounts and unspent coins always add up; a coin whose holder loses it is gone, which Theorem 8 disregards",
    goods: "a lost yes (R7), unsigned answers (R8), the third party's reasoning (R9), two third parties (R12)",
    validated: "T·R ≡ T' (mod N) says nothing about T' modulo N1, which alone is opened (R1)",
    anonymous: "holds until a coin that the merchant has opened is returned (R10), or ρ is shown as evidence",
  },
};
