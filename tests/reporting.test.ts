/** Thresholds as an operator sets them while the bank runs, and what was told of the movements since. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";
import { type Market, openMarket } from "./refusals/market.ts";

let market: Market;
beforeAll(async () => {
  market = await openMarket();
  market.ownBank();
});
afterAll(() => market.close());

async function run(...words: string[]) {
  const data = words[0] === "bank" ? market.folder : join(market.folder, "ann");
  const environment = { COUNTERFOIL_URL: market.visit.url };
  return counterfoil([...words, "--data", data], { environment });
}

test("nothing is recorded until the operator says what is", async () => {
  expect((await run("bank", "thresholds", "--json")).json()).toMatchObject({ status: "done", thresholds: null });
  await run("wallet", "create");
  await run("sandbox", "grant", "20");
  expect((await run("bank", "reports", "--json")).json()).toEqual({ status: "done", reports: [] });
});

test("from then on what is above is told of, by level, as text, JSON and CSV", async () => {
  const set = await run("bank", "thresholds", "--record", "1", "--report", "5", "--json");
  const thresholds = { recordAboveMinor: "100", reportAboveMinor: "500", perDay: true };
  expect([set.status, set.json()]).toMatchObject([0, { status: "done", thresholds }]);
  for (const amount of ["1", "4", "0.01"]) await run("sandbox", "grant", amount);

  const { reports } = (await run("bank", "reports", "--json")).json() as { reports: Record<string, unknown>[] };
  expect(reports).toMatchObject([
    { level: "recorded", kind: "grant", direction: "in", amountMinor: "400", dayTotalMinor: "500", unit: "XTS" },
    { level: "reported", amountMinor: "1", dayTotalMinor: "501" },
  ]);
  const only = await run("bank", "reports", "--level", "reported", "--json");
  expect(only.json()).toEqual({ status: "done", reports: [reports[1]] });
  const [head, ...lines] = (await run("bank", "reports", "--csv")).output.trim().split("\n");
  expect(head).toBe("time,level,account,kind,direction,amount_minor,day_total_minor,unit,transaction");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`,reported,${reports[1]?.account},grant,in,1,501,XTS,grant/`);
  expect((await run("bank", "reports")).output).toMatch(/^2 movements above a threshold:\n {2}.* {2}recorded {2}/);
});

test("what is not named stays, and all can be taken away", async () => {
  const single = await run("bank", "thresholds", "--per", "movement", "--json");
  expect(single.json().thresholds).toEqual({ recordAboveMinor: "100", reportAboveMinor: "500", perDay: false });
  expect((await run("bank", "thresholds")).output).toContain("above 5.00 XTS");
  expect((await run("bank", "thresholds", "--none", "--json")).json().thresholds).toBe(null);
  await run("sandbox", "grant", "30");
  expect((await run("bank", "reports", "--json")).json().reports).toHaveLength(2);
  expect((await run("bank", "audit")).status).toBe(0);
});

test.each([
  ["reporting what is not recorded", ["thresholds", "--record", "5", "--report", "1"]],
  ["none and some", ["thresholds", "--none", "--record", "1"]],
  ["a level that is none", ["reports", "--level", "loud"]],
  ["two forms of one answer", ["reports", "--csv", "--json"]],
])("%s is wrong use", async (_, words) => {
  expect((await run("bank", ...words)).status).toBe(2);
});
