/**
 * money-conserved, under random commands: a real bank and three real purses beside a reference of a few lines a request.
 * After every step the books balance, all money there is adds up to what was granted, and each purse believes of each coin
 * what the bank would pay for it; at rest every errand has ended and no coin is lost. MODEL_RUNS makes it longer.
 */
import { type Hex, HOUR_MS } from "@counterfoil/base";
import { describe, expect, test } from "vitest";
import { NOW } from "../packages/protocols/src/money/bank.fixture.ts";
import { ONCE } from "./purse-model/once.ts";
import { Reference } from "./purse-model/reference.ts";
import { run } from "./purse-model/run.ts";
import { BEGINNINGS, type Step } from "./purse-model/steps.ts";
import { type Edit, swap } from "./refusals/scenario.ts";
import { type Ended, inParallel, LANES, runWithout } from "./refusals/without.ts";

const RUNS = Number(process.env.MODEL_RUNS ?? 1_000);
/** The same sequences in every test run, and new ones in the campaign (`npm run model`). */
const campaign = process.env.MODEL_RUNS !== undefined;
const SEED = Number(process.env.MODEL_SEED ?? (campaign ? Math.floor(Math.random() * 2 ** 31) : 2));
/** Runs of one process; a planted fault is found by no more. */
const BATCH = 500;
const MAIN = new URL("./purse-model/main.ts", import.meta.url);

test(`${RUNS} sequences of steps go as the reference says, MODEL_SEED=${SEED}`, { timeout: HOUR_MS }, async () => {
  const batches = Array.from({ length: Math.ceil(RUNS / BATCH) }, (_, i) => i);
  const ended = await Promise.all(
    inParallel(LANES, batches, (i) => runWithout(MAIN, `${Math.min(BATCH, RUNS - i * BATCH)} ${SEED + i}`, [ONCE])),
  );
  for (const { code, said } of ended) if (code !== 0) throw new Error(said);
  const seen = new Set(ended.flatMap(({ said }) => JSON.parse(said) as string[]));
  // What never came up was not compared.
  const bank = ["withdraw issued", "withdraw expired", "withdraw insufficient-funds", "refresh issued"];
  const used = ["refresh coin-used", "refresh coin-expired", "settle paid", "settle coin-used", "settle expired"];
  const rest = ["abort aborted", "abort paid", "settle aborted", "reissue reissued", "choice exact", "choice change"];
  expect([...seen]).toEqual(expect.arrayContaining([...bank, ...used, ...rest, "wrong-total", "coin-not-available"]));
});

describe("what is wrong in one place is found out", () => {
  const pay: readonly Step[] = [
    ...(BEGINNINGS[0] as readonly Step[]),
    { kind: "buy", by: 2, sale: 1 },
    { kind: "settle", at: 0 },
    { kind: "settle", at: 0 },
  ];

  test("the reference: a coin that is free again once it was paid with", () => {
    class Forgetful extends Reference {
      override use(coins: Parameters<Reference["use"]>[0], by: Hex): void {
        super.use(coins, by);
        for (const { coinId } of coins) this.used.delete(coinId);
      }
    }
    expect(() => run(pay, new Set())).not.toThrow();
    expect(() => run(pay, new Set(), new Forgetful(NOW))).toThrow("rows too many or few");
  });

  const faults: readonly (readonly [string, Edit])[] = [
    [
      "the bank debits again what it has signed before",
      swap("mint", 'filter((output) => view.get("issued", output.id) === undefined)', "filter(() => true)"),
    ],
    [
      "the bank exchanges a coin that was used",
      swap("mint", 'if (used.length > 0) return refuse(id, null, "coin-used", { used });', ""),
    ],
    [
      "a deposit is not booked",
      swap(
        "mint",
        "...(deposit === null ? [] : [{ account: deposit.account, changeMinor: deposit.amountMinor }]),",
        "",
      ),
    ],
    [
      "a purse keeps a sum pending that has come",
      swap("purseHearing", 'if (row.kind === "withdraw") settlePending(draft, row);', ""),
    ],
    [
      "a purse keeps coins that it has exchanged",
      swap(
        "purseHearing",
        'for (const coinId of readIds(row.inputs)) draft.move(coinId, "exchanged", id, null, now);',
        "",
      ),
    ],
    [
      "a purse gives up coins whose errand was done after all",
      swap("purseHearing", "if (errand !== null) resume(draft, errand, coinId, now);\n    else if", "if"),
    ],
    [
      "a purse believes that all coins of an errand are over where one is",
      swap("purseHearing", "return key === undefined || now >= key.refreshUntilMs;", "return true;"),
    ],
    [
      "a purse takes coins for spent that it has given up paying with",
      swap("purse", 'if (paid) draft.move(coinId, "spent"', 'if (paid || tid !== "") draft.move(coinId, "spent"'),
    ],
    [
      "a purse takes a refused withdrawal for over while a copy may come",
      swap("purseHearing", 'if (reason === "expired") {', "if (reason !== null) {"),
    ],
  ];
  const ended = inParallel(LANES, faults, ([, edit]) => runWithout(MAIN, `${BATCH} 1`, [ONCE, edit]));
  faults.forEach(([what], i) => {
    test(what, async () => {
      const { code, said } = await (ended[i] as Promise<Ended>);
      expect(said).toContain("Property failed after");
      expect(code).toBe(1);
    });
  });

  test("a process in which nothing is wrong finds nothing", async () => {
    expect(await runWithout(MAIN, "20 1", [ONCE])).toMatchObject({ code: 0 });
  });
});
