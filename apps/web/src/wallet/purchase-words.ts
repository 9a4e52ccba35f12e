/** How a purchase stands, in words that say what is known and no more, and what can be done about it. */
import type { PurchaseLine } from "./desk.ts";

export interface StandingWords {
  readonly words: string;
  /** It is not over: the wallet goes on with it while it is open, and at once when told to. */
  readonly isOpen: boolean;
  /** Trustees can be asked without waiting. */
  readonly canDispute: boolean;
  /** There is a receipt: evidence of the payment can be had. */
  readonly isPaid: boolean;
  /** The key is here: the goods can be had, and evidence of the whole sale. */
  readonly hasKey: boolean;
}

export function standingOf({ phase, delivered, fault }: PurchaseLine): StandingWords {
  if (phase === "paid") return ofPaid(delivered, fault);
  const known = PHASES[phase] ?? { words: `It is ${phase}.`, isOpen: true, canDispute: false };
  return { isPaid: false, hasKey: false, ...known };
}

function ofPaid(delivered: boolean, fault: string | null): StandingWords {
  const paid = { canDispute: false, isPaid: true, hasKey: true } as const;
  if (fault !== null) {
    const words = `Paid, and what was sold does not open the goods (${fault.replaceAll("-", " ")}). The evidence says who is at fault.`;
    return { ...paid, words, isOpen: false };
  }
  if (delivered) return { ...paid, words: "Paid and delivered.", isOpen: false };
  return { ...paid, words: "Paid. The key is here; the goods are not opened yet.", isOpen: true };
}

const PHASES: Readonly<Record<string, Omit<StandingWords, "isPaid" | "hasKey"> & { readonly isPaid?: true }>> = {
  received: { words: "Free of charge, and delivered.", isOpen: false, canDispute: false },
  paying: {
    words: "Sent, and no answer yet. It may be paid or not; goods and money go together either way.",
    isOpen: true,
    canDispute: true,
  },
  settling: {
    words: "The shop has not answered: the wallet settles with the bank itself. It may be paid or not yet.",
    isOpen: true,
    canDispute: true,
  },
  aborting: {
    words: "Being ended: unless the bank says that it is paid already, it never will be.",
    isOpen: true,
    canDispute: false,
  },
  awaiting: {
    words:
      "The money is locked at the bank. It is paid if the log says that the shop committed in time, and yours again if not.",
    isOpen: true,
    canDispute: false,
  },
  scheduled: {
    words: "It comes with what it was bought with, when its time is there.",
    isOpen: true,
    canDispute: false,
  },
  claiming: {
    words: "Paid. The shop does not release the key: the trustees are asked.",
    isOpen: true,
    canDispute: true,
    isPaid: true,
  },
  ended: { words: "Not paid, and it never will be: the bank has signed so.", isOpen: false, canDispute: false },
  forfeited: {
    words: "Paid, and neither the shop nor enough trustees released the key while they could be asked.",
    isOpen: false,
    canDispute: false,
    isPaid: true,
  },
};
