/** What convicts banks and logs by what is in a log, and what does not. */
import { encode } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { type Leaf, leafFor, leafSchema, logSchema, postedSchema, recKeyOf } from "../log/index.ts";
import { smallLog } from "../log/small-log.fixture.ts";
import { abortedSchema, receiptSchema } from "../money/index.ts";
import { bankContradiction } from "./contradictions.ts";
import { type Accusation, convict, encodeAccusation } from "./convictions.ts";
import { encodeEvidence, judge, paymentOnly } from "./evidence.ts";
import { benchOf, caseOf, END_MS, PAID_MS } from "./judging.fixture.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const { bank, merchant } = at;
const one = caseOf(at, "one");
const two = caseOf(at, "two");
const { tid } = one.slip;

function verdict(accusation: Accusation) {
  const convicted = convict(crypto, encodeAccusation(accusation));
  return convicted.ok ? convicted.value : convicted.reason;
}

const leafOf = (changes: Partial<Leaf> = {}, by = bank, from = one) =>
  sign(crypto, by, leafSchema, {
    log: at.log.id,
    recKey: recKeyOf(crypto, from.slip.bank, from.slip.tid),
    contentHash: two.slipHash,
    timeMs: PAID_MS,
    ...changes,
  });
const honest = leafFor(crypto, bank, one.slip, one.slipHash, PAID_MS);
const receipt = sign(crypto, bank, receiptSchema, one.receipt);
const aborted = (untilMs: number, by = bank) =>
  sign(crypto, by, abortedSchema, { bank: bank.publicKey, tid, cause: "log", untilMs });

describe("a bank is convicted", () => {
  const twoLeaves = (first: Uint8Array, second: Uint8Array, of = one) =>
    verdict({ kind: "two-leaves", bank: bank.publicKey, tid: of.slip.tid, first, second });

  test("by two leaves of one contract, whatever the difference", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "two-leaves", tid };
    expect(twoLeaves(honest, leafOf())).toEqual(conviction);
    const later = leafFor(crypto, bank, one.slip, one.slipHash, PAID_MS + 1);
    expect(twoLeaves(later, honest)).toEqual(conviction);
    const elsewhere = leafFor(crypto, bank, { ...one.slip, log: smallLog(crypto, "other").id }, one.slipHash, PAID_MS);
    expect(twoLeaves(honest, elsewhere)).toEqual(conviction);
    expect(twoLeaves(honest, honest)).toBe("no-contradiction");
    expect(twoLeaves(honest, leafOf({}, bank, two))).toBe("no-contradiction");
    expect(twoLeaves(honest, leafOf(), two)).toBe("no-contradiction");
    expect(twoLeaves(honest, leafOf({}, merchant))).toBe("wrong-statement");
  });

  test("by a leaf beside an abort that still stood, or another receipt", () => {
    const guilty = (what: string) => ({ who: bank.publicKey, role: "bank", what, tid });
    const ended = (leaf: Uint8Array, record: Uint8Array) => verdict({ kind: "leaf-and-abort", leaf, aborted: record });
    expect(ended(honest, aborted(END_MS))).toEqual(guilty("paid-and-aborted"));
    expect(ended(honest, aborted(PAID_MS))).toEqual(guilty("paid-and-aborted"));
    expect(ended(honest, aborted(PAID_MS - 1))).toBe("no-contradiction");
    expect(ended(leafOf({}, bank, two), aborted(END_MS))).toBe("no-contradiction");
    expect(ended(leafOf({}, merchant), aborted(END_MS))).toBe("wrong-statement");
    expect(ended(honest, aborted(END_MS, merchant))).toBe("wrong-statement");
    const beside = (leaf: Uint8Array) => verdict({ kind: "receipt-and-leaf", receipt, leaf });
    expect(beside(leafOf())).toEqual(guilty("leaf-differs"));
    expect(beside(leafFor(crypto, bank, one.slip, one.slipHash, PAID_MS + 1))).toEqual(guilty("leaf-differs"));
    expect(beside(honest)).toBe("no-contradiction");
    expect(beside(leafOf({}, bank, two))).toBe("no-contradiction");
    expect(beside(leafOf({}, merchant))).toBe("wrong-statement");
  });

  test("by whoever holds the first statement and hears the second", () => {
    const slip = one.slipSigned;
    const leaf = { kind: "leaf", signed: honest } as const;
    const found = (...others: Parameters<typeof bankContradiction>[3]) =>
      bankContradiction(crypto, tid, slip, [leaf, ...others])?.kind ?? null;
    expect(found({ kind: "receipt", signed: receipt })).toBeNull();
    expect(found({ kind: "aborted", signed: aborted(END_MS) })).toBe("leaf-and-abort");
    expect(found({ kind: "leaf", signed: leafOf() })).toBe("two-leaves");
    const other = sign(crypto, bank, receiptSchema, { ...one.receipt, timeMs: PAID_MS + 1 });
    expect(found({ kind: "receipt", signed: other })).toBe("receipt-and-leaf");
  });
});

describe("a log is convicted", () => {
  const guilty = (log: ReturnType<typeof smallLog>, what: string) => {
    return { who: log.key.publicKey, role: "log", what, tid: log.id };
  };

  test("by two cosigned heads of one size, and not by two times of one head", () => {
    const [mine, other] = [smallLog(crypto), smallLog(crypto)];
    mine.enter("committed", one, PAID_MS);
    other.enter("aborted", one, PAID_MS);
    const descriptor = encode(logSchema, mine.descriptor);
    const heads = (first: Uint8Array, second: Uint8Array) => verdict({ kind: "two-heads", descriptor, first, second });
    expect(heads(mine.note(PAID_MS), other.note(PAID_MS))).toEqual(guilty(mine, "split-view"));
    expect(heads(mine.note(PAID_MS), mine.note(PAID_MS + 1000))).toBe("no-contradiction");
    expect(heads(mine.note(PAID_MS), other.note(PAID_MS, 0))).toBe("no-contradiction");
    expect(heads(mine.note(PAID_MS), other.note(PAID_MS, 1, [2])), "too few have seen it").toBe("wrong-statement");
    const foreign = smallLog(crypto, "foreign");
    foreign.enter("aborted", one, PAID_MS);
    expect(heads(mine.note(PAID_MS), foreign.note(PAID_MS))).toBe("wrong-statement");
  });

  test("by two outcomes of one contract", () => {
    const log = smallLog(crypto);
    const [a, b] = [log.enter("committed", one, PAID_MS), log.enter("aborted", one, PAID_MS)];
    const [again, others] = [log.enter("committed", one, PAID_MS), log.enter("aborted", two, PAID_MS)];
    const opened = log.opened(
      one,
      one.evidence.release.kind === "opening" ? one.evidence.release.opening : "",
      PAID_MS,
    );
    const both = (first: number, second: number) =>
      verdict({ kind: "two-outcomes", first: log.logged(first, PAID_MS), second: log.logged(second, PAID_MS) });
    expect(both(a, b)).toEqual(guilty(log, "two-outcomes"));
    expect(both(again, a)).toEqual(guilty(log, "two-outcomes"));
    for (const [first, second] of [
      [a, a],
      [a, others],
      [a, opened],
      [opened, opened],
    ] as const) {
      expect(both(first, second)).toBe("no-contradiction");
    }
    const other = smallLog(crypto, "other");
    const there = other.logged(other.enter("aborted", one, PAID_MS), PAID_MS);
    expect(verdict({ kind: "two-outcomes", first: log.logged(a, PAID_MS), second: there })).toBe("no-contradiction");
    const unseen = log.logged(b, PAID_MS, [0]);
    expect(verdict({ kind: "two-outcomes", first: log.logged(a, PAID_MS), second: unseen })).toBe("wrong-statement");
  });

  test("by what it has accepted and has not got where it said", () => {
    const log = smallLog(crypto);
    const recKey = recKeyOf(crypto, one.slip.bank, tid);
    const place = log.paid(one, bank, PAID_MS);
    const logged = log.logged(place, PAID_MS);
    const promised = (kind: "paid" | "committed", key: string, index: number, by = log.key, id = log.id) => {
      const posted = sign(crypto, by, postedSchema, { log: id, postings: [{ recKey: key, kind, index }] });
      return verdict({ kind: "posted-and-other", posted, logged });
    };
    expect(promised("paid", recKey, place)).toBe("no-contradiction");
    expect(promised("committed", recKey, place)).toEqual(guilty(log, "entry-missing"));
    const others = recKeyOf(crypto, two.slip.bank, two.slip.tid);
    expect(promised("paid", others, place)).toEqual(guilty(log, "entry-missing"));
    expect(promised("paid", others, place + 1)).toBe("no-contradiction");
    expect(promised("paid", others, place, bank)).toBe("wrong-statement");
    expect(promised("paid", others, place, log.key, smallLog(crypto, "other").id)).toBe("no-contradiction");
  });
});

describe("evidence of what a log shows", () => {
  const log = smallLog(crypto);
  const logged = log.logged(log.paid(one, bank, PAID_MS), PAID_MS);
  const { release } = one.evidence;
  const v = release.kind === "opening" ? release.opening : "";
  const revealed = log.logged(log.opened(one, v, PAID_MS), PAID_MS);
  const judged = (changes: Partial<typeof one.evidence>) =>
    judge(crypto, encodeEvidence({ ...one.evidence, ...changes }));

  test("is one-sided without v in the log, and two-sided with it", () => {
    expect(judged({})).toMatchObject({ ok: true, value: { sale: { delivery: "one-sided", log: null } } });
    expect(judged({ logged })).toMatchObject({ ok: true, value: { sale: { delivery: "one-sided", log: at.log.id } } });
    expect(judged({ logged, revealed })).toMatchObject({ ok: true, value: { sale: { delivery: "two-sided" } } });
    const payment = judge(crypto, encodeEvidence(paymentOnly({ ...one.evidence, logged, revealed })));
    expect(payment).toMatchObject({ ok: true, value: { payment: { log: at.log.id } } });
  });

  test("takes no other entry for either", () => {
    const others = log.logged(log.paid(two, bank, PAID_MS), PAID_MS);
    const another = log.logged(log.opened(two, v, PAID_MS), PAID_MS);
    const wrongV = log.logged(log.opened(one, "01".padEnd(64, "0"), PAID_MS), PAID_MS);
    for (const wrong of [others, revealed, log.logged(log.paid(one, merchant, PAID_MS), PAID_MS)]) {
      expect(judged({ logged: wrong })).toEqual({ ok: false, reason: "wrong-leaf" });
    }
    for (const wrong of [another, logged, wrongV]) {
      expect(judged({ revealed: wrong })).toEqual({ ok: false, reason: "wrong-leaf" });
    }
  });
});
