/**
 * The small crash campaign: kill -9 at every write/send boundary of an ordinary sale, in each of its three processes, and one
 * planted fault to show that the campaign sees what it looks for. `npm run crash` is the whole of it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto } from "@counterfoil/host";
import { afterAll, describe, expect, test } from "vitest";
import { everyPlace, ROLES } from "./crash/boundaries.ts";
import { cover, record, tryFault } from "./crash/campaign.ts";
import { openLanes } from "./crash/lanes.ts";
import { counterexample } from "./crash/report.ts";
import { SCENARIOS } from "./crash/scenarios.ts";

/** Some sixty purchases in processes of their own, beside whatever else the machine is testing. */
const LIMIT_MS = 600_000;
const LANES = 3;

const folder = mkdtempSync(join(tmpdir(), "counterfoil-crash-"));
const crypto = await nodeCrypto();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("kill -9 in an ordinary sale", () => {
  test(
    "at every write/send boundary moves both the money and the key, or neither",
    async () => {
      const lanes = openLanes(crypto, join(folder, "sound"), LANES);
      const { runs, boundaries } = await record(lanes, SCENARIOS.sale);
      const places = everyPlace(boundaries);
      expect(new Set(places.map(({ victim }) => victim))).toEqual(new Set(ROLES));
      const covered = await cover(lanes, SCENARIOS.sale, places);
      await lanes.close();
      const ended = [...runs, ...covered.flatMap(({ tries }) => tries)];
      expect(ended.filter(({ violations }) => violations.length > 0).map(counterexample)).toEqual([]);
      expect(covered.filter(({ tries }) => !tries.some(({ hit }) => hit)).map(({ boundary }) => boundary)).toEqual([]);
    },
    LIMIT_MS,
  );
});

test(
  "a bank whose answer leaves before its write is durable is caught",
  async () => {
    const lanes = openLanes(crypto, join(folder, "planted"), 1, "bank-answers-first");
    const { violations } = await tryFault(lanes, "bank-answers-first").finally(() => lanes.close());
    expect(violations).toContainEqual(expect.stringContaining("goods-atomic"));
  },
  LIMIT_MS,
);
