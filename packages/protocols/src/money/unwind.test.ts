/** Books made again from what others have signed: they agree as they are, and every kind of corruption shows. */
import { encode, type Hex, HOUR_MS } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { leafFor, recKeyOf } from "../log/index.ts";
import { postingId } from "./accounts.ts";
import { ask, debitFor, holding, keyNamed, NOW, PRICE, type Sale, saleOf, settling } from "./bank.fixture.ts";
import { accusing, believing } from "./bond.fixture.ts";
import { bondRequest, bondSchema, claimRequest, claimSchema } from "./bond-messages.ts";
import { byCoins, type MadeCoin, refreshing, withdrawn } from "./coins.fixture.ts";
import { type LoggedBench, loggedBench, loggedSale, outcomeOf, RETENTION_MS } from "./logged.fixture.ts";
import { refundRequest, refundSchema } from "./messages.ts";
import { hearWithMint } from "./mint.fixture.ts";
import type { BankTables } from "./rows.ts";
import { allotting, closing, sliceOf, tabOf, voucherOf } from "./tabs.fixture.ts";
import { unwind } from "./unwind.ts";
import { type FoundLeaves, type Ledger, UNWIND_FAULTS } from "./unwind-terms.ts";

const crypto = await portableCrypto();

interface Books {
  readonly at: LoggedBench;
  readonly sales: { readonly debit: Sale; readonly hold: Sale; readonly coins: Sale; readonly logged: Sale };
  readonly coins: readonly MadeCoin[];
  readonly refresh: string;
  readonly slice: Hex;
  /** Of `sales.logged`. */
  readonly leaf: Uint8Array;
}

/** One of each: a grant, sales of every kind, a refund, a withdrawal, a deposit, a tab, a bond and its claim. */
function books(): Books {
  const at = loggedBench(crypto, undefined, { judge: believing });
  const { payer, desk, merchant } = at;
  const debit = saleOf(at, "by debit");
  ask(at, settling(debit, debitFor(at, payer, debit.slipHash)));
  const hold = saleOf(at, "by hold", { mode: "optimistic" });
  ask(at, holding(at, payer, hold));
  ask(at, settling(hold, { kind: "hold" }));
  const coins = withdrawn(at, "a", [64n, 32n, 16n]);
  const paidBy = coins.slice(0, 2);
  const byCoin = saleOf(at, "by coins", { priceMinor: 96n });
  ask(at, settling(byCoin, byCoins(crypto, paidBy, byCoin.slipHash)));
  const logged = loggedSale(at, "logged");
  ask(at, holding(at, payer, logged));
  ask(at, settling(logged, { kind: "hold" }));
  at.log.enter([outcomeOf(at, "committed", logged)], NOW + 1);
  for (const totalMinor of [10n, 25n]) {
    const body = { bank: at.config.key.publicKey, merchant: merchant.publicKey, tid: debit.slip.tid, totalMinor };
    expect(ask(at, encode(refundRequest, { refund: sign(crypto, merchant, refundSchema, body) }))).toBe("refunded");
  }
  const deposit = { account: payer.publicKey, amountMinor: 16n };
  hearWithMint(at.config, desk, refreshing(at, coins.slice(2), [], { deposit }), NOW + 2);
  const refresh = desk.view.get("coin", (coins[2] as MadeCoin).coinId)?.by as string;
  for (const place of [...desk.rows.keys()]) if (place.startsWith("log_owed/")) desk.rows.delete(place);
  const slice = tabbed(at);
  bonded(at, debit);
  const leaf = leafFor(crypto, at.config.key, logged.slip, logged.slipHash, NOW + 1);
  return { slice, at, sales: { debit, hold, coins: byCoin, logged }, coins, refresh, leaf };
}

const TAB_PAID = 7n;

/** Seven and a half minor units of a tab of a hundred. */
function tabbed(at: LoggedBench): Hex {
  const tab = tabOf(at, at.payer, "one");
  ask(at, tab.request);
  const slice = sliceOf(at, tab, at.merchant.publicKey);
  ask(at, allotting(at, tab, slice, 50n));
  expect(ask(at, closing(at, slice, at.merchant, voucherOf(at, slice, 7_500n)))).toBe("slice-paid");
  return slice.id;
}

const BOND = 200n;

/** A bond that a claim takes all of, and that ends; then another. */
function bonded(at: LoggedBench, { slip, buyer }: Sale): void {
  const { merchant, config, payer } = at;
  const bank = config.key.publicKey;
  const put = (amountMinor: bigint, untilMs: number) => {
    const bond = sign(crypto, merchant, bondSchema, { bank, account: merchant.publicKey, amountMinor, untilMs });
    return encode(bondRequest, { bond });
  };
  expect(ask(at, put(BOND, NOW + HOUR_MS))).toBe("bonded");
  const body = { bank, tid: slip.tid, buyer: buyer.publicKey, account: payer.publicKey };
  const accusation = accusing(merchant.publicKey, "merchant", slip.tid);
  expect(ask(at, encode(claimRequest, { claim: sign(crypto, buyer, claimSchema, body), accusation }))).toBe("claimed");
  at.desk.decide({ kind: "end-bond", account: merchant.publicKey }, NOW + HOUR_MS);
  expect(ask(at, put(10n, NOW + 9 * HOUR_MS), NOW + HOUR_MS)).toBe("bonded");
}

function tableOf<N extends keyof BankTables & string>({ desk }: LoggedBench, table: N) {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as BankTables[N]] as const);
}

function ledgerOf(at: LoggedBench): Ledger {
  return {
    accounts: tableOf(at, "account"),
    postings: tableOf(at, "posting"),
    sales: tableOf(at, "sale"),
    coins: tableOf(at, "coin"),
    counts: tableOf(at, "coin_count"),
    granted: tableOf(at, "granted"),
    tabs: tableOf(at, "tab"),
    slices: tableOf(at, "slice"),
    bonds: tableOf(at, "bond"),
    claims: tableOf(at, "claim"),
    owed: tableOf(at, "log_owed"),
    accepted: tableOf(at, "log_accepted"),
  };
}

function unwound({ at, leaf }: Books, leaves: readonly Uint8Array[] | null = [leaf], now = NOW + HOUR_MS) {
  const { config, log } = at;
  const terms = { crypto, bank: config.key.publicKey, box: config.box, claimWindowMs: config.claimWindowMs, now };
  const found: readonly (readonly [Hex, FoundLeaves])[] =
    leaves === null ? [] : [[log.id, { retentionMs: RETENTION_MS, leaves }]];
  return unwind(terms, ledgerOf(at), new Map(found));
}

const told = (of: Books, ...rest: [(readonly Uint8Array[] | null)?, number?]) =>
  unwound(of, ...rest).faults.map(({ kind, about }) => `${kind} ${about}`);

/** Changes one row, as somebody with the database does. */
function change<N extends keyof BankTables & string>(
  { at }: Books,
  table: N,
  id: string,
  changes: Partial<BankTables[N]> | null,
): void {
  const place = `${table}/${id}`;
  const row = at.desk.rows.get(place);
  if (row === undefined) throw new Error(`no ${place}`);
  if (changes === null) at.desk.rows.delete(place);
  else at.desk.rows.set(place, { ...row, ...changes });
}

function postingsOf({ at }: Books, transaction: string) {
  return tableOf(at, "posting").filter(([, row]) => row.transaction_id === transaction);
}

test("an honest bank's books are what its evidence says", () => {
  const of = books();
  const { faults, balances, signed, onItsWord, leaves } = unwound(of);
  expect(faults).toEqual([]);
  expect(signed).toBe(5);
  expect(Object.fromEntries(onItsWord)).toEqual({ grant: 1, withdraw: 1, refresh: 1, tab: 1, bond: 1, claim: 1 });
  expect(leaves).toBe(1);
  expect(balances.get(of.at.merchant.publicKey)).toBe(3n * PRICE + 96n - 25n + TAB_PAID - BOND - 10n);
});

test("of a log that is not asked nothing is said, nor of leaves that are owed or that the log may have deleted", () => {
  const of = books();
  expect(told(of, null)).toEqual([]);
  expect(told(of, [], NOW + 1 + RETENTION_MS + 1)).toEqual([]);
  const { tid } = of.sales.logged.slip;
  const rec_key = recKeyOf(crypto, of.at.config.key.publicKey, tid);
  const owed = { log: of.at.log.id, kind: "paid", rec_key, tid, tries: 0, wake_ms: NOW };
  of.at.desk.rows.set(`log_owed/${of.at.log.id}/paid/${rec_key}`, owed);
  expect(told(of, [])).toEqual([]);
});

describe("a planted corruption shows:", () => {
  const seen = new Set<string>();
  const cases: readonly (readonly [
    what: string,
    plant: (of: Books) => void,
    told: (of: Books) => readonly string[],
  ])[] = [
    [
      "a sale that was struck out of the books",
      (of) => {
        for (const [id] of postingsOf(of, of.sales.debit.slip.tid)) change(of, "posting", id, null);
      },
      ({ sales }) => [`evidence-without-posting ${sales.debit.slip.tid}`],
    ],
    [
      "a sale that nobody made",
      ({ at }) => {
        const row = { account: at.merchant.publicKey, sequence: 99, transaction_id: "ab".repeat(32), kind: "sale" };
        const posting = { ...row, amount: 500n, balance: 500n, unit: "XTS", time_ms: NOW };
        at.desk.rows.set(`posting/${postingId(at.merchant.publicKey, 99)}`, posting);
      },
      () => [`posting-without-evidence ${"ab".repeat(32)}`],
    ],
    [
      "another amount",
      (of) => {
        const [[id, row]] = postingsOf(of, of.sales.hold.slip.tid) as [readonly [string, BankTables["posting"]]];
        change(of, "posting", id, { amount: row.amount * 2n });
      },
      ({ sales }) => [`wrong-amount ${sales.hold.slip.tid}`],
    ],
    [
      "another balance",
      (of) => change(of, "account", of.at.merchant.publicKey, { balance: 1_000_000n }),
      ({ at }) => [`wrong-balance ${at.merchant.publicKey}`],
    ],
    [
      "a sale whose slip is another's",
      (of) => change(of, "sale", of.sales.debit.slip.tid, { slip: of.sales.hold.signed }),
      ({ sales, at }) => [
        `posting-without-evidence ${sales.debit.slip.tid}`,
        `posting-without-evidence ${sales.debit.slip.tid}/refund`,
        `wrong-balance ${at.payer.publicKey}`,
        `wrong-balance ${at.merchant.publicKey}`,
      ],
    ],
    [
      "an account that did not pay",
      (of) => {
        const hold = at(of).get("sale", of.sales.logged.slip.tid)?.hold_statement ?? null;
        change(of, "sale", of.sales.hold.slip.tid, { hold_statement: hold });
      },
      ({ sales, at: bench }) => [
        `posting-without-evidence ${sales.hold.slip.tid}`,
        `wrong-balance ${bench.payer.publicKey}`,
        `wrong-balance ${bench.merchant.publicKey}`,
      ],
    ],
    [
      "a coin that has signed nothing",
      (of) => change(of, "coin", (of.coins[0] as MadeCoin).coinId, { statement: new Uint8Array(64) }),
      ({ sales, at: bench }) => [
        `posting-without-evidence ${sales.coins.slip.tid}`,
        `wrong-balance ${bench.merchant.publicKey}`,
        "wrong-balance coins/0",
      ],
    ],
    [
      "a coin that is another's",
      (of) => change(of, "coin", (of.coins[2] as MadeCoin).coinId, { public_key: keyNamed(crypto, "thief").publicKey }),
      ({ refresh, at: bench }) => [
        `posting-without-evidence refresh/${refresh}`,
        `wrong-balance ${bench.payer.publicKey}`,
        "wrong-balance coins/0",
      ],
    ],
    [
      "a refund that the merchant has not signed",
      (of) => change(of, "sale", of.sales.debit.slip.tid, { refund_statement: of.sales.debit.pay }),
      ({ sales, at: bench }) => [
        `posting-without-evidence ${sales.debit.slip.tid}/refund`,
        `wrong-balance ${bench.payer.publicKey}`,
        `wrong-balance ${bench.merchant.publicKey}`,
      ],
    ],
    [
      "a grant that is in no list",
      (of) => change(of, "granted", tableOf(of.at, "granted")[0]?.[0] ?? "", null),
      (of) => [
        `posting-without-evidence ${tableOf(of.at, "posting").find(([, { kind }]) => kind === "grant")?.[1].transaction_id}`,
        "wrong-balance sandbox-source",
        `wrong-balance ${of.at.payer.publicKey}`,
      ],
    ],
    [
      "a tab that paid more than its voucher says",
      (of) => {
        for (const [id, row] of postingsOf(of, of.slice)) change(of, "posting", id, { amount: row.amount * 2n });
      },
      ({ slice }) => [`wrong-amount ${slice}`],
    ],
    [
      "a voucher that the slice's key has not signed",
      (of) => change(of, "slice", of.slice, { voucher: of.sales.debit.pay }),
      ({ slice, at: bench }) => [
        `posting-without-evidence ${slice}`,
        `wrong-balance ${bench.payer.publicKey}`,
        `wrong-balance ${bench.merchant.publicKey}`,
      ],
    ],
    [
      "a bond that its owner has not signed",
      (of) => change(of, "bond", of.at.merchant.publicKey, { statement: of.sales.debit.pay }),
      ({ at: { merchant } }) => [
        `posting-without-evidence ${merchant.publicKey}/bond`,
        `wrong-balance ${merchant.publicKey}`,
        `wrong-balance bond/${merchant.publicKey}`,
      ],
    ],
    [
      "a claim that was struck out",
      (of) => change(of, "claim", of.sales.debit.slip.tid, null),
      ({ sales, at: { merchant, payer } }) => [
        `posting-without-evidence ${sales.debit.slip.tid}/claim`,
        `wrong-amount ${merchant.publicKey}/bond`,
        `wrong-balance ${merchant.publicKey}`,
        `wrong-balance ${payer.publicKey}`,
      ],
    ],
    [
      "a leaf without its row",
      (of) => change(of, "sale", of.sales.logged.slip.tid, { log: null }),
      ({ sales, at: bench }) => [
        `leaf-without-row ${recKeyOf(crypto, bench.config.key.publicKey, sales.logged.slip.tid)}`,
      ],
    ],
    [
      "a row that is dated back",
      (of) => change(of, "sale", of.sales.logged.slip.tid, { time_ms: NOW - 1 }),
      ({ sales, at: bench }) => [`wrong-leaf ${recKeyOf(crypto, bench.config.key.publicKey, sales.logged.slip.tid)}`],
    ],
  ];

  test.each(cases)("%s", (_what, plant, expected) => {
    const of = books();
    const wanted = [...expected(of)].sort();
    plant(of);
    const faults = told(of).sort();
    expect(faults).toEqual(wanted);
    for (const fault of faults) seen.add(fault.split(" ")[0] as string);
  });

  test("a row without its leaf", () => {
    const of = books();
    const recKey = recKeyOf(crypto, of.at.config.key.publicKey, of.sales.logged.slip.tid);
    expect(told(of, [])).toEqual([`row-without-leaf ${recKey}`]);
    seen.add("row-without-leaf");
  });

  test("a leaf of another slip", () => {
    const of = books();
    const { slip } = of.sales.logged;
    const leaf = leafFor(crypto, of.at.config.key, slip, "ab".repeat(32), NOW + 1);
    expect(told(of, [leaf])).toEqual([`wrong-leaf ${recKeyOf(crypto, slip.bank, slip.tid)}`]);
  });

  test("each kind there is", () => expect([...seen].sort()).toEqual([...UNWIND_FAULTS].sort()));
});

/** The rows as the bank reads them. */
function at(of: Books) {
  return of.at.desk.view;
}
