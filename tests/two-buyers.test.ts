/**
 * Two buyers with one balance that suffices for one: exactly one buys, whichever way their messages interleave. And many
 * buyers of the last piece: exactly one gets it, and the money of the others is untouched.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import { openSqliteReadOnly } from "@counterfoil/host";
import { decideBatch } from "@counterfoil/protocols";
import { merchantAnswer } from "@counterfoil/protocols/exchange";
import { type Account, type BankCommand, type BankTables, bankShapes, type Owed } from "@counterfoil/protocols/money";
import { allRows, buy, type OpenWallet, visit } from "@counterfoil/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Contract,
  contractOf,
  debitBy,
  endorsed,
  fund,
  NOW,
  type Parties,
  PRICE,
  parties,
  stock,
} from "../packages/protocols/src/exchange/parties.fixture.ts";
import { ready, reasonIn } from "./refusals/deal.ts";
import { type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

const ROUNDS = 50;
let market: Market;

beforeAll(async () => {
  market = await openMarket();
});
afterAll(() => market.close());

/** Balance and money set aside, of each account. */
async function balances(): Promise<ReadonlyMap<string, bigint>> {
  const store = openSqliteReadOnly(join(market.folder, "bank", "bank.db"), bankShapes);
  try {
    return new Map((await allRows<Account>(store, "account")).map(([id, row]) => [id, row.balance - row.held]));
  } finally {
    await store.close();
  }
}

async function balanceOf(account: Hex): Promise<bigint> {
  return (await balances()).get(account) ?? 0n;
}

describe("two buyers, one balance", () => {
  test(`of two payments at once, exactly one is taken, ${ROUNDS} times`, async () => {
    const pid = await market.list();
    for (let round = 0; round < ROUNDS; round++) {
      const payer = await market.payer(PRICE_MINOR);
      const earned = await balanceOf(market.shop.key);
      const both = await Promise.all([ready(market, pid, payer), ready(market, pid, payer)]);
      const order = round % 2 === 0 ? both : [...both].reverse();
      const answers = await Promise.all(order.map(({ purchase }) => market.client.post(purchase.payment)));
      expect(answers.map(reasonIn).sort(), `round ${round}`).toEqual(["accepted", "payment-refused"]);
      expect(await balanceOf(payer.publicKey), `round ${round}`).toBe(0n);
      expect((await balanceOf(market.shop.key)) - earned, `round ${round}`).toBe(PRICE_MINOR);
    }
    expect(await market.faults()).toEqual([]);
    expect(market.bugs).toEqual([]);
  });

  test(`two wallets with the same account key: one gets the goods, the other ends unpaid, ${ROUNDS} times`, async () => {
    const pid = await market.list();
    const seen = await visit(market.ports, market.visit.url, market.bank.key);
    for (let round = 0; round < ROUNDS; round++) {
      const [first, second] = await twins(round);
      const item = await seen.item(pid);
      const results = await Promise.all(
        [first, second].map((wallet, which) => {
          const outPath = join(market.folder, `bought-${round}-${which}`);
          const options = { outPath, maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true };
          return buy(seen, wallet, item, options, market.ports);
        }),
      );
      const kinds = results.map((result) => (result.kind === "ended" ? `ended ${result.cause}` : result.kind)).sort();
      expect(kinds, `round ${round}`).toEqual(["delivered", "ended insufficient-funds"]);
      expect(await balanceOf(first.account.publicKey), `round ${round}`).toBe(0n);
    }
    seen.close();
    expect(await market.faults()).toEqual([]);
  });

  /** Two folders with one seed, thus one account, that holds the price of one. */
  async function twins(round: number): Promise<[OpenWallet, OpenWallet]> {
    const first = await market.wallet(PRICE_MINOR, `twin-${round}-a`);
    const folder = join(market.folder, `twin-${round}-b`);
    mkdirSync(folder, { mode: 0o700 });
    copyFileSync(join(market.folder, `twin-${round}-a`, "seed"), join(folder, "seed"));
    const second = await market.wallet(0n, `twin-${round}-b`);
    expect(second.account.publicKey).toBe(first.account.publicKey);
    return [first, second];
  }
});

describe("many buyers, one piece", () => {
  const BUYERS = 20;

  test(`one of ${BUYERS} gets the last one; the others are declined and keep their money`, async () => {
    const pid = await market.list({ stock: 1 });
    const payers = await Promise.all(Array.from({ length: BUYERS }, () => market.payer(PRICE_MINOR)));
    const offers = await Promise.all(payers.map((payer) => ready(market, pid, payer)));
    const before = await balances();
    const answers = await Promise.all(offers.map(({ purchase }) => market.client.post(purchase.payment)));
    const after = await balances();
    expect(answers.filter((answer) => reasonIn(answer) === "accepted")).toHaveLength(1);
    answers.forEach((answer, index) => {
      const { publicKey } = payers[index] as (typeof payers)[number];
      const got = reasonIn(answer);
      if (got !== "accepted") expect(soldOut(answer)).toBe(true);
      expect((before.get(publicKey) ?? 0n) - (after.get(publicKey) ?? 0n)).toBe(got === "accepted" ? PRICE_MINOR : 0n);
    });
    expect((await market.shop.item(pid))?.row.stock).toBe(0);
    expect(await market.faults()).toEqual([]);
  });

  function soldOut(answer: Uint8Array): boolean {
    const heard = decode(merchantAnswer, answer);
    return heard.ok && heard.value.kind === "declined" && reasonIn(answer) === "sold-out";
  }
});

describe("the bank decides one of two, in every order and in every batch", () => {
  const orders = [
    [0, 1],
    [1, 0],
  ] as const;
  for (const order of orders) {
    for (const batches of [1, 2] as const) {
      test(`payment ${order[0]} first, in ${batches === 1 ? "one batch" : "two batches"}`, () => {
        const { all, commands, account, sales } = rivals();
        const queue = order.map((which) => commands[which] as BankCommand);
        const kinds = batches === 1 ? decided(all, queue) : queue.flatMap((command) => decided(all, [command]));
        expect(kinds).toEqual(["paid", "aborted"]);
        expect(all.bank.view.get("account", account)).toMatchObject({ balance: 0n, held: 0n });
        expect(all.bank.view.get("sale", (sales[order[0]] as Contract).slip.tid)?.phase).toBe("PAID");
        expect(all.bank.view.get("sale", (sales[order[1]] as Contract).slip.tid)?.phase).toBe("ABORTED");
      });
    }
  }

  test("with money for both, both are paid: the test above can fail", () => {
    const { all, commands } = rivals(2n * PRICE);
    expect(decided(all, commands)).toEqual(["paid", "paid"]);
  });

  function rivals(funds: bigint = PRICE) {
    const all = parties(market.crypto);
    const account = market.crypto.signingKey(new Uint8Array(32).fill(4));
    fund(all, account.publicKey, funds);
    const pid = stock(all, "thing");
    const sales = ["one", "two"].map((word) => contractOf(all, pid, word));
    const commands = sales.map((sale) => {
      const admitted = all.bank.authority.admit(endorsed(sale, debitBy(all, account, sale)), NOW);
      if (!admitted.ok) throw new Error(admitted.reason);
      return admitted.value;
    });
    return { all, sales, commands, account: account.publicKey };
  }

  /** Decides as the host does, and writes the batch's writes. */
  function decided(all: Parties, commands: readonly BankCommand[]): readonly string[] {
    const { decisions, writes } = decideBatch<BankTables, BankCommand, { readonly kind: string }, Owed>(
      all.bank.authority,
      commands,
      all.bank.view,
      NOW,
    );
    for (const { table, id, row } of writes) {
      if (row === null) all.bank.rows.delete(`${table}/${id}`);
      else all.bank.rows.set(`${table}/${id}`, row);
    }
    return decisions.map((decision) => ("bug" in decision ? "bug" : decision.outcome.kind));
  }
});
