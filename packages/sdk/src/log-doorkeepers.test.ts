import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeCrypto } from "@counterfoil/host";
import { APPEND_LIMIT, admitToLog } from "@counterfoil/protocols/log";
import { expect, test } from "vitest";
import { altered, logBench, logSale, paidOf, START } from "../../protocols/src/log/log.fixture.ts";
import { openDoorkeepers } from "./log-doorkeepers.ts";

const at = logBench(await nodeCrypto());
const sales = Array.from({ length: APPEND_LIMIT }, (_, i) => logSale(at, `${i}`));
const leaves = paidOf(at, sales, START);
const { descriptor, banks } = at.config;
const here = (message: Uint8Array) => admitToLog(at.config, message);
const nowhere = () => {
  throw new Error("this was for a thread to look at");
};

test("a thread lets in and refuses what the log itself would", async () => {
  const keepers = openDoorkeepers({ descriptor, banks }, nowhere, { threads: 2 });
  const messages = [leaves, altered(leaves), altered(leaves, 0), paidOf(at, sales, START, at.merchant)];
  const said = await Promise.all(messages.map((message) => keepers.admit(message)));
  expect(said).toEqual(messages.map(here));
  expect(said[0]).toMatchObject({ ok: true, value: { kind: "post-paid" } });
  expect(said[1]).toMatchObject({ ok: true, value: { kind: "refuse", reason: "wrong-leaf" } });
  await keepers.close();
});

test.each([
  ["dies over it", "process.exit(1)"],
  ["never starts", "no such word"],
])("what a thread %s is looked at here", async (_, does) => {
  const path = join(mkdtempSync(join(tmpdir(), "counterfoil-doorkeeper-")), "entry.mjs");
  const dying = `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { ${does} });`;
  writeFileSync(path, does === "no such word" ? does : dying);
  const keepers = openDoorkeepers({ descriptor, banks }, here, { threads: 1, entry: pathToFileURL(path) });
  for (let i = 0; i < 5; i++) expect(await keepers.admit(leaves)).toEqual(here(leaves));
  await keepers.close();
});
