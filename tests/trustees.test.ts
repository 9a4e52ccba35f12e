/** Trustees as their operators run them: three of them in this process, everything else by commands in others. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "@counterfoil/base";
import { nodeCrypto } from "@counterfoil/host";
import { standingGroup } from "@counterfoil/protocols/trustees";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MarketTrustees, openMarketTrustees } from "../apps/cli/src/trustee.ts";
import { counterfoil } from "./command-line.ts";

let folder: string;
let market: MarketTrustees;

const open = async () => {
  const bugs = (bug: unknown) => {
    throw bug;
  };
  const place = { data: folder, url: "http://127.0.0.1", json: false, proxy: null };
  const ports = { crypto: await nodeCrypto(), clock: Date.now, onBug: bugs, onFatal: bugs };
  return openMarketTrustees(place, { host: "127.0.0.1", port: 0 }, ports);
};
const close = async () => {
  for (const each of [...market.closing].reverse()) await each();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-trustees-"));
  market = await open();
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]) => counterfoil(["trustee", ...words, "--data", folder], {});

test("those of a market stand as a group, each at an address of its own", async () => {
  const crypto = await nodeCrypto();
  expect(standingGroup(crypto, market.group)?.id).toBe(market.groupId);
  expect(new Set(market.urls).size).toBe(3);
  const groups = await run("groups", "--folder", "2", "--json");
  expect(groups.json()).toMatchObject({
    status: "done",
    groups: [{ id: market.groupId, standing: "selling", threshold: 2, trustees: 3, answered: 0 }],
  });
  const status = await run("status", "--folder", "3");
  expect(status.output).toContain(`Trustee 3, running at ${market.urls[2]}. Its key: ${market.keys[2]}`);
  expect((await run("cases", "--json")).json()).toEqual({ status: "done", asked: 0, answered: 0, cases: [] });
});

test("are convened over the network by anybody, who learns nothing", async () => {
  const out = join(folder, "group.json");
  const words = ["convene", "--trustees", market.urls.join(","), "--sell-days", "30", "--claim-days", "7"];
  const made = await run(...words, "--out", out);
  expect([made.errors, made.status]).toEqual(["", 0]);
  expect(made.output).toMatch(/any 2 of 3 trustees open what a silent shop sold/);
  const file = JSON.parse(readFileSync(out, "utf8")) as { group: string; id: string; trustees: { url: string }[] };
  expect(standingGroup(await nodeCrypto(), fromHex(file.group) as Uint8Array)?.id).toBe(file.id);
  expect(file.trustees.map(({ url }) => url)).toEqual(market.urls);
  const again = await run(...words, "--out", out);
  expect([again.status, again.errors]).toMatchObject([2, expect.stringContaining("name another --out")]);
});

test.each([
  ["too few for the threshold", ["--threshold", "3"], "wrong-terms"],
  ["an address where no trustee is", ["--trustees", "http://127.0.0.1:9"], "unreachable"],
])("a ceremony of %s is refused with what to do", async (_, words, reason) => {
  const out = join(folder, "no-group.json");
  const all = ["convene", "--trustees", market.urls.join(","), "--out", out, ...words, "--json"];
  const ran = await run(...all);
  expect([ran.status, ran.json()]).toMatchObject([1, { status: "refused", reason, next: expect.any(String) }]);
  expect(() => statSync(out)).toThrow();
});

test("a second process does not run the same trustee, and a folder without one is told from one with", async () => {
  const second = await run("serve", "--port", "0", "--json");
  expect(second.json()).toMatchObject({ status: "refused", reason: "already-running" });
  const none = await run("status", "--folder", "9", "--json");
  expect([none.status, none.json()]).toMatchObject([1, { reason: "no-trustee" }]);
});

test("find their group again, and keep their secrets from other users", async () => {
  const { groupId } = market;
  await close();
  expect((await run("status")).output).toContain("Trustee 1, not running.");
  market = await open();
  expect(market.groupId).toBe(groupId);
  for (const file of ["seed", "trustee.db"]) {
    expect(statSync(join(folder, "trustee-1", file)).mode & 0o077).toBe(0);
  }
});
