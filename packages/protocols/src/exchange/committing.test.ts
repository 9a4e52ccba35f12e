/** The merchant in the logged exchange: what it says to its log, and what it makes of every order of entries (P§3B, P§3C). */
import { decode, encode, type Hex, HOUR_MS, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import { open, portableCrypto, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import type { Send } from "../index.ts";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  type EntryKind,
  type Lock,
  type LogReason,
  lockSchema,
  logAnswer,
  notPostedSchema,
  openedPosting,
  openPosting,
  postedSchema,
  recKeyOf,
} from "../log/index.ts";
import { smallLog } from "../log/small-log.fixture.ts";
import { bankAnswer, receiptSchema } from "../money/index.ts";
import { askPrice, readQuote } from "./buying.ts";
import { shop } from "./merchant.ts";
import { hearBank } from "./merchant-answer.ts";
import { hearLog } from "./merchant-posting.ts";
import { declineSchema, merchantAnswer, orderMessage, paymentMessage, releaseMessage } from "./messages.ts";
import { type Contract, contractOf, followBy, NOW, type Parties, parties, stock } from "./parties.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const trustees = trusteesOf(crypto);

let all: Parties;
let pid: Hex;
let one: Contract;
let recKey: Hex;
beforeEach(() => {
  all = parties(crypto);
  pid = stock(all, "thing", { stock: 1 });
  certifiedBy(all, pid, trustees);
  one = contractOf(all, pid, "one", { mode: "logged" });
  recKey = recKeyOf(crypto, one.slip.bank, one.slip.tid);
});

const messageOf = ({ orderSigned: order, slipSigned: slip, pay }: Contract) =>
  encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null });

/** @returns the endorsement. */
function pay(now = NOW): Send {
  all.shop.takeSends();
  all.shop.hear(messageOf(one), now);
  return all.shop.takeSends()[0] as Send;
}

const commitRow = () => all.shop.view.get("committing", recKey);
const saleRow = () => all.shop.view.get("sale", one.slip.tid);

function lockBy(changes: Partial<Lock> = {}, key = all.bankConfig.key): Uint8Array {
  const { bank, tid } = one.slip;
  const body = { bank, log: all.log.id, tid, slipHash: one.slipHash, treeSize: all.log.size, ...changes };
  return sign(crypto, key, lockSchema, body);
}

/** The bank has locked; the shop hears it. @returns what the shop sends then. */
function lock(endorsement: Send, changes: Partial<Lock> = {}, now = NOW): readonly Send[] {
  const answer = encode(bankAnswer, { kind: "locked", lock: lockBy(changes) });
  const command = hearBank(all.shopConfig, endorsement.bytes, answer);
  if (command === null) throw new Error("not heard");
  all.shop.decide(command, now);
  return all.shop.takeSends();
}

function postedBy(kind: EntryKind, key: SigningKey = all.log.key): Uint8Array {
  const postings = [{ recKey, kind, index: 0 }];
  return encode(logAnswer, { kind: "posted", posted: sign(crypto, key, postedSchema, { log: all.log.id, postings }) });
}

function refusedBy(reason: LogReason, key: SigningKey = all.log.key): Uint8Array {
  const refusal = sign(crypto, key, notPostedSchema, { log: all.log.id, recKey, reason });
  return encode(logAnswer, { kind: "refused", refusal });
}

/** The log answers this posting of the shop's. @returns what the shop sends then. */
function answered(posting: Send | undefined, answer: Uint8Array, now = NOW): readonly Send[] {
  const command = hearLog(all.shopConfig, posting?.bytes as Uint8Array, answer);
  if (command !== null) all.shop.decide(command, now);
  return all.shop.takeSends();
}

const follow = (from: number, now = NOW): readonly Send[] => {
  followBy(all, from, now);
  return all.shop.takeSends();
};

/** Paid, locked, OPEN accepted: the shop has sent its commit. */
function committed(): { readonly endorsement: Send; readonly commit: Send } {
  const endorsement = pay();
  const [opening] = lock(endorsement);
  const [commit] = answered(opening, postedBy("open"));
  return { endorsement, commit: commit as Send };
}

const toLog = (sends: readonly Send[]) => sends.filter(({ to }) => to === `log/${all.log.id}`);

function revealed(sends: readonly Send[]): Hex | null {
  for (const { bytes } of toLog(sends)) {
    const posting = decode(openedPosting, bytes);
    if (posting.ok) return posting.value.opening;
  }
  return null;
}

describe("the merchant's half of a logged sale", () => {
  test("locks by the bank, opens, commits, and gives v to the log only after COMMITTED", () => {
    const endorsement = pay();
    expect([endorsement.to, commitRow()?.step]).toEqual(["bank", "locking"]);
    const [opening] = lock(endorsement);
    expect(decode(openPosting, opening?.bytes as Uint8Array)).toEqual({
      ok: true,
      value: { log: all.log.id, slip: one.slipSigned, lock: lockBy() },
    });
    const [commit] = answered(opening, postedBy("open"));
    const posting = decode(commitPosting, commit?.bytes as Uint8Array);
    const said = posting.ok ? open(crypto, commitSchema, posting.value.commit, () => one.slip.merchant) : posting;
    expect(said.ok && said.value.value).toEqual({ log: all.log.id, slipHash: one.slipHash });
    expect(answered(commit, postedBy("committed"))).toEqual([]);
    all.log.enter("open", one, NOW);
    expect(follow(0)).toEqual([]);
    all.log.enter("committed", one, NOW);
    const sends = follow(1);
    expect(revealed(sends)).toBe(one.opening);
    expect(sends.filter(({ to }) => to === "bank").map(({ bytes }) => bytes)).toEqual([endorsement.bytes]);
    expect(answered(toLog(sends)[0], postedBy("opened"))).toEqual([]);
    expect(commitRow()).toMatchObject({ step: "over", wake_ms: null, outcome: "committed" });
    expect(saleRow()?.phase).toBe("endorsed");
    const { tid, bank, merchant, priceMinor, unit } = one.slip;
    const body = { bank, tid, slipHash: one.slipHash, merchant, priceMinor, unit, timeMs: NOW };
    const receipt = sign(crypto, all.bankConfig.key, receiptSchema, { ...body, fundingHash: "0f".repeat(32) });
    const paid = hearBank(
      all.shopConfig,
      endorsement.bytes,
      encode(bankAnswer, { kind: "paid", receipt, opening: null }),
    );
    all.shop.decide(paid as NonNullable<typeof paid>, NOW);
    const again = decode(merchantAnswer, all.shop.hear(messageOf(one), NOW));
    expect(again).toEqual({ ok: true, value: { kind: "settled", receipt, opening: one.opening } });
  });

  test("believes no acceptance of the log for the outcome itself: v waits for a cosigned head", () => {
    const { commit } = committed();
    expect(answered(commit, postedBy("committed"))).toEqual([]);
    expect(revealed(all.shop.takeSends())).toBeNull();
    expect(commitRow()?.step).toBe("committing");
  });

  test("hears nothing of a LOCK that is not the bank's, or of another slip, tid or log", () => {
    const endorsement = pay();
    const heard = (lockSigned: Uint8Array) =>
      hearBank(all.shopConfig, endorsement.bytes, encode(bankAnswer, { kind: "locked", lock: lockSigned }));
    expect(heard(lockBy())).not.toBeNull();
    for (const wrong of [
      lockBy({}, all.shopConfig.key),
      lockBy({ slipHash: "11".repeat(32) }),
      lockBy({ tid: "11".repeat(32) }),
      lockBy({ log: smallLog(crypto, "other").id }),
      lockBy({ bank: one.slip.merchant }),
    ]) {
      expect(heard(wrong)).toBeNull();
    }
  });

  test("hears nothing that the log has not signed, or that is about something else", () => {
    const [opening] = lock(pay());
    const other = smallLog(crypto, "other").key;
    for (const wrong of [
      postedBy("open", other),
      postedBy("committed"),
      refusedBy("not-open", other),
      encode(logAnswer, { kind: "logged", entries: [] }),
      new Uint8Array(2),
    ]) {
      expect(hearLog(all.shopConfig, opening?.bytes as Uint8Array, wrong)).toBeNull();
    }
    expect(hearLog(all.shopConfig, opening?.bytes as Uint8Array, postedBy("open"))).not.toBeNull();
    expect(hearLog(all.shopConfig, messageOf(one), postedBy("open"))).toBeNull();
  });
});

describe("the merchant declines", () => {
  const declined = (sends: readonly Send[]) => {
    const posting = decode(abortPosting, sends[0]?.bytes ?? new Uint8Array(0));
    if (!posting.ok || posting.value.decline === null) return false;
    const said = open(crypto, declineSaleSchema, posting.value.decline, () => one.slip.merchant);
    return said.ok && said.value.value.slipHash === one.slipHash && said.value.value.log === all.log.id;
  };

  test("where the LOCK begins before what it has looked at", () => {
    const other = contractOf(all, pid, "other", { mode: "logged" });
    all.log.enter("aborted", other, NOW);
    follow(0);
    // The name of this very contract has gone by: it looks at what comes from here on.
    all.log.enter("aborted", one, NOW);
    follow(1);
    const endorsement = pay();
    expect(commitRow()?.from_size).toBe(2);
    expect(declined(lock(endorsement, { treeSize: 1 }))).toBe(true);
    expect(commitRow()?.step).toBe("declining");
  });

  test("not where the bank is merely behind, and nothing about this contract has gone by", () => {
    const other = contractOf(all, pid, "other", { mode: "logged" });
    all.log.enter("committed", other, NOW);
    follow(0);
    const endorsement = pay();
    const [opening] = lock(endorsement, { treeSize: 0 });
    expect(decode(openPosting, opening?.bytes as Uint8Array).ok).toBe(true);
  });

  test("where an outcome is there before it has seen the LOCK, and v never leaves for one after", () => {
    const endorsement = pay();
    all.log.enter("aborted", one, NOW);
    expect(revealed(follow(0))).toBeNull();
    expect(declined(lock(endorsement, { treeSize: 0 }))).toBe(true);
    all.log.enter("committed", one, NOW);
    expect(revealed(follow(1))).toBeNull();
  });

  test("where the sale is over already", () => {
    const endorsement = pay();
    all.shop.decide(
      { kind: "refused", tid: one.slip.tid, reason: "expired", final: true, bankAnswer: new Uint8Array(1) },
      NOW,
    );
    expect(saleRow()?.phase).toBe("lost");
    expect(declined(lock(endorsement))).toBe(true);
  });
});

describe("the first outcome decides", () => {
  test("COMMITTED and then ABORTED: v is out, once", () => {
    committed();
    all.log.enter("committed", one, NOW);
    all.log.enter("aborted", one, NOW);
    expect(revealed(follow(0))).toBe(one.opening);
    expect(commitRow()?.outcome).toBe("committed");
  });

  test("ABORTED and then COMMITTED: v stays, also where they come under two heads", () => {
    const { commit } = committed();
    all.log.enter("aborted", one, NOW);
    all.log.enter("committed", one, NOW);
    const sends = follow(0);
    expect([revealed(sends), sends.map(({ to }) => to)]).toEqual([null, ["bank"]]);
    expect(commitRow()).toMatchObject({ step: "over", outcome: "aborted", wake_ms: null });
    all.log.enter("committed", one, NOW);
    expect(revealed(follow(2))).toBeNull();
    expect(revealed(answered(commit, postedBy("committed")))).toBeNull();
  });

  test("nothing before the LOCK's tree size counts", () => {
    const endorsement = pay();
    all.log.enter("open", contractOf(all, pid, "other", { mode: "logged" }), NOW);
    follow(0);
    lock(endorsement, { treeSize: 5 });
    all.log.enter("committed", one, NOW);
    expect(revealed(follow(1))).toBeNull();
    for (let more = 0; more < 3; more++) all.log.enter("open", one, NOW);
    all.log.enter("committed", one, NOW);
    expect(revealed(follow(2))).toBe(one.opening);
  });

  test("another contract's outcome is none of this one's", () => {
    committed();
    all.log.enter("committed", contractOf(all, pid, "other", { mode: "logged" }), NOW);
    expect(revealed(follow(0))).toBeNull();
    expect(commitRow()?.outcome).toBeNull();
  });

  test("entries are taken once, and only from where the shop is", () => {
    committed();
    all.log.enter("open", one, NOW);
    all.log.enter("committed", one, NOW);
    expect(follow(1), "the first is left out").toEqual([]);
    expect(revealed(follow(0))).toBe(one.opening);
    expect(follow(0)).toEqual([]);
  });
});

describe("what is owed to the log", () => {
  const due = (now: number) => {
    const row = commitRow();
    const wanted = row && all.shop.authority.due?.committing?.(recKey, row);
    if (!wanted || wanted.atMs > now) return null;
    all.shop.decide(wanted.command, now);
    return all.shop.takeSends();
  };

  test("is sent again, the same bytes, until the log has answered", () => {
    const [opening] = lock(pay());
    expect(due(NOW)).toBeNull();
    expect(due(NOW + 2 * SECOND_MS)).toEqual([opening]);
    expect(due(NOW + 5 * SECOND_MS)).toBeNull();
    const [commit] = answered(opening, postedBy("open"), NOW + 5 * SECOND_MS);
    expect(due(NOW + 10 * SECOND_MS)).toEqual([commit]);
    answered(commit, postedBy("committed"), NOW + 11 * SECOND_MS);
    expect(due(NOW + 12 * SECOND_MS), "accepted").toBeNull();
    expect(due(NOW + 2 * MINUTE_MS), "and not seen under any head for longer than it may take").toEqual([commit]);
  });

  test("is OPEN again where the log has not heard of it, and nothing where the other outcome is in", () => {
    const { commit } = committed();
    const [opening] = answered(commit, refusedBy("not-open"));
    expect(decode(openPosting, opening?.bytes as Uint8Array).ok).toBe(true);
    const [again] = answered(opening, postedBy("open"));
    expect(again).toEqual(commit);
    for (const reason of ["wrong-lock", "unknown-bank"] as const) {
      answered(again, refusedBy(reason));
      expect(commitRow()?.wake_ms).not.toBeNull();
    }
    answered(again, refusedBy("already-decided"));
    expect(commitRow()).toMatchObject({ step: "watching", wake_ms: null });
    all.log.enter("aborted", one, NOW);
    expect(follow(0).map(({ to }) => to)).toEqual(["bank"]);
  });

  test("a decision made again over its own writes changes nothing", () => {
    const twice = (command: Parameters<Parties["shop"]["decide"]>[0] | null, now = NOW) => {
      if (command === null) throw new Error("nothing");
      all.shop.decide(command, now);
      expect(all.shop.authority.decide(command, all.shop.view, now).writes).toEqual([]);
      return all.shop.takeSends();
    };
    const endorsement = pay();
    const locked = encode(bankAnswer, { kind: "locked", lock: lockBy() });
    const [opening] = twice(hearBank(all.shopConfig, endorsement.bytes, locked));
    const [commit] = twice(hearLog(all.shopConfig, opening?.bytes as Uint8Array, postedBy("open")));
    twice(hearLog(all.shopConfig, commit?.bytes as Uint8Array, postedBy("committed")));
    twice({ kind: "repost", recKey }, NOW + 2 * MINUTE_MS);
  });
});

describe("a logged order", () => {
  test("is not taken without a log that the shop follows, nor paid for", () => {
    const bare = contractOf(all, pid, "bare", { mode: "logged", log: null });
    const said = decode(merchantAnswer, all.shop.hear(messageOf(bare), NOW));
    const decline = said.ok && said.value.kind === "declined" ? said.value.decline : new Uint8Array(0);
    const opened = open(crypto, declineSchema, decline, () => one.slip.merchant);
    expect(opened.ok && opened.value.value.reason).toBe("wrong-log");
    expect(all.shop.view.get("sale", bare.slip.tid)).toBeUndefined();
  });

  test("that the customer has settled alone is released on the bank's receipt, whatever the log still owes", () => {
    const { tid, bank, merchant, priceMinor, unit } = one.slip;
    const body = { bank, tid, slipHash: one.slipHash, merchant, priceMinor, unit, timeMs: NOW };
    const receipt = sign(crypto, all.bankConfig.key, receiptSchema, { ...body, fundingHash: "0f".repeat(32) });
    const said = decode(
      merchantAnswer,
      all.shop.hear(encode(releaseMessage, { payment: messageOf(one), receipt }), NOW),
    );
    expect(said).toEqual({ ok: true, value: { kind: "settled", receipt, opening: one.opening } });
  });

  test("is quoted, taken and paid for by the log's clock, however far the shop's own is off", () => {
    const { shopConfig } = all;
    const off = { ...shopConfig, logTime: (now: number) => now + HOUR_MS };
    const late = desk(shop(off));
    for (const [place, row] of all.shop.rows) late.rows.set(place, row);
    const reasonOf = (message: Uint8Array) => {
      const said = decode(merchantAnswer, late.hear(message, NOW));
      if (!said.ok || said.value.kind !== "declined") return said.ok && said.value.kind;
      const opened = open(crypto, declineSchema, said.value.decline, () => shopConfig.key.publicKey);
      return opened.ok && opened.value.value.reason;
    };
    const to = shopConfig.key.publicKey;
    const ask = { merchant: to, pid, session: ZERO_HASH, bidMinor: null, pseudonym: null };
    const logNow = NOW + HOUR_MS;
    const placed = (notAfterMs: number) => contractOf(all, pid, "late", { mode: "logged", notAfterMs });
    const ordered = (notAfterMs: number) => {
      const from = placed(notAfterMs);
      const asking = { ...ask, notAfterMs: logNow + MINUTE_MS };
      const request = askPrice(crypto, from.keys, asking);
      const quote = readQuote(crypto, from.keys, asking, request, late.hear(request, NOW), logNow);
      if (!quote.ok) throw new Error(quote.reason);
      return reasonOf(encode(orderMessage, { pid, order: from.orderSigned, quote: quote.value.signed }));
    };
    expect(ordered(logNow + 10 * MINUTE_MS)).toBe("offer");
    expect(ordered(NOW + 10 * MINUTE_MS)).toBe("expired");
    const stale = { ...ask, notAfterMs: NOW + MINUTE_MS };
    expect(() => late.hear(askPrice(crypto, one.keys, stale), NOW)).toThrow("expired");
    expect(reasonOf(messageOf(placed(logNow + 10 * MINUTE_MS)))).toBe("pending");
    expect(reasonOf(messageOf(one)), "over for the log an hour ago").toBe("expired");
  });
});
