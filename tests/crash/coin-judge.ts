/** What the campaign holds against a trial of coins: whose they are, by everybody's own books, and that each is good once. */
import type { Crypto } from "@counterfoil/crypto";
import { moneyConserved } from "@counterfoil/protocols/exchange";
import { keyFaults } from "./coin-keys.ts";
import { type CoinRan, outcomeOf, type Play } from "./coin-plays.ts";
import { judge, type Outcome } from "./judge.ts";
import { isOnItsWay, type Ledger, readLedger, readPurse } from "./ledger.ts";
import { COINED_MINOR, type Market } from "./market.ts";
import { redeem, takeAndReturn } from "./purses.ts";
import type { CoinScenario } from "./scenarios.ts";
import type { Played } from "./trial.ts";

interface Told {
  readonly code: number | null;
  readonly answer: Readonly<Record<string, unknown>> | null;
}

export interface Found extends Pick<CoinRan, "before" | "after"> {
  readonly epochBefore: number;
  readonly first: Told;
  readonly last: Told;
}

export async function judgeCoins(
  crypto: Crypto,
  market: Market,
  { does }: CoinScenario,
  play: Play,
  found: Found,
): Promise<Played> {
  const violations: string[] = [];
  const judged = does === "pay" ? await judgeSale(crypto, market, play, found) : judgeMove(does, found);
  violations.push(...judged.violations);
  violations.push(...atRest(play.wallets, found.after));
  violations.push(...(await whole(market)));
  if (does === "rotate") violations.push(...keyFaults(crypto, market, found.epochBefore + 1));
  violations.push(...(await goodOnce(crypto, market, play, found.after)));
  return { outcome: judged.outcome, violations };
}

/** The claims of a purchase. What the buyer has is in coins here as well as in the account. */
function judgeSale(
  crypto: Crypto,
  { goodsPath }: Market,
  { outPath }: Play,
  { before, after, first, last }: Found,
): Promise<Played> {
  const [ledgerBefore, ledgerAfter] = [before[0] as Ledger, after[0] as Ledger];
  const ran = { before: ledgerBefore, after: ledgerAfter, goodsPath, outPath, bought: first.code, resumed: last.code };
  return judge(crypto, ran);
}

/** Nobody is richer or poorer, and all of it was moved or nothing. */
function judgeMove(does: CoinScenario["does"], { before, after, first: { code, answer } }: Found): Played {
  const violations: string[] = [];
  const [had, has] = [before, after].map((ledgers) => ledgers.reduce((sum, { buyerMinor }) => sum + buyerMinor, 0n));
  if (had !== has) violations.push(`money-conserved: the wallets had ${had} and say that they have ${has}`);
  const outcome = outcomeOf(does, { before, after, code, answer });
  if (isOutcome(outcome)) return { outcome, violations };
  return { outcome: "nothing", violations: [...violations, outcome] };
}

function isOutcome(text: string): text is Outcome {
  return text === "done" || text === "nothing";
}

/** After `resume` and `wallet refresh` nothing is on its way for ever. */
function* atRest(wallets: readonly string[], after: readonly Ledger[]): Generator<string> {
  for (const [i, { purse }] of after.entries()) {
    if (!isOnItsWay(purse)) continue;
    const { reserved, refunding, handed } = purse.report?.standing ?? {};
    const unknown = purse.report?.unknownMinor;
    yield `${wallets[i]} still has ${unknown} unknown, ${reserved} reserved, ${refunding} refunding, ${handed} handed over; ${purse.asked} requests are open`;
  }
}

/** Every unit that was ever granted is in an account or in a purse that says so; the books agree with all their rows. */
async function whole(market: Market): Promise<string[]> {
  const { books } = await readLedger(market, "holder");
  const faults = [moneyConserved.refute(books.trial), ...books.coins.faults].filter((fault) => fault !== null);
  const purses = await Promise.all([...market.accounts.keys()].map((name) => readPurse(market, name)));
  const coinsMinor = purses.reduce((sum, { minor }) => sum + minor, 0n);
  for (const { depositsMinor, issuedMinor } of books.sheets) {
    if (depositsMinor + coinsMinor === issuedMinor) continue;
    faults.push(
      `${depositsMinor} in accounts and ${coinsMinor} in purses are not the ${issuedMinor} that were granted`,
    );
  }
  return faults.map((fault) => `money-conserved: ${fault}`);
}

/** The bank takes every coin that a wallet says it has, and then nothing is out any more. */
async function goodOnce(
  crypto: Crypto,
  market: Market,
  { wallets }: Play,
  after: readonly Ledger[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const [i, wallet] of wallets.entries()) {
    const claimed = after[i] as Ledger;
    const refused = await redeem(crypto, market, wallet);
    if (refused !== null) faults.push(`the bank does not take the ${claimed.purse.minor} of ${wallet}: ${refused}`);
    // The next path must not lead over old coins, nor a new key be one that cannot sign.
    const fault = await takeAndReturn(crypto, market, wallet, COINED_MINOR);
    if (fault !== null) faults.push(`${wallet} withdraws once more: ${fault}`);
    const { buyerMinor, purse } = await readLedger(market, wallet);
    if (buyerMinor !== claimed.buyerMinor) faults.push(`${wallet} said ${claimed.buyerMinor} and gets ${buyerMinor}`);
    if (purse.minor !== 0n) faults.push(`${wallet} has turned all in, and ${purse.minor} are left`);
  }
  const { books } = await readLedger(market, "holder");
  for (const { coinsMinor } of books.sheets)
    if (coinsMinor !== 0n) faults.push(`${coinsMinor} are out and nobody has them`);
  return faults;
}
