/** Keys that do not open, money that is not there, prices that moved, ciphertext that was touched. */
import { copyFileSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@counterfoil/base";
import { type Crypto, sign } from "@counterfoil/crypto";
import { DownloadRefused, Refused } from "@counterfoil/host";
import { goodsPointOf, makeOffer, type OfferBody, paySchema, slipSchema } from "@counterfoil/protocols/contract";
import { merchantAnswer } from "@counterfoil/protocols/exchange";
import { refundRequest, refundSchema } from "@counterfoil/protocols/money";
import { type BuyOptions, buy, type OpenWallet, Refusal, visit } from "@counterfoil/sdk";
import {
  ACCEPTED,
  type Contract,
  contract,
  debit,
  fate,
  hold,
  offerAnswer,
  order,
  quoted,
  ready,
  settle,
  taken,
  withSlip,
} from "../deal.ts";
import { type Market, PRICE_MINOR } from "../market.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import { ANOTHER_SCALAR } from "./goods.ts";
import { heard, started } from "./parties.ts";

const NO_OVERDRAFT = swap(
  "accounts",
  'assert(account.kind === SANDBOX_SOURCE || balance >= account.held, "no account is overdrawn");',
  "",
);

export const KEYS: readonly Scenario[] = [
  {
    name: "key-does-not-open/bank",
    reason: "key-does-not-open",
    without: [never("settle", "if (!command.opens) return", "!command.opens")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(), one.slipHash);
      return () => fate(market.client, settle(market, one, funding, { opening: ANOTHER_SCALAR }));
    },
  },
  {
    name: "key-does-not-open/customer",
    reason: "ignored",
    without: [
      never(
        "customer",
        "if (!opens(crypto, v, slipIn(purchase).commitment)) return null;\n  const secret",
        "!opens(crypto, v, slipIn(purchase).commitment)",
      ),
    ],
    async prepare(market) {
      const { purchase } = await ready(market, await market.list(), await market.payer());
      const settled = decode(merchantAnswer, await market.client.post(purchase.payment));
      if (!settled.ok || settled.value.kind !== "settled") throw new Error("not settled");
      const answer = encode(merchantAnswer, { ...settled.value, opening: ANOTHER_SCALAR });
      return async () => heard(market, started(market, purchase), "merchant", answer);
    },
  },
  {
    name: "key-does-not-open/customer/sealed-body",
    reason: "offer-differs-from-slip",
    without: [
      swap(
        "buying",
        "if (tid !== slip.tid || commitment !== slip.commitment || offerHashOf(crypto, offer.value) !== slip.offerHash) {",
        "if (tid !== slip.tid || commitment !== slip.commitment) {",
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      // Sealed anew under the same V: the proof holds, and the slip names another body.
      const answer = offerAnswer(market, one, await sealedAnew(market, one));
      return async () => taken(market, one, answer);
    },
  },
];

/** P under the same V once more, by another b. */
async function sealedAnew({ crypto, shop }: Market, { slip, certified }: Contract): Promise<OfferBody> {
  const item = await shop.item(certified.certificate.pid);
  if (item === null) throw new Error("no such item");
  const goods = goodsPointOf(crypto, shop.config.seed, item.row.registration);
  const hkdf: Crypto["hkdf"] = (hash, secret, salt, label, length) =>
    crypto.hkdf(hash, secret, salt, label === "b" ? "another b" : label, length);
  const terms = { ...certified.certificate, ...certified };
  return makeOffer({ ...crypto, hkdf }, shop.config.seed, slip.tid, goods, terms);
}

export const MONEY: readonly Scenario[] = [
  {
    name: "insufficient-funds/bank/settle",
    reason: "aborted",
    without: [
      never(
        "settle",
        'if (payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor) {',
        'payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor',
      ),
      NO_OVERDRAFT,
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(PRICE_MINOR - 1n), one.slipHash);
      return () => fate(market.client, settle(market, one, funding));
    },
  },
  {
    name: "insufficient-funds/bank/hold",
    reason: "insufficient-funds",
    without: [
      never("settle", "if (available(account) < order.priceMinor) return", "available(account) < order.priceMinor"),
      swap("accounts", 'assert(available(account) >= amountMinor, "a hold is covered");', ""),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer(PRICE_MINOR - 1n);
      return () => fate(market.client, hold(market, one, payer));
    },
  },
  {
    name: "insufficient-funds/bank/refund",
    reason: "insufficient-funds",
    without: [
      never(
        "settle",
        'if (available(view.get("account", merchant) ?? emptyAccount(unit)) < amountMinor) {',
        'available(view.get("account", merchant) ?? emptyAccount(unit)) < amountMinor',
      ),
      NO_OVERDRAFT,
    ],
    async prepare(market) {
      const { crypto, bank, shop } = market;
      const pid = await market.list();
      const one = await contract(market, pid);
      await market.client.post(settle(market, one, debit(market, await market.payer(), one.slipHash)));
      // The shop spends what it earned at another shop.
      const elsewhere = crypto.signingKey(new Uint8Array(32).fill(5));
      const spent = await contract(market, pid, { merchant: elsewhere.publicKey });
      const slip = sign(crypto, elsewhere, slipSchema, spent.slip);
      await market.client.post(
        settle(market, { ...spent, signed: slip }, debit(market, shop.config.key, spent.slipHash)),
      );
      const body = { bank: bank.key, merchant: shop.key, tid: one.slip.tid, totalMinor: PRICE_MINOR };
      const refund = sign(crypto, shop.config.key, refundSchema, body);
      return () => fate(market.client, encode(refundRequest, { refund }));
    },
  },
  {
    name: "insufficient-funds/customer",
    reason: "insufficient-funds",
    without: [
      never(
        "settle",
        'if (payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor) {',
        'payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor',
      ),
      NO_OVERDRAFT,
    ],
    async prepare(market) {
      const pid = await market.list();
      const wallet = await market.wallet(PRICE_MINOR - 1n);
      return () => bought(market, wallet, pid, market.visit.url);
    },
  },
];

export const PRICES: readonly Scenario[] = [
  {
    name: "price-changed/shop/order-below-quote",
    reason: "price-differs-from-quote",
    without: [
      never(
        "selling",
        "if (given.terms.priceMinor !== order.priceMinor) return",
        "given.terms.priceMinor !== order.priceMinor",
      ),
    ],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      return () => fate(market.client, order(market, from, { priceMinor: PRICE_MINOR - 1n }).message);
    },
  },
  {
    name: "price-changed/customer/slip-above-order",
    reason: "slip-differs-from-order",
    without: [swap("contract", "    slip.priceMinor === order.priceMinor &&\n", "")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const dearer = withSlip(market, one, { priceMinor: PRICE_MINOR + 1n });
      return async () => taken(market, one, offerAnswer(market, dearer));
    },
  },
  {
    name: "price-changed/customer/quote-above-maximum",
    reason: "price-above-maximum",
    without: [
      never(
        "purchase",
        "if (mostMinor !== null && terms.priceMinor > mostMinor) {",
        "mostMinor !== null && terms.priceMinor > mostMinor",
      ),
    ],
    async prepare(market) {
      const pid = await market.list();
      const wallet = await market.wallet(10n * PRICE_MINOR);
      const change = { kind: "price", pid, priceMinor: PRICE_MINOR + 1n, floorMinor: null } as const;
      await market.shop.hosted.submit({ kind: "change", session: "01".repeat(32), notAfterMs: Date.now(), change });
      return () => bought(market, wallet, pid, market.visit.url, { maxPriceMinor: PRICE_MINOR });
    },
  },
  {
    name: "price-changed/bank/endorsed-above-debit",
    reason: "wrong-debit",
    without: [swap("bankAdmit", " && debit.slipHash === slipHash;", ";")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const agreed = debit(market, await market.payer(), one.slipHash);
      const dearer = withSlip(market, one, { priceMinor: PRICE_MINOR + 1n });
      return () => fate(market.client, settle(market, dearer, agreed));
    },
  },
  {
    name: "price-changed/bank/endorsed-above-payment",
    reason: "wrong-payment",
    without: [
      swap(
        "bankAdmit",
        "return opened.ok && opened.value.value.slipHash === slipHash ? null",
        "return opened.ok ? null",
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      const pay = sign(market.crypto, one.keys.buyer, paySchema, { slipHash: one.slipHash });
      const dearer = withSlip(market, one, { priceMinor: PRICE_MINOR + 1n });
      return () => fate(market.client, settle(market, dearer, debit(market, payer, dearer.slipHash), { pay }));
    },
  },
  {
    name: "price-changed/bank/endorsed-above-hold",
    reason: "no-such-hold",
    without: [swap("holdMoney", "    held.price === slip.priceMinor &&\n", "")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      await market.client.post(hold(market, one, await market.payer()));
      const dearer = withSlip(market, one, { priceMinor: PRICE_MINOR + 1n });
      return () => fate(market.client, settle(market, dearer, { kind: "hold" }));
    },
  },
];

export const CIPHERTEXT: readonly Scenario[] = [
  {
    name: "corrupted-ciphertext/customer/goods",
    reason: "corrupted",
    without: [
      swap(
        "pieces",
        "return sameBytes(leafOf(bytes), held.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));",
        "return true;",
      ),
    ],
    async prepare(market) {
      const pid = await market.list();
      const wallet = await market.wallet(PRICE_MINOR);
      const url = await corrupting(market);
      return () => bought(market, wallet, pid, url);
    },
  },
  {
    name: "corrupted-ciphertext/bank/sealed-debit",
    reason: "wrong-debit",
    // A bank that does not ask whether the seal held has nobody to charge; the books refuse a price that nobody pays.
    without: [
      swap(
        "bankAdmit",
        'if (!opened?.ok) return { ...nobody, fault: "wrong-debit" };',
        "if (!opened?.ok) return { ...nobody, fault: null };",
      ),
      swap("settle", 'assert(payer !== null, "a debit names its payer");', "if (payer === null) return [];"),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(), one.slipHash);
      if (funding.kind !== "debit") throw new Error("not a debit");
      const sealed = funding.sealed.map((byte, at) => (at === 60 ? byte ^ 1 : byte));
      return () => fate(market.client, settle(market, one, { kind: "debit", sealed }));
    },
  },
];

/** The same market behind another address, where one byte of every file is another. */
async function corrupting(market: Market): Promise<string> {
  const { shop, bank } = market;
  const goods: typeof shop.goods = (fileHash) => {
    const found = shop.goods(fileHash);
    if (found === null) return null;
    const path = join(market.folder, `${fileHash}.touched`);
    copyFileSync(found.path, path);
    writeSync(openSync(path, "r+"), Uint8Array.of(0), 0, 1, found.bytes - 1);
    return { ...found, path };
  };
  return (await market.listen([bank.role, shop.role], market.page, goods)).url;
}

/** A purchase by the SDK, as the command line makes it. */
export async function bought(
  market: Market,
  wallet: OpenWallet,
  pid: string,
  url: string,
  options: Partial<BuyOptions> = {},
): Promise<string> {
  const seen = await visit(market.ports, url, market.bank.key);
  const outPath = join(market.folder, `bought-${pid}`);
  const all = { outPath, maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true, ...options };
  try {
    const result = await buy(seen, wallet, await seen.item(pid), all, market.ports);
    if (result.kind === "ended") return result.cause;
    return result.kind === "unknown" ? "unknown" : ACCEPTED; // delivered, or paid for what does not open
  } catch (error) {
    if (error instanceof Refusal || error instanceof DownloadRefused || error instanceof Refused) return error.reason;
    throw error;
  } finally {
    seen.close();
  }
}
