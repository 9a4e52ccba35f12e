/** One command about coins through the real command line, with kills, then what its user does about it, then judgement. */
import { join } from "node:path";
import type { Crypto } from "@counterfoil/crypto";
import { judgeCoins } from "./coin-judge.ts";
import { newestEpochOf } from "./coin-keys.ts";
import { type Play, prepare } from "./coin-plays.ts";
import type { Exit, Running } from "./command.ts";
import { isOnItsWay, readLedger, readPurse } from "./ledger.ts";
import type { Market } from "./market.ts";
import type { CoinScenario } from "./scenarios.ts";
import type { Played } from "./trial.ts";
import { backAtOnce, limited, RESUMES, shopSettled, type Watching } from "./watch.ts";

type Answer = Readonly<Record<string, unknown>> | null;
type Told = Exit & { readonly answer: Answer };

/** `resume` and `wallet refresh` in turn, until nothing is on its way: once is enough where nothing else is killed. */
const ROUNDS = 3;

export async function playCoins(
  crypto: Crypto,
  market: Market,
  scenario: CoinScenario,
  name: string,
  watching: Watching,
): Promise<Played> {
  const violations: string[] = [];
  const play = await prepare(crypto, market, scenario, name, join(market.folder, "bought", name));
  const before = await ledgersOf(market, play.walletsBefore);
  for (const lost of play.walletsBefore) if (!play.wallets.includes(lost)) market.accounts.delete(lost);
  const epochBefore = newestEpochOf(crypto, market);
  market.begin(watching);
  let life = 0;
  const run = async (folder: string, words: readonly string[], input = ""): Promise<Told> => {
    const running: Running = market.wallet(folder, words, life++, input);
    const exit = await limited(running, violations);
    watching.commandEnded();
    return { ...exit, answer: await running.answer.catch(() => null) };
  };
  const isDone = (told: Told) => isKnown(told, play) || (scenario.does === "rotate" && hasRotated());
  const hasRotated = () => newestEpochOf(crypto, market) > epochBefore;

  const first = await run(play.folder, play.words, play.input);
  let last = first;
  for (let tries = 0; tries < RESUMES && !isDone(last); tries++) {
    await market.up(backAtOnce(market, scenario));
    last =
      play.again === "the-same" ? await run(play.folder, play.words, play.input) : await run(play.folder, ["resume"]);
  }
  if (!isDone(last))
    violations.push(`the last \`${play.again}\` ended with ${last.code}: ${last.output}${last.errors}`);
  const left = play.again === "resume" ? (await readPurse(market, play.folder)).asked : 0;
  if (left > 0) violations.push(`\`resume\` has ended, and the bank has not answered ${left} times`);

  watching.buyerEnded();
  await watching.struck();
  await market.up(market.servers);
  await shopSettled(market, watching);
  for (const wallet of play.wallets) {
    for (let round = 0; round < ROUNDS && isOnItsWay(await readPurse(market, wallet)); round++) {
      for (const words of [["resume"], ["wallet", "refresh", "--handed"]]) {
        await market.up(market.servers);
        await run(wallet, words);
      }
    }
  }
  await market.up(market.servers);
  market.end();
  const after = await ledgersOf(market, play.wallets);
  const judged = await judgeCoins(crypto, market, scenario, play, { before, after, epochBefore, first, last });
  return { outcome: judged.outcome, violations: [...violations, ...judged.violations] };
}

function ledgersOf(market: Market, wallets: readonly string[]) {
  return Promise.all(wallets.map((wallet) => readLedger(market, wallet)));
}

/** The command line says which way it went; a command that is repeated is done when it says so, or says that it was. */
function isKnown({ code, answer }: Told, { again, doneBefore }: Play): boolean {
  if (code === 0) return true;
  return code === 1 && (again === "resume" || doneBefore.includes(answer?.reason as string));
}
