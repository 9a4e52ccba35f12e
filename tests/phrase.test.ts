/** A wallet on paper: what `wallet backup` shows makes the same account again elsewhere, and is shown to nobody unasked. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@counterfoil/base";
import { seedOfPhrase } from "@counterfoil/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil, type Ran } from "./command-line.ts";
import { type Market, openMarket } from "./refusals/market.ts";

let market: Market;
beforeAll(async () => {
  market = await openMarket();
});
afterAll(() => market.close());

function run(data: string, words: readonly string[], input?: string): Promise<Ran> {
  const environment = { COUNTERFOIL_URL: market.visit.url };
  const place = ["--data", join(market.folder, data)];
  return counterfoil([...words, ...place], { environment, ...(input === undefined ? {} : { input }) });
}

const seedPath = (data: string) => join(market.folder, data, "wallet", "seed");

describe.each([12, 24])("a wallet of %i words", (words) => {
  const name = `made-${words}`;
  let phrase: string;
  let account: unknown;

  test("is made, and shows its phrase to whoever insists", async () => {
    const made = (await run(name, ["wallet", "create", "--words", `${words}`, "--json"])).json();
    expect(made).toMatchObject({ status: "done", created: true, words });
    account = made.account;
    const shown = await run(name, ["wallet", "backup", "--yes", "--json"]);
    phrase = shown.json().phrase as string;
    expect(phrase.split(" ")).toHaveLength(words);
    expect(shown.errors).toContain("Whoever sees these words has the money.");
  });

  test("is made again elsewhere from what was shown to people, numbers and all", async () => {
    await run(name, ["sandbox", "grant", "3"]);
    const shown = await run(name, ["wallet", "backup", "--yes"]);
    const restored = await run(`again-${words}`, ["wallet", "restore", "--json"], shown.output);
    expect(restored.json()).toMatchObject({ status: "done", account, balanceMinor: "300" });
    expect(readFileSync(seedPath(`again-${words}`))).toEqual(readFileSync(seedPath(name)));
    expect(statSync(seedPath(`again-${words}`)).mode & 0o777).toBe(0o600);
    const repeated = await run(`again-${words}`, ["wallet", "restore", "--json"], phrase);
    expect(repeated.json()).toMatchObject({ status: "done", account });
    expectSilence(restored, phrase);
  });

  test("is never replaced by another", async () => {
    const before = readFileSync(seedPath(name));
    const other = `${"zoo ".repeat(11)}wrong`;
    const refused = await run(name, ["wallet", "restore", "--json"], other);
    expect([refused.status, refused.json()]).toMatchObject([1, { reason: "wallet-exists" }]);
    expect(readFileSync(seedPath(name))).toEqual(before);
    expectSilence(refused, phrase);
    expectSilence(refused, other);
  });
});

test("without --yes, nobody being there, no phrase is shown", async () => {
  await run("shy", ["wallet", "create"]);
  const shown = await run("shy", ["wallet", "backup", "--json"]);
  expect([shown.status, shown.json()]).toMatchObject([1, { reason: "not-agreed" }]);
  const phrase = (await run("shy", ["wallet", "backup", "--yes", "--json"])).json().phrase as string;
  expectSilence(shown, phrase);
});

test.each([
  ["a word too few", "zoo ".repeat(11), "wrong-word-count"],
  ["an unknown word", `${"zoo ".repeat(11)}wronng`, "unknown-word"],
  ["a wrong checksum", "zoo ".repeat(12), "wrong-checksum"],
  ["nothing", "", "wrong-word-count"],
])("a phrase with %s makes nothing", async (_, typed, reason) => {
  const refused = await run("never", ["wallet", "restore", "--json"], typed);
  expect([refused.status, refused.json()]).toMatchObject([1, { reason, money: "No money has moved." }]);
  expect(existsSync(join(market.folder, "never"))).toBe(false);
});

test("a phrase among the command's own words, where every user of the machine sees it, is not taken", async () => {
  const typed = `${"zoo ".repeat(11)}wrong`;
  const refused = await run("never", ["wallet", "restore", ...typed.split(" ")]);
  expect(refused.status).toBe(2);
  expect(existsSync(join(market.folder, "never"))).toBe(false);
});

/** Neither the words, in their order, nor the seed that they spell. */
function expectSilence({ output, errors }: Ran, phrase: string): void {
  const [first, second, third] = phrase.split(" ");
  const seed = seedOfPhrase(phrase);
  if (!seed.ok) throw new Error(seed.reason);
  expect(output + errors).not.toContain(`${first} ${second} ${third}`);
  expect(output + errors).not.toContain(toHex(seed.value));
}
