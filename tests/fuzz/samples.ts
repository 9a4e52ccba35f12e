/** Valid values of every schema that the packages export, made of a sale that really takes place. */
import * as base from "@counterfoil/base";
import { encode, type Schema } from "@counterfoil/base";
import * as crypto from "@counterfoil/crypto";
import { read } from "@counterfoil/crypto";
import * as contract from "@counterfoil/protocols/contract";
import * as exchange from "@counterfoil/protocols/exchange";
import * as money from "@counterfoil/protocols/money";
import * as purse from "@counterfoil/protocols/purse";
import * as tabs from "@counterfoil/protocols/tabs";
import * as trustees from "@counterfoil/protocols/trustees";
import { listingOf, NOW, type Parties } from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { putCertifying } from "./certifying.ts";
import { putGiving } from "./giving.ts";
import { putLog } from "./log-samples.ts";
import { putCoins, putMoney } from "./money.ts";
import { HASH, PROOF, type Put, SIGNED } from "./placeholders.ts";
import type { Sold } from "./sale.ts";
import { putCeremony, putSwaps } from "./swaps.ts";

/** Valid encodings of each exported schema, by its name. */
export function samplesOf(sale: Sold): ReadonlyMap<string, readonly Uint8Array[]> {
  const samples = new Map<string, readonly Uint8Array[]>();
  const put = <T>(name: string, schema: Schema<T>, ...values: readonly T[]) =>
    samples.set(
      name,
      values.map((value) => encode(schema, value)),
    );
  putBase(put);
  putContract(put, sale);
  putMoney(put, sale);
  putCoins(put, sale);
  putExchange(put, sale);
  putTabs(put);
  putPurse(put);
  putTrustees(put);
  putSwaps(put, GROUP);
  putCeremony(put);
  putCertifying(put, ownCertificate(sale.all));
  putGiving(put);
  putLog(put);
  return samples;
}

const GROUP: trustees.TrusteeGroup = {
  ceremony: HASH,
  threshold: 2,
  key: HASH,
  trustees: [1, 2, 16].map((index) => ({ index, key: HASH, share: HASH })),
  sellUntilMs: NOW,
  answerUntilMs: NOW + 1,
  claimWindowMs: 86_400_000,
};

function putBase(put: Put): void {
  put("base.hex32", base.hex32, HASH);
  put("base.instant", base.instant, 0, 23, 24, 255, 256, 65_535, 65_536, NOW, base.INSTANT_LIMIT_MS);
  put("base.amount", base.amount, 0n, 250n, 2n ** 32n, 2n ** 53n, 2n ** 62n - 1n);
  put("base.flag", base.flag, true, false);
  put("base.amountSchema", base.amountSchema, { unit: "XTS", minor: 250n }, { unit: "€µ𝄞", minor: 1n });
}

function ownCertificate(all: Parties): contract.Certificate {
  const own = read(contract.certificateSchema, listingOf(all, "thing").certificate);
  if (!own.ok) throw new Error(own.reason);
  return own.value.value;
}

const MODES = ["netbill", "optimistic", "logged", "swap", "part", "acknowledged", "delivered"] as const;

function putContract(put: Put, { all, one, pid, account }: Sold): void {
  const certificate = ownCertificate(all);
  const { buyer } = one.keys;
  put("contract.signedBytes", contract.signedBytes, SIGNED);
  put("contract.unit", contract.unit, "XTS", "€µ𝄞");
  put("contract.delivery", contract.delivery, "sale", "certified", "acknowledged", "delivered", "given");
  put("contract.mode", contract.mode, ...MODES);
  put("contract.opening", contract.opening, HASH);
  put("contract.certificateSchema", contract.certificateSchema, certificate);
  const credential = { issuer: HASH, holder: account.publicKey, group: "student", notAfterMs: NOW };
  put("contract.credentialSchema", contract.credentialSchema, credential);
  const use = { holder: HASH, merchant: HASH, buyer: buyer.publicKey };
  put("contract.credentialUseSchema", contract.credentialUseSchema, use);
  const plain = { pid, bidMinor: null, credential: null, credentialUse: null };
  const full = { pid, bidMinor: 200n, credential: SIGNED, credentialUse: SIGNED };
  put("contract.priceRequest", contract.priceRequest.payload, plain, full, { ...full, credential: null });
  const quote = { pid, certHash: HASH, priceMinor: 250n, unit: "XTS", delivery: "sale" } as const;
  put("contract.quoteMessage", contract.quoteMessage.payload, quote);
  const part = { of: HASH, releaseMs: NOW };
  put(
    "contract.orderSchema",
    contract.orderSchema,
    one.order,
    { ...one.order, inReturn: HASH },
    { ...one.order, mode: "logged", log: HASH },
    { ...one.order, mode: "part", log: HASH, part },
  );
  put("contract.slipSchema", contract.slipSchema, one.slip, { ...one.slip, mode: "logged", log: HASH });
  const { tid, commitment } = one.slip;
  const sealed = { head: HASH, body: HASH };
  put("contract.escrowSchema", contract.escrowSchema, { ...sealed, twin: HASH, proof: PROOF });
  put("contract.sealedPointSchema", contract.sealedPointSchema, sealed, one.sealed);
  put("contract.offerBodySchema", contract.offerBodySchema, { tid, commitment, sealed, proof: PROOF });
  put("contract.paySchema", contract.paySchema, { slipHash: HASH });
  put("contract.visitSchema", contract.visitSchema, { slipHash: HASH, use: SIGNED });
  put("contract.acknowledgementSchema", contract.acknowledgementSchema, { contractHash: HASH });
}

function putExchange(put: Put, sale: Sold): void {
  const { all, pid, one, purchase, evidence } = sale;
  const { tid, merchant } = one.slip;
  const funding = { kind: "debit", sealed: SIGNED } as const;
  put("exchange.orderMessage", exchange.orderMessage, { pid, order: SIGNED, quote: null });
  const paid = { pid, order: SIGNED, slip: SIGNED, pay: SIGNED, funding };
  put("exchange.paymentMessage", exchange.paymentMessage, { ...paid, visit: null }, { ...paid, visit: SIGNED });
  put("exchange.releaseMessage", exchange.releaseMessage, { payment: SIGNED, receipt: SIGNED });
  const arrived = { pid, order: SIGNED, slip: null, acknowledgement: SIGNED };
  put("exchange.acknowledgementMessage", exchange.acknowledgementMessage, arrived, { ...arrived, slip: SIGNED });
  const decline = { merchant, about: pid, reason: "sold-out", bank: null } as const;
  put("exchange.declineSchema", exchange.declineSchema, decline, { ...decline, bank: SIGNED });
  put(
    "exchange.merchantAnswer",
    exchange.merchantAnswer,
    { kind: "quote", quote: SIGNED },
    { kind: "offer", slip: SIGNED, body: SIGNED },
    { kind: "settled", receipt: SIGNED, opening: HASH },
    { kind: "pending", tid },
    { kind: "released", opening: HASH },
    { kind: "goods", secret: SIGNED },
    { kind: "acknowledged", about: tid },
    { kind: "declined", decline: SIGNED },
    { kind: "done", pid },
  );
  const listing = listingOf(all, "thing", { title: "Füße 𝄞", floorMinor: 3n, stock: 4 });
  put("exchange.mirrorsSchema", exchange.mirrorsSchema, [], ["https://a.example", "http://b.example/goods"]);
  put("exchange.listingSchema", exchange.listingSchema, listing, listingOf(all, "other"));
  put(
    "exchange.ownerRequest",
    exchange.ownerRequest.payload,
    { kind: "list", listing },
    { kind: "price", pid, priceMinor: 3n, floorMinor: null },
    { kind: "discount", pid, issuer: HASH, group: "student", priceMinor: 2n },
    { kind: "listed", pid, listed: false },
    { kind: "stock", pid, stock: 4 },
    { kind: "stock", pid, stock: null },
    { kind: "mirror", url: "https://a.example", used: true },
    { kind: "repeat", pid, rule: { after: 3, priceMinor: 100n } },
    { kind: "repeat", pid, rule: null },
    { kind: "subscription", pid, rule: { group: "subscriber", days: 30 } },
    { kind: "bundle", pid, parts: [] },
    { kind: "bundle", pid, parts: [{ pid: HASH, releaseMs: NOW }] },
    { kind: "refunded", tid, totalMinor: 7n },
  );
  const part = { pid: HASH, releaseMs: NOW };
  put("exchange.partsSchema", exchange.partsSchema, [], [part, { ...part, releaseMs: 0 }]);
  const main = { pid, order: SIGNED };
  put("exchange.partOrderMessage", exchange.partOrderMessage, { ...main, main });
  const shop = { merchant, name: "A shop", bank: one.slip.bank, unit: "XTS" };
  put("exchange.shopDescriptorSchema", exchange.shopDescriptorSchema, shop);
  put("exchange.purchaseSchema", exchange.purchaseSchema, purchase, { ...purchase, group: SIGNED });
  const paidFor = { purchase, receipt: SIGNED, logged: SIGNED };
  const paidMain = { slip: SIGNED, receipt: SIGNED };
  const unshown = { ...paidFor, logged: null };
  const opened = { kind: "opening", opening: HASH } as const;
  const answered = { kind: "answers", answers: [SIGNED, SIGNED] } as const;
  const claimed = { ...paidFor, answers: [SIGNED], tries: 3, wakeMs: NOW };
  const ofPart = { ...claimed, mainSlip: SIGNED };
  put("exchange.claimingSchema", exchange.claimingSchema, { ...claimed, mainSlip: null }, ofPart);
  put("exchange.releaseSchema", exchange.releaseSchema, opened, answered);
  put("exchange.paidSchema", exchange.paidSchema, { ...paidFor, secret: HASH, release: answered });
  put("exchange.forfeitedSchema", exchange.forfeitedSchema, { ...paidFor, mainSlip: null, answers: [] });
  put(
    "exchange.purchaseStateSchema",
    exchange.purchaseStateSchema,
    { phase: "paying", purchase, tries: 0, wakeMs: NOW },
    { phase: "aborting", purchase, tries: 3, wakeMs: NOW },
    { phase: "settling", purchase, tries: 1, wakeMs: NOW },
    { phase: "awaiting", purchase, tries: 2, wakeMs: NOW, lock: SIGNED, opening: HASH },
    { phase: "awaiting", purchase, tries: 0, wakeMs: NOW, lock: SIGNED, opening: null },
    { phase: "claiming", ...unshown, mainSlip: null, answers: [], tries: 0, wakeMs: NOW },
    { phase: "claiming", ...ofPart },
    { phase: "paid", ...paidFor, secret: HASH, release: opened },
    { phase: "paid", ...paidFor, secret: HASH, release: answered },
    { phase: "forfeited", ...paidFor, mainSlip: SIGNED, answers: [SIGNED] },
    { phase: "ended", purchase, cause: "expired", proof: SIGNED },
    { phase: "scheduled", purchase, main: null, wakeMs: NOW },
    { phase: "scheduled", purchase, main: paidMain, wakeMs: NOW },
  );
  const decoded = base.decode(exchange.evidenceSchema, evidence);
  if (!decoded.ok) throw new Error("the sample evidence does not decode");
  put("exchange.evidenceSchema", exchange.evidenceSchema, decoded.value, exchange.paymentOnly(decoded.value));
  if (decoded.value.kind !== "sale") throw new Error("the sample is of a sale");
  put("exchange.saleEvidenceSchema", exchange.saleEvidenceSchema, decoded.value);
  put(
    "exchange.accusationSchema",
    exchange.accusationSchema,
    decoded.value,
    { kind: "two-slips", first: SIGNED, second: SIGNED },
    { kind: "two-receipts", first: SIGNED, second: SIGNED },
    { kind: "receipt-and-abort", receipt: SIGNED, aborted: SIGNED },
    { kind: "receipt-and-expiry", receipt: SIGNED, refusal: SIGNED },
    { kind: "receipt-and-slip", receipt: SIGNED, slip: SIGNED },
    { kind: "false-answer", answer: SIGNED, group: GROUP, order: SIGNED, certificate: SIGNED },
  );
  put("exchange.accuseRequest", exchange.accuseRequest, { accusation: SIGNED, certificate: SIGNED });
  put("exchange.accuseAnswer", exchange.accuseAnswer, { merchant: HASH });
}

function putTabs(put: Put): void {
  const [bank, slice, merchant, spender, tab, buyer] = [HASH, HASH, HASH, HASH, HASH, HASH];
  const names = { bank, slice, merchant, spender };
  const limits = { limitMinor: 100n, unit: "XTS", notAfterMs: NOW };
  put("money.tabSchema", money.tabSchema, { bank, account: HASH, buyer, ...limits });
  put("money.allotSchema", money.allotSchema, { bank, tab, buyer, merchant, spender, limitMinor: 10n });
  put("money.allottedSchema", money.allottedSchema, { ...names, ...limits, noticeMs: 3_600_000 });
  put("money.voucherSchema", money.voucherSchema, { ...names, sequence: 7, totalMilli: 700n });
  const close = { bank, slice, closer: HASH, voucherHash: HASH };
  put("money.closeSchema", money.closeSchema, close, { ...close, voucherHash: null });
  put("money.endTabSchema", money.endTabSchema, { bank, tab, buyer });
  put("money.tabRequest", money.tabRequest, { sealed: SIGNED });
  put("money.allotRequest", money.allotRequest, { allot: SIGNED });
  put("money.closeRequest", money.closeRequest, { close: SIGNED, voucher: null }, { close: SIGNED, voucher: SIGNED });
  put("money.endTabRequest", money.endTabRequest, { end: SIGNED });
  put("money.sliceQuery", money.sliceQuery, { bank, slice, challenge: HASH });
  put("money.tabHeldSchema", money.tabHeldSchema, { bank, tab, ...limits });
  put("money.sliceOpenSchema", money.sliceOpenSchema, { bank, slice, challenge: HASH });
  put("money.closingSchema", money.closingSchema, { bank, slice, totalMilli: 5n, settleAtMs: NOW });
  const paid = { bank, slice, merchant, totalMilli: 2_999n, paidMinor: 2n, unit: "XTS", timeMs: NOW };
  const receipts = [null, HASH].map((voucherHash) => ({ ...paid, voucherHash }));
  put("money.slicePaidSchema", money.slicePaidSchema, ...receipts);
  const pieces = { kind: "pieces", from: 3, pieces: 64 } as const;
  const question = { kind: "question", question: Uint8Array.of(1, 2) } as const;
  put("tabs.pieceRequestSchema", tabs.pieceRequestSchema, pieces, question);
  const piece = { item: HASH, request: pieces, voucher: SIGNED, allotted: null };
  put("tabs.pieceMessage", tabs.pieceMessage, piece, { ...piece, request: question, allotted: SIGNED });
  put("tabs.settleUpSchema", tabs.settleUpSchema, { merchant, slice, spender });
  put("tabs.settleUpMessage", tabs.settleUpMessage, { settleUp: SIGNED });
  put("tabs.tillDeclineSchema", tabs.tillDeclineSchema, { merchant, about: HASH, reason: "underpaid" });
  put(
    "tabs.tillAnswer",
    tabs.tillAnswer,
    { kind: "pieces", pieces: [SIGNED, Uint8Array.of()] },
    { kind: "declined", decline: SIGNED },
    { kind: "pending", slice },
    { kind: "settled", receipt: SIGNED },
    { kind: "done", about: HASH },
  );
  const own = {
    registration: HASH,
    slug: "rows",
    title: "Füße 𝄞",
    mediaType: "text/csv",
    priceMilli: 100n,
    unit: "XTS",
  };
  const metered = [null, 5].map((count) => ({ ...own, pieces: count, longestBytes: 9 }));
  put("tabs.meteredSchema", tabs.meteredSchema, ...metered);
  put(
    "tabs.tillRequest",
    tabs.tillRequest.payload,
    { kind: "meter", metered: { ...own, pieces: 1, longestBytes: 1 } },
    { kind: "withdraw", item: HASH },
    { kind: "close", slice },
  );
}

function putPurse(put: Put): void {
  const path = { device: 0, stream: "withdraw", keyId: HASH, place: 0 } as const;
  put("purse.stream", purse.stream, "withdraw", "refresh");
  put("purse.pathSchema", purse.pathSchema, path, { device: 3, stream: "refresh", keyId: HASH, place: 70_000 });
  put("purse.pathsSchema", purse.pathsSchema, [], [path, { ...path, place: 1 }]);
  const coin = { keyId: HASH, secret: new Uint8Array(32), prefix: HASH, signature: new Uint8Array(256) };
  put("purse.tokenSchema", purse.tokenSchema, { bank: HASH, unit: "XTS", url: "http://bank", coins: [coin, coin] });
}

function putTrustees(put: Put): void {
  const [paid, part, given] = [
    { kind: "paid", logged: SIGNED } as const,
    { kind: "part", slip: SIGNED, logged: SIGNED } as const,
    { kind: "given", slip: SIGNED, opening: HASH } as const,
  ];
  put("crypto.proofSchema", crypto.proofSchema, PROOF, { challenge: HASH, responses: [] });
  put("trustees.trusteeSchema", trustees.trusteeSchema, { index: 16, key: HASH, share: HASH });
  put("trustees.groupSchema", trustees.groupSchema, GROUP, { ...GROUP, trustees: [] });
  put("trustees.membershipSchema", trustees.membershipSchema, { trustee: HASH, group: HASH });
  put("trustees.signedGroupSchema", trustees.signedGroupSchema, { group: GROUP, memberships: [SIGNED, SIGNED] });
  put("trustees.disputeSchema", trustees.disputeSchema, { group: HASH, slipHash: HASH });
  put("trustees.entitlementSchema", trustees.entitlementSchema, paid, part, given);
  const request = { certificate: SIGNED, order: SIGNED, slip: SIGNED, dispute: SIGNED, knowledge: PROOF };
  const requests = [paid, part, given].map((entitlement) => ({ ...request, entitlement }));
  put("trustees.disputeRequest", trustees.disputeRequest, ...requests);
  const answer = { group: HASH, tid: HASH, index: 3, r: HASH, u: HASH, proof: PROOF };
  put("trustees.answerSchema", trustees.answerSchema, answer);
  put("trustees.noAnswerSchema", trustees.noAnswerSchema, { trustee: HASH, tid: HASH, reason: "too-late" });
  put(
    "trustees.trusteeAnswer",
    trustees.trusteeAnswer,
    { kind: "answered", answer: SIGNED },
    { kind: "refused", refusal: SIGNED },
    { kind: "given", opening: HASH },
    { kind: "said", said: SIGNED },
    { kind: "standing", group: HASH },
    { kind: "declined", reason: "too-late" },
    { kind: "notices", notices: SIGNED },
    { kind: "nothing" },
    { kind: "not-given", statement: SIGNED },
  );
}
