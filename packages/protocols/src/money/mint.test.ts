/** The mint check by check: every reason it can give, the order in which it looks, and what stands once it is done (P§2D). */
import { decode, encodeItems, fromHex, type Hex, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { open, portableCrypto } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { Row } from "../index.ts";
import {
  debitFor,
  grantTo,
  keyNamed,
  NOW,
  ORDER_MS,
  otherSlip,
  type Sale,
  saleOf,
  settling,
  UNIT,
  word,
} from "./bank.fixture.ts";
import { coinAudit, trialBalance } from "./books.ts";
import { isDigestSigned } from "./coin.ts";
import {
  askingKeys,
  blankOf,
  byCoins,
  coinOf,
  EPOCHS,
  FUNDS,
  keyOf,
  type MadeCoin,
  type MintBench,
  mintBench,
  refreshing,
  reissuing,
  spending,
  withdrawing,
  withdrawn,
} from "./coins.fixture.ts";
import { type BankAnswer, bankAnswer, COIN_REASONS, refusalSchema } from "./messages.ts";
import { EPOCH_MS, hearWithMint } from "./mint.fixture.ts";
import { coinKeysSchema, depositedSchema } from "./mint-messages.ts";
import type { BankTables } from "./rows.ts";

const crypto = await portableCrypto();
const END = NOW + ORDER_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of epoch 0, which is what tests use where they say nothing else. */
const CLOSES = NOW - HOUR_MS + EPOCH_MS;
const DEPOSIT_UNTIL = NOW - HOUR_MS + 3 * EPOCH_MS;
const REFRESH_UNTIL = NOW - HOUR_MS + 5 * EPOCH_MS;
const KEPT_UNTIL = REFRESH_UNTIL + DAY_MS;
/** Open when coins of epoch 0 may be refreshed for the last time. */
const LATE = { epoch: 3, from: REFRESH_UNTIL - HOUR_MS };

const named = new Set<string>();
afterAll(() => {
  expect(
    // Of locked coins lock.test.ts hears.
    COIN_REASONS.filter((reason) => !named.has(reason) && reason !== "coin-locked"),
    "reasons that no test has heard",
  ).toEqual([]);
});

function opened(epochs = EPOCHS) {
  const at = mintBench(crypto, epochs);
  const answered = (message: Uint8Array, now = NOW) => hearWithMint(at.config, at.desk, message, now);
  const heard = (message: Uint8Array, now = NOW) => {
    const before = new Map(at.desk.rows);
    const said = word(at, answered(message, now));
    named.add(said);
    if ((COIN_REASONS as readonly string[]).includes(said)) expect(sameRows(before, at.desk.rows)).toBe(true);
    return said;
  };
  const blank = (name: string, minor = 64n, epoch = 0) => blankOf(crypto, keyOf(at.mint, minor, epoch), name);
  const stolen = (name: string, minor = 64n, epoch = 0) => coinOf(at, keyOf(at.mint, minor, epoch), name);
  const sold = (name: string, priceMinor: bigint, now = NOW) =>
    saleOf(at, name, { priceMinor, notAfterMs: now + ORDER_MS });
  const balance = (of = at.payer.publicKey) => at.desk.view.get("account", of)?.balance ?? 0n;
  return { at, answered, heard, blank, stolen, sold, balance };
}

/** Rows are values that are replaced whole, so one that was not written is the same object. */
function sameRows(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>): boolean {
  return before.size === after.size && [...before].every(([place, row]) => after.get(place) === row);
}

function pays(sale: Sale, coins: readonly MadeCoin[]): Uint8Array {
  return settling(sale, byCoins(crypto, coins, sale.slipHash));
}

function read(answer: Uint8Array): BankAnswer {
  const said = decode(bankAnswer, answer);
  if (!said.ok) throw new Error(said.reason);
  return said.value;
}

/** Every row that is due, as the host's sweep does it. */
function sweep({ desk }: MintBench, now: number): void {
  for (const [place, row] of [...desk.rows]) {
    const [table, id] = [place.slice(0, place.indexOf("/")) as "coin", place.slice(place.indexOf("/") + 1)];
    const due = desk.authority.due?.[table]?.(id, row as never) ?? null;
    if (due !== null && due.atMs <= now) desk.decide(due.command, now);
  }
}

function rowsOf<N extends keyof BankTables & string>({ desk }: MintBench, table: N): [Hex, BankTables[N]][] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as BankTables[N]]);
}

function expectBalanced(at: MintBench, isOver: (keyId: Hex) => boolean = () => false): void {
  const [accounts, holds] = [rowsOf(at, "account"), rowsOf(at, "hold").map(([, row]) => row)];
  const postings = rowsOf(at, "posting").map(([, row]) => row);
  expect(trialBalance(accounts, postings, holds).faults).toEqual([]);
  const [issued, coins] = [rowsOf(at, "issued").map(([, row]) => row), rowsOf(at, "coin").map(([, row]) => row)];
  expect(coinAudit(accounts, rowsOf(at, "coin_count"), issued, coins, isOver).faults).toEqual([]);
}

describe("what a request proves by itself", () => {
  test("the list of keys is the bank's, and only a mint has one", () => {
    const { at, answered, heard } = opened();
    const bank = at.config.key.publicKey;
    const said = read(answered(askingKeys(bank)));
    if (said.kind !== "coin-keys") throw new Error(said.kind);
    const list = open(crypto, coinKeysSchema, said.list, () => bank);
    expect(list.ok && list.value.value.keys).toEqual(at.mint.keys);
    expect(heard(askingKeys("11".repeat(32)))).toBe("wrong-bank");
    const { at: plain } = { at: mintBench(crypto, EPOCHS, { mint: null }) };
    expect(word(plain, plain.desk.hear(askingKeys(bank), NOW))).toBe("unknown-coin-key");
  });

  test("another bank's withdrawal, refresh and reissue", () => {
    const { at, heard, blank } = opened();
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    const bank = "11".repeat(32);
    expect(heard(withdrawing(at, [blank("b")], { bank }))).toBe("wrong-bank");
    expect(heard(refreshing(at, [coin], [blank("b")], { bank }))).toBe("wrong-bank");
    expect(heard(reissuing({ ...at, config: { ...at.config, key: keyNamed(crypto, "other") } }, [blank("b")]))).toBe(
      "wrong-bank",
    );
  });

  test("unknown-coin-key: of another bank, of another unit, of nobody", () => {
    const { at, heard, blank, sold } = opened();
    const foreign = mintBench(crypto, EPOCHS, { key: keyNamed(crypto, "bank") });
    const otherUnit = { ...keyOf(foreign.mint, 64n), unit: "EUR" };
    for (const key of [{ ...keyOf(at.mint, 64n), bank: "11".repeat(32) }, otherUnit, { ...otherUnit, epoch: 9 }]) {
      const wrong = blankOf(crypto, key, "wrong");
      expect(heard(withdrawing(at, [wrong]))).toBe("unknown-coin-key");
      expect(heard(reissuing(at, [wrong]))).toBe("unknown-coin-key");
      const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
      expect(heard(refreshing(at, [coin], [wrong]))).toBe("unknown-coin-key");
      const bent = { ...coin, coin: { ...coin.coin, keyId: wrong.keyId } };
      expect(heard(refreshing(at, [bent], [blank("b")]))).toBe("unknown-coin-key");
      expect(heard(pays(sold("s", 64n), [bent]))).toBe("unknown-coin-key");
    }
  });

  test("wrong-coins: one value twice, one at or above the modulus, one of another length", () => {
    const { at, heard, blank } = opened();
    const { modulus } = keyOf(at.mint, 64n);
    const { keyId, output } = blank("a");
    expect(heard(withdrawing(at, [blank("a"), blank("a")]))).toBe("wrong-coins");
    expect(heard(reissuing(at, [blank("a"), blank("a")]))).toBe("wrong-coins");
    for (const blinded of [modulus, modulus.map(() => 0xff), new Uint8Array(384).fill(1)]) {
      expect(heard(withdrawing(at, [{ output: { keyId, blinded } }]))).toBe("wrong-coins");
    }
    const [coin] = withdrawn(at, "b", [64n]) as [MadeCoin];
    expect(heard(refreshing(at, [coin], [{ output }, { output }]))).toBe("wrong-coins");
  });

  test("wrong-coins: none, one twice, or other inputs than the coins that are shown", () => {
    const { at, heard, blank, sold } = opened();
    const [one, two] = withdrawn(at, "a", [64n, 64n]) as [MadeCoin, MadeCoin];
    expect(heard(pays(sold("s", 64n), []))).toBe("wrong-coins");
    expect(heard(pays(sold("s", 128n), [one, one]))).toBe("wrong-coins");
    expect(heard(refreshing(at, [], []))).toBe("wrong-coins");
    expect(heard(refreshing(at, [one, one], [blank("b", 128n)]))).toBe("wrong-coins");
    const inputs = [one.coinId, two.coinId].sort();
    expect(heard(refreshing(at, [one], [blank("b", 128n)], { inputs }))).toBe("wrong-coins");
    expect(heard(refreshing(at, [one, two], [blank("b", 128n)], { inputs: inputs.reverse() }))).toBe("wrong-coins");
    expect(heard(refreshing(at, [one, two], [blank("b", 128n)], { inputs: [one.coinId] }))).toBe("wrong-coins");
  });

  test("wrong-coin-signature: bent, of another length, under another key, on another coin", () => {
    const { at, heard, blank, sold } = opened();
    const [one, two] = withdrawn(at, "a", [64n, 32n]) as [MadeCoin, MadeCoin];
    const [other] = [coinOf(at, keyOf(at.mint, 64n, 1), "a 0")];
    const bent = one.coin.signature.map((byte, i) => (i === 200 ? byte ^ 1 : byte));
    const signatures = [bent, new Uint8Array(384), two.coin.signature, other.coin.signature];
    for (const signature of signatures) {
      const wrong = { ...one, coin: { ...one.coin, signature } };
      expect(heard(pays(sold("s", 64n), [wrong]))).toBe("wrong-coin-signature");
      expect(heard(refreshing(at, [wrong], [blank("b")]))).toBe("wrong-coin-signature");
    }
    const prefix = { ...one, coin: { ...one.coin, prefix: two.coin.prefix } };
    expect(heard(pays(sold("s", 64n), [prefix]))).toBe("wrong-coin-signature");
  });

  test("wrong-total: to the last unit, for a payment and for a refresh", () => {
    const { at, heard, blank, sold } = opened();
    const coins = withdrawn(at, "a", [64n, 1n]);
    for (const price of [63n, 64n, 66n, 129n]) expect(heard(pays(sold(`s${price}`, price), coins))).toBe("wrong-total");
    const into = [blank("b"), blank("c", 1n)];
    const deposit = { account: at.payer.publicKey, amountMinor: 1n };
    expect(heard(refreshing(at, coins, into, { deposit }))).toBe("wrong-total");
    expect(heard(refreshing(at, coins, into.slice(0, 1)))).toBe("wrong-total");
    expect(heard(refreshing(at, coins, []))).toBe("wrong-total");
  });

  test("wrong-spend: for another slip, of another set, by another key", () => {
    const { at, heard, blank, sold } = opened();
    const coins = withdrawn(at, "a", [64n, 64n]);
    const [one] = coins as [MadeCoin];
    const [sale, other] = [sold("s", 64n), sold("t", 64n)];
    const thief = keyNamed(crypto, "thief");
    const statements = [
      byCoins(crypto, [one], other.slipHash),
      { kind: "coins", coins: spending(crypto, coins, sale.slipHash).slice(0, 1) },
      byCoins(crypto, [{ ...one, signer: thief }], sale.slipHash),
    ] as const;
    for (const funding of statements) expect(heard(settling(sale, funding))).toBe("wrong-spend");
    expect(heard(refreshing(at, [one], [blank("b")], { signer: thief }))).toBe("wrong-spend");
  });
});

test("optimistic: coins pay without a key, and no debit does", () => {
  const { at, answered, heard } = opened();
  const coins = withdrawn(at, "a", [64n, 1n]);
  const sale = saleOf(at, "s", { mode: "optimistic", priceMinor: 65n });
  const funding = byCoins(crypto, coins, sale.slipHash);
  expect(heard(settling(sale, debitFor(at, at.payer, sale.slipHash)))).toBe("wrong-funding");
  expect(heard(settling(sale, byCoins(crypto, coins.slice(1), sale.slipHash)))).toBe("wrong-total");
  expect(heard(settling(sale, funding, { opening: sale.opening }))).toBe("key-does-not-open");
  expect(read(answered(settling(sale, funding)))).toMatchObject({ kind: "paid", opening: null });
  expectBalanced(at);
});

describe("what the books know", () => {
  test("coin-used: paid once, exchanged once, each proved by the coin's own signature", () => {
    const { at, answered, heard, blank, sold } = opened();
    const [one, two] = withdrawn(at, "a", [64n, 64n]) as [MadeCoin, MadeCoin];
    expect(heard(pays(sold("s", 64n), [one]))).toBe("paid");
    expect(heard(refreshing(at, [two], [blank("b")]))).toBe("issued");
    for (const coin of [one, two]) {
      for (const again of [pays(sold("t", 64n), [coin]), refreshing(at, [coin], [blank("c")])]) {
        expect(heard(again)).toBe("coin-used");
        const said = read(answered(again));
        if (said.kind !== "refused") throw new Error(said.kind);
        expect(said.used.map(({ coinId }) => coinId)).toEqual([coin.coinId]);
        for (const { digest, statement } of said.used)
          expect(isDigestSigned(crypto, coin.signer.publicKey, digest, statement)).toBe(true);
      }
    }
  });

  test("one used coin in 64 refuses all of them", () => {
    const { at, heard, sold } = opened();
    const coins = withdrawn(at, "many", Array(64).fill(1n));
    expect(heard(pays(sold("s", 1n), coins.slice(40, 41)))).toBe("paid");
    expect(heard(pays(sold("t", 64n), coins))).toBe("coin-used");
    expect(heard(pays(sold("u", 63n), [...coins.slice(0, 40), ...coins.slice(41)]))).toBe("paid");
    expectBalanced(at);
  });

  test("already-issued: a refresh never gets what a withdrawal or another refresh got", () => {
    const { at, heard, blank } = opened();
    const [one, two] = withdrawn(at, "a", [64n, 64n]) as [MadeCoin, MadeCoin];
    expect(heard(refreshing(at, [two], [one]))).toBe("already-issued");
    expect(heard(refreshing(at, [one], [blank("b")]))).toBe("issued");
    expect(heard(refreshing(at, [two], [blank("b")]))).toBe("already-issued");
  });

  test("key-over-redeemed: with a stolen key, no more comes back than went out", () => {
    const { at, heard, blank, stolen, sold } = opened();
    expect(heard(pays(sold("s", 64n), [stolen("forged")]))).toBe("key-over-redeemed");
    expect(heard(refreshing(at, [stolen("forged")], [blank("b")]))).toBe("key-over-redeemed");
    const [honest] = withdrawn(at, "a", [64n]) as [MadeCoin];
    expect(heard(pays(sold("s", 128n), [stolen("forged"), honest]))).toBe("key-over-redeemed");
    expect(heard(pays(sold("t", 64n), [stolen("forged")]))).toBe("paid");
    expect(heard(pays(sold("u", 64n), [honest]))).toBe("key-over-redeemed");
    expect(heard(refreshing(at, [honest], [blank("b")]))).toBe("key-over-redeemed");
    expectBalanced(at);
  });

  test("no account, and no money: nothing is signed on credit", () => {
    const { at, heard, blank, answered } = opened();
    const poor = keyNamed(crypto, "poor");
    expect(heard(withdrawing(at, [blank("a")], {}, poor))).toBe("no-such-account");
    grantTo(at, poor.publicKey, 63n);
    expect(heard(withdrawing(at, [blank("a")], {}, poor))).toBe("insufficient-funds");
    const said = read(answered(reissuing(at, [blank("a")])));
    expect(said).toMatchObject({ kind: "reissued", signatures: [null] });
  });
});

describe("certified delivery only", () => {
  test("such coins pay, and become none but such coins", () => {
    const { at, heard, blank, sold } = opened();
    const [one, two, three] = withdrawn(at, "a", [64n, 64n, 64n], 2) as [MadeCoin, MadeCoin, MadeCoin];
    const [plain, other] = withdrawn(at, "p", [64n, 64n]) as [MadeCoin, MadeCoin];
    const deposit = { account: at.payer.publicKey, amountMinor: 64n };
    expect(heard(refreshing(at, [one], [blank("b")]))).toBe("certified-delivery-only");
    expect(heard(refreshing(at, [one], [], { deposit }))).toBe("certified-delivery-only");
    expect(heard(refreshing(at, [one, plain], [blank("b", 64n, 2)], { deposit }))).toBe("certified-delivery-only");
    expect(heard(refreshing(at, [one, plain], [blank("b", 64n, 2), blank("c")]))).toBe("certified-delivery-only");
    expect(heard(refreshing(at, [one, plain], [blank("b", 64n, 2), blank("c", 64n, 2)]))).toBe("issued");
    expect(heard(refreshing(at, [other], [blank("d", 64n, 2)]))).toBe("issued");
    expect(heard(refreshing(at, [two], [blank("e", 32n, 2), blank("f", 32n, 2)]))).toBe("issued");
    expect(heard(pays(sold("s", 64n), [three]))).toBe("paid");
    expectBalanced(at);
  });
});

describe("each date, to the millisecond", () => {
  test("withdrawn from withdrawFrom until withdrawUntil", () => {
    const { at, heard, blank } = opened();
    const good = (now: number) => ({ notAfterMs: now + MINUTE_MS });
    const opens = keyOf(at.mint, 64n, 1).withdrawFromMs;
    for (const [epoch, now, expected] of [
      [1, opens - 1, "key-closed"],
      [1, opens, "issued"],
      [0, CLOSES - 1, "issued"],
      [0, CLOSES, "key-closed"],
    ] as const) {
      expect(heard(withdrawing(at, [blank(`${now}`, 64n, epoch)], good(now)), now)).toBe(expected);
      const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
      if (expected === "key-closed")
        expect(heard(refreshing(at, [coin], [blank("b", 64n, epoch)]), now)).toBe("key-closed");
    }
    expect(heard(refreshing(at, withdrawn(at, "c", [64n]), [blank("d")]), CLOSES - 1)).toBe("issued");
  });

  test("a withdrawal before its notAfter, and at most a day ahead", () => {
    const { at, heard, blank } = opened();
    expect(heard(withdrawing(at, [blank("a")], { notAfterMs: NOW }))).toBe("expired");
    expect(heard(withdrawing(at, [blank("a")], { notAfterMs: NOW + DAY_MS + 1 }))).toBe("too-far-ahead");
    expect(heard(withdrawing(at, [blank("a")], { notAfterMs: NOW + 1 }))).toBe("issued");
    expect(heard(withdrawing(at, [blank("b")], { notAfterMs: NOW + DAY_MS }))).toBe("issued");
  });

  test("paid with before depositUntil, exchanged before refreshUntil", () => {
    const { at, heard, blank, sold } = opened([...EPOCHS, LATE]);
    const [one, two, three] = withdrawn(at, "a", [64n, 64n, 64n]) as [MadeCoin, MadeCoin, MadeCoin];
    expect(heard(pays(sold("s", 64n, DEPOSIT_UNTIL), [one]), DEPOSIT_UNTIL)).toBe("coin-expired");
    expect(heard(pays(sold("s", 64n, DEPOSIT_UNTIL), [one]), DEPOSIT_UNTIL - 1)).toBe("paid");
    expect(heard(refreshing(at, [two], [blank("b", 64n, 3)]), REFRESH_UNTIL)).toBe("coin-expired");
    expect(heard(refreshing(at, [two], [blank("b", 64n, 3)]), REFRESH_UNTIL - 1)).toBe("issued");
    const deposit = { account: at.payer.publicKey, amountMinor: 64n };
    expect(heard(refreshing(at, [three], [], { deposit }), REFRESH_UNTIL)).toBe("coin-expired");
    expect(heard(refreshing(at, [three], [], { deposit }), REFRESH_UNTIL - 1)).toBe("issued");
  });

  test("a refusal that rests on time having passed fixes time", () => {
    const { at, blank, sold } = opened();
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    const fixes = (message: Uint8Array, now: number) => {
      const command = at.desk.authority.admit(message, now);
      return command.ok && at.desk.decide(command.value, now).fixesTime === true;
    };
    const late = { notAfterMs: CLOSES + MINUTE_MS };
    expect(fixes(withdrawing(at, [blank("b")], { notAfterMs: NOW }), NOW)).toBe(true);
    expect(fixes(withdrawing(at, [blank("b")], late), CLOSES)).toBe(true);
    expect(fixes(pays(sold("s", 64n, DEPOSIT_UNTIL), [coin]), DEPOSIT_UNTIL)).toBe(true);
    expect(fixes(refreshing(at, [coin], [blank("b")]), CLOSES)).toBe(true);
    expect(fixes(refreshing(at, [coin], [blank("b")]), REFRESH_UNTIL)).toBe(true);
    expect(fixes(refreshing(at, [coin], [blank("b")]), NOW)).toBe(false);
  });
});

describe("what is done stays done, before any look at the clock", () => {
  const AGES = KEPT_UNTIL - 1;

  test("a withdrawal: the same bytes, one debit, also after its notAfter and the key's end", () => {
    const { at, answered, blank, balance } = opened();
    const message = withdrawing(at, [blank("a"), blank("b", 8n)]);
    const first = answered(message);
    const rows = new Map(at.desk.rows);
    expect(balance()).toBe(FUNDS - 72n);
    for (const now of [NOW, NOW + HOUR_MS, CLOSES, AGES]) expect(toHex(answered(message, now))).toBe(toHex(first));
    expect(sameRows(rows, at.desk.rows)).toBe(true);
  });

  test("a value in another message, from another account: signed again, debited never", () => {
    const { at, answered, blank, balance } = opened();
    const other = keyNamed(crypto, "other");
    const [first, again] = [withdrawing(at, [blank("a")]), withdrawing(at, [blank("a")], {}, other)];
    const [said, repeated] = [read(answered(first)), read(answered(again, CLOSES))];
    if (said.kind !== "issued" || repeated.kind !== "issued") throw new Error("not issued");
    expect(repeated.signatures).toEqual(said.signatures);
    expect(at.desk.view.get("account", other.publicKey)).toBeUndefined();
    expect(balance()).toBe(FUNDS - 64n);
  });

  test("a withdrawal that is new in part pays for that part", () => {
    const { at, heard, blank, balance } = opened();
    expect(heard(withdrawing(at, [blank("a")]))).toBe("issued");
    expect(heard(withdrawing(at, [blank("a"), blank("b", 8n)]))).toBe("issued");
    expect(balance()).toBe(FUNDS - 72n);
    expectBalanced(at);
  });

  test("a refresh: the same bytes, whatever is shown beside it", () => {
    const { at, answered, blank, balance } = opened();
    const coins = withdrawn(at, "a", [64n, 32n]);
    const deposit = { account: at.payer.publicKey, amountMinor: 32n };
    const message = refreshing(at, coins, [blank("b")], { deposit });
    const first = answered(message);
    const rows = new Map(at.desk.rows);
    for (const now of [NOW, CLOSES, REFRESH_UNTIL, AGES]) expect(toHex(answered(message, now))).toBe(toHex(first));
    expect(sameRows(rows, at.desk.rows)).toBe(true);
    expect(balance()).toBe(FUNDS - 64n);
    const said = read(first);
    const deposited = said.kind === "issued" ? said.deposited : null;
    const bank = at.config.key.publicKey;
    expect(open(crypto, depositedSchema, deposited as Uint8Array, () => bank)).toMatchObject({
      value: { value: { account: at.payer.publicKey, amountMinor: 32n } },
    });
  });

  test("a refresh, to whoever comes for it after its inputs have ended, as long as its outputs last", () => {
    const { at, answered, blank } = opened([...EPOCHS, { epoch: 3, from: NOW - 6 * HOUR_MS }]);
    const coins = [...withdrawn(at, "old", [64n], 3), ...withdrawn(at, "newer", [64n], 3)];
    const message = refreshing(at, coins, [blank("b"), blank("c")]);
    const first = answered(message);
    sweep(at, KEPT_UNTIL);
    expect(toHex(answered(message, KEPT_UNTIL))).toBe(toHex(first));
    const [one] = coins as [MadeCoin];
    at.desk.decide({ kind: "forget-coin", id: one.coinId }, KEPT_UNTIL + 1);
    expect(toHex(answered(message, KEPT_UNTIL + 1))).toBe(toHex(first));
    sweep(at, KEPT_UNTIL + 1);
    expect(word(at, answered(message, KEPT_UNTIL + 1))).toBe("coin-expired");
  });

  test("a payment: the same receipt, and coins offered now are not looked at", () => {
    const { at, answered, stolen, sold } = opened();
    const coins = withdrawn(at, "a", [64n, 32n]);
    const sale = sold("s", 96n);
    const first = answered(pays(sale, coins));
    const rows = new Map(at.desk.rows);
    const bent = { ...stolen("forged"), signer: keyNamed(crypto, "thief") };
    for (const again of [coins, [...coins].reverse(), withdrawn(at, "a", [64n, 32n]), [bent], []]) {
      expect(toHex(answered(pays(sale, again), KEPT_UNTIL + DAY_MS))).toBe(toHex(first));
    }
    expect(sameRows(rows, at.desk.rows)).toBe(true);
  });

  test("a reissue gives what was issued, and nothing else, and moves nothing", () => {
    const { at, answered, blank } = opened();
    const said = read(answered(withdrawing(at, [blank("a")])));
    if (said.kind !== "issued") throw new Error(said.kind);
    const rows = new Map(at.desk.rows);
    for (const now of [NOW, CLOSES, AGES]) {
      const again = read(answered(reissuing(at, [blank("b"), blank("a")]), now));
      expect(again).toEqual({ kind: "reissued", signatures: [null, said.signatures[0]] });
    }
    expect(sameRows(rows, at.desk.rows)).toBe(true);
  });
});

describe("precedence", () => {
  test("the row, then the slip's end, then the coins, then the key", () => {
    const { at, heard, sold, stolen } = opened();
    const sale = sold("s", 64n);
    const wrong = { opening: "00".repeat(32) };
    const by = (coins: readonly MadeCoin[]) => byCoins(crypto, coins, sale.slipHash);
    expect(heard(settling(sale, by([]), wrong), END)).toBe("expired");
    expect(heard(settling(sale, by([]), { ...wrong, pay: sale.signed }))).toBe("wrong-payment");
    expect(heard(settling(sale, by([]), wrong))).toBe("wrong-coins");
    expect(heard(settling(sale, by([stolen("forged")]), wrong))).toBe("key-over-redeemed");
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    expect(heard(settling(sale, by([coin]), wrong))).toBe("key-does-not-open");
    expect(heard(settling(sale, by([coin])))).toBe("paid");
    expect(heard(settling(sale, by([]), { ...wrong, pay: sale.signed }), END)).toBe("paid");
    const second = otherSlip(at, sale, { priceMinor: 1n });
    expect(heard(settling(second, by([])))).toBe("other-slip-paid");
  });

  test("of a payment, in the order of the list, whatever the order of the coins", () => {
    const { at, heard, sold } = opened();
    const coins = withdrawn(at, "a", [64n, 32n, 16n, 8n]);
    const [first, second, third, fourth] = coins as [MadeCoin, MadeCoin, MadeCoin, MadeCoin];
    const unknown = { ...first, coin: { ...first.coin, keyId: "11".repeat(32) } };
    const bent = { ...second, coin: { ...second.coin, prefix: "11".repeat(32) } };
    const foreign = { ...third, signer: keyNamed(crypto, "thief") };
    const sale = sold("s", 1n);
    expect(heard(pays(sale, [foreign, bent, second, second, unknown]))).toBe("unknown-coin-key");
    expect(heard(pays(sale, [foreign, bent, second, second]))).toBe("wrong-coins");
    expect(heard(pays(sale, [foreign, bent]))).toBe("wrong-coin-signature");
    expect(heard(pays(sale, [foreign]))).toBe("wrong-total");
    expect(heard(pays(sold("t", 16n), [foreign]))).toBe("wrong-spend");
    expect(heard(pays(sold("u", 8n), [fourth]))).toBe("paid");
    const late = sold("v", 8n, DEPOSIT_UNTIL);
    expect(heard(pays(late, [fourth]), DEPOSIT_UNTIL)).toBe("coin-expired");
    expect(heard(pays(sold("w", 8n), [fourth]))).toBe("coin-used");
  });

  test("of a refresh: used before expired before issued before closed before restricted before over-redeemed", () => {
    const { at, heard, blank, stolen } = opened([...EPOCHS, LATE]);
    const [one, two] = withdrawn(at, "a", [64n, 64n], 2) as [MadeCoin, MadeCoin];
    expect(heard(refreshing(at, [one], [blank("b", 64n, 2)]))).toBe("issued");
    const used = refreshing(at, [one], [blank("c", 64n, 1)]);
    expect([heard(used), heard(used, REFRESH_UNTIL)]).toEqual(["coin-used", "coin-used"]);
    const issued = refreshing(at, [two], [blank("b", 32n), blank("b", 32n, 1)]);
    expect(heard(issued, REFRESH_UNTIL)).toBe("coin-expired");
    expect(heard(refreshing(at, [two], [one]), CLOSES)).toBe("already-issued");
    expect(heard(refreshing(at, [two], [blank("d")]), CLOSES)).toBe("key-closed");
    expect(heard(refreshing(at, [stolen("x", 64n, 2)], [blank("d")]))).toBe("certified-delivery-only");
    const none = opened();
    const forged = none.stolen("x", 64n, 2);
    expect(none.heard(refreshing(none.at, [forged], [none.blank("d", 64n, 2)]))).toBe("key-over-redeemed");
  });

  test("of a withdrawal: its end, the key, the account, the money", () => {
    const { at, heard, blank } = opened();
    const poor = keyNamed(crypto, "poor");
    const closed = blank("a", 64n, 1);
    expect(heard(withdrawing(at, [closed], { notAfterMs: NOW }, poor))).toBe("expired");
    expect(heard(withdrawing(at, [closed], { notAfterMs: NOW + 2 * DAY_MS }, poor))).toBe("too-far-ahead");
    expect(heard(withdrawing(at, [closed], {}, poor))).toBe("key-closed");
    expect(heard(withdrawing(at, [blank("a")], {}, poor))).toBe("no-such-account");
  });
});

describe("a refusal tells nothing of another purchase", () => {
  test("a used coin: its digest and its signature, never the slip, the merchant or the tid", () => {
    const { at, answered, blank, sold } = opened();
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    const first = sold("secret", 64n);
    expect(word(at, answered(pays(first, [coin])))).toBe("paid");
    const elsewhere = keyNamed(crypto, "another merchant");
    const terms = { merchant: elsewhere.publicKey, priceMinor: 64n };
    const second = otherSlip(at, saleOf(at, "second", terms), terms, elsewhere);
    const row = at.desk.view.get("sale", first.slip.tid) as BankTables["sale"];
    const secrets = [first.slip.tid, first.slipHash, first.slip.merchant, first.slip.poHash, first.slip.buyer];
    for (const message of [pays(second, [coin]), refreshing(at, [coin], [blank("b")])]) {
      const answer = toHex(answered(message));
      expect(word(at, fromHex(answer) as Uint8Array)).toBe("coin-used");
      for (const secret of [...secrets, row.opening as Hex, row.funding_hash as Hex]) {
        expect(answer).not.toContain(secret);
        expect(answer).not.toContain(toHex(encodeItems([secret]).subarray(3)));
      }
    }
  });

  test("at most eight of the used coins are shown", () => {
    const { at, answered, sold } = opened();
    const coins = withdrawn(at, "many", Array(10).fill(1n));
    answered(pays(sold("s", 10n), coins));
    const said = read(answered(pays(sold("t", 10n), coins)));
    if (said.kind !== "refused") throw new Error(said.kind);
    expect(said.used).toHaveLength(8);
    const refusal = open(crypto, refusalSchema, said.refusal, () => at.config.key.publicKey);
    expect(refusal.ok && refusal.value.value.reason).toBe("coin-used");
  });
});

describe("what is no longer needed goes", () => {
  test("rows of coins and of signatures: a day after the last refresh, not a millisecond before", () => {
    const { at, heard, blank, sold } = opened();
    const coins = withdrawn(at, "a", [64n, 32n]);
    const [one, two] = coins as [MadeCoin, MadeCoin];
    heard(pays(sold("s", 64n), [one]));
    heard(refreshing(at, [two], [blank("b", 32n)]));
    sweep(at, KEPT_UNTIL);
    expect([rowsOf(at, "coin").length, rowsOf(at, "issued").length]).toEqual([2, 3]);
    sweep(at, KEPT_UNTIL + 1);
    expect([rowsOf(at, "coin").length, rowsOf(at, "issued").length]).toEqual([0, 0]);
    expect(rowsOf(at, "sale").map(([, { phase }]) => phase)).toEqual(["PAID"]);
    expectBalanced(at, () => true);
  });

  test("afterwards nothing that named them does anything", () => {
    const { at, heard, blank, sold } = opened([...EPOCHS, { epoch: 3, from: KEPT_UNTIL - HOUR_MS }]);
    const [one, two] = withdrawn(at, "a", [64n, 32n]) as [MadeCoin, MadeCoin];
    const [withdraw, refresh] = [withdrawing(at, [blank("a 0")]), refreshing(at, [two], [blank("b", 32n)])];
    heard(pays(sold("s", 64n), [one]));
    heard(refresh);
    const after = KEPT_UNTIL + 1;
    sweep(at, after);
    const rows = new Map(at.desk.rows);
    expect(heard(withdraw, after)).toBe("expired");
    expect(heard(refresh, after)).toBe("coin-expired");
    expect(heard(pays(sold("t", 64n, after), [one]), after)).toBe("coin-expired");
    expect(heard(pays(sold("t", 32n, after), [two]), after)).toBe("coin-expired");
    expect(heard(refreshing(at, [one], [blank("c", 64n, 3)]), after)).toBe("coin-expired");
    expect(heard(pays(sold("s", 64n), [one]), after)).toBe("paid");
    expect(sameRows(rows, at.desk.rows)).toBe(true);
  });

  test("a due command that comes early, or again, does nothing", () => {
    const { at } = opened();
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    const [[id]] = rowsOf(at, "issued") as [[Hex, unknown]];
    const rows = new Map(at.desk.rows);
    at.desk.decide({ kind: "forget-issued", id }, KEPT_UNTIL);
    at.desk.decide({ kind: "forget-coin", id: coin.coinId }, KEPT_UNTIL + 1);
    expect(sameRows(rows, at.desk.rows)).toBe(true);
  });

  test("the clock set back before a deletion: the deletion waits, the row still answers", () => {
    const { at, heard, sold } = opened();
    const [coin] = withdrawn(at, "a", [64n]) as [MadeCoin];
    heard(pays(sold("s", 64n), [coin]));
    sweep(at, NOW - DAY_MS);
    expect(heard(pays(sold("t", 64n), [coin]), NOW - HOUR_MS)).toBe("coin-used");
  });
});

test("one unit: nothing of a mint's is in another", () => {
  const { at } = opened();
  withdrawn(at, "a", [64n]);
  expect(rowsOf(at, "coin_count").map(([, { unit }]) => unit)).toEqual([UNIT]);
});
