/** The wallet's own no: a purchase above a cap leaves no row and sends nothing, and what ends unpaid is given back. */
import { DAY_MS, encode } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import { abortedSchema, bankAnswer } from "../money/index.ts";
import { type Caps, NO_CAPS } from "./caps.ts";
import { abortFor, type PurchaseInput } from "./customer.ts";
import { paymentMessage } from "./messages.ts";
import { type Contract, contractOf, debitBy, endorsed, fund, NOW, PRICE, parties, stock } from "./parties.fixture.ts";
import { type PurchaseRow, type WalletCommand, wallet } from "./wallet.ts";

const crypto = await portableCrypto();
const all = parties(crypto);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
fund(all, payer.publicKey, 10n * PRICE);
/** No coins here. */
const CONFIG = {
  crypto,
  seed: new Uint8Array(16),
  account: payer,
  spreadMs: 1,
  refillMs: 1,
  shortestEpochMs: 1,
  lateMs: 1,
};
const pid = stock(all, "thing");
const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;

function deal(word: string) {
  const one = contractOf(all, pid, word);
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const funding = debitBy(all, payer, one);
  const payment = encode(paymentMessage, { pid, order, slip, pay, funding, visit: null });
  const abort = abortFor(crypto, one.keys.buyer, one.slip);
  const purchase = { tid: one.slip.tid, certificate, payment, sealed, proof, group: null, abort, startedMs: NOW };
  return { one, funding, buy: { kind: "buy", purchase, row: rowOf(one), coins: null } satisfies WalletCommand };
}

function rowOf({ slip }: Contract): PurchaseRow {
  const addresses = { market_url: "http://m", bank_url: "http://b", out_path: "/x", file_hash: "", trustees: null };
  const shown = { title: "Thing", delivery: "sale", started_ms: NOW, delivered: false, fault: null, log_url: null };
  return { ...addresses, ...shown, merchant: slip.merchant, price: slip.priceMinor, unit: slip.unit };
}

function open(caps: Partial<Caps> = {}) {
  const opened = desk(wallet(CONFIG));
  opened.decide({ kind: "cap", caps: { ...NO_CAPS, ...caps } }, NOW);
  const spent = () =>
    [...opened.rows].filter(([place]) => /^spent\/day\/[\d-]+$/.test(place)).map(([, row]) => row.amount as bigint);
  return { ...opened, spent };
}

const unpaid = ({ slip }: Contract): PurchaseInput => {
  const aborted = { bank: slip.bank, tid: slip.tid, cause: "buyer", untilMs: slip.notAfterMs } as const;
  const record = sign(crypto, all.bankConfig.key, abortedSchema, aborted);
  return { kind: "bank", answer: encode(bankAnswer, { kind: "aborted", record }) };
};

describe("above a cap", () => {
  test.each([
    ["above-purchase-cap", { purchase: PRICE - 1n }],
    ["above-day-cap", { day: PRICE - 1n }],
    ["above-shop-cap", { shop: PRICE - 1n }],
  ] as const)("%s: no row, nothing sent, and asking again changes nothing", (reason, caps) => {
    const { decide, rows, takeSends } = open(caps);
    const before = new Map(rows);
    const { buy } = deal("one");
    for (let asked = 0; asked < 3; asked++) {
      const { outcome, writes } = decide(buy, NOW);
      expect(outcome).toMatchObject({ result: "refused", state: null, row: null, excess: { reason } });
      expect([writes, takeSends(), rows]).toEqual([[], [], before]);
    }
  });

  test("the slip's price counts, whatever the row says", () => {
    const { decide } = open({ purchase: PRICE - 1n });
    const { buy } = deal("one");
    const cheap = { ...buy, row: { ...buy.row, price: 1n, merchant: "00".repeat(32) } };
    expect(decide(cheap, NOW).outcome.result).toBe("refused");
  });

  test("the same purchase is taken once the cap is higher, or the day another", () => {
    const { decide, spent, takeSends } = open({ day: PRICE });
    decide(deal("one").buy, NOW);
    takeSends();
    const { buy } = deal("two");
    expect(decide(buy, NOW).outcome.result).toBe("refused");
    expect(decide(buy, NOW + DAY_MS).outcome.result).toBe("stepped");
    expect(takeSends().map(({ to, about }) => [to, about])).toEqual([["merchant", buy.purchase.tid]]);
    expect(spent()).toEqual([PRICE, PRICE]);
  });
});

describe("below it", () => {
  test("a purchase is counted once, however often it is asked for, also after it has ended", () => {
    const { decide, spent, rows } = open({ day: 2n * PRICE });
    const { buy, one } = deal("one");
    expect(decide(buy, NOW).outcome.result).toBe("stepped");
    const begun = new Map(rows);
    expect([decide(buy, NOW).writes, rows, spent()]).toEqual([[], begun, [PRICE]]);
    decide({ kind: "step", id: buy.purchase.tid, input: unpaid(one) }, NOW);
    expect([decide(buy, NOW).writes, spent()]).toEqual([[], []]);
  });

  test("what ends unpaid is given back once, in the commit that ends it", () => {
    const { decide, spent } = open({ day: PRICE });
    const { buy, one } = deal("one");
    decide(buy, NOW);
    expect(decide(deal("two").buy, NOW).outcome.result).toBe("refused");
    const step = { kind: "step", id: buy.purchase.tid, input: unpaid(one) } as const;
    expect(decide(step, NOW).writes.map(({ table }) => table)).toEqual(["session", "spent", "spent", "counted"]);
    expect([decide(step, NOW).writes, spent()]).toEqual([[], []]);
    expect(decide(deal("two").buy, NOW).outcome.result).toBe("stepped");
  });

  test("what is paid stays counted, and so does what nobody has answered", () => {
    const { decide, spent } = open({ day: PRICE });
    const { buy, one, funding } = deal("paid");
    decide(buy, NOW);
    const id = buy.purchase.tid;
    decide({ kind: "step", id, input: { kind: "give-up" } }, NOW);
    expect(spent()).toEqual([PRICE]);
    const answer = all.bank.hear(endorsed(one, funding), NOW);
    decide({ kind: "step", id, input: { kind: "bank", answer } }, NOW);
    expect(spent()).toEqual([PRICE]);
    expect(decide(deal("two").buy, NOW).outcome).toMatchObject({ excess: { reason: "above-day-cap" } });
  });

  test("a day's rows are due for forgetting when it is over", () => {
    const { decide, rows, authority } = open();
    decide(deal("one").buy, NOW);
    const midnight = (Math.floor(NOW / DAY_MS) + 1) * DAY_MS;
    for (const [place, row] of [...rows]) {
      const table = place.slice(0, place.indexOf("/"));
      if (table !== "spent" && table !== "counted") continue;
      const wanted = authority.due?.[table]?.(place.slice(table.length + 1), row as never);
      expect(wanted?.atMs).toBe(midnight);
      if (wanted) decide(wanted.command, midnight);
    }
    expect([...rows.keys()].map((place) => place.split("/")[0]).sort()).toEqual(["purchase", "session"]);
  });
});
