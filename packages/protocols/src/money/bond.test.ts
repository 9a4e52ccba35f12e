/** Bonds check by check: every reason, what a repeat does, what a claim takes, and what goes back. */
import { DAY_MS, decode, encode, type Hex } from "@counterfoil/base";
import { open, portableCrypto, sign } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { Account } from "./accounts.ts";
import {
  aborting,
  bench,
  debitFor,
  grantTo,
  keyNamed,
  NOW,
  PRICE,
  type Sale,
  saleOf,
  settling,
  word,
} from "./bank.fixture.ts";
import { accusing, believing } from "./bond.fixture.ts";
import {
  BOND_REASONS,
  type Bond,
  bondedQuery,
  bondedSchema,
  bondRequest,
  bondSchema,
  claimedSchema,
  claimRequest,
  claimSchema,
  LONGEST_BOND_MS,
} from "./bond-messages.ts";
import { balanceSheet, bondFaults, trialBalance } from "./books.ts";
import { bankAnswer, refundRequest, refundSchema } from "./messages.ts";

const crypto = await portableCrypto();
const UNTIL = NOW + 30 * DAY_MS;
const named = new Set<string>();

afterAll(() => {
  expect(
    BOND_REASONS.filter((reason) => !named.has(reason)),
    "reasons that no test has heard",
  ).toEqual([]);
});

function opened() {
  const at = bench(crypto, { judge: believing });
  const owner = keyNamed(crypto, "owner");
  const payer = keyNamed(crypto, "payer");
  const wronged = keyNamed(crypto, "wronged");
  grantTo(at, owner.publicKey, 1000n);
  grantTo(at, payer.publicKey, 10n * PRICE);
  const heard = (message: Uint8Array, now = NOW) => {
    const said = word(at, at.desk.hear(message, now));
    named.add(said);
    return said;
  };
  const bonding = (changes: Partial<Bond> = {}, by = owner) => {
    const bond = {
      bank: at.config.key.publicKey,
      account: by.publicKey,
      amountMinor: 400n,
      untilMs: UNTIL,
      ...changes,
    };
    return encode(bondRequest, { bond: sign(crypto, by, bondSchema, bond) });
  };
  const pay = (sale: Sale) => at.desk.hear(settling(sale, debitFor(at, payer, sale.slipHash)), NOW);
  const claiming = (
    sale: Sale,
    changes: { who?: Hex; role?: string; tid?: Hex; by?: typeof owner; bank?: Hex } = {},
  ) => {
    const { who = owner.publicKey, role = "certifier", tid = sale.slip.tid, by = sale.buyer } = changes;
    const claim = {
      bank: changes.bank ?? sale.slip.bank,
      tid: sale.slip.tid,
      buyer: by.publicKey,
      account: wronged.publicKey,
    };
    const accusation = accusing(who, role, tid);
    return encode(claimRequest, { claim: sign(crypto, by, claimSchema, claim), accusation });
  };
  const claimed = (message: Uint8Array, now = NOW) => {
    const said = decode(bankAnswer, at.desk.hear(message, now));
    if (!said.ok || said.value.kind !== "claimed") throw new Error("not claimed");
    const statement = open(crypto, claimedSchema, said.value.claimed, (value) => value.bank);
    if (!statement.ok) throw new Error(statement.reason);
    return statement.value.value;
  };
  const asking = (account = owner.publicKey) => encode(bondedQuery, { bank: at.config.key.publicKey, account });
  const bonded = (message = asking(), now = NOW) => {
    const said = decode(bankAnswer, at.desk.hear(message, now));
    if (!said.ok || said.value.kind !== "bonded") return null;
    const statement = open(crypto, bondedSchema, said.value.bonded, (value) => value.bank);
    if (!statement.ok) throw new Error(statement.reason);
    return statement.value.value;
  };
  const balance = (id: string) => at.desk.view.get("account", id)?.balance ?? 0n;
  const end = (now: number) => {
    const row = at.desk.view.get("bond", owner.publicKey);
    const due = row === undefined ? null : (at.desk.authority.due?.bond?.(owner.publicKey, row) ?? null);
    if (due !== null && due.atMs <= now) at.desk.decide(due.command, now);
  };
  return { at, owner, payer, wronged, heard, bonding, pay, claiming, claimed, asking, bonded, balance, end };
}

describe("setting a bond aside", () => {
  test("moves the money to an account of its own, once, and the bank's statement says what is left", () => {
    const { owner, bonding, bonded, heard, balance, at } = opened();
    expect(heard(bonding())).toBe("bonded");
    expect(heard(bonding())).toBe("bonded");
    expect(balance(owner.publicKey)).toBe(600n);
    expect(balance(`bond/${owner.publicKey}`)).toBe(400n);
    const said = {
      bank: at.config.key.publicKey,
      account: owner.publicKey,
      leftMinor: 400n,
      unit: "XTS",
      untilMs: UNTIL,
    };
    expect(bonded()).toEqual({ ...said, sequence: 1 });
  });

  test("a later statement raises the amount, or the day, and moves the difference", () => {
    const { owner, bonding, bonded, heard, balance } = opened();
    heard(bonding());
    expect(heard(bonding({ amountMinor: 500n, untilMs: UNTIL + 1 }))).toBe("bonded");
    expect(balance(owner.publicKey)).toBe(500n);
    expect(bonded(bonding({ amountMinor: 500n, untilMs: UNTIL + 2 }))).toMatchObject({ leftMinor: 500n, sequence: 2 });
    expect(bonded()).toMatchObject({ leftMinor: 500n, sequence: 2, untilMs: UNTIL + 2 });
  });

  test("an earlier statement, or a lower one, changes nothing", () => {
    const { bonding, heard } = opened();
    heard(bonding({ amountMinor: 500n }));
    expect(heard(bonding())).toBe("already-decided");
    expect(heard(bonding({ amountMinor: 600n, untilMs: UNTIL - 1 }))).toBe("already-decided");
  });

  test("is refused for a day that has come, one too far, nothing, nobody's money, more than there is, another bank", () => {
    const { bonding, heard, payer } = opened();
    expect(heard(bonding({ untilMs: NOW }))).toBe("expired");
    expect(heard(bonding({ untilMs: NOW + LONGEST_BOND_MS + 1 }))).toBe("too-far-ahead");
    expect(heard(bonding({ amountMinor: 0n }))).toBe("wrong-funding");
    expect(heard(bonding({}, keyNamed(crypto, "nobody")))).toBe("no-such-account");
    expect(heard(bonding({ amountMinor: 1001n }))).toBe("insufficient-funds");
    expect(heard(bonding({ bank: payer.publicKey }))).toBe("wrong-bank");
    expect(heard(bonding({ amountMinor: 1000n, untilMs: NOW + LONGEST_BOND_MS }))).toBe("bonded");
  });

  test("only the account's own key sets its money aside", () => {
    const { bonding, owner, heard } = opened();
    expect(() => heard(bonding({ account: owner.publicKey }, keyNamed(crypto, "thief")))).toThrow("wrong-signature");
  });

  test("money in it is not money to pay with", () => {
    const { at, owner, bonding, heard } = opened();
    heard(bonding({ amountMinor: 900n }));
    const sale = saleOf(at, "own");
    expect(heard(settling(sale, debitFor(at, owner, sale.slipHash)))).toBe("aborted");
  });
});

describe("a claim", () => {
  test("pays the price from the bond of the convicted to the account that Q names, once", () => {
    const { at, owner, wronged, bonding, pay, claiming, claimed, bonded, balance } = opened();
    const sale = saleOf(at, "sale");
    at.desk.hear(bonding(), NOW);
    pay(sale);
    const answer = { tid: sale.slip.tid, owner: owner.publicKey, account: wronged.publicKey };
    const first = at.desk.hear(claiming(sale), NOW);
    expect(claimed(claiming(sale))).toMatchObject({ ...answer, paidMinor: PRICE, dueMinor: PRICE });
    expect(at.desk.hear(claiming(sale), NOW + 5)).toEqual(first);
    expect(claimed(claiming(sale, { role: "merchant", who: at.merchant.publicKey }))).toMatchObject(answer);
    expect(balance(wronged.publicKey)).toBe(PRICE);
    expect(bonded()).toMatchObject({ leftMinor: 400n - PRICE, sequence: 2 });
  });

  test("that the bond is too short for gets what is left, and the statement says so", () => {
    const { at, wronged, bonding, pay, claiming, claimed, heard, balance } = opened();
    const [first, second, third] = ["a", "b", "c"].map((name) => saleOf(at, name)) as [Sale, Sale, Sale];
    at.desk.hear(bonding(), NOW);
    for (const sale of [first, second, third]) pay(sale);
    claimed(claiming(first));
    expect(claimed(claiming(second))).toMatchObject({ paidMinor: 150n, dueMinor: PRICE });
    expect(heard(claiming(third))).toBe("no-bond");
    expect(balance(wronged.publicKey)).toBe(400n);
    expect(claimed(claiming(second))).toMatchObject({ paidMinor: 150n, dueMinor: PRICE });
  });

  test("takes no account of what the merchant has given back already", () => {
    const { at, bonding, pay, claiming, claimed, heard } = opened();
    const [part, whole] = [saleOf(at, "part"), saleOf(at, "whole")];
    at.desk.hear(bonding(), NOW);
    for (const [sale, totalMinor] of [
      [part, 100n],
      [whole, PRICE],
    ] as const) {
      pay(sale);
      const body = { bank: sale.slip.bank, merchant: sale.slip.merchant, tid: sale.slip.tid, totalMinor };
      at.desk.hear(encode(refundRequest, { refund: sign(crypto, at.merchant, refundSchema, body) }), NOW);
    }
    expect(claimed(claiming(part))).toMatchObject({ paidMinor: PRICE - 100n, dueMinor: PRICE - 100n });
    expect(heard(claiming(whole))).toBe("nothing-due");
  });

  test("is refused where nobody with a bond is convicted of this sale", () => {
    const { at, bonding, pay, claiming, heard } = opened();
    const [sale, other] = [saleOf(at, "sale"), saleOf(at, "other")];
    at.desk.hear(bonding(), NOW);
    pay(sale);
    expect(heard(claiming(sale, { role: "trustee" }))).toBe("convicts-nobody");
    expect(heard(claiming(sale, { role: "bank" }))).toBe("convicts-nobody");
    expect(heard(claiming(sale, { tid: other.slip.tid }))).toBe("convicts-nobody");
    expect(heard(claiming(sale, { who: at.merchant.publicKey, role: "merchant" }))).toBe("no-bond");
  });

  test("is refused for what is not paid, for another than Q, at another bank, and when the bond's day has come", () => {
    const { at, owner, bonding, pay, claiming, heard } = opened();
    const sale = saleOf(at, "sale");
    at.desk.hear(bonding(), NOW);
    expect(heard(claiming(sale))).toBe("not-paid");
    pay(sale);
    expect(heard(claiming(sale, { by: owner }))).toBe("not-the-buyer");
    expect(heard(claiming(sale, { bank: owner.publicKey }))).toBe("wrong-bank");
    expect(heard(claiming(sale), UNTIL)).toBe("no-bond");
    expect(heard(claiming(sale), UNTIL - 1)).toBe("claimed");
  });

  test("is refused for a sale that was ended", () => {
    const { at, bonding, claiming, heard } = opened();
    const sale = saleOf(at, "sale");
    at.desk.hear(bonding(), NOW);
    heard(aborting(at, sale));
    expect(heard(claiming(sale))).toBe("not-paid");
  });

  test("that somebody else signed for Q is not heard", () => {
    const { at, owner, claiming } = opened();
    const sale = saleOf(at, "sale");
    const forged = decode(claimRequest, claiming(sale));
    const body = { bank: sale.slip.bank, tid: sale.slip.tid, buyer: sale.buyer.publicKey, account: owner.publicKey };
    if (!forged.ok) throw new Error(forged.reason);
    const claim = sign(crypto, owner, claimSchema, body);
    expect(() => at.desk.hear(encode(claimRequest, { ...forged.value, claim }), NOW)).toThrow("wrong-signature");
  });
});

describe("the end of a bond", () => {
  test("gives back what is left when its day has come, and not before", () => {
    const { at, owner, bonding, pay, claiming, balance, end, bonded, heard, asking } = opened();
    const sale = saleOf(at, "sale");
    at.desk.hear(bonding(), NOW);
    pay(sale);
    heard(claiming(sale));
    end(UNTIL - 1);
    at.desk.decide({ kind: "end-bond", account: owner.publicKey }, UNTIL - 1);
    expect(bonded()).toMatchObject({ leftMinor: 150n });
    end(UNTIL);
    expect(balance(owner.publicKey)).toBe(750n);
    expect(balance(`bond/${owner.publicKey}`)).toBe(0n);
    expect(heard(asking())).toBe("no-bond");
  });

  test("its statement cannot be sent again", () => {
    const { bonding, heard, end, balance, owner } = opened();
    heard(bonding());
    end(UNTIL);
    expect(heard(bonding(), UNTIL)).toBe("expired");
    expect(balance(owner.publicKey)).toBe(1000n);
  });
});

describe("the books", () => {
  test("show bonds as money owed, and find out a bond whose account says something else", () => {
    const { at, owner, bonding, pay, claiming } = opened();
    const sale = saleOf(at, "sale");
    at.desk.hear(bonding(), NOW);
    pay(sale);
    at.desk.hear(claiming(sale), NOW);
    const rows = <T>(table: string) =>
      [...at.desk.rows]
        .filter(([id]) => id.startsWith(`${table}/`))
        .map(([id, row]) => [id.slice(table.length + 1), row as T] as const);
    const accounts = rows<Account>("account");
    const [bond, claim] = [rows<never>("bond"), rows<never>("claim")];
    const [sheet] = balanceSheet(accounts.map(([, row]) => row));
    expect(sheet).toMatchObject({ bondsMinor: 150n, depositsMinor: 1000n + 10n * PRICE - 150n, accounts: 4 });
    expect(
      trialBalance(
        accounts,
        rows<never>("posting").map(([, row]) => row),
        [],
      ).faults,
    ).toEqual([]);
    expect(bondFaults(accounts, bond, claim)).toEqual([]);
    expect(bondFaults(accounts, [], claim)).toEqual([`bond/${owner.publicKey} says 150, its bond 0`]);
    expect(bondFaults([], bond, claim)).toEqual([`bond/${owner.publicKey} has no account and 150 left`]);
    const greedy = claim.map(([tid, row]) => [tid, { ...(row as object), paid: PRICE + 1n } as never] as const);
    expect(bondFaults(accounts, bond, greedy)).toEqual([`claim ${sale.slip.tid} was paid 251 of 250`]);
  });
});
