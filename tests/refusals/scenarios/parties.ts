/** Signatures by others, and messages for others. */
import { encode, MINUTE_MS } from "@counterfoil/base";
import { bodyOf, post, receive, type SigningKey, sign, transcriptOf, ZERO_HASH } from "@counterfoil/crypto";
import { openingOf, orderSchema, paySchema, quoteMessage, slipSchema } from "@counterfoil/protocols/contract";
import {
  type CustomerConfig,
  customer,
  merchantAnswer,
  orderMessage,
  type Purchase,
  type PurchaseState,
  paymentMessage,
  readQuote,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import { accountRequest, bankAnswer, receiptSchema } from "@counterfoil/protocols/money";
import { newNonce } from "@counterfoil/sdk";
import {
  ACCEPTED,
  ask,
  contract,
  debit,
  fate,
  offerAnswer,
  order,
  quoted,
  ready,
  settle,
  taken,
  withSlip,
} from "../deal.ts";
import { FUNDS_MINOR, type Market, randomSeed } from "../market.ts";
import { never, type Scenario, swap } from "../scenario.ts";

export const ANY_SIGNATURE = never(
  "cose",
  "if (!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)) {",
  "!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)",
);
const ANY_RECIPIENT = never(
  "envelope",
  'if (envelope.recipient !== expected.recipient) return refused("wrong-recipient");',
  "envelope.recipient !== expected.recipient",
);
const ANY_SESSION = never(
  "envelope",
  'if (expected.session !== undefined && envelope.session !== expected.session) return refused("wrong-session");',
  "expected.session !== undefined && envelope.session !== expected.session",
);
const ANY_TRANSCRIPT = never(
  "envelope",
  'if (expected.previous !== undefined && envelope.previous !== expected.previous) return refused("wrong-transcript");',
  "expected.previous !== undefined && envelope.previous !== expected.previous",
);

export function stranger({ crypto }: Market): SigningKey {
  return crypto.signingKey(randomSeed());
}

/** Says that it is `named`, and signs with another key. */
function posing({ crypto }: Market, named: SigningKey): SigningKey {
  return { publicKey: named.publicKey, secretKey: crypto.signingKey(randomSeed()).secretKey };
}

function envelope(market: Market, recipient = market.bank.key) {
  return { recipient, session: newNonce(), previous: ZERO_HASH, notAfterMs: market.ports.clock() + MINUTE_MS };
}

/** The keys of a scenario's purchase are of no seed: it needs none before trustees are to be asked. */
function waiting({ crypto }: Market): CustomerConfig {
  return { crypto, seed: new Uint8Array(32) };
}

export function started(market: Market, purchase: Purchase): PurchaseState {
  return startPurchase(waiting(market), purchase);
}

const BELIEVED: ReadonlySet<PurchaseState["phase"]> = new Set(["paid", "ended", "claiming"]);

/** A state that has changed has believed what it heard. */
export function heard(market: Market, state: PurchaseState, from: "merchant" | "bank", answer: Uint8Array): string {
  const next = customer(waiting(market)).step(state, { kind: from, answer }, market.ports.clock());
  return next === null ? "ignored" : BELIEVED.has(next.phase) ? ACCEPTED : next.phase;
}

export const SIGNATURES: readonly Scenario[] = [
  {
    name: "wrong-signature/bank/grant",
    reason: "wrong-signature",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const key = posing(market, await market.payer());
      const request = { kind: "grant", amountMinor: 1n, nonce: newNonce() } as const;
      return () => fate(market.client, post(market.crypto, key, accountRequest, envelope(market), request));
    },
  },
  {
    name: "wrong-signature/bank/slip",
    reason: "wrong-signature",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      const slip = sign(market.crypto, stranger(market), slipSchema, one.slip);
      return () => fate(market.client, settle(market, one, debit(market, payer, one.slipHash), { slip }));
    },
  },
  {
    name: "wrong-signature/bank/payment",
    reason: "wrong-payment",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      const pay = sign(market.crypto, stranger(market), paySchema, { slipHash: one.slipHash });
      return () => fate(market.client, settle(market, one, debit(market, payer, one.slipHash), { pay }));
    },
  },
  {
    name: "wrong-signature/bank/debit",
    reason: "wrong-debit",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const thief = posing(market, await market.payer());
      return () => fate(market.client, settle(market, one, debit(market, thief, one.slipHash)));
    },
  },
  {
    name: "wrong-signature/shop/order",
    reason: "wrong-signature",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const { order: own } = order(market, from);
      const signed = sign(market.crypto, stranger(market), orderSchema, own);
      const message = encode(orderMessage, { pid: from.ask.pid, order: signed, quote: from.quote.signed });
      return () => fate(market.client, message);
    },
  },
  {
    name: "wrong-signature/shop/slip",
    reason: "wrong-slip",
    // The shop knows its own slips by signing them again.
    without: [
      swap(
        "shopAdmit",
        "if (!isOurs(crypto, key, slipBytes)) return null;\n  const slip = read(",
        "const slip = read(",
      ),
      ANY_SIGNATURE,
    ],
    async prepare(market) {
      const payer = await market.payer();
      const { placed, offer, keys, ask: asked } = await ready(market, await market.list(), payer);
      const slip = sign(market.crypto, stranger(market), slipSchema, offer.slip);
      const pay = sign(market.crypto, keys.buyer, paySchema, { slipHash: offer.slipHash });
      const funding = debit(market, payer, offer.slipHash);
      const message = encode(paymentMessage, { pid: asked.pid, order: placed.signed, slip, pay, funding, visit: null });
      return () => fate(market.client, message);
    },
  },
  {
    name: "wrong-signature/customer/offer",
    reason: "wrong-signature",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const signed = sign(market.crypto, stranger(market), slipSchema, one.slip);
      return async () => taken(market, one, offerAnswer(market, { ...one, signed }));
    },
  },
  {
    name: "wrong-signature/customer/receipt",
    reason: "ignored",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const { purchase, offer } = await ready(market, await market.list(), await market.payer());
      const { bank, tid, merchant, priceMinor, unit } = offer.slip;
      const facts = { bank, tid, merchant, priceMinor, unit, slipHash: offer.slipHash };
      const rest = { timeMs: market.ports.clock(), fundingHash: newNonce() };
      const receipt = sign(market.crypto, market.shop.config.key, receiptSchema, { ...facts, ...rest });
      const opening = openingOf(market.crypto, market.shop.config.seed, tid);
      const answer = encode(bankAnswer, { kind: "paid", receipt, opening });
      return async () => heard(market, started(market, purchase), "bank", answer);
    },
  },
];

export const RECIPIENTS: readonly Scenario[] = [
  {
    name: "wrong-recipient/bank/grant",
    reason: "wrong-recipient",
    without: [ANY_RECIPIENT],
    async prepare(market) {
      const key = await market.payer();
      const to = envelope(market, stranger(market).publicKey);
      const request = { kind: "grant", amountMinor: 1n, nonce: newNonce() } as const;
      return () => fate(market.client, post(market.crypto, key, accountRequest, to, request));
    },
  },
  {
    name: "wrong-recipient/bank/debit",
    reason: "wrong-debit",
    without: [swap("bankAdmit", "const right = debit.bank === key.publicKey && debit", "const right = debit")],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const payer = await market.payer();
      const funding = debit(market, payer, one.slipHash, { bank: stranger(market).publicKey });
      return () => fate(market.client, settle(market, one, funding));
    },
  },
  {
    name: "wrong-recipient/shop/price-request",
    reason: "wrong-recipient",
    without: [ANY_RECIPIENT],
    async prepare(market) {
      const asked = ask(market, await market.list(), { merchant: stranger(market).publicKey });
      return () => fate(market.client, asked.request);
    },
  },
  {
    name: "wrong-recipient/shop/order",
    reason: "wrong-merchant",
    without: [never("shopAdmit", "order.merchant !== config.key.publicKey", "order.merchant !== config.key.publicKey")],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const placed = order(market, from, { merchant: stranger(market).publicKey });
      return () => fate(market.client, placed.message);
    },
  },
  {
    name: "wrong-recipient/shop/bank-of-the-buyer",
    reason: "wrong-bank",
    without: [never("shopAdmit", "order.bank !== config.bank", "order.bank !== config.bank")],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const placed = order(market, from, { bank: stranger(market).publicKey });
      return () => fate(market.client, placed.message);
    },
  },
  {
    name: "wrong-recipient/shop/quote-of-another-buyer",
    reason: "wrong-quote",
    without: [ANY_RECIPIENT],
    async prepare(market) {
      const pid = await market.list();
      const [mine, other] = [await quoted(market, pid), await quoted(market, pid)];
      const placed = order(market, { ...mine, quote: other.quote });
      return () => fate(market.client, placed.message);
    },
  },
  {
    name: "wrong-recipient/customer/quote-of-another-buyer",
    reason: "wrong-recipient",
    without: [ANY_RECIPIENT],
    async prepare(market) {
      const asked = ask(market, await market.list());
      return async () => read(market, asked, { recipient: stranger(market).publicKey });
    },
  },
  {
    name: "wrong-recipient/customer/quote-of-another-session",
    reason: "wrong-session",
    without: [ANY_SESSION],
    async prepare(market) {
      const asked = ask(market, await market.list());
      return async () => read(market, asked, { session: newNonce() });
    },
  },
  {
    name: "wrong-recipient/customer/quote-of-another-request",
    reason: "wrong-transcript",
    without: [ANY_TRANSCRIPT],
    async prepare(market) {
      const asked = ask(market, await market.list());
      return async () => read(market, asked, { previous: ZERO_HASH });
    },
  },
  {
    name: "wrong-recipient/bank/slip-at-another-bank",
    reason: "wrong-bank",
    without: [never("bankAdmit", "slip.bank !== key.publicKey", "slip.bank !== key.publicKey")],
    async prepare(market) {
      const other = await market.otherBank();
      const one = await contract(market, await market.list(), { bank: other.bank.key });
      const payer = await market.payer();
      return () => fate(market.client, settle(market, one, debit(market, payer, one.slipHash)));
    },
  },
  {
    name: "wrong-recipient/bank/tid-of-another-merchant",
    reason: "tid-mismatch",
    without: [never("bankAdmit", "slip.tid !== tidOf(crypto, slip)\n", "slip.tid !== tidOf(crypto, slip)")],
    async prepare(market) {
      const pid = await market.list();
      const [mine, theirs] = [await contract(market, pid), await contract(market, pid)];
      const { tid, commitment } = theirs.slip;
      const occupying = { ...withSlip(market, mine, { tid, commitment }), opening: theirs.opening };
      const payer = await market.payer(FUNDS_MINOR);
      return () => fate(market.client, settle(market, occupying, debit(market, payer, occupying.slipHash)));
    },
  },
];

/** The shop's true quote, but for one thing in its envelope. */
async function read(
  market: Market,
  asked: ReturnType<typeof ask>,
  changes: { recipient?: string; session?: string; previous?: string },
): Promise<string> {
  const { crypto, shop, ports } = market;
  const answer = await market.client.post(asked.request);
  const honest = readQuote(crypto, asked.keys, asked.ask, asked.request, answer, ports.clock());
  if (!honest.ok) return "no-quote";
  const previous = transcriptOf(crypto, bodyOf(asked.request));
  const recipient = asked.keys.buyer.publicKey;
  const now = ports.clock();
  const own = receive(crypto, quoteMessage, honest.value.signed, { recipient, now });
  if (!own.ok) return own.reason;
  const { session } = asked.ask;
  const spoiled = { recipient, session, previous, notAfterMs: own.value.notAfterMs, ...changes };
  const quote = post(crypto, shop.config.key, quoteMessage, spoiled, own.value.payload);
  const said = encode(merchantAnswer, { kind: "quote", quote });
  const result = readQuote(crypto, asked.keys, asked.ask, asked.request, said, now);
  return result.ok ? ACCEPTED : result.reason;
}
