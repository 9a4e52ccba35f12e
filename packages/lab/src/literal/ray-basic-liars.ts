/**
 * A customer and a merchant of S1's basic protocol who say whatever what they know lets them say, as soon as it does: it may
 * arrive at any time, or never. So what they choose is what is heard of it.
 */
import type { Role } from "../explore/index.ts";
import { HONEST_TOKEN } from "./ray-basic-honest.ts";
import { B, C, M, M2, type Opener, REST, type Said, SHOPS, type Shop, TP } from "./ray-basic-words.ts";
import { type Cipher, chosen, encrypted, times } from "./ray-terms.ts";

export interface LyingCustomer {
  /** Who has sent it an offer: what that merchant signed is evidence for the third party. */
  readonly offers: readonly Shop[];
  readonly has: readonly string[];
}

export interface LyingMerchant {
  readonly isOrdered: boolean;
  readonly hasToken: boolean;
  readonly isAsked: boolean;
}

/** TOK that the bank reads as PT and the merchant as nothing: R2. */
const CHOSEN_TOKEN = chosen({ NC1: "PT", NC2: "x" });
const OPENERS: readonly Opener[] = ["right", "wrong"];

export function lyingCustomer(): Role<LyingCustomer, Said> {
  const withGoods = (state: LyingCustomer, ...goods: readonly string[]) => ({
    next: { ...state, has: [...new Set([...state.has, ...goods])].sort() },
  });
  return {
    start: { offers: [], has: [] },
    hears(state, said) {
      switch (said.step) {
        case "3":
          return { next: { ...state, offers: [...new Set([...state.offers, said.from])].sort() } };
        case "5":
          return withGoods(state, SHOPS[said.from].goods);
        case "E4":
          return withGoods(state, SHOPS[M].goods);
        case "E5":
          return withGoods(state, SHOPS[M].goods, ...(said.gives === "m" ? [] : [REST]));
        default:
          return null;
      }
    },
    owes: ({ offers }) => [
      { to: M, step: "2", token: HONEST_TOKEN },
      { to: M, step: "2", token: CHOSEN_TOKEN },
      { to: M2, step: "2", token: HONEST_TOKEN },
      ...(offers.includes(M) ? TO_FIRST : []),
      ...(offers.includes(M2) ? [{ to: M2, step: "4", opener: "right" } as const] : []),
    ],
  };
}

/** Once it has the merchant's offer: message 4 as it likes, and the third party. */
const TO_FIRST: readonly Said[] = [
  ...OPENERS.map((opener) => ({ to: M, step: "4", opener }) as const),
  { to: M, step: "4", opener: "Abort" },
  ...OPENERS.map((opener) => ({ to: TP, step: "E1", token: HONEST_TOKEN, opener }) as const),
  { to: TP, step: "E1", token: CHOSEN_TOKEN, opener: "right" },
];

/** T' modulo each of its bases as it likes, R always honest: another R is another T'. */
const OFFERS: readonly Cipher[] = ["m", "g"].flatMap((first) =>
  ["m", "g"].map((second) => chosen({ N: times(first, "r"), N1: times(second, "r") })),
);

export function lyingMerchant(): Role<LyingMerchant, Said> {
  return {
    start: { isOrdered: false, hasToken: false, isAsked: false },
    hears(state, said) {
      if (said.step === "2") return { next: { ...state, isOrdered: true } };
      if (said.step === "E2") return { next: { ...state, isAsked: true } };
      const isOpened = (said.step === "4" && said.opener === "right") || said.step === "E4";
      return isOpened ? { next: { ...state, hasToken: true } } : null;
    },
    owes: ({ isOrdered, hasToken, isAsked }) => [
      ...(isOrdered ? TO_CUSTOMER : []),
      ...(isAsked ? OPENERS.map((opener) => ({ to: TP, step: "E3", opener }) as const) : []),
      ...(hasToken ? [{ to: B, step: "PT", for: M, by: M } as const] : []),
    ],
  };
}

const TO_CUSTOMER: readonly Said[] = [
  ...OFFERS.map((offer) => ({ to: C, step: "3", from: M, offer, randomiser: encrypted("r", "N") }) as const),
  ...OPENERS.map((opener) => ({ to: C, step: "5", from: M, opener }) as const),
];
