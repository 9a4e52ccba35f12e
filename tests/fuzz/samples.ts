/** Valid values of every schema that the packages export, made by a sale that really takes place. */

import * as base from "@counterfoil/base";
import { encode, type Hex, MINUTE_MS, type Schema } from "@counterfoil/base";
import * as crypto from "@counterfoil/crypto";
import { type Crypto, type MessageKind, post, read, sign, ZERO_HASH } from "@counterfoil/crypto";
import * as certifying from "@counterfoil/protocols/certifying";
import * as contract from "@counterfoil/protocols/contract";
import * as exchange from "@counterfoil/protocols/exchange";
import * as money from "@counterfoil/protocols/money";
import * as purse from "@counterfoil/protocols/purse";
import * as tabs from "@counterfoil/protocols/tabs";
import * as trustees from "@counterfoil/protocols/trustees";
import {
  type Contract,
  contractOf,
  debitBy,
  endorsed,
  fund,
  listingOf,
  NOW,
  type Parties,
  parties,
  stock,
} from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { putCertifying } from "./certifying.ts";
import { putCeremony, putSwaps } from "./swaps.ts";

export interface Exported {
  readonly name: string;
  readonly schema: Schema<unknown>;
}

/** Every schema, and the payload of every message, among what the packages export. */
export function exportedSchemas(): readonly Exported[] {
  const found: Exported[] = [];
  for (const [place, module] of Object.entries({
    base,
    crypto,
    contract,
    money,
    exchange,
    purse,
    tabs,
    trustees,
    certifying,
  })) {
    for (const [name, value] of Object.entries(module as Record<string, unknown>)) {
      if (isSchema(value)) found.push({ name: `${place}.${name}`, schema: value });
      else if (isKind(value)) found.push({ name: `${place}.${name}`, schema: value.payload as Schema<unknown> });
    }
  }
  return found;
}

function isSchema(value: unknown): value is Schema<unknown> {
  return typeof value === "object" && value !== null && "read" in value && "write" in value;
}

function isKind(value: unknown): value is MessageKind<unknown> {
  return typeof value === "object" && value !== null && "domain" in value && "payload" in value;
}

export interface Sold {
  readonly all: Parties;
  readonly pid: Hex;
  readonly one: Contract;
  readonly account: Parties["bankConfig"]["key"];
  readonly purchase: exchange.Purchase;
  readonly payment: Uint8Array;
  readonly bankPaid: Uint8Array;
  readonly bankRefused: Uint8Array;
  readonly bankAborted: Uint8Array;
  readonly shopSettled: Uint8Array;
  readonly shopDeclined: Uint8Array;
  readonly evidence: Uint8Array;
}

/** One paid sale and, beside it, one that was refused and one that was aborted. */
export function sold(crypto: Crypto): Sold {
  const all = parties(crypto);
  const account = crypto.signingKey(new Uint8Array(32).fill(9));
  fund(all, account.publicKey, 10_000n);
  const pid = stock(all, "thing", { floorMinor: 100n, stock: 5 });
  const one = contractOf(all, pid, "one");
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  const funding = debitBy(all, account, one);
  const { orderSigned: order, slipSigned: slip, pay, opening, sealed, proof } = one;
  const payment = encode(exchange.paymentMessage, { pid, order, slip, pay, funding, visit: null });
  const abort = exchange.abortFor(crypto, one.keys.buyer, one.slip);
  const purchase = { tid: one.slip.tid, certificate, payment, sealed, proof, group: null, abort, startedMs: NOW };
  all.shop.hear(payment, NOW);
  const bankPaid = all.bank.hear(endorsed(one, funding), NOW);
  const paid = base.decode(money.bankAnswer, bankPaid);
  if (!paid.ok || paid.value.kind !== "paid") throw new Error("the sample is not paid");
  const { receipt } = paid.value;
  const settled = all.shop.authority.answer({ kind: "settled", tid: one.slip.tid, receipt }, NOW);
  const declined = { kind: "declined", about: pid, reason: "sold-out", bankAnswer: null } as const;
  const by = { bank: one.slip.bank, tid: one.slip.tid };
  const record = sign(crypto, all.bankConfig.key, money.abortedSchema, { ...by, cause: "buyer", untilMs: NOW });
  const facts = { bank: one.slip.bank, about: one.slip.tid, slipHash: one.slipHash, reason: "expired" } as const;
  const refusal = sign(crypto, all.bankConfig.key, money.refusalSchema, facts);
  const evidence = {
    kind: "sale",
    certificate,
    order,
    slip,
    pay,
    sealed,
    proof,
    receipt,
    logged: null,
    revealed: null,
    release: { kind: "opening", opening },
  } as const;
  return {
    all,
    pid,
    one,
    account,
    purchase,
    payment,
    bankPaid,
    bankRefused: encode(money.bankAnswer, { kind: "refused", refusal, paid: receipt, used: [], lock: null }),
    bankAborted: encode(money.bankAnswer, { kind: "aborted", record }),
    shopSettled: settled,
    shopDeclined: all.shop.authority.answer(declined, NOW),
    evidence: exchange.encodeEvidence(evidence),
  };
}

/** An envelope as the fuzzed party expects it: fresh, addressed to it. */
export function posted<T>(sale: Sold, kind: MessageKind<T>, recipient: Hex, payload: T): Uint8Array {
  const envelope = { recipient, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + MINUTE_MS };
  return post(sale.all.crypto, sale.account, kind, envelope, payload);
}

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
  return samples;
}

type Put = <T>(name: string, schema: Schema<T>, ...values: readonly T[]) => void;

const HASH = "5a".repeat(32);
const SIGNED = new Uint8Array(120).fill(3);
const PROOF = { challenge: HASH, responses: [HASH, HASH] };
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

function putContract(put: Put, { all, one, pid, account }: Sold): void {
  const certificate = ownCertificate(all);
  const { buyer } = one.keys;
  put("contract.signedBytes", contract.signedBytes, SIGNED);
  put("contract.unit", contract.unit, "XTS", "€µ𝄞");
  put("contract.delivery", contract.delivery, "sale", "certified", "acknowledged", "delivered", "given");
  put("contract.mode", contract.mode, "netbill", "optimistic", "swap", "acknowledged", "delivered");
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
  put("contract.orderSchema", contract.orderSchema, one.order, { ...one.order, inReturn: HASH });
  put("contract.slipSchema", contract.slipSchema, one.slip);
  const { tid, commitment } = one.slip;
  const sealed = { head: HASH, body: HASH };
  put("contract.escrowSchema", contract.escrowSchema, { ...sealed, twin: HASH, proof: PROOF });
  put("contract.sealedPointSchema", contract.sealedPointSchema, sealed, one.sealed);
  put("contract.offerBodySchema", contract.offerBodySchema, { tid, commitment, sealed, proof: PROOF });
  put("contract.paySchema", contract.paySchema, { slipHash: HASH });
  put("contract.visitSchema", contract.visitSchema, { slipHash: HASH, use: SIGNED });
  put("contract.acknowledgementSchema", contract.acknowledgementSchema, { contractHash: HASH });
}

function putMoney(put: Put, { one }: Sold): void {
  const { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs } = one.slip;
  const terms = { bank, tid, merchant, priceMinor, unit };
  const debit = { kind: "debit", sealed: SIGNED } as const;
  put("money.bankDescriptorSchema", money.bankDescriptorSchema, {
    bank,
    box: HASH,
    unit,
    sandbox: true,
    longestHoldMs: 86_400_000,
    certifiers: [HASH],
    groups: [HASH, HASH],
    logs: [HASH],
  });
  put("money.debitSchema", money.debitSchema, { bank, account: HASH, slipHash: HASH });
  put("money.holdSchema", money.holdSchema, { ...terms, account: HASH, buyer, poHash, notAfterMs });
  put("money.heldSchema", money.heldSchema, { ...terms, notAfterMs });
  put("money.abortSchema", money.abortSchema, { bank, tid, buyer });
  put("money.refundSchema", money.refundSchema, { bank, merchant, tid, totalMinor: 5n });
  put(
    "money.fundingSchema",
    money.fundingSchema,
    debit,
    { kind: "hold" },
    { kind: "free" },
    { kind: "coins", coins: [] },
  );
  const settle = { slip: SIGNED, pay: SIGNED, funding: debit, opening: HASH };
  put("money.settleRequest", money.settleRequest, settle, { ...settle, opening: null });
  put("money.holdRequest", money.holdRequest, { sealed: SIGNED });
  put("money.abortRequest", money.abortRequest, { abort: SIGNED, slip: null }, { abort: SIGNED, slip: SIGNED });
  put("money.queryRequest", money.queryRequest, { bank, tid });
  put("money.refundRequest", money.refundRequest, { refund: SIGNED });
  const requests = money.accountRequest.payload;
  const page = { kind: "statement", from: 1, most: 100 } as const;
  const certify = { kind: "certify", use: SIGNED, days: 30 } as const;
  put(
    "money.accountRequest",
    requests,
    { kind: "open" },
    { kind: "grant", amountMinor: 5n, nonce: HASH },
    page,
    certify,
  );
  put("money.receiptSchema", money.receiptSchema, { ...terms, slipHash: HASH, timeMs: NOW, fundingHash: HASH });
  put("money.abortCause", money.abortCause, "buyer", "insufficient-funds");
  put("money.abortedSchema", money.abortedSchema, { bank, tid, cause: "buyer", untilMs: NOW });
  const refusal = { bank, about: tid, slipHash: HASH, reason: "expired" } as const;
  put("money.refusalSchema", money.refusalSchema, refusal, { ...refusal, slipHash: null });
  const line = { sequence: 1, transaction: "t", kind: "sale", credit: true, amountMinor: 5n, balanceMinor: 6n };
  const lines = [{ ...line, timeMs: NOW }];
  const account = {
    kind: "account",
    account: HASH,
    unit,
    balanceMinor: 5n,
    heldMinor: 1n,
    sequence: 2,
    lines,
  } as const;
  put(
    "money.bankAnswer",
    money.bankAnswer,
    { kind: "paid", receipt: SIGNED, opening: HASH },
    { kind: "paid", receipt: SIGNED, opening: null },
    { kind: "aborted", record: SIGNED },
    { kind: "refused", refusal: SIGNED, paid: null, used: [], lock: null },
    { kind: "held", held: SIGNED },
    { kind: "undecided", tid },
    { kind: "refunded", tid, totalMinor: 4n },
    { kind: "coin-keys", list: SIGNED },
    { kind: "issued", request: HASH, signatures: [new Uint8Array(256)], deposited: SIGNED },
    { kind: "reissued", signatures: [new Uint8Array(256), null] },
    { kind: "certified", credential: SIGNED },
    { kind: "thresholds", sequence: 1, thresholds: null },
    { kind: "bonded", bonded: SIGNED },
    { kind: "claimed", claimed: SIGNED },
    account,
  );
  putBonds(put, bank, tid);
}

function putBonds(put: Put, bank: Hex, tid: Hex): void {
  const bond = { bank, account: HASH, amountMinor: 400n, untilMs: NOW };
  put("money.bondSchema", money.bondSchema, bond);
  put("money.bondRequest", money.bondRequest, { bond: SIGNED });
  put("money.claimSchema", money.claimSchema, { bank, tid, buyer: HASH, account: HASH });
  put("money.claimRequest", money.claimRequest, { claim: SIGNED, accusation: SIGNED });
  put("money.bondedQuery", money.bondedQuery, { bank, account: HASH });
  const { amountMinor: leftMinor, ...standing } = bond;
  put("money.bondedSchema", money.bondedSchema, { ...standing, leftMinor, unit: "XTS", sequence: 3 });
  const paid = { paidMinor: 150n, dueMinor: 250n };
  put("money.claimedSchema", money.claimedSchema, { bank, tid, owner: HASH, account: HASH, ...paid });
}

function putCoins(put: Put, { one }: Sold): void {
  const { bank, unit } = one.slip;
  const rsa = new Uint8Array(256).fill(0x5a);
  const statement = new Uint8Array(64).fill(0x7);
  const key = {
    bank,
    unit,
    denominationMinor: 64n,
    epoch: 3,
    modulus: rsa,
    withdrawFromMs: NOW,
    withdrawUntilMs: NOW + 1,
    depositUntilMs: NOW + 2,
    refreshUntilMs: NOW + 3,
    certifiedOnly: false,
  };
  const coin = { keyId: HASH, publicKey: HASH, prefix: HASH, signature: rsa };
  const output = { keyId: HASH, blinded: rsa };
  const refresh = { bank, inputs: [HASH], outputs: [output], deposit: null };
  const deposit = { ...refresh, deposit: { account: HASH, amountMinor: 5n } };
  put("money.rsaBytes", money.rsaBytes, rsa, new Uint8Array(384));
  put("money.coinStatement", money.coinStatement, statement);
  put("money.coinKeySchema", money.coinKeySchema, key);
  put("money.coinSchema", money.coinSchema, coin);
  put("money.signedCoinSchema", money.signedCoinSchema, { coin, statement });
  const list = { bank, unit, sequence: 1, previous: HASH, issuedMs: NOW, keys: [key, { ...key, epoch: 4 }] };
  put("money.coinKeysSchema", money.coinKeysSchema, list);
  put("money.coinKeysRequest", money.coinKeysRequest, { bank });
  put("money.outputSchema", money.outputSchema, output);
  put("money.withdrawSchema", money.withdrawSchema, { bank, account: HASH, notAfterMs: NOW, outputs: [output] });
  put("money.withdrawRequest", money.withdrawRequest, { withdraw: SIGNED });
  put("money.refreshSchema", money.refreshSchema, refresh, deposit);
  put("money.refreshRequest", money.refreshRequest, { refresh: deposit, coins: [{ coin, statement }] });
  put("money.reissueRequest", money.reissueRequest, { bank, outputs: [output] });
  put("money.depositedSchema", money.depositedSchema, { bank, request: HASH, account: HASH, amountMinor: 5n });
  const above = { recordAboveMinor: 100n, reportAboveMinor: 10_000n, perDay: true };
  put(
    "money.operatorRequest",
    money.operatorRequest.payload,
    { kind: "rotate", after: null },
    { kind: "rotate", after: 3 },
    { kind: "thresholds", thresholds: above, after: 0 },
    { kind: "thresholds", thresholds: null, after: 1 },
  );
  put("money.usedCoinSchema", money.usedCoinSchema, { coinId: HASH, digest: HASH, statement });
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
    { kind: "mirror", url: "https://a.example", used: true },
    { kind: "repeat", pid, rule: { after: 3, priceMinor: 100n } },
    { kind: "repeat", pid, rule: null },
    { kind: "subscription", pid, rule: { group: "subscriber", days: 30 } },
    { kind: "refunded", tid, totalMinor: 7n },
  );
  const shop = { merchant, name: "A shop", bank: one.slip.bank, unit: "XTS" };
  put("exchange.shopDescriptorSchema", exchange.shopDescriptorSchema, shop);
  put("exchange.purchaseSchema", exchange.purchaseSchema, purchase, { ...purchase, group: SIGNED });
  const paidFor = { purchase, receipt: SIGNED, logged: SIGNED };
  const unshown = { ...paidFor, logged: null };
  const opened = { kind: "opening", opening: HASH } as const;
  const answered = { kind: "answers", answers: [SIGNED, SIGNED] } as const;
  put("exchange.claimingSchema", exchange.claimingSchema, { ...paidFor, answers: [SIGNED], tries: 3, wakeMs: NOW });
  put("exchange.releaseSchema", exchange.releaseSchema, opened, answered);
  put("exchange.paidSchema", exchange.paidSchema, { ...paidFor, secret: HASH, release: answered });
  put("exchange.forfeitedSchema", exchange.forfeitedSchema, { ...paidFor, answers: [] });
  put(
    "exchange.purchaseStateSchema",
    exchange.purchaseStateSchema,
    { phase: "paying", purchase, tries: 0, wakeMs: NOW },
    { phase: "aborting", purchase, tries: 3, wakeMs: NOW },
    { phase: "settling", purchase, tries: 1, wakeMs: NOW },
    { phase: "awaiting", purchase, tries: 2, wakeMs: NOW, lock: SIGNED, opening: HASH },
    { phase: "awaiting", purchase, tries: 0, wakeMs: NOW, lock: SIGNED, opening: null },
    { phase: "claiming", ...unshown, answers: [], tries: 0, wakeMs: NOW },
    { phase: "paid", ...paidFor, secret: HASH, release: opened },
    { phase: "paid", ...paidFor, secret: HASH, release: answered },
    { phase: "forfeited", ...paidFor, answers: [SIGNED] },
    { phase: "ended", purchase, cause: "expired", proof: SIGNED },
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
