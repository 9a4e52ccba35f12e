/** What a quitter gains, computed from what really was said until then; and that the computation can find something. */
import { portableCrypto } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { drawsOf } from "../simulate/draws.ts";
import {
  compared,
  comparedText,
  GRADUAL,
  gradualMessages,
  penaltyExchange,
  quits,
  searchedKeys,
  thirdPartyExchange,
  UNEQUAL,
  worstQuit,
} from "./index.ts";

const [a, b] = [drawsOf(1).bytes(32), drawsOf(2).bytes(32)];
const most = (terms: typeof GRADUAL) => quits(terms, a, b).reduce((top, { advantage }) => Math.max(top, advantage), 0);

test("bit by bit, both secrets arrive whole, and B is never more than a bit ahead", () => {
  const heard = { A: 0n, B: 0n };
  for (const { from, bit } of gradualMessages(a, b)) heard[from] = heard[from] * 2n + BigInt(bit);
  const whole = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  expect([heard.A, heard.B]).toEqual([whole(a), whole(b)]);
  for (const { missingBits } of quits(GRADUAL, a, b)) {
    expect([0, 1]).toContain(missingBits.other - missingBits.quitter);
  }
});

test("a quitter gains up to half of the price from an equal, and nearly all of it from a slower one", () => {
  expect(most(GRADUAL)).toBeGreaterThan(0.25);
  expect(most(GRADUAL)).toBeLessThanOrEqual(0.5);
  expect(most(UNEQUAL)).toBeGreaterThan(0.99);
  expect(quits(GRADUAL, a, b).at(-1)?.advantage, "at the end nobody is ahead").toBe(0);
});

test("the search that the advantage rests on takes half of all keys on average", () => {
  const draws = drawsOf(3);
  const runs = Array.from({ length: 200 }, () => searchedKeys(draws.bytes(4), 22, draws));
  const mean = runs.reduce((sum, tried) => sum + tried, 0) / runs.length;
  expect(Math.max(...runs)).toBeLessThanOrEqual(1024);
  expect(mean).toBeGreaterThan(400);
  expect(mean).toBeLessThan(620);
});

test("a penalty holds whom it costs more than it gains, and nobody else", () => {
  expect(worstQuit(penaltyExchange(0.5))).toEqual({ gain: 0.5, after: 5 });
  expect(worstQuit(penaltyExchange(1)).gain).toBe(0);
});

test("a third party on line leaves nothing to gain, unless it hands on before it has both", () => {
  const honest = thirdPartyExchange();
  expect(worstQuit(honest).gain).toBe(0);
  const hasty = { ...honest, endsAfter: (said: number) => (said >= 3 ? { C: -1, M: 1 } : { C: 0, M: 0 }) };
  expect(worstQuit(hasty)).toEqual({ gain: 1, after: 3 });
});

test("the table has them all, and of ours nobody gains anything", async () => {
  const rows = compared(await portableCrypto());
  expect(rows.filter(({ source }) => source === "shipped").map(({ gain }) => gain)).toEqual([0, 0, 0]);
  expect(rows.find(({ name }) => name.startsWith("netbill"))?.messages).toBe(8);
  expect(comparedText(rows).split("\n")).toHaveLength(rows.length + 1);
});
