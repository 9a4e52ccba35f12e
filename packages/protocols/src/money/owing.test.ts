/** What the bank owes a log, against the log itself: it leaves, is sent again, and is owed no more once it is known there. */
import { decode, encode, type Hex, HOUR_MS, type Instant, SECOND_MS } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import type { Send } from "../index.ts";
import {
  admitFollow,
  commitPosting,
  commitSchema,
  EMPTY_FRONTIER,
  logAnswer,
  notPostedSchema,
  paidPosting,
  readFrontier,
  recKeyOf,
} from "../log/index.ts";
import { type LogBench, logBench, publish, tableOf } from "../log/log.fixture.ts";
import { ask, debitFor, holding, keyNamed, NOW, ORDER_MS, type Sale, saleOf, settling } from "./bank.fixture.ts";
import { EPOCHS, type MintBench, mintBench } from "./coins.fixture.ts";
import { hearLog, lockOf, owedId } from "./owing.ts";
import type { BankTables } from "./rows.ts";

const crypto = await portableCrypto();
const END = NOW + ORDER_MS;
const RETRY_MS = 2 * SECOND_MS;

interface World {
  readonly at: MintBench;
  readonly log: LogBench;
  /** Carries what the bank sends to the log and hears the answers. @returns the sends. */
  carry(now: Instant): readonly Send[];
  /** Runs the bank's due rule of one owed row. */
  wake(id: string, now: Instant): void;
  /** A new head, followed to its end. */
  follow(now: Instant): void;
  owed(): readonly string[];
}

function world(): World {
  const log = logBench(crypto, { banks: [keyNamed(crypto, "bank").publicKey] });
  const at = mintBench(crypto, EPOCHS, { logs: new Map([[log.id, log.descriptor]]) });
  const { desk, config } = at;
  const follow = (now: Instant) => {
    const row = desk.view.get("followed_log", log.id);
    const frontier = row === undefined ? EMPTY_FRONTIER : readFrontier(row.size, row.frontier);
    if (frontier === null) throw new Error("no frontier");
    const entries = tableOf(log.desk.rows, "log_entry").slice(frontier.size);
    const fed = { note: publish(log, now), frontier, entries: entries.map(([, { entry }]) => entry), path: [] };
    const batch = admitFollow(crypto, log.descriptor, fed);
    if (!batch.ok) throw new Error(batch.reason);
    desk.decide({ kind: "followed", batch: batch.value }, now);
  };
  follow(NOW);
  return {
    at,
    log,
    follow,
    carry(now) {
      const sends = desk.takeSends();
      for (const { bytes } of sends) {
        const command = hearLog(config, bytes, log.desk.hear(bytes, now));
        if (command === null) throw new Error("the log's answer says nothing");
        desk.decide(command, now);
      }
      return sends;
    },
    wake(id, now) {
      const row = desk.view.get("log_owed", id) as BankTables["log_owed"];
      const due = desk.authority.due?.log_owed?.(id, row) ?? null;
      if (due !== null && due.atMs <= now) desk.decide(due.command, now);
    },
    owed: () =>
      [...desk.rows.keys()]
        .filter((place) => place.startsWith("log_owed/"))
        .map((place) => place.split("/")[2] as string),
  };
}

function locked({ at, log }: World, name = "one"): Sale {
  const sale = saleOf(at, name, { mode: "logged", log: log.id });
  ask(at, holding(at, at.payer, sale));
  expect(ask(at, settling(sale, { kind: "hold" }))).toBe("locked");
  return sale;
}

const recKey = ({ slip }: Sale): Hex => recKeyOf(crypto, slip.bank, slip.tid);
const recordOf = ({ log }: World, sale: Sale) => log.desk.view.get("log_record", recKey(sale));

function commits({ at, log }: World, sale: Sale, now: Instant): void {
  const row = at.desk.view.get("sale", sale.slip.tid) as BankTables["sale"];
  const lock = lockOf(crypto, at.config.key, sale.slip.tid, row);
  const commit = sign(crypto, at.merchant, commitSchema, { log: log.id, slipHash: sale.slipHash });
  const answer = decode(
    logAnswer,
    log.desk.hear(encode(commitPosting, { log: log.id, slip: sale.signed, lock, commit }), now),
  );
  expect(answer.ok && answer.value.kind).toBe("posted");
}

test("from LOCK to the PAID leaf, and nothing is owed in the end", () => {
  const all = world();
  const sale = locked(all);
  expect([...all.owed()].sort()).toEqual(["aborted", "open"]);
  expect(all.carry(NOW + 1).map(({ to }) => to)).toEqual([`log/${all.log.id}`]);
  expect(recordOf(all, sale)).toMatchObject({ open_index: 0, outcome: null });
  expect(all.owed()).toEqual(["aborted"]);
  commits(all, sale, NOW + 2);
  all.follow(NOW + 3);
  expect(all.at.desk.view.get("sale", sale.slip.tid)?.phase).toBe("PAID");
  expect(all.owed()).toEqual(["paid"]);
  all.carry(NOW + 4);
  expect(recordOf(all, sale)).toMatchObject({ outcome: "committed", paid_index: 2, paid_ms: NOW + 3 });
  expect(all.owed()).toEqual([]);
});

test("what the log has signed for is kept until the bank has seen it there", () => {
  const all = world();
  const sale = locked(all);
  all.carry(NOW + 1);
  commits(all, sale, NOW + 2);
  all.follow(NOW + 3);
  all.carry(NOW + 4);
  const id = `${all.log.id}/2`;
  const forget = (now: Instant) => all.at.desk.decide({ kind: "forget-accepted", id }, now);
  forget(NOW + HOUR_MS);
  expect(all.at.desk.view.get("log_accepted", id)).toMatchObject({ up_to: 2 });
  all.follow(NOW + HOUR_MS);
  forget(NOW + 3 * HOUR_MS);
  expect(all.at.desk.view.get("log_accepted", id)).toBeUndefined();
});

test("what is lost is sent again, in the same bytes, and ever more slowly", () => {
  const all = world();
  const sale = locked(all);
  const [lost] = all.at.desk.takeSends();
  const id = owedId(all.log.id, "open", recKey(sale));
  all.wake(id, NOW + RETRY_MS - 1);
  expect(all.at.desk.takeSends()).toEqual([]);
  let now = NOW;
  for (const waitMs of [RETRY_MS, 2 * RETRY_MS, 4 * RETRY_MS]) {
    now += waitMs;
    all.wake(id, now - 1);
    expect(all.at.desk.takeSends()).toEqual([]);
    all.wake(id, now);
    expect(all.at.desk.takeSends()).toEqual([lost]);
    all.at.desk.decide({ kind: "tell-log", id }, now);
    expect(all.at.desk.takeSends()).toEqual([]);
  }
});

test("of a silent merchant the bank has the log say that it is over", () => {
  const all = world();
  const sale = locked(all);
  all.carry(NOW + 1);
  const id = owedId(all.log.id, "aborted", recKey(sale));
  all.wake(id, END);
  expect(all.at.desk.takeSends()).toEqual([]);
  all.wake(id, END + 1);
  all.carry(END); // by the log's clock it is not over yet
  expect(recordOf(all, sale)?.outcome).toBeNull();
  expect(all.owed()).toEqual(["aborted"]);
  all.wake(id, END + HOUR_MS);
  all.carry(END + 1);
  expect(recordOf(all, sale)?.outcome).toBe("aborted");
  expect(all.owed()).toEqual(["aborted"]);
  all.follow(END + 2);
  expect(all.at.desk.view.get("sale", sale.slip.tid)?.phase).toBe("ABORTED");
  expect(all.owed()).toEqual([]);
  expect(all.at.desk.view.get("account", all.at.payer.publicKey)?.held).toBe(0n);
});

test("of an OPEN that came too late only ABORTED is owed", () => {
  const all = world();
  const sale = locked(all);
  all.carry(END + 1);
  expect(recordOf(all, sale)).toBeUndefined();
  expect(all.owed()).toEqual(["aborted"]);
});

describe("a sale that needs no log", () => {
  test("has its leaf there where it names one, and moves at once", () => {
    const all = world();
    const sale = saleOf(all.at, "netbill", { log: all.log.id });
    expect(ask(all.at, settling(sale, debitFor(all.at, all.at.payer, sale.slipHash)))).toBe("paid");
    expect(all.owed()).toEqual(["paid"]);
    const [{ bytes }] = all.carry(NOW + 1) as [Send];
    const posting = decode(paidPosting, bytes);
    expect(posting.ok && posting.value.leaves.map(({ tid }) => tid)).toEqual([sale.slip.tid]);
    expect(recordOf(all, sale)).toMatchObject({ paid_index: 0, paid_ms: NOW });
    expect(all.owed()).toEqual([]);
  });

  test("owes nothing where it names none", () => {
    const all = world();
    const sale = saleOf(all.at, "netbill");
    ask(all.at, settling(sale, debitFor(all.at, all.at.payer, sale.slipHash)));
    expect(all.owed()).toEqual([]);
    expect(all.at.desk.takeSends()).toEqual([]);
  });
});

describe("an answer", () => {
  const all = world();
  locked(all);
  const [{ bytes: sent }] = all.at.desk.takeSends() as [Send];
  const { config } = all.at;
  const refusal = (by = all.log.config.key, log = all.log.id) => {
    const body = { log, recKey: "ab".repeat(32), reason: "expired" } as const;
    return encode(logAnswer, { kind: "refused", refusal: sign(crypto, by, notPostedSchema, body) });
  };

  test("that the log signed counts for what was sent", () => {
    expect(hearLog(config, sent, refusal())).toMatchObject({ kind: "log-refused", posted: "open", reason: "expired" });
    expect(hearLog(config, sent, all.log.desk.hear(sent, NOW))).toMatchObject({ kind: "log-posted" });
  });

  test.each([
    ["that somebody else signed", sent, refusal(keyNamed(crypto, "stranger"))],
    ["about another log", sent, refusal(all.log.config.key, "cd".repeat(32))],
    ["to something else", new Uint8Array([1]), refusal()],
    ["that is none", sent, new Uint8Array([1])],
  ])("%s says nothing", (_what, asked, answer) => {
    expect(hearLog(config, asked, answer)).toBeNull();
  });
});
