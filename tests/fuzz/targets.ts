/** Everything that takes bytes from somebody else, as a function of the bytes alone. */
import { decode, encode, fromHex, type Instant, MINUTE_MS, peekTag, sameBytes, toHex } from "@counterfoil/base";
import {
  type Crypto,
  checkHeader,
  goodsHeader,
  isOurs,
  open,
  post,
  read,
  receive,
  sign,
  signBody,
  tagOf,
} from "@counterfoil/crypto";
import type { Authority, Row, Tables } from "@counterfoil/protocols";
import { credentialSchema, priceRequest, slipSchema, visitSchema } from "@counterfoil/protocols/contract";
import {
  acknowledgementMessage,
  askPrice,
  checkCertificate,
  checkOffer,
  convict,
  customer,
  hearBank,
  judge,
  lend,
  orderMessage,
  ownerRequest,
  paymentMessage,
  purchaseStateSchema,
  readQuote,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import {
  abortRequest,
  accountRequest,
  holdRequest,
  holdSchema,
  queryRequest,
  refundRequest,
  refundSchema,
  sliceQuery,
} from "@counterfoil/protocols/money";
import { hearTabBank, hearTill, hearTillBank, settleUpFor, tillAnswer } from "@counterfoil/protocols/tabs";
import {
  debitBy,
  endorsed,
  itemKeys,
  listingOf,
  NOW,
  seedOf,
} from "../../packages/protocols/src/exchange/parties.fixture.ts";
import {
  allot,
  atTill,
  meteredOf,
  openTab,
  owned,
  voucherFor,
  walletSays,
  world,
} from "../../packages/protocols/src/tabs/tabs.fixture.ts";
import { accusationsOf } from "./accusations.ts";
import { claimTargets } from "./claims.ts";
import { mintTargets, purseTargets } from "./coins.ts";
import { exportedSchemas } from "./exported.ts";
import { givingTargets } from "./giving.ts";
import { loggedSaleTargets } from "./logged-sale.ts";
import { posted, type Sold, sold } from "./sale.ts";
import { samplesOf } from "./samples.ts";
import { viewOf } from "./view.ts";

export interface Target {
  readonly name: string;
  readonly valid: readonly Uint8Array[];
  /** @returns whether the bytes were taken for something. @throws when a property does not hold. */
  run(input: Uint8Array): boolean | Promise<boolean>;
}

/** What decodes is what would have been sent: encoding it again gives the same bytes. */
export function schemaTargets(sale: Sold): readonly Target[] {
  const samples = samplesOf(sale);
  return exportedSchemas().map(({ name, schema }) => ({
    name: `decode ${name}`,
    valid: samples.get(name) ?? [],
    run(input) {
      const value = decode(schema, input);
      if (!value.ok) return false;
      if (!sameBytes(encode(schema, value.value), input)) throw new Error("decodes, and encodes to other bytes");
      return true;
    },
  }));
}

/** The parties, over crypto that believes everything. */
export function partyTargets(crypto: Crypto, label: string): readonly Target[] {
  const sale = sold(crypto);
  const named = (name: string, valid: readonly Uint8Array[], run: Target["run"]): Target => {
    return { name: `${name} (${label})`, valid, run };
  };
  return [
    ...coseTargets(sale, named),
    ...authorityTargets(sale, named),
    ...buyerTargets(sale, named),
    ...claimTargets(crypto, named),
    ...loggedSaleTargets(crypto, named),
    ...mintTargets(crypto, named),
    ...purseTargets(crypto, named),
    ...givingTargets(crypto, sale, named),
  ];
}

export type Named = (name: string, valid: readonly Uint8Array[], run: Target["run"]) => Target;

function coseTargets(sale: Sold, named: Named): readonly Target[] {
  const { all, one, account } = sale;
  const { crypto, bankConfig } = all;
  const request = posted(sale, accountRequest, bankConfig.key.publicKey, { kind: "open" });
  const expected = { recipient: bankConfig.key.publicKey, now: NOW };
  return [
    named("open and read a COSE_Sign1", [one.slipSigned], (input) => {
      const opened = open(crypto, slipSchema, input, (slip) => slip.merchant);
      const seen = read(slipSchema, input);
      if (opened.ok !== seen.ok) throw new Error("open and read differ under a signature that verifies");
      if (!opened.ok) return false;
      if (!sameBytes(encode(slipSchema, opened.value.value), opened.value.body)) throw new Error("another body");
      if (!sameBytes(signBody(crypto, account, opened.value.body).subarray(0, -64), input.subarray(0, -64))) {
        throw new Error("signed again, it is laid out otherwise");
      }
      return true;
    }),
    named("recognise and name a message", [one.slipSigned, request], (input) => {
      tagOf(input);
      peekTag(input);
      const text = toHex(input);
      const back = fromHex(text);
      if (back === null || !sameBytes(back, input)) throw new Error("hex does not come back");
      return isOurs(crypto, account, input);
    }),
    named("receive an envelope", [request], (input) => receive(crypto, accountRequest, input, expected).ok),
  ];
}

/** Admits, decides and answers over the rows of a sale that took place; nothing is kept from one input to the next. */
function authorityTargets(sale: Sold, named: Named): readonly Target[] {
  const { all, one, account, pid } = sale;
  const { crypto, bankConfig, shopConfig } = all;
  const { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs } = one.slip;
  const terms = { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs };
  const hold = sign(crypto, account, holdSchema, { account: account.publicKey, ...terms, log: null });
  const refund = sign(crypto, shopConfig.key, refundSchema, { bank, merchant, tid, totalMinor: 9n });
  const toBank = [
    endorsed(one, debitBy(all, account, one)),
    endorsed(one, { kind: "hold" }),
    encode(holdRequest, { sealed: crypto.seal(bankConfig.box.publicKey, hold) }),
    encode(abortRequest, { abort: sale.purchase.abort, slip: one.slipSigned }),
    encode(abortRequest, { abort: sale.purchase.abort, slip: null }),
    encode(queryRequest, { bank, tid }),
    encode(refundRequest, { refund }),
    posted(sale, accountRequest, bank, { kind: "grant", amountMinor: 5n, nonce: tid }),
    posted(sale, accountRequest, bank, { kind: "statement", from: 1, most: 100 }),
    posted(sale, accountRequest, bank, {
      kind: "certify",
      use: lend(crypto, account, bank, account.publicKey),
      days: 1,
    }),
  ];
  const credential = { issuer: bank, holder: account.publicKey, group: "student", notAfterMs: NOW + 1 };
  const request = { pid, bidMinor: 200n, credential: sign(crypto, account, credentialSchema, credential) };
  const lent = { ...request, credentialUse: lend(crypto, account, merchant, account.publicKey) };
  const visited = { slipHash: one.slipHash, use: lend(crypto, account, merchant, buyer) };
  const visit = sign(crypto, one.keys.buyer, visitSchema, visited);
  const toOwner = (payload: Parameters<typeof ownerRequest.payload.write>[1]) => {
    const envelope = { recipient: merchant, session: tid, previous: tid, notAfterMs: NOW + MINUTE_MS };
    return post(crypto, shopConfig.key, ownerRequest, envelope, payload);
  };
  const { orderSigned: order, slipSigned: slip, pay } = one;
  const toShop = [
    posted(sale, priceRequest, merchant, lent),
    posted(sale, priceRequest, merchant, { ...lent, credential: null }),
    encode(orderMessage, { pid, order, quote: null }),
    sale.payment,
    encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit }),
    encode(acknowledgementMessage, { pid, order, slip, acknowledgement: one.pay }),
    toOwner({ kind: "list", listing: listingOf(all, "other") }),
    toOwner({ kind: "price", pid, priceMinor: 9n, floorMinor: 1n }),
    toOwner({ kind: "discount", pid, issuer: bank, group: "student", priceMinor: 2n }),
    toOwner({ kind: "discount", pid, issuer: merchant, group: "student", priceMinor: 2n }),
    toOwner({ kind: "repeat", pid, rule: { after: 2, priceMinor: 2n } }),
    toOwner({ kind: "subscription", pid, rule: { group: "student", days: 2 } }),
  ];
  // With a wrong slip beside it, an endorsement that the bank has answered.
  const sent = endorsed(one, { kind: "hold" });
  const heard = [sale.bankPaid, sale.bankRefused, sale.bankAborted];
  return [
    named("the bank admits, decides, answers", toBank, (input) => whole(all.bank.authority, all.bank.rows, input)),
    named("an empty bank admits, decides, answers", toBank, (input) => whole(all.bank.authority, EMPTY, input)),
    named("the shop admits, decides, answers", toShop, (input) => whole(all.shop.authority, all.shop.rows, input)),
    named("the shop hears its bank", heard, (input) => {
      const command = hearBank(shopConfig, sent, input);
      if (command === null) return false;
      const { outcome } = all.shop.authority.decide(command, viewOf(all.shop.rows), NOW);
      all.shop.authority.answer(outcome, NOW);
      return true;
    }),
  ];
}

/**
 * A tab with a slice that has been spent from, at the bank, the till and the wallet. Keys must differ here: where all hashes
 * are one, so are all keys, and nobody pays himself.
 */
export function tabTargets(crypto: Crypto): readonly Target[] {
  const named: Named = (name, valid, run) => ({ name, valid, run });
  const all = world(crypto);
  const tab = openTab(all);
  const { slice } = allot(all, tab, 10n);
  const bankKey = all.bankConfig.key.publicKey;
  const merchant = all.tillConfig.key.publicKey;
  const first = voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 3 });
  atTill(all, first.message);
  all.wallet.decide({ kind: "answered", id: first.id, answer: new Uint8Array(1), shownMinor: null }, NOW);
  const second = voucherFor(all, slice, { kind: "question", question: new Uint8Array(4) }, all.oracle).message;
  const [own, ownTab] = [all.wallet.view.get("slice", slice), all.wallet.view.get("tab", tab)];
  if (own === undefined || ownTab === undefined) throw new Error("the sample has no slice");
  const { nonce, limit: limitMinor, not_after_ms: notAfterMs } = ownTab;
  const opening = walletSays(all, { kind: "open", nonce, limitMinor, notAfterMs }).message;
  const grow = { kind: "allot", tab, merchant, marketUrl: "", limitMinor: 20n } as const;
  const allotting = walletSays(all, grow).message;
  const look = encode(sliceQuery, { bank: bankKey, slice, challenge: slice });
  const closing = walletSays(all, { kind: "close", slice }).message;
  const ending = walletSays(all, { kind: "end", tab }).message;
  const toBank = [opening, allotting, look, closing, ending];
  const said = toBank.map((message) => all.bank.hear(message, NOW));
  const settleUp = settleUpFor(all.walletConfig, slice, ownTab, own);
  const listing = { kind: "meter", metered: meteredOf(crypto, "new") } as const;
  const toTill = [first.message, second, settleUp, owned(all, listing), owned(all, { kind: "close", slice })];
  const pieces = encode(tillAnswer, { kind: "pieces", pieces: [new Uint8Array(3)] });
  const declined = all.till.authority.answer({ kind: "declined", about: slice, reason: "underpaid" }, NOW);
  return [
    named("the bank is told about tabs", toBank, (input) => whole(all.bank.authority, all.bank.rows, input)),
    named("an empty bank is told about tabs", toBank, (input) => whole(all.bank.authority, EMPTY, input)),
    named("the till admits, decides, answers", toTill, (input) => whole(all.till.authority, all.till.rows, input)),
    named("an empty till admits, decides, answers", toTill, (input) => whole(all.till.authority, EMPTY, input)),
    named("the till hears its bank", said.slice(2), (input) => {
      const command = hearTillBank(all.tillConfig, slice, input);
      if (command === null) return false;
      const { outcome } = all.till.authority.decide(command, viewOf(all.till.rows), NOW);
      all.till.authority.answer(outcome, NOW);
      return true;
    }),
    named("a wallet hears its bank about a slice", said.slice(1, 4), (input) => {
      return hearTabBank(crypto, bankKey, slice, input).ok;
    }),
    named("a wallet hears its bank about a tab", [said[0] as Uint8Array, said[4] as Uint8Array], (input) => {
      return hearTabBank(crypto, bankKey, tab, input).ok;
    }),
    named("a wallet hears a till", [pieces, declined], (input) => hearTill(crypto, merchant, 1, input).ok),
  ];
}

const EMPTY: ReadonlyMap<string, Row> = new Map();

export function whole<T extends Tables, Command, Outcome, Effect>(
  authority: Authority<T, Command, Outcome, Effect>,
  rows: ReadonlyMap<string, Row>,
  input: Uint8Array,
  now: Instant = NOW,
): boolean {
  const command = authority.admit(input, now);
  if (!command.ok) return false;
  const { outcome, effects } = authority.decide(command.value, viewOf<T>(rows), now);
  for (const effect of effects ?? []) authority.send?.(effect, now);
  authority.answer(outcome, now);
  return true;
}

function buyerTargets(sale: Sold, named: Named): readonly Target[] {
  const { all, pid, one, purchase } = sale;
  const { crypto, shopConfig } = all;
  const config = { crypto, seed: seedOf("wallet", crypto) };
  const paying = startPurchase(config, purchase);
  const machine = customer(config);
  const offer = all.shop.authority.answer({ kind: "offer", order: one.order, item: itemOf(sale) }, NOW);
  const notAfterMs = NOW + MINUTE_MS;
  const ask = { merchant: shopConfig.key.publicKey, pid, session: pid, notAfterMs, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, one.keys, ask);
  const quote = all.shop.hear(request, NOW);
  const listing = listingOf(all, "thing");
  const shown = { ...listing, merchant: shopConfig.key.publicKey };
  const nobody = { certifiers: [], groups: [] };
  const certified = checkCertificate(crypto, purchase.certificate, shown, nobody);
  if (!certified.ok) throw new Error(`the sample is not certified: ${certified.reason}`);
  const keys = itemKeys(all, listing.registration);
  const file = goodsHeader(crypto, keys).bytes;
  return [
    named("the customer hears the merchant", [sale.shopSettled, sale.shopDeclined], (input) => {
      return stepped(machine, machine.step(paying, { kind: "merchant", answer: input }, NOW));
    }),
    named("the customer hears the bank", [sale.bankPaid, sale.bankRefused, sale.bankAborted], (input) => {
      return stepped(machine, machine.step(paying, { kind: "bank", answer: input }, NOW));
    }),
    named(
      "the customer checks an offer",
      [offer],
      (input) => checkOffer(crypto, one.keys, one.order, certified.value, input).ok,
    ),
    named("the customer reads a quote", [quote], (input) => readQuote(crypto, one.keys, ask, request, input, NOW).ok),
    named("the customer checks a certificate", [purchase.certificate], (input) => {
      return checkCertificate(crypto, input, shown, nobody).ok;
    }),
    named("a judge reads evidence", [sale.evidence], (input) => judge(crypto, input).ok),
    named(
      "a judge convicts by evidence",
      [sale.evidence, ...accusationsOf(sale)],
      (input) => convict(crypto, input).ok,
    ),
    named("the header of goods", [file], (input) => checkHeader(crypto, keys, input).ok),
  ];
}

function itemOf({ all, pid }: Sold) {
  const item = all.shop.view.get("item", pid);
  if (item === undefined) throw new Error("the sample has no item");
  return item;
}

/** A state that a step leads to can be written down, read back, and says what it owes. */
export function stepped(machine: ReturnType<typeof customer>, state: ReturnType<typeof startPurchase> | null): boolean {
  if (state === null) return false;
  const bytes = encode(purchaseStateSchema, state);
  const back = decode(purchaseStateSchema, bytes);
  if (!back.ok || !sameBytes(encode(purchaseStateSchema, back.value), bytes)) throw new Error("a state is lost");
  machine.sends(state);
  return true;
}
