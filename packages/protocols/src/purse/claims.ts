/** What coins claim here (P§7A), as predicates over what bank and purses durably hold, and over what an adversary achieved. */
import type { Claim } from "../index.ts";
import type { CoinAudit } from "../money/index.ts";

export const coinsConserved: Claim<CoinAudit> = {
  id: "money-conserved",
  restsOn: "the bank's own honesty; of each key, no more comes back than went out, whoever may have stolen it",
  refute: ({ faults }) => faults[0] ?? null,
};

/** One purse and what the bank would say of its coins, once nothing is on its way. */
export interface Quiet {
  /** What the purse calls its own: available, reserved, refunding, handed. */
  readonly claimedMinor: bigint;
  /** What the bank would pay for these very coins. */
  readonly payableMinor: bigint;
}

/** The cash property: whoever holds a coin has a way to spend it or to change it, until the last day that its key names. */
export const cashKept: Claim<Quiet> = {
  id: "money-conserved",
  restsOn: "the bank answering in the end, and the holder coming back before the key's last day",
  refute: ({ claimedMinor, payableMinor }) =>
    claimedMinor === payableMinor ? null : `the purse claims ${claimedMinor} and the bank would pay ${payableMinor}`,
};

/** How often an adversary named the right one of two customers. */
export interface Guesses {
  readonly games: number;
  readonly right: number;
}

export const unlinkable: Claim<Guesses> = {
  id: "unlinkable",
  restsOn:
    "an anonymous channel, a standing purse filled apart from purchases, and others who do the same; amount, time and address still tell what they tell (docs/money.md)",
  refute({ games, right }) {
    const [mean, sigma] = [games / 2, Math.sqrt(games) / 2];
    return Math.abs(right - mean) <= 3 * sigma ? null : `${right} of ${games} guesses were right`;
  },
};
