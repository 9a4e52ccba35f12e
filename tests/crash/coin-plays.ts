/** What each scenario of coins begins with, what its user types, and what must have come of it. */
import type { Crypto } from "@counterfoil/crypto";
import { phraseOf } from "@counterfoil/sdk";
import type { Outcome } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { COINED_MINOR, type Market, showMinor } from "./market.ts";
import { fill, handOver, makeLost } from "./purses.ts";
import type { CoinScenario } from "./scenarios.ts";
import { exchangeIn } from "./trial.ts";

export interface Play {
  /** Folders of the wallets whose money it is about. */
  readonly wallets: readonly string[];
  /** The same, before it: a wallet that is restored is another one's afterwards. */
  readonly walletsBefore: readonly string[];
  /** Whose folder the command runs in. */
  readonly folder: string;
  readonly words: readonly string[];
  readonly input: string;
  /** What the user does when it was cut off: the same again, or `resume`. */
  readonly again: "the-same" | "resume";
  /** Reasons with which the same is refused when it was done before. */
  readonly doneBefore: readonly string[];
  /** Where the goods go. */
  readonly outPath: string;
}

/** What a trial found: the ledgers of its wallets, in order, and how its first command ended. */
export interface CoinRan {
  readonly before: readonly Ledger[];
  readonly after: readonly Ledger[];
  readonly answer: Readonly<Record<string, unknown>> | null;
  readonly code: number | null;
}

/** Makes the purses, and says what is to be typed. */
export async function prepare(
  crypto: Crypto,
  market: Market,
  { does, purse, market: kind }: CoinScenario,
  name: string,
  outPath: string,
): Promise<Play> {
  const own = {
    wallets: ["holder"],
    walletsBefore: ["holder"],
    folder: "holder",
    input: "",
    again: "resume",
    doneBefore: [] as readonly string[],
    outPath,
  } as const;
  const all = showMinor(COINED_MINOR);
  if (does === "restore") {
    const seed = await makeLost(crypto, market, `lost-${name}`, `found-${name}`, purse);
    return {
      ...own,
      wallets: [`found-${name}`],
      walletsBefore: [`lost-${name}`],
      folder: `found-${name}`,
      words: ["wallet", "restore", "--spread", "1"],
      input: `${phraseOf(seed)}\n`,
      again: "the-same",
    };
  }
  await fill(crypto, market, "holder", purse);
  switch (does) {
    case "cash":
      return { ...own, words: ["wallet", "cash", all] };
    case "pay":
      return {
        ...own,
        words: [
          "buy",
          kind === "plain" ? "coined" : "vouched",
          "--cash",
          ...exchangeIn(kind),
          "--out",
          outPath,
          "--yes",
        ],
      };
    case "refresh":
      return { ...own, words: ["wallet", "refresh", "--all"] };
    case "deposit":
      return { ...own, words: ["wallet", "deposit", showMinor(DEPOSIT_MINOR)] };
    case "send":
      return { ...own, words: ["wallet", "send", all] };
    case "receive": {
      await fill(crypto, market, "friend", []);
      const words = ["wallet", "receive", await handOver(crypto, market, "holder", COINED_MINOR)];
      const wallets = ["holder", "friend"];
      const again = "the-same";
      return { ...own, wallets, walletsBefore: wallets, folder: "friend", words, again, doneBefore: ["already-here"] };
    }
    case "rotate":
      return { ...own, folder: "bank", words: ["bank", "keys", "rotate"], again: "the-same" };
  }
}

/** Of a bundle of five: one coin stays. */
const DEPOSIT_MINOR = 3n;

/** All that was asked for, or nothing of it, and what the command said is true. @returns what speaks against it instead. */
export function outcomeOf(does: CoinScenario["does"], { before, after, answer, code }: CoinRan): Outcome | string {
  const [own, friend] = after.map((ledger, i) => ledger.purse.minor - (before[i]?.purse.minor ?? 0n));
  const moved = (wanted: bigint, minor: bigint | undefined): Outcome | string => {
    if (minor !== wanted && minor !== 0n) return `${minor} moved where ${wanted} was asked for`;
    const outcome = minor === wanted ? "done" : "nothing";
    if (code === 0 && outcome === "nothing") return "the command said done, and nothing is";
    if (code === 1 && outcome === "done") return "the command said refused, and it is done";
    return outcome;
  };
  switch (does) {
    case "cash":
      return moved(COINED_MINOR, own);
    case "deposit":
      return moved(-DEPOSIT_MINOR, own);
    case "refresh":
      if (own !== 0n) return `${own} moved where coins were exchanged for coins`;
      return code === 0 || isExchanged(before[0], after[0]) ? "done" : "nothing";
    case "send":
      // Nobody has taken them, so they have come back; what was handed over was told.
      if (own !== 0n) return `${own} moved where coins were handed to nobody`;
      return answer?.status === "done" ? "done" : "nothing";
    case "receive":
      if (friend !== COINED_MINOR || own !== -COINED_MINOR)
        return `${friend} came where ${COINED_MINOR} was handed over`;
      return "done";
    case "restore":
      return "done";
    case "rotate":
      return own === 0n ? "done" : `${own} moved where keys were made`;
    case "pay":
      throw new Error("a purchase has a judge of its own");
  }
}

/** Not one coin that was free before is free now. */
function isExchanged(before: Ledger | undefined, after: Ledger | undefined): boolean {
  return [...(before?.purse.coins ?? [])].every(
    ([id, state]) => state !== "available" || after?.purse.coins.get(id) !== "available",
  );
}
