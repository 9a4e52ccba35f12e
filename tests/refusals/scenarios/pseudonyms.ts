/** Names that are another's, or nobody's any more, or counted twice. */
import { join } from "node:path";
import { DAY_MS, decode, encode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { post, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import { credentialUseSchema, priceRequest, pseudonymKey, visitSchema } from "@counterfoil/protocols/contract";
import { lend, paymentMessage, type ShopCommand, type ShopTables, shopShapes } from "@counterfoil/protocols/exchange";
import { type AccountRequest, accountRequest, bankAnswer } from "@counterfoil/protocols/money";
import { allRows, newNonce } from "@counterfoil/sdk";
import { ACCEPTED, ask, fate, ready } from "../deal.ts";
import { type Market, randomSeed } from "../market.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import { ANY_SIGNATURE, stranger } from "./parties.ts";

const ANY_BUYER = swap(
  "shopAdmit",
  "lent.merchant === key.publicKey && lent.buyer === buyer ?",
  "lent.merchant === key.publicKey ?",
);
const ANY_SHOP = swap(
  "shopAdmit",
  "lent.merchant === key.publicKey && lent.buyer === buyer ?",
  "lent.buyer === buyer ?",
);

export const PSEUDONYMS: readonly Scenario[] = [
  {
    name: "pseudonym/shop/price-request/of-another-customer",
    reason: "wrong-credential",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const pid = await market.list();
      const regular = regularOf(market);
      return () =>
        asking(market, pid, (buyer) => {
          const body = { holder: regular.publicKey, merchant: market.shop.key, buyer };
          return sign(market.crypto, stranger(market), credentialUseSchema, body);
        });
    },
  },
  {
    name: "pseudonym/shop/price-request/lent-to-another-buyer",
    reason: "wrong-credential",
    without: [ANY_BUYER],
    async prepare(market) {
      const pid = await market.list();
      const overheard = lend(market.crypto, regularOf(market), market.shop.key, stranger(market).publicKey);
      return () => asking(market, pid, () => overheard);
    },
  },
  {
    name: "pseudonym/shop/price-request/lent-at-another-shop",
    reason: "wrong-credential",
    without: [ANY_SHOP],
    async prepare(market) {
      const pid = await market.list();
      const elsewhere = stranger(market).publicKey;
      return () => asking(market, pid, (buyer) => lend(market.crypto, regularOf(market), elsewhere, buyer));
    },
  },
  {
    name: "pseudonym/shop/price-request/credential-of-another-holder",
    reason: "wrong-credential",
    without: [
      swap("shopAdmit", "if (now >= notAfterMs || holder !== visitor) return", "if (now >= notAfterMs) return"),
    ],
    async prepare(market) {
      const pid = await market.list();
      const credential = await certified(market, stranger(market));
      return () => fate(market.client, ask(market, pid, { pseudonym: { key: stranger(market), credential } }).request);
    },
  },
  {
    name: "pseudonym/shop/price-request/credential-that-lapsed",
    reason: "wrong-credential",
    without: [
      swap("shopAdmit", "if (now >= notAfterMs || holder !== visitor) return", "if (holder !== visitor) return"),
    ],
    async prepare(market) {
      const pid = await market.list();
      const key = stranger(market);
      const credential = await certified(market, key);
      market.advance(2 * DAY_MS);
      return () => fate(market.client, ask(market, pid, { pseudonym: { key, credential } }).request);
    },
  },
  {
    name: "pseudonym/shop/payment/put-beside-it-by-another",
    reason: "wrong-credential",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const deal = await ready(market, await market.list(), await market.payer());
      const thief = stranger(market);
      const use = lend(market.crypto, thief, market.shop.key, deal.offer.slip.buyer);
      const visit = sign(market.crypto, thief, visitSchema, { slipHash: deal.offer.slipHash, use });
      return () => fate(market.client, beside(deal.purchase.payment, visit));
    },
  },
  {
    name: "pseudonym/shop/payment/visit-of-another-slip",
    reason: "wrong-credential",
    without: [
      swap(
        "shopAdmit",
        "if (!visit.ok || visit.value.value.slipHash !== slipHash) return null;",
        "if (!visit.ok) return null;",
      ),
    ],
    async prepare(market) {
      const deal = await ready(market, await market.list(), await market.payer());
      const { buyer } = deal.keys;
      const use = lend(market.crypto, regularOf(market), market.shop.key, buyer.publicKey);
      const visit = sign(market.crypto, buyer, visitSchema, { slipHash: newNonce(), use });
      return () => fate(market.client, beside(deal.purchase.payment, visit));
    },
  },
  {
    name: "pseudonym/shop/payment/lent-to-another-buyer",
    reason: "wrong-credential",
    without: [ANY_BUYER],
    async prepare(market) {
      const deal = await ready(market, await market.list(), await market.payer());
      const overheard = lend(market.crypto, regularOf(market), market.shop.key, stranger(market).publicKey);
      const visited = { slipHash: deal.offer.slipHash, use: overheard };
      const visit = sign(market.crypto, deal.keys.buyer, visitSchema, visited);
      return () => fate(market.client, beside(deal.purchase.payment, visit));
    },
  },
  {
    name: "replay/shop/receipt-of-a-regular",
    reason: "counted-once",
    without: [swap("selling", '  if (row.phase === "sold") return standing(tid, row);\n  const sold', "  const sold")],
    async prepare(market) {
      const regular = regularOf(market);
      const receipt = await visited(market, regular);
      return async () => {
        await market.shop.hosted.submit(receipt);
        return (await visitsOf(market, regular)) === 1 ? "counted-once" : ACCEPTED;
      };
    },
  },
  {
    name: "pseudonym/bank/certify/key-of-another",
    reason: "wrong-credential",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const payer = await market.payer();
      const body = { holder: regularOf(market).publicKey, merchant: market.bank.key, buyer: payer.publicKey };
      const use = sign(market.crypto, payer, credentialUseSchema, body);
      return () => fate(market.client, certifying(market, payer, use));
    },
  },
  {
    name: "pseudonym/bank/certify/key-lent-to-another-account",
    reason: "wrong-credential",
    without: [swap("pseudonyms", " || lent.buyer !== account) {", ") {")],
    async prepare(market) {
      const [payer, other] = [await market.payer(), await market.payer()];
      const use = lend(market.crypto, regularOf(market), market.bank.key, other.publicKey);
      return () => fate(market.client, certifying(market, payer, use));
    },
  },
  {
    name: "pseudonym/bank/certify/key-lent-to-a-shop",
    reason: "wrong-credential",
    without: [swap("pseudonyms", "lent.merchant !== bank.publicKey || ", "")],
    async prepare(market) {
      const payer = await market.payer();
      const use = lend(market.crypto, regularOf(market), market.shop.key, payer.publicKey);
      return () => fate(market.client, certifying(market, payer, use));
    },
  },
  {
    name: "pseudonym/bank/certify/key-of-another-account",
    reason: "already-decided",
    without: [never("pseudonyms", "if (before.account !== account) return", "before.account !== account")],
    async prepare(market) {
      const key = regularOf(market);
      await certified(market, key);
      const other = await market.payer();
      const use = lend(market.crypto, key, market.bank.key, other.publicKey);
      return () => fate(market.client, certifying(market, other, use));
    },
  },
  {
    name: "pseudonym/bank/certify/no-account",
    reason: "no-such-account",
    without: [
      swap(
        "pseudonyms",
        'if (view.get("account", account) === undefined) return refuse(account, null, "no-such-account");',
        "",
      ),
    ],
    async prepare(market) {
      const nobody = stranger(market);
      const use = lend(market.crypto, regularOf(market), market.bank.key, nobody.publicKey);
      return () => fate(market.client, certifying(market, nobody, use));
    },
  },
];

const WALLET = new Uint8Array(32).fill(7);

function regularOf({ crypto, shop }: Market): SigningKey {
  return pseudonymKey(crypto, WALLET, shop.key);
}

/** Asks for a price with a use that a purchase's one-time key makes or was given. */
async function asking(market: Market, pid: Hex, use: (buyer: Hex) => Uint8Array): Promise<string> {
  const { crypto, shop, client, ports } = market;
  const buyer = crypto.signingKey(randomSeed());
  const notAfterMs = ports.clock() + MINUTE_MS;
  const envelope = { recipient: shop.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
  const request = { pid, bidMinor: null, credential: null, credentialUse: use(buyer.publicKey) };
  return fate(client, post(crypto, buyer, priceRequest, envelope, request));
}

function beside(payment: Uint8Array, visit: Uint8Array): Uint8Array {
  const message = decode(paymentMessage, payment);
  if (!message.ok) throw new Error(message.reason);
  return encode(paymentMessage, { ...message.value, visit });
}

function certifying(market: Market, account: SigningKey, use: Uint8Array): Uint8Array {
  const notAfterMs = market.ports.clock() + MINUTE_MS;
  const envelope = { recipient: market.bank.key, session: newNonce(), previous: ZERO_HASH, notAfterMs };
  const request: AccountRequest = { kind: "certify", use, days: 1 };
  return post(market.crypto, account, accountRequest, envelope, request);
}

/** A credential of the bank's for the key, by an account of its own. */
async function certified(market: Market, key: SigningKey): Promise<Uint8Array> {
  const payer = await market.payer();
  const use = lend(market.crypto, key, market.bank.key, payer.publicKey);
  const answer = decode(bankAnswer, await market.client.post(certifying(market, payer, use)));
  if (!answer.ok || answer.value.kind !== "certified") throw new Error("not certified");
  return answer.value.credential;
}

/** A purchase of the regular's from beginning to end, and the command by which the shop heard of the receipt. */
async function visited(market: Market, regular: SigningKey): Promise<ShopCommand> {
  const deal = await ready(market, await market.list(), await market.payer());
  const { slip, slipHash } = deal.offer;
  const use = lend(market.crypto, regular, market.shop.key, slip.buyer);
  const visit = sign(market.crypto, deal.keys.buyer, visitSchema, { slipHash, use });
  await market.client.post(beside(deal.purchase.payment, visit));
  if ((await visitsOf(market, regular)) !== 1) throw new Error("the first visit does not count");
  const sale = (await market.shop.sales()).find(([tid]) => tid === slip.tid)?.[1];
  return { kind: "settled", tid: slip.tid, slipHash, receipt: sale?.receipt as Uint8Array };
}

async function visitsOf(market: Market, regular: SigningKey): Promise<number> {
  const store = openSqliteReadOnly(join(market.folder, "shop", "shop.db"), shopShapes);
  try {
    const rows = new Map(await allRows<ShopTables["visitor"]>(store, "visitor"));
    return rows.get(regular.publicKey)?.visits ?? 0;
  } finally {
    await store.close();
  }
}
