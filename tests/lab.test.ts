/** The lab at the command line: the short table, a counterexample gone again, a paper's protocol over a real file, an attack. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TableRow } from "@counterfoil/lab";
import { afterAll, describe, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-lab-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** More than a hundred questions, beside whatever else is tested. */
const LONG_MS = 600_000;
const lab = (...words: string[]) => counterfoil(["lab", ...words], {});
const SALE = fileURLToPath(new URL("../examples/notes-on-atomic-commerce.md", import.meta.url));

describe("the table", () => {
  test("the short one: ours hold all that they claim, and what refutes the papers' can be gone again", {
    timeout: LONG_MS,
  }, async () => {
    const traces = join(folder, "traces");
    const ran = await lab("table", "--smoke", "--json", "--traces", traces);
    expect([ran.status, ran.errors]).toEqual([0, ""]);
    const { rows, states, seconds, skipped } = ran.json() as { rows: TableRow[] } & Record<string, number>;
    console.log(`${states} states in ${seconds} s, ${skipped} long questions left out`);
    const ours = rows.filter(({ source }) => source === "shipped");
    expect(ours.map(({ id }) => id)).toEqual([
      ...["netbill", "optimistic-account", "optimistic-coins", "logged-account", "logged-coins"],
    ]);
    for (const { id, verdicts } of ours) {
      for (const { property, claimed, found, fault } of verdicts) {
        expect(found, `${id}, ${property}: ${fault}`).toBe(claimed);
      }
    }
    expect(rows.find(({ id }) => id === "camp")?.verdicts).toContainEqual(
      expect.objectContaining({ property: "goods", claimed: "Y", found: "N" }),
    );

    const saved = readdirSync(traces);
    expect(saved).toContain("camp-goods.json");
    const trace = join(traces, "camp-goods.json");
    const again = await lab("replay", trace);
    expect([again.status, again.output]).toEqual([0, expect.stringContaining("bank credits the merchant")]);
    const other = join(folder, "other.json");
    writeFileSync(other, readFileSync(trace, "utf8").replace("log gives up on it", "log smiles"));
    const refused = await lab("replay", other);
    expect([refused.status, refused.errors]).toEqual([1, expect.stringContaining("does not go this way")]);
  });

  test("what it does not know it says", async () => {
    const unknown = await lab("explore", "barter");
    expect([unknown.status, unknown.errors]).toEqual([2, expect.stringContaining("There are: digicash-offline")]);
    expect((await lab("explore", "camp", "nothing")).errors).toContain("lost-abort");
    expect((await lab("run", "barter", "--goods", SALE)).status).toBe(2);
    expect((await lab("replay", SALE)).errors).toContain("is no trace of the lab");
  });
});

test("a paper's protocol delivers a real file, message by message, and refuses one that it cannot take", async () => {
  const out = join(folder, "delivered.md");
  const ran = await lab("run", "ray-basic", "--goods", SALE, "--out", out);
  expect([ran.status, ran.output]).toEqual([0, expect.stringContaining("T' = [m·r, K_M × K_M1]")]);
  expect(ran.output).toContain("Delivered, byte for byte");
  expect(readFileSync(out)).toEqual(readFileSync(SALE));
  const large = join(folder, "large.bin");
  writeFileSync(large, new Uint8Array(1_000_000));
  const refused = await lab("run", "ray-basic", "--goods", large);
  expect([refused.status, refused.errors]).toEqual([1, expect.stringContaining("takes at most")]);
});

test("an attack succeeds on the printed protocol and not on ours, with its numbers", async () => {
  const ran = await lab("attack", "crt");
  expect(ran.status).toBe(0);
  expect(ran.output).toContain("896483129220");
  expect(ran.output).toContain("The literal protocol: succeeded. Ours: refused.");
});

test("a seed goes the same way again, and a planted fault is found", async () => {
  const run = (...words: string[]) => lab("simulate", "--json", "--sales", "12", "--seed", "7", ...words);
  const [one, two] = await Promise.all([run(), run()]);
  expect([one.status, two.status]).toEqual([0, 0]);
  expect(one.json().digest).toBe(two.json().digest);
  const wrong = await run("--fault", "releases-unpaid");
  expect([wrong.status, wrong.json().failure]).toEqual([1, expect.objectContaining({ seed: 7 })]);
});
