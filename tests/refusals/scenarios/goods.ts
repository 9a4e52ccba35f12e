/** Offers, certificates and escrows of other goods than were promised, keys that are withheld, receipts of other sales. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { raw, type SigningKey, sign } from "@counterfoil/crypto";
import {
  type Certificate,
  certificateSchema,
  goodsPointOf,
  makeEscrow,
  type OfferBody,
  offerHashOf,
  orderSchema,
  sealPoint,
} from "@counterfoil/protocols/contract";
import {
  checkCertificate,
  orderMessage,
  type Purchase,
  payFor,
  releaseMessage,
  type Trusted,
} from "@counterfoil/protocols/exchange";
import { bankAnswer, type Receipt, receiptSchema } from "@counterfoil/protocols/money";
import { groupIdOf } from "@counterfoil/protocols/trustees";
import { newNonce } from "@counterfoil/sdk";
import { trusteesOf } from "../../../packages/protocols/src/exchange/trustees.fixture.ts";
import {
  ACCEPTED,
  type Contract,
  certifiedItem,
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
import type { Market } from "../market.ts";
import { never, type Scenario, swap } from "../scenario.ts";
import { ANY_SIGNATURE, heard, started, stranger } from "./parties.ts";

const ANY_OFFER = never(
  "buying",
  "if (!offerHolds(crypto, offer.value, { ...certificate, certHash })) return refused(",
  "!offerHolds(crypto, offer.value, { ...certificate, certHash })",
);
const ANY_KEY_OF_TRUSTEES = never(
  "buying",
  "if (certificate.groupKey !== (group?.key ?? nobody.groupKey)) return refused(",
  "certificate.groupKey !== (group?.key ?? nobody.groupKey)",
);
const ANY_OPENING = never("settle", "if (!command.opens) return", "!command.opens");
const NO_POINT = "ff".repeat(32);
const NO_SCALAR = "ff".repeat(32);
/** Less than the group's order. */
export const ANOTHER_SCALAR = `${"ab".repeat(31)}0b`;

/** The contract under a slip that names this offer, as a shop signs whatever it likes. */
function offering(market: Market, from: Contract, changes: Partial<OfferBody>): Uint8Array {
  const offer = { ...from.offer, ...changes };
  const { commitment } = offer;
  return offerAnswer(
    market,
    withSlip(market, from, { commitment, offerHash: offerHashOf(market.crypto, offer) }),
    offer,
  );
}

export const OFFERS: readonly Scenario[] = [
  {
    name: "offer-does-not-open-goods/customer/of-other-goods",
    reason: "offer-does-not-open-goods",
    without: [ANY_OFFER],
    async prepare(market) {
      const { crypto, shop } = market;
      const one = await contract(market, await market.list());
      const { point } = goodsPointOf(crypto, shop.config.seed, newNonce());
      const { sealed } = sealPoint(crypto, shop.config.seed, one.slip.tid, point);
      return async () => taken(market, one, offering(market, one, { sealed }));
    },
  },
  {
    name: "offer-does-not-open-goods/customer/of-another-sale",
    reason: "offer-does-not-open-goods",
    without: [ANY_OFFER],
    async prepare(market) {
      const pid = await market.list();
      const [one, other] = [await contract(market, pid), await contract(market, pid)];
      const { commitment, sealed, proof } = other.offer;
      return async () => taken(market, one, offering(market, one, { commitment, sealed, proof }));
    },
  },
  {
    name: "offer-does-not-open-goods/customer/under-no-point",
    reason: "offer-does-not-open-goods",
    without: [ANY_OFFER],
    async prepare(market) {
      const one = await contract(market, await market.list());
      return async () => taken(market, one, offering(market, one, { commitment: NO_POINT }));
    },
  },
];

/** Another certificate of the shop's item: signed by `by`, and encrypted to whom the changes say. */
async function recertified(
  market: Market,
  by: SigningKey,
  changes: Partial<Pick<Certificate, "group" | "groupKey">>,
): Promise<{ certificate: Certificate; check: (certificate: Certificate, trusted: Trusted) => string }> {
  const { crypto, shop } = market;
  const item = await shop.item(await market.list());
  if (item === null) throw new Error("no such item");
  const { title, description, media_type: mediaType, registration } = item.row;
  const { certificate: own } = await certifiedItem(market, item.pid);
  const { certifier: _, escrow: __, ...rest } = own;
  const label = { ...rest, ...changes };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, shop.config.seed, registration));
  return {
    certificate: { ...label, certifier: by.publicKey, escrow },
    check(certificate, trusted) {
      const signed = sign(crypto, by, certificateSchema, certificate);
      const checked = checkCertificate(crypto, signed, { merchant: shop.key, title, description, mediaType }, trusted);
      return checked.ok ? ACCEPTED : checked.reason;
    },
  };
}

export const CERTIFICATES: readonly Scenario[] = [
  {
    name: "unknown-certifier/customer",
    reason: "unknown-certifier",
    without: [
      never(
        "buying",
        "if (!own && !trusted.certifiers.includes(certificate.certifier)) return refused(",
        "!own && !trusted.certifiers.includes(certificate.certifier)",
      ),
    ],
    async prepare(market) {
      const { group, certifier } = trusteesOf(market.crypto);
      const own = { group: groupIdOf(market.crypto, group), groupKey: group.key };
      const { certificate, check } = await recertified(market, stranger(market), own);
      return async () => check(certificate, { certifiers: [certifier.publicKey], groups: [group] });
    },
  },
  {
    name: "unknown-trustees/customer/group",
    reason: "unknown-trustees",
    // A group that is not known has no key to compare with, so the next check would refuse it as well.
    without: [
      never("buying", "if (escrowed && group === null) return refused(", "escrowed && group === null"),
      ANY_KEY_OF_TRUSTEES,
    ],
    async prepare(market) {
      const { group, certifier } = trusteesOf(market.crypto);
      const own = { group: groupIdOf(market.crypto, group), groupKey: group.key };
      const { certificate, check } = await recertified(market, certifier, own);
      return async () => check(certificate, { certifiers: [certifier.publicKey], groups: [] });
    },
  },
  {
    name: "unknown-trustees/customer/key",
    reason: "unknown-trustees",
    without: [ANY_KEY_OF_TRUSTEES],
    async prepare(market) {
      const { group, certifier, trusted } = trusteesOf(market.crypto);
      const own = { group: groupIdOf(market.crypto, group), groupKey: pointOf(market) };
      const { certificate, check } = await recertified(market, certifier, own);
      return async () => check(certificate, trusted);
    },
  },
  {
    name: "wrong-escrow/customer",
    reason: "wrong-escrow",
    without: [
      never("buying", "if (!escrowHolds(crypto, certificate)) return refused(", "!escrowHolds(crypto, certificate)"),
    ],
    async prepare(market) {
      const { group, certifier, trusted } = trusteesOf(market.crypto);
      const own = { group: groupIdOf(market.crypto, group), groupKey: group.key };
      const { certificate, check } = await recertified(market, certifier, own);
      const { escrow } = certificate;
      const moved = toHex(market.crypto.group.add(raw(escrow.body), raw(pointOf(market))));
      return async () => check({ ...certificate, escrow: { ...escrow, body: moved } }, trusted);
    },
  },
];

function pointOf({ crypto, shop }: Market): Hex {
  return toHex(goodsPointOf(crypto, shop.config.seed, newNonce()).point);
}

export const OPTIMISTIC: readonly Scenario[] = [
  {
    name: "key-does-not-open/bank/no-scalar",
    reason: "key-does-not-open",
    without: [ANY_OPENING],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(), one.slipHash);
      return () => fate(market.client, settle(market, one, funding, { opening: NO_SCALAR }));
    },
  },
  {
    name: "key-does-not-open/bank/netbill-without-key",
    reason: "key-does-not-open",
    without: [ANY_OPENING],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const funding = debit(market, await market.payer(), one.slipHash);
      return () => fate(market.client, settle(market, one, funding, { opening: null }));
    },
  },
  {
    name: "key-does-not-open/bank/optimistic-with-key",
    reason: "key-does-not-open",
    without: [ANY_OPENING],
    async prepare(market) {
      const one = await contract(market, await market.list(), { mode: "optimistic" });
      await market.client.post(hold(market, one, await market.payer()));
      return () => fate(market.client, settle(market, one, { kind: "hold" }, { opening: one.opening }));
    },
  },
  {
    name: "wrong-funding/bank/optimistic-debit",
    reason: "wrong-funding",
    without: [
      never(
        "bankAdmit",
        'if (funding.kind === "debit" && slip.mode !== "netbill") return',
        'funding.kind === "debit" && slip.mode !== "netbill"',
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list(), { mode: "optimistic" });
      const funding = debit(market, await market.payer(), one.slipHash);
      return () => fate(market.client, settle(market, one, funding, { opening: null }));
    },
  },
  {
    name: "wrong-mode/shop/optimistic-without-trustees",
    reason: "wrong-mode",
    // Without trustees there is no last day of selling, and here no log, so the next checks would refuse it as well.
    without: [
      swap("selling", "return item.sell_until_ms === null ? NETBILL : ANY_PAID;", "return ANY_PAID;"),
      never(
        "selling",
        "if (TRUSTEED.has(order.mode) && order.notAfterMs > (item.sell_until_ms ?? 0)) return",
        "TRUSTEED.has(order.mode) && order.notAfterMs > (item.sell_until_ms ?? 0)",
      ),
      never("selling", "if (!isLogRight(order, view)) return", "!isLogRight(order, view)"),
    ],
    async prepare(market) {
      const from = await quoted(market, await market.list());
      const placed = order(market, from, { mode: "optimistic" });
      const message = { pid: from.ask.pid, order: placed.signed, quote: from.quote.signed };
      return () => fate(market.client, encode(orderMessage, message));
    },
  },
  {
    name: "wrong-signature/customer/receipt-without-key",
    reason: "ignored",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const one = await contract(market, await market.list(), { mode: "optimistic" });
      const receipt = sign(market.crypto, stranger(market), receiptSchema, receiptOf(market, one));
      const answer = encode(bankAnswer, { kind: "paid", receipt, opening: null });
      return async () => heard(market, started(market, await purchaseOf(market, one)), "bank", answer);
    },
  },
  {
    name: "key-withheld/customer/netbill-receipt-without-key",
    reason: "ignored",
    without: [
      swap(
        "customer",
        'if (slip.mode === "netbill" || !isReceipt(crypto, purchase, receipt)) return null;',
        "if (!isReceipt(crypto, purchase, receipt)) return null;",
      ),
    ],
    async prepare(market) {
      const one = await contract(market, await market.list());
      const { receipt } = await paidAt(market, one);
      const answer = encode(bankAnswer, { kind: "paid", receipt, opening: null });
      return async () => heard(market, started(market, await purchaseOf(market, one)), "bank", answer);
    },
  },
  {
    name: "wrong-receipt/shop/not-by-its-bank",
    reason: "wrong-receipt",
    without: [ANY_SIGNATURE],
    async prepare(market) {
      const payer = await market.payer();
      const { purchase, offer } = await ready(market, await market.list(), payer);
      const receipt = sign(market.crypto, stranger(market), receiptSchema, receiptOf(market, offer));
      return () => fate(market.client, encode(releaseMessage, { payment: purchase.payment, receipt }));
    },
  },
  {
    name: "wrong-receipt/shop/of-another-sale",
    reason: "wrong-receipt",
    without: [
      swap("shopAdmit", "const paid = receiptNames(opened.value.value, slip, slipHash);", "const paid = true;"),
    ],
    async prepare(market) {
      const pid = await market.list();
      const { purchase } = await ready(market, pid, await market.payer());
      const { receipt } = await paidAt(market, await contract(market, pid));
      return () => fate(market.client, encode(releaseMessage, { payment: purchase.payment, receipt }));
    },
  },
];

function receiptOf({ ports }: Market, { slip, slipHash }: Pick<Contract, "slip" | "slipHash">): Receipt {
  const { bank, tid, merchant, priceMinor, unit } = slip;
  return { bank, tid, merchant, priceMinor, unit, slipHash, timeMs: ports.clock(), fundingHash: newNonce() };
}

/** The bank's own receipt. */
async function paidAt(market: Market, one: Contract): Promise<{ receipt: Uint8Array }> {
  const funding = debit(market, await market.payer(), one.slipHash);
  const answer = decode(bankAnswer, await market.client.post(settle(market, one, funding)));
  if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
  return answer.value;
}

/** What a wallet keeps of it from the payment on. */
async function purchaseOf(market: Market, one: Contract): Promise<Purchase> {
  const { crypto, shop, ports } = market;
  const { keys, order: ordered, slip, signed, slipHash, offer, certified } = one;
  const item = await shop.item(certified.certificate.pid);
  if (item === null) throw new Error("no such item");
  const placed = { order: ordered, signed: sign(crypto, keys.buyer, orderSchema, ordered), message: new Uint8Array(0) };
  const checked = { slip, slipSigned: signed, slipHash, sealed: offer.sealed, proof: offer.proof };
  const sold = { certificate: item.row.certificate, group: null };
  return payFor(crypto, keys, item.pid, placed, checked, sold, { kind: "hold" }, ports.clock());
}
