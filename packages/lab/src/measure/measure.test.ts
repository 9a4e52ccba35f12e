/** What a sale takes, counted from the sales themselves. */
import { portableCrypto } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import { KINDS } from "../simulate/index.ts";
import { type Measured, measuredSales, measuredText, measureLetters } from "./index.ts";

const crypto = await portableCrypto();
const rows = measuredSales(crypto);
const row = (mode: string, pays: string, conduct: string): Measured => {
  const found = rows.find(({ kind, conduct: is }) => kind.mode === mode && kind.pays === pays && is === conduct);
  if (found === undefined) throw new Error(`${mode} by ${pays}, ${conduct}, is not measured`);
  return found;
};

test("NetBill takes its paper's eight messages, one after the other", () => {
  for (const pays of ["debit", "coins"]) {
    const { toEnd, all, messages } = row("netbill", pays, "honest");
    expect([toEnd.messages, toEnd.rounds, all.messages]).toEqual([8, 8, 8]);
    const names = ["price-request", "quote", "order", "offer", "payment", "settle", "paid", "settled"];
    expect(messages.map(({ name }) => name)).toEqual(names);
    expect(all.bytes).toBe(messages.reduce((sum, { bytes }) => sum + bytes, 0));
  }
  expect(row("netbill", "hold", "honest").toEnd.messages, "a hold costs two more").toBe(10);
});

test("the optimistic exchange takes the same, and tells a log; only a silent shop brings the trustees in", () => {
  const honest = row("optimistic", "coins", "honest");
  expect(honest).toMatchObject({ end: "paid", withTrustees: 0, withLog: 2, all: { messages: 10 } });
  expect(honest.toEnd.rounds).toBe(8);
  for (const pays of ["hold", "coins"]) {
    const silent = row("optimistic", pays, "silent once paid");
    expect(silent.end).toBe("paid");
    expect(silent.withTrustees).toBeGreaterThanOrEqual(4);
  }
});

test("whoever does its part comes to an end, whatever the shop does", () => {
  for (const { mode, pays } of KINDS) expect(row(mode, pays, "honest").end).toBe("paid");
  for (const { kind, conduct, end } of rows) {
    if (conduct === "silent once committed") expect(end).toBe("paid");
    if (conduct === "silent once paid" && kind.mode !== "optimistic") expect(end).toBe("ended");
  }
  for (const { toEnd, all } of rows) expect(toEnd.messages).toBeLessThanOrEqual(all.messages);
});

test("has a line for each", () => {
  const lines = measuredText(rows).split("\n");
  expect(lines.length).toBe(rows.length + 1);
  expect(lines[0]).toMatch(/^exchange +shop +ends +messages/);
});

test("letters are counted, and those that wait for one another", () => {
  const letter = (step: string, from: string, to: string, bytes: number): Letter => {
    return { step, from, to, says: "", fields: [], bytes };
  };
  const run: LiteralRun = {
    ...{ id: "two-ways", title: "", source: "", goodsLimitBytes: 1 },
    *run(goods) {
      yield letter("1", "C", "M", 10);
      yield letter("2", "M", "B", 20);
      yield letter("3", "M", "C", 30);
      yield letter("4", "B", "M", 40);
      return goods;
    },
  };
  const counted = measureLetters(run, new Uint8Array(1), {} as Means);
  expect(counted).toMatchObject({ messages: 4, rounds: 3, bytes: 100 });
});
