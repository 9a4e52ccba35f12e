/** What a customer of a logged sale has paid for, what it can show, and whom what was said convicts: each found out when it is wrong. */
import { encode } from "@counterfoil/base";
import { portableCrypto, read, sign } from "@counterfoil/crypto";
import { convict, encodeAccusation } from "@counterfoil/protocols/exchange";
import { logSchema } from "@counterfoil/protocols/log";
import { receiptSchema } from "@counterfoil/protocols/money";
import { loggedSale } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import { type Explored, explore, type World } from "../explore/index.ts";
import { judgedOf } from "./logged-judged.ts";
import { CUSTOMER_LIES, MERCHANT_LIES } from "./logged-liars.ts";
import { logOf } from "./logged-log.ts";
import { lookAt } from "./logged-looking.ts";
import { offersOf, takerOf } from "./logged-offers.ts";
import { loggedPlay, type Rules } from "./logged-play.ts";
import { wordsOf } from "./logged-words.ts";
import { remembering } from "./remembering.ts";
import { takesUnproved } from "./unproved.ts";

const crypto = remembering(await portableCrypto());
const one = () => loggedSale(crypto, { pays: "hold" });
const offering = MERCHANT_LIES.filter(({ isOffering }) => isOffering === true);
const searched = (rules: Rules, sale = one()): Explored => explore(loggedPlay([sale], { isOneClock: true, ...rules }));
const faults = (rules: Rules) => searched(rules).found.map(({ fault }) => fault);

describe("validated", () => {
  test("of a merchant's offers the customer takes the true one and one with another V, and no other", () => {
    const sale = one();
    const taken = offersOf(sale).filter(({ bytes }) => takerOf(sale)(bytes) !== null);
    expect(taken.map(({ name }) => name)).toEqual(["OFFER(as it should be)", "OFFER(another V)"]);
    const { found, outcomes } = lookAt(loggedPlay([sale], { isOneClock: true, merchantLies: offering }));
    expect(found).toEqual([]);
    expect(outcomes).toContain("paid, PAID, committed, v");
  });

  test("a customer that pays for an unproved offer is found out", () => {
    const fault = "validated: the sale pays for a key that opens something else";
    expect(faults({ merchantLies: offering, takes: takesUnproved })).toEqual([fault]);
  });
});

describe("certified", () => {
  test("evidence whose receipt names another slip is found out", () => {
    const { all } = one();
    const shows: Rules["shows"] = (evidence) => {
      const receipt = read(receiptSchema, evidence.receipt);
      if (!receipt.ok) throw new Error(receipt.reason);
      const said = { ...receipt.value.value, slipHash: "ab".repeat(32) };
      return { ...evidence, receipt: sign(crypto, all.bankConfig.key, receiptSchema, said) };
    };
    expect(faults({ shows })).toEqual(["certified: the judge is not shown a sale: wrong-receipt"]);
  });

  test("a merchant that signs two slips, and passes for honest, is found out", () => {
    const both = CUSTOMER_LIES.filter(({ isSignedByBoth }) => isSignedByBoth === true);
    const secretly = both.map(({ isSignedByBoth: _, ...lie }) => lie);
    expect(faults({ customerLies: secretly })).toEqual(["certified: an honest merchant is convicted of two-slips"]);
  });
});

describe("what a log decides twice", () => {
  const play = loggedPlay([one()], { isOneClock: true, log: { isForgetful: true } });
  const { parties } = play;
  const logAt = parties.words.who.indexOf("the log");
  const twice = new Set<number>();
  lookAt(play, {
    look(world: World) {
      if ((play.facts.outcomes(world.state(logAt))[0] ?? []).length > 1) twice.add(world.state(logAt));
      return null;
    },
  });
  const found = (guilty: "log" | "shop", of = parties) => {
    const judged = judgedOf(of, new Set([guilty]));
    return new Set([...twice].map((state) => judged.ofLog(state)));
  };

  test("convicts it", () => {
    expect(twice.size).toBeGreaterThan(1);
    expect(found("log")).toEqual(new Set([null]));
  });

  test("is found out of a log that passes for honest, and where no witness has cosigned", () => {
    expect(found("shop")).toEqual(new Set(["certified: an honest log is convicted"]));
    const sales = parties.words.sales.map((sale) => ({ ...sale, log: { ...sale.log, witnesses: [] } }));
    const unseen = { ...parties, words: { ...parties.words, sales } };
    expect(found("log", unseen)).toEqual(new Set(["certified: a log decides twice, and nothing convicts it"]));
  });
});

test("two heads of one size convict a log once its witnesses have signed both, and not before", () => {
  const verdicts = (["the log alone", "the log and its witnesses"] as const).map((forges) => {
    const sale = one();
    const words = wordsOf([sale]);
    const log = logOf(words, { forges });
    const heads = (log.owes?.(log.start, 0) ?? []).map((message) => words.all.at(message));
    const [first, second] = heads.filter(({ to, entries }) => to === "the bank" && entries?.length === 1);
    const descriptor = encode(logSchema, sale.log.descriptor);
    const notes = { first: first?.bytes as Uint8Array, second: second?.bytes as Uint8Array };
    const convicted = convict(crypto, encodeAccusation({ kind: "two-heads", descriptor, ...notes }));
    return convicted.ok ? [convicted.value.who === sale.log.descriptor.key, convicted.value.what] : convicted.reason;
  });
  expect(verdicts).toEqual(["wrong-statement", [true, "split-view"]]);
});
