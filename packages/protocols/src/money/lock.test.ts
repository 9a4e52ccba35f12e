/** LOCK, and what the log makes of it (P§2D, P§3C): coins and holds, one at a time. The model test has them in any order. */
import { decode, HOUR_MS, toHex } from "@counterfoil/base";
import { open, portableCrypto } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { Missing, type Row, viewOf } from "../index.ts";
import { lockSchema, recKeyOf } from "../log/index.ts";
import {
  aborting,
  ask as askBank,
  debitFor,
  holding,
  NOW,
  ORDER_MS,
  otherSlip,
  type Sale,
  saleOf,
  settling,
  word,
} from "./bank.fixture.ts";
import { balanceSheet, coinAudit, lockAudit, trialBalance } from "./books.ts";
import { coinMoney } from "./coin-money.ts";
import { blankOf, byCoins, keyOf, type MadeCoin, refreshing, withdrawn } from "./coins.fixture.ts";
import {
  descriptorOf,
  type LoggedBench,
  loggedBench,
  loggedSale,
  outcomeOf,
  RETENTION_MS,
  testLog,
} from "./logged.fixture.ts";
import { bankAnswer, RECORD_REASONS } from "./messages.ts";
import { EPOCH_MS, hearWithMint } from "./mint.fixture.ts";
import type { BankTables } from "./rows.ts";

const crypto = await portableCrypto();
const END = NOW + ORDER_MS;

const named = new Set<string>();
afterAll(() => expect([...named]).toEqual(expect.arrayContaining([...RECORD_REASONS, "coin-locked"])));

function ask(...asked: Parameters<typeof askBank>): string {
  const said = askBank(...asked);
  named.add(said);
  return said;
}

interface Locked {
  readonly at: LoggedBench;
  readonly sale: Sale;
  readonly coins: readonly MadeCoin[];
}

function coinLocked(): Locked {
  const at = loggedBench(crypto);
  const coins = withdrawn(at, "a", [128n, 64n]);
  const sale = loggedSale(at, "one", { priceMinor: 192n });
  expect(ask(at, settling(sale, byCoins(crypto, coins, sale.slipHash)))).toBe("locked");
  return { at, sale, coins };
}

function holdLocked(): Locked {
  const at = loggedBench(crypto);
  const sale = loggedSale(at, "one");
  expect(ask(at, holding(at, at.payer, sale))).toBe("held");
  expect(ask(at, settling(sale, { kind: "hold" }))).toBe("locked");
  return { at, sale, coins: [] };
}

const balance = ({ desk }: LoggedBench, account: string) => desk.view.get("account", account)?.balance ?? 0n;
const held = ({ desk }: LoggedBench, account: string) => desk.view.get("account", account)?.held ?? 0n;
const stateOf = ({ desk }: LoggedBench, { coinId }: MadeCoin) => desk.view.get("coin", coinId)?.state ?? "free";
const refreshed = (at: LoggedBench, coin: MadeCoin, now: number, name = "new") => {
  const epoch = Math.floor((now - NOW + HOUR_MS) / EPOCH_MS);
  const into = blankOf(crypto, keyOf(at.mint, coin.key.denominationMinor, epoch), name);
  return word(at, hearWithMint(at.config, at.desk, refreshing(at, [coin], [into]), now));
};

function tableOf<N extends keyof BankTables & string>({ desk }: LoggedBench, table: N) {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as BankTables[N]] as const);
}

function faultsOf(at: LoggedBench): readonly string[] {
  const rowsIn = <N extends keyof BankTables & string>(table: N) => tableOf(at, table).map(([, row]) => row);
  const accounts = tableOf(at, "account");
  return [
    ...trialBalance(accounts, rowsIn("posting"), rowsIn("hold")).faults,
    ...coinAudit(accounts, tableOf(at, "coin_count"), rowsIn("issued"), rowsIn("coin"), () => false).faults,
    ...lockAudit(tableOf(at, "sale"), tableOf(at, "hold"), tableOf(at, "coin")).faults,
  ];
}

describe("LOCK", () => {
  test("takes coins out of circulation for nobody yet, and signs for it", () => {
    const { at, sale, coins } = coinLocked();
    expect(coins.map((coin) => stateOf(at, coin))).toEqual(["LOCKED", "LOCKED"]);
    expect(balance(at, sale.slip.merchant)).toBe(0n);
    const answer = decode(bankAnswer, at.desk.hear(settling(sale, byCoins(crypto, coins, sale.slipHash)), NOW + 1));
    if (!answer.ok || answer.value.kind !== "locked") throw new Error("no LOCK");
    const lock = open(crypto, lockSchema, answer.value.lock, () => at.config.key.publicKey);
    const { bank, tid } = sale.slip;
    expect(lock.ok && lock.value.value).toEqual({ bank, log: at.log.id, tid, slipHash: sale.slipHash, treeSize: 7 });
    expect(lockAudit(tableOf(at, "sale"), [], tableOf(at, "coin"))).toMatchObject({ contracts: 1, lockedMinor: 192n });
    expect(balanceSheet(tableOf(at, "account").map(([, row]) => row))[0]?.coinsMinor).toBe(192n);
    expect(faultsOf(at)).toEqual([]);
  });

  test("keeps a hold from its time, and from a second use", () => {
    const { at, sale } = holdLocked();
    const { tid } = sale.slip;
    const row = at.desk.view.get("hold", tid) as BankTables["hold"];
    expect(at.desk.authority.due?.hold?.(tid, row)).toBeNull();
    at.desk.decide({ kind: "end-hold", tid }, END + 1);
    expect(held(at, at.payer.publicKey)).toBe(sale.slip.priceMinor);
    expect(ask(at, holding(at, at.payer, sale))).toBe("locked");
    expect(faultsOf(at)).toEqual([]);
  });

  test("answers whatever else is asked about its tid, whoever asks and whenever", () => {
    const { at, sale, coins } = coinLocked();
    const first = toHex(at.desk.hear(settling(sale, byCoins(crypto, coins, sale.slipHash)), NOW));
    const dearer = otherSlip(at, sale, { priceMinor: 64n });
    const asked = [
      settling(sale, { kind: "hold" }),
      settling(dearer, byCoins(crypto, coins.slice(1), dearer.slipHash)),
      aborting(at, sale),
      aborting(at, sale, null),
      holding(at, at.payer, sale),
    ];
    for (const message of asked) expect(toHex(at.desk.hear(message, END + HOUR_MS))).toBe(first);
    expect(at.desk.decide({ kind: "query", tid: sale.slip.tid }, NOW).outcome.kind).toBe("locked");
  });

  test("is of an unused hold's money no longer, where coins pay", () => {
    const at = loggedBench(crypto);
    const sale = loggedSale(at, "one", { priceMinor: 64n });
    ask(at, holding(at, at.payer, sale));
    const coins = withdrawn(at, "a", [64n]);
    expect(ask(at, settling(sale, byCoins(crypto, coins, sale.slipHash)))).toBe("locked");
    expect(held(at, at.payer.publicKey)).toBe(0n);
    expect(faultsOf(at)).toEqual([]);
  });
});

describe("the log's clock", () => {
  const payable = (at: LoggedBench, notAfterMs = END) => {
    const sale = loggedSale(at, "one", { notAfterMs });
    ask(at, holding(at, at.payer, sale));
    return settling(sale, { kind: "hold" });
  };

  test("says when a slip is over, and not the bank's", () => {
    const at = loggedBench(crypto);
    const message = payable(at);
    at.log.enter([], END - 1, NOW);
    expect(ask(at, message, NOW)).toBe("locked");
    const late = loggedBench(crypto);
    const refused = payable(late);
    late.log.enter([], END, NOW);
    expect(ask(late, refused, NOW)).toBe("expired");
    expect(ask(late, aborting(late, loggedSale(late, "two")), NOW)).toBe("expired");
  });

  test("says how far ahead a slip may end", () => {
    const at = loggedBench(crypto);
    const sale = loggedSale(at, "far", { notAfterMs: NOW + 24 * HOUR_MS + 1 });
    expect(ask(at, settling(sale, { kind: "hold" }), NOW + HOUR_MS)).toBe("too-far-ahead");
  });

  test("is behind where the bank has heard nothing of it, or not for as long as anything may be locked", () => {
    const descriptor = descriptorOf(crypto, "log");
    const at = loggedBench(crypto);
    at.desk.rows.delete(`followed_log/${at.log.id}`);
    const message = settling(loggedSale(at, "one"), { kind: "hold" });
    expect(ask(at, message)).toBe("log-behind");
    testLog(at, at.log.id, descriptor);
    expect(ask(at, message, NOW + 24 * HOUR_MS)).toBe("no-such-hold");
    expect(ask(at, message, NOW + 24 * HOUR_MS + 1)).toBe("log-behind");
  });
});

describe("what is not locked", () => {
  const at = loggedBench(crypto);
  const coins = withdrawn(at, "a", [64n]);
  const one = (changes: Parameters<typeof loggedSale>[2]) => loggedSale(at, "no", { priceMinor: 64n, ...changes });
  const pays = (sale: Sale, opening?: string) =>
    settling(sale, byCoins(crypto, coins, sale.slipHash), opening === undefined ? {} : { opening });
  const dear = one({});

  test.each([
    ["a slip that names no log", pays(one({ log: null })), "unknown-log"],
    ["a slip of a log that the bank does not take", pays(one({ log: "ab".repeat(32) })), "unknown-log"],
    ["a sale by NetBill that names such a log", pays(one({ mode: "netbill", log: "ab".repeat(32) })), "unknown-log"],
    ["a part of another order", pays(one({ mode: "part" })), "wrong-mode"],
    ["a debit", settling(dear, debitFor(at, at.payer, dear.slipHash)), "wrong-funding"],
    ["a price of nothing", settling(one({ priceMinor: 0n }), { kind: "free" }), "wrong-funding"],
    ["coins of another sum", pays(one({ priceMinor: 65n })), "wrong-total"],
    ["a sale whose key comes with it", pays(dear, dear.opening), "key-does-not-open"],
    ["a hold that is not there", settling(dear, { kind: "hold" }), "no-such-hold"],
  ])("%s", (_what, message, reason) => {
    expect(ask(at, message)).toBe(reason);
    expect(tableOf(at, "sale")).toEqual([]);
    expect(stateOf(at, coins[0] as MadeCoin)).toBe("free");
  });

  test("coins that wait for another contract, until it is aborted", () => {
    const { at: bench, coins: locked, sale } = coinLocked();
    const second = loggedSale(bench, "two", { priceMinor: 192n });
    const paysAgain = settling(second, byCoins(crypto, locked, second.slipHash));
    const answer = decode(bankAnswer, bench.desk.hear(paysAgain, NOW));
    if (!answer.ok || answer.value.kind !== "refused") throw new Error("taken");
    expect(ask(bench, paysAgain)).toBe("coin-locked");
    expect(answer.value.used.map(({ coinId }) => coinId).sort()).toEqual(locked.map(({ coinId }) => coinId).sort());
    expect(answer.value.lock).toBeNull();
    bench.log.enter([outcomeOf(bench, "aborted", sale)], NOW + 1);
    expect(ask(bench, paysAgain, NOW + 2)).toBe("locked");
    expect(faultsOf(bench)).toEqual([]);
  });

  test("more of a key than it ever made, although nothing has come back yet", () => {
    const bench = loggedBench(crypto);
    const [first] = withdrawn(bench, "a", [64n]) as [MadeCoin];
    const sale = loggedSale(bench, "one", { priceMinor: 64n });
    ask(bench, settling(sale, byCoins(crypto, [first], sale.slipHash)));
    const { keyId, key } = first;
    const stolen = {
      keyId,
      key,
      publicKey: "ba".repeat(32),
      coinId: "cd".repeat(32),
      digest: "ef".repeat(32),
      statement: new Uint8Array(64),
    };
    const lock = coinMoney(bench.config).lock([stolen], loggedSale(bench, "two"), bench.desk.view, NOW);
    expect(lock).toMatchObject({ kind: "refused", reason: "key-over-redeemed" });
  });
});

describe("COMMITTED", () => {
  test("pays the merchant with the coins, and owes the leaf", () => {
    const { at, sale, coins } = coinLocked();
    at.desk.takeSends();
    at.log.enter([outcomeOf(at, "open", sale), outcomeOf(at, "committed", sale)], NOW + 5, NOW + 9);
    expect(at.desk.view.get("sale", sale.slip.tid)).toMatchObject({ phase: "PAID", time_ms: NOW + 9, refunded: 0n });
    expect(coins.map((coin) => stateOf(at, coin))).toEqual(["SPENT", "SPENT"]);
    expect(balance(at, sale.slip.merchant)).toBe(192n);
    expect(ask(at, settling(sale, { kind: "hold" }), END + 1)).toBe("paid");
    expect(refreshed(at, coins[0] as MadeCoin, NOW + 10)).toBe("coin-used");
    expect(tableOf(at, "log_owed").map(([, { kind }]) => kind)).toEqual(["paid"]);
    expect(at.desk.takeSends()).toHaveLength(1);
    expect(faultsOf(at)).toEqual([]);
  });

  test("pays the merchant with the hold", () => {
    const { at, sale } = holdLocked();
    at.log.enter([outcomeOf(at, "committed", sale)], NOW + 5);
    expect(balance(at, sale.slip.merchant)).toBe(sale.slip.priceMinor);
    expect(held(at, at.payer.publicKey)).toBe(0n);
    expect(at.desk.view.get("sale", sale.slip.tid)).toMatchObject({ phase: "PAID", account: at.payer.publicKey });
    expect(faultsOf(at)).toEqual([]);
  });

  test("of nobody's contract, or of one in another log, does nothing", () => {
    const { at, sale } = coinLocked();
    const descriptor = descriptorOf(crypto, "other");
    const other = testLog(at, "bc".repeat(32), descriptor);
    other.enter([outcomeOf(at, "committed", sale), outcomeOf(at, "aborted", sale)], NOW + 5);
    at.log.enter([outcomeOf(at, "committed", loggedSale(at, "unknown"))], NOW + 6);
    expect(at.desk.view.get("sale", sale.slip.tid)?.phase).toBe("LOCKED");
    expect(tableOf(at, "log_fault")).toEqual([]);
  });
});

describe("ABORTED", () => {
  test("frees coins, which are exchanged even after their last day", () => {
    const { at, sale, coins } = coinLocked();
    const [one, two] = coins as [MadeCoin, MadeCoin];
    const after = one.key.refreshUntilMs + HOUR_MS;
    expect(refreshed(at, one, NOW)).toBe("coin-locked");
    at.desk.decide({ kind: "forget-coin", id: one.coinId }, after + 1000 * EPOCH_MS);
    expect(stateOf(at, one)).toBe("LOCKED");
    at.log.enter([outcomeOf(at, "aborted", sale)], after);
    expect(at.desk.view.get("sale", sale.slip.tid)).toMatchObject({ phase: "ABORTED", cause: "log" });
    expect([stateOf(at, one), stateOf(at, two)]).toEqual(["FREED", "FREED"]);
    expect(faultsOf(at)).toEqual([]);
    const lastMs = after + at.config.claimWindowMs;
    at.desk.decide({ kind: "forget-coin", id: one.coinId }, lastMs);
    expect(stateOf(at, one)).toBe("FREED");
    const deposit = { account: at.payer.publicKey, amountMinor: 128n };
    const before = balance(at, at.payer.publicKey);
    const message = refreshing(at, [one], [], { deposit });
    expect(word(at, hearWithMint(at.config, at.desk, message, lastMs - 1))).toBe("issued");
    expect(balance(at, at.payer.publicKey)).toBe(before + 128n);
    const late = refreshing(at, [two], [], { deposit: { ...deposit, amountMinor: 64n } });
    expect(word(at, hearWithMint(at.config, at.desk, late, lastMs))).toBe("coin-expired");
    expect(faultsOf(at)).toEqual([]);
  });

  test("a coin that nobody locked is over on its last day", () => {
    const at = loggedBench(crypto);
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    const message = refreshing(at, [coin], [], { deposit: { account: at.payer.publicKey, amountMinor: 64n } });
    expect(word(at, hearWithMint(at.config, at.desk, message, coin.key.refreshUntilMs))).toBe("coin-expired");
  });

  test("the owner of a locked coin is shown the LOCK", () => {
    const { at, sale, coins } = coinLocked();
    const locked = at.desk.hear(settling(sale, { kind: "hold" }), NOW);
    const said = decode(bankAnswer, locked);
    const message = refreshing(at, [coins[0] as MadeCoin], [], {
      deposit: { account: at.payer.publicKey, amountMinor: 128n },
    });
    const answer = decode(bankAnswer, at.desk.hear(message, NOW));
    if (!said.ok || said.value.kind !== "locked" || !answer.ok || answer.value.kind !== "refused")
      throw new Error("no");
    expect(toHex(answer.value.lock as Uint8Array)).toBe(toHex(said.value.lock));
    expect(answer.value.used).toEqual([]);
  });

  test("frees the hold", () => {
    const { at, sale } = holdLocked();
    const before = balance(at, at.payer.publicKey);
    at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 5);
    expect([balance(at, at.payer.publicKey), held(at, at.payer.publicKey)]).toEqual([before, 0n]);
    expect(at.desk.view.get("hold", sale.slip.tid)).toBeUndefined();
    expect(faultsOf(at)).toEqual([]);
  });

  test("leaves nothing that the same slip could lock again, however late the log's clock is", () => {
    const { at, sale, coins } = coinLocked();
    const message = settling(sale, byCoins(crypto, coins, sale.slipHash));
    at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 5);
    const { tid } = sale.slip;
    const untilMs = at.desk.view.get("sale", tid)?.not_after_ms ?? 0;
    at.desk.decide({ kind: "forget-aborted", tid }, untilMs + HOUR_MS);
    expect(ask(at, message, NOW + 6)).toBe("aborted");
    at.log.enter([], untilMs + 1);
    at.desk.decide({ kind: "forget-aborted", tid }, untilMs + HOUR_MS);
    expect(ask(at, message, untilMs + 2)).toBe("expired");
  });
});

describe("a second outcome", () => {
  test.each(["committed", "aborted"] as const)("after %s moves nothing and ends the belief in the log", (first) => {
    const { at, sale } = coinLocked();
    const second = first === "committed" ? "aborted" : "committed";
    at.log.enter([outcomeOf(at, first, sale)], NOW + 5);
    const before = balance(at, sale.slip.merchant);
    at.log.enter([outcomeOf(at, second, sale)], NOW + 6);
    expect(balance(at, sale.slip.merchant)).toBe(before);
    const recKey = recKeyOf(crypto, sale.slip.bank, sale.slip.tid);
    expect(at.desk.view.get("log_fault", at.log.id)).toMatchObject({
      rec_key: recKey,
      first_index: 7,
      second_index: 8,
    });
    const next = loggedSale(at, "next");
    expect(ask(at, settling(next, { kind: "hold" }))).toBe("log-misbehaved");
    const netbill = saleOf(at, "netbill", { log: at.log.id });
    expect(ask(at, settling(netbill, debitFor(at, at.payer, netbill.slipHash)))).toBe("log-misbehaved");
    expect(faultsOf(at)).toEqual([]);
  });

  test("is as bad as two histories", () => {
    const { at, sale } = coinLocked();
    at.desk.decide({ kind: "log-forked", log: at.log.id }, NOW);
    expect(at.desk.decide({ kind: "log-forked", log: at.log.id }, NOW + 1).writes).toEqual([]);
    expect(ask(at, settling(loggedSale(at, "next"), { kind: "hold" }))).toBe("log-misbehaved");
    expect(ask(at, settling(sale, { kind: "hold" }))).toBe("locked");
  });

  test("of a contract that is locked still, the first of a log that lies counts", () => {
    const { at, sale } = coinLocked();
    const [coin] = withdrawn(at, "b", [64n]) as [MadeCoin];
    const other = loggedSale(at, "other", { priceMinor: 64n });
    ask(at, settling(other, byCoins(crypto, [coin], other.slipHash)));
    at.log.enter([outcomeOf(at, "committed", sale), outcomeOf(at, "aborted", sale)], NOW + 5);
    at.log.enter([outcomeOf(at, "aborted", other)], NOW + 6);
    expect(stateOf(at, coin)).toBe("FREED");
  });

  test("is told for as long as the log answers about the contract", () => {
    const { at, sale } = coinLocked();
    const recKey = recKeyOf(crypto, sale.slip.bank, sale.slip.tid);
    const last = END + RETENTION_MS;
    at.desk.decide({ kind: "forget-recorded", recKey }, last + 1);
    at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 5);
    at.desk.decide({ kind: "forget-recorded", recKey }, last + 1);
    expect(at.desk.view.get("recorded", recKey)).toBeDefined();
    at.log.enter([], last + 1);
    at.desk.decide({ kind: "forget-recorded", recKey }, last);
    expect(at.desk.view.get("recorded", recKey)).toBeDefined();
    at.desk.decide({ kind: "forget-recorded", recKey }, last + 1);
    expect(at.desk.view.get("recorded", recKey)).toBeUndefined();
  });
});

test("a batch of many outcomes asks for its rows a level at a time, and not one by one", () => {
  const at = loggedBench(crypto);
  const sales = [0, 1, 2].map((i) => {
    const coins = withdrawn(at, `many ${i}`, Array(8).fill(1n));
    const sale = loggedSale(at, `many ${i}`, { priceMinor: 8n });
    expect(ask(at, settling(sale, byCoins(crypto, coins, sale.slipHash)))).toBe("locked");
    return sale;
  });
  const entries = sales.map((sale, i) => ({
    index: 7 + i,
    entry: outcomeOf(at, i === 0 ? "aborted" : "committed", sale),
  }));
  const batch = {
    log: at.log.id,
    from: 7,
    frontier: { size: 10, hashes: [] },
    headMs: NOW + 1,
    note: new Uint8Array(0),
  };
  const known = new Map<string, Row | undefined>();
  let rounds = 0;
  const decided = () => {
    try {
      return at.desk.authority.decide({ kind: "followed", batch: { ...batch, entries } }, viewOf(known), NOW + 1);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      for (const { table, id } of error.keys) known.set(`${table}/${id}`, at.desk.rows.get(`${table}/${id}`));
      return null;
    }
  };
  let decision = decided();
  for (; decision === null; decision = decided()) rounds += 1;
  expect(decision.writes.filter(({ table }) => table === "sale")).toHaveLength(3);
  // The place, a record each, and then four levels, whatever the number of coins.
  expect(rounds).toBeLessThanOrEqual(1 + sales.length + 4);
});

test("what was followed is not followed again, and a batch from elsewhere not at all", () => {
  const { at, sale } = coinLocked();
  const entry = { index: 3, entry: outcomeOf(at, "committed", sale) };
  const batch = {
    log: at.log.id,
    from: 3,
    frontier: { size: 4, hashes: [] },
    headMs: NOW + 1,
    note: new Uint8Array(0),
  };
  expect(at.desk.decide({ kind: "followed", batch: { ...batch, entries: [entry] } }, NOW + 1).writes).toEqual([]);
  at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 2);
  expect(at.desk.view.get("followed_log", at.log.id)).toMatchObject({ size: 8, head_ms: NOW + 2 });
});
