/** A customer and a merchant of S1's anonymous protocol who say whatever what they know lets them say (ray-basic-liars.ts). */
import type { Role } from "../explore/index.ts";
import { B, C, M, type Said, TP, type Variant } from "./ray-anonymous-words.ts";
import { type Cipher, chosen, times } from "./ray-terms.ts";

export interface LyingCustomer {
  readonly hasCoin: boolean;
  readonly hasOffer: boolean;
  readonly has: readonly string[];
}

export interface LyingMerchant {
  readonly isOrdered: boolean;
  readonly hasCoin: boolean;
  readonly isAsked: boolean;
}

const OPENERS = ["right", "wrong"] as const;

export function lyingCustomer({ keepsCoin }: Variant): Role<LyingCustomer, Said> {
  return {
    start: { hasCoin: false, hasOffer: false, has: [] },
    hears(state, said) {
      if (said.step === "3") return { next: { ...state, hasCoin: true } };
      if (said.step === "5") return { next: { ...state, hasOffer: true } };
      const isOpened = said.step === "E4" || (said.step === "9" && said.opener === "right");
      return isOpened || (said.step === "E5" && said.gives === "m") ? { next: { ...state, has: ["m"] } } : null;
    },
    owes: ({ hasCoin, hasOffer }) => [
      { to: B, step: "2" },
      ...(hasCoin ? [{ to: M, step: "4" } as const] : []),
      ...(hasCoin && !keepsCoin ? [{ to: B, step: "return" } as const] : []),
      ...(hasOffer ? WITH_OFFER : []),
    ],
  };
}

const WITH_OFFER: readonly Said[] = [
  ...OPENERS.map((opener) => ({ to: M, step: "6", opener }) as const),
  { to: M, step: "6", opener: "Abort" },
  ...OPENERS.map((opener) => ({ to: TP, step: "E1", opener, tellsFactor: false }) as const),
];

const OFFERS: readonly Cipher[] = ["m", "g"].flatMap((first) =>
  ["m", "g"].map((second) => chosen({ N: times(first, "r"), N1: times(second, "r") })),
);

export function lyingMerchant(): Role<LyingMerchant, Said> {
  return {
    start: { isOrdered: false, hasCoin: false, isAsked: false },
    hears(state, said) {
      if (said.step === "4") return { next: { ...state, isOrdered: true } };
      if (said.step === "E2") return { next: { ...state, isAsked: true } };
      const isOpened = (said.step === "6" && said.opener === "right") || said.step === "E4";
      return isOpened ? { next: { ...state, hasCoin: true } } : null;
    },
    owes: ({ isOrdered, hasCoin, isAsked }) => [
      ...(isOrdered ? TO_CUSTOMER : []),
      ...(hasCoin ? [{ to: B, step: "7", isAgain: false } as const] : []),
      ...(isAsked ? OPENERS.map((opener) => ({ to: TP, step: "E3", opener }) as const) : []),
    ],
  };
}

const TO_CUSTOMER: readonly Said[] = [
  ...OFFERS.map((offer) => ({ to: C, step: "5", offer }) as const),
  ...OPENERS.map((opener) => ({ to: C, step: "9", opener }) as const),
  { to: C, step: "9", opener: "Abort" },
];
