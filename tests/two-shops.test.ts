/** One coin to two shops over HTTP: one is paid, and the other can prove why not, to anybody and by itself (P§2D). */
import { decode } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import { declineSchema, merchantAnswer, payFor } from "@counterfoil/protocols/exchange";
import {
  bankAnswer,
  coinIdOf,
  coinSetOf,
  isDigestSigned,
  refusalSchema,
  spendDigestOf,
} from "@counterfoil/protocols/money";
import { type CoinRow, spendOf } from "@counterfoil/protocols/purse";
import { cashDesk, payingCoins, withdrawCash } from "@counterfoil/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ready, ready } from "./refusals/deal.ts";
import { type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

let shops: readonly [Market, Market];
beforeAll(async () => {
  const market = await openMarket();
  shops = [market, await market.otherShop()];
});
afterAll(() => shops[0].close());

/** A buyer who pays both with the same coins, at the same moment. */
async function payTwice() {
  const [market] = shops;
  const wallet = await market.wallet(1_000n);
  const desk = cashDesk(wallet, market.visit, market.ports);
  await withdrawCash(desk, 500n);
  const { rows } = await payingCoins(desk, PRICE_MINOR, market.ports.clock());
  const deals = await Promise.all(shops.map(async (at) => ready(at, await at.list(), wallet.account)));
  const answers = await Promise.all(
    shops.map(async (at, i) => {
      const { payment } = await paidBy(at, deals[i] as Ready, wallet.seed, rows);
      return at.client.post(payment);
    }),
  );
  return { deals, rows, seed: wallet.seed, answers: answers.map(readAnswer) };
}

async function paidBy(at: Market, deal: Ready, seed: Uint8Array, coins: readonly CoinRow[]) {
  const item = await at.shop.item(deal.ask.pid);
  const certificate = item?.row.certificate as Uint8Array;
  const payer = { kind: "coins", seed, coins } as const;
  return payFor(
    at.crypto,
    deal.keys,
    deal.ask.pid,
    deal.placed,
    deal.offer,
    { certificate, group: null },
    payer,
    at.ports.clock(),
  );
}

function readAnswer(bytes: Uint8Array) {
  const answer = decode(merchantAnswer, bytes);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

test("one is paid, the other can prove why not, and nobody learns whom the first was", async () => {
  const { deals, rows, seed, answers } = await payTwice();
  expect(answers.map(({ kind }) => kind).sort()).toEqual(["declined", "settled"]);
  const loser = answers.findIndex(({ kind }) => kind === "declined");
  const [at, deal, answer] = [shops[loser] as Market, deals[loser] as Ready, answers[loser]];
  const { crypto, bank, shop } = at;
  if (answer?.kind !== "declined") throw new Error("nobody declined");

  // What the other shop has in hand: the coins as they were shown to it, its own slip, and the bank's signed words.
  const decline = open(crypto, declineSchema, answer.decline, () => shop.key);
  const words = decline.ok ? decline.value.value.bank : null;
  const said = decode(bankAnswer, words ?? new Uint8Array(0));
  if (!said.ok || said.value.kind !== "refused") throw new Error("the bank did not refuse");
  const refusal = open(crypto, refusalSchema, said.value.refusal, () => bank.key);
  const { tid } = deal.offer.slip;
  expect(refusal.ok && refusal.value.value).toMatchObject({ about: tid, slipHash: deal.offer.slipHash });
  expect(refusal.ok && refusal.value.value.reason).toBe("coin-used");

  const shown = spendOf(crypto, seed, rows, deal.offer.slipHash).map(({ coin }) => coin);
  const set = coinSetOf(
    crypto,
    shown.map((coin) => coinIdOf(crypto, coin)),
  );
  expect(said.value.used).toHaveLength(shown.length);
  for (const { coinId, digest, statement } of said.value.used) {
    const coin = shown.find((each) => coinIdOf(crypto, each) === coinId);
    // The coin's own key has signed something, and it is not the payment of this slip.
    expect(isDigestSigned(crypto, coin?.publicKey as string, digest, statement)).toBe(true);
    expect(digest).not.toBe(spendDigestOf(crypto, coinId, deal.offer.slipHash, set));
  }
  const text = Buffer.from(words as Uint8Array).toString("hex");
  const winner = (deals[1 - loser] as Ready).offer.slip;
  for (const secret of [winner.tid, winner.merchant, winner.buyer, winner.poHash]) expect(text).not.toContain(secret);
});

test("one price has left the coins, one shop has it, and the books balance", async () => {
  const [market] = shops;
  const before = await earned();
  const { answers } = await payTwice();
  const after = await earned();
  const gains = after.map((each, i) => each - (before[i] as bigint));
  expect(gains).toEqual(answers.map(({ kind }) => (kind === "settled" ? PRICE_MINOR : 0n)));
  expect(await market.faults()).toEqual([]);
  expect(market.bugs).toEqual([]);
});

async function earned(): Promise<readonly bigint[]> {
  const lines = (await shops[0].accounts()).split("\n").map((line) => line.split(" "));
  return shops.map(({ shop }) => BigInt(lines.find(([id]) => id === shop.key)?.[1] ?? 0));
}
