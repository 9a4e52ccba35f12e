/** A bank, a shop and a buyer in memory, message by message, for the tests of this package and the fuzzer. */
import { encode, type Hex, HOUR_MS, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import {
  type Crypto,
  type GoodsKeys,
  goodsKeys,
  H,
  hashContent,
  keyCommitment,
  type Proof,
  raw,
  read,
  sign,
} from "@counterfoil/crypto";
import {
  certificateSchema,
  type Delivery,
  descriptionHashOf,
  goodsPointOf,
  makeEscrow,
  makeOffer,
  noTrustees,
  type Order,
  offerHashOf,
  openingOf,
  orderSchema,
  type PurchaseKeys,
  paySchema,
  pidOf,
  poHashOf,
  purchaseKeys,
  type SealedPoint,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import { admitFollow, type LogDescriptor } from "../log/index.ts";
import { type SmallLog, smallLog } from "../log/small-log.fixture.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankOutcome,
  type BankTables,
  bank,
  debitSchema,
  type Funding,
  holdRequest,
  holdSchema,
  type Owed,
  settleRequest,
} from "../money/index.ts";
import { shop } from "./merchant.ts";
import type { ShopCommand, ShopConfig, ShopEffect, ShopOutcome, ShopTables } from "./merchant-rows.ts";
import type { Listing } from "./messages.ts";

export const NOW = 1_800_000_000_000;
export const PRICE = 250n;
export const UNIT = "XTS";

export interface Parties {
  readonly crypto: Crypto;
  readonly bankConfig: BankConfig;
  readonly shopConfig: ShopConfig;
  /** The one log that the shop sells by, and follows from its first entry on. */
  readonly log: SmallLog;
  readonly bank: Desk<BankTables, BankCommand, BankOutcome, Owed>;
  readonly shop: Desk<ShopTables, ShopCommand, ShopOutcome, ShopEffect>;
}

export function seedOf(word: string, crypto: Crypto): Uint8Array {
  return raw(H(crypto, "seed", word));
}

export function parties(
  crypto: Crypto,
  bankChanges: Partial<BankConfig> = {},
  logChanges: Partial<LogDescriptor> = {},
): Parties {
  const log = smallLog(crypto, "log", logChanges);
  const logs = new Map([[log.id, log.descriptor]]);
  const bankConfig: BankConfig = {
    crypto,
    key: crypto.signingKey(seedOf("bank", crypto)),
    box: crypto.boxKey(seedOf("bank box", crypto)),
    unit: UNIT,
    sandbox: { grantLimitMinor: 100_000n, balanceLimitMinor: 1_000_000n },
    longestHoldMs: 24 * HOUR_MS,
    claimWindowMs: 24 * HOUR_MS,
    mint: null,
    holdsPerAccount: 3,
    keysPerAccount: 2,
    noticeMs: HOUR_MS,
    slicesPerTab: 3,
    judge: () => null,
    logs,
    ...bankChanges,
  };
  const shopConfig: ShopConfig = {
    crypto,
    key: crypto.signingKey(seedOf("shop", crypto)),
    seed: seedOf("shop seed", crypto),
    bank: bankConfig.key.publicKey,
    unit: UNIT,
    quoteMs: 5 * MINUTE_MS,
    optionMs: 30 * MINUTE_MS,
    logTime: (now) => now,
    logs,
  };
  const all = { crypto, bankConfig, shopConfig, log, bank: desk(bank(bankConfig)), shop: desk(shop(shopConfig)) };
  followBy(all, 0, NOW);
  followByBank(all, 0, NOW);
  return all;
}

/** The shop hears all that the log has entered since its first `from` entries. */
export function followBy({ crypto, shop: at, log }: Following, from: number, now: Instant) {
  return at.decide({ kind: "followed", batch: batchOf({ crypto, log }, from, now) }, now);
}

/** And so does the bank. */
export function followByBank({ crypto, bank: at, log }: Following, from: number, now: Instant) {
  return at.decide({ kind: "followed", batch: batchOf({ crypto, log }, from, now) }, now);
}

type Following = Pick<Parties, "crypto" | "shop" | "bank" | "log">;

function batchOf({ crypto, log }: Pick<Parties, "crypto" | "log">, from: number, now: Instant) {
  const batch = admitFollow(crypto, log.descriptor, log.fed(from, now));
  if (!batch.ok) throw new Error(batch.reason);
  return batch.value;
}

export function fund(all: Parties, account: Hex, amountMinor: bigint, now: Instant = NOW): void {
  const nonce = H(all.crypto, "grant", raw(account), now);
  all.bank.decide({ kind: "grant", account, amountMinor, nonce }, now);
}

const CONTENT = new Uint8Array(100).fill(7);

/** A listing as the owner makes it; `word` is a registration of its own. */
export function listingOf(all: Parties, word: string, changes: Partial<Listing> = {}): Listing {
  const { crypto, shopConfig } = all;
  const { publicKey } = shopConfig.key;
  const registration = H(crypto, "registration", word);
  const pid = pidOf(crypto, publicKey, registration);
  const keys = itemKeys(all, registration);
  const shown = { title: `Title of ${word}`, description: "Words.", mediaType: "text/plain" };
  const label = {
    merchant: publicKey,
    pid,
    version: 1,
    descriptionHash: descriptionHashOf(crypto, shown.title, shown.description, shown.mediaType),
    contentBytes: CONTENT.length,
    contentHash: contentHashOf(all, registration),
    fileBytes: 300,
    pieceBytes: 1024 * 1024,
    root: H(crypto, "root", word),
    keyCommitment: keyCommitment(crypto, keys),
    ...noTrustees(crypto),
  };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, shopConfig.seed, registration));
  const certificate = sign(crypto, shopConfig.key, certificateSchema, { ...label, certifier: publicKey, escrow });
  const delivery: Delivery = changes.delivery ?? "sale";
  const priceMinor = delivery === "sale" ? PRICE : 0n;
  const own = { registration, slug: word, fileName: "it.txt", certificate, priceMinor, unit: UNIT, delivery };
  return { ...own, ...shown, sellUntilMs: null, floorMinor: null, stock: null, ...changes };
}

function contentHashOf({ crypto, shopConfig }: Parties, registration: Hex): Hex {
  const { point: secret } = goodsPointOf(crypto, shopConfig.seed, registration);
  return hashContent(crypto, { secret, pid: pidOf(crypto, shopConfig.key.publicKey, registration) }, CONTENT);
}

export function itemKeys(all: Parties, registration: Hex): GoodsKeys {
  const { crypto, shopConfig } = all;
  const { point: secret } = goodsPointOf(crypto, shopConfig.seed, registration);
  return goodsKeys(crypto, secret, contentHashOf(all, registration));
}

/** @returns the pid of the item, now for sale. */
export function stock(all: Parties, word: string, changes: Partial<Listing> = {}): Hex {
  const { outcome } = all.shop.decide({ kind: "list", listing: listingOf(all, word, changes) }, NOW);
  if (outcome.kind !== "done") throw new Error(`not listed: ${outcome.kind}`);
  return outcome.pid;
}

/** A contract as both sides hold it once the offer is made; nobody has paid. */
export interface Contract {
  readonly pid: Hex;
  readonly keys: PurchaseKeys;
  readonly order: Order;
  readonly orderSigned: Uint8Array;
  readonly slip: Slip;
  readonly slipSigned: Uint8Array;
  readonly slipHash: Hex;
  readonly opening: Hex;
  readonly sealed: SealedPoint;
  readonly proof: Proof;
  readonly pay: Uint8Array;
}

export function contractOf(all: Parties, pid: Hex, word: string, changes: Partial<Order> = {}): Contract {
  const { crypto, shopConfig, bankConfig } = all;
  const item = all.shop.view.get("item", pid);
  const keys = purchaseKeys(crypto, seedOf("wallet", crypto), H(crypto, "nonce", word));
  const order: Order = {
    mode: "netbill",
    bank: bankConfig.key.publicKey,
    merchant: shopConfig.key.publicKey,
    certHash: item?.cert_hash ?? toHex(new Uint8Array(32)),
    priceMinor: item?.price ?? PRICE,
    unit: UNIT,
    notAfterMs: NOW + 10 * MINUTE_MS,
    nonce: H(crypto, "nonce", word),
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
    inReturn: null,
    log: changes.mode === "optimistic" || changes.mode === "logged" ? all.log.id : null,
    part: null,
    ...changes,
  };
  const { mode, bank: at, merchant, buyer, priceMinor, unit, notAfterMs, log } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank: at, merchant, buyer, poHash });
  const opening = openingOf(crypto, shopConfig.seed, tid);
  const goods = goodsPointOf(crypto, shopConfig.seed, item?.registration ?? "00".repeat(32));
  const certificate = read(certificateSchema, item?.certificate ?? new Uint8Array(0));
  const { groupKey, escrow } = certificate.ok ? certificate.value.value : unlisted(crypto);
  const certified = { certHash: order.certHash, groupKey, escrow };
  const { commitment, sealed, proof } = makeOffer(crypto, shopConfig.seed, tid, goods, certified);
  const offerHash = offerHashOf(crypto, { tid, commitment, sealed });
  const slip = {
    mode,
    bank: at,
    merchant,
    tid,
    buyer,
    poHash,
    offerHash,
    commitment,
    priceMinor,
    unit,
    notAfterMs,
    log,
  };
  const orderSigned = sign(crypto, keys.buyer, orderSchema, order);
  return { pid, keys, order, orderSigned, opening, sealed, proof, ...slipped(all, keys, slip) };
}

/** Stands for the certificate of an item that is not there: any points will do. */
function unlisted(crypto: Crypto) {
  const { groupKey } = noTrustees(crypto);
  return { groupKey, escrow: { head: groupKey, body: groupKey } };
}

/** The same contract under another slip of the same merchant. */
export function reslipped(all: Parties, from: Contract, changes: Partial<Slip>): Contract {
  return { ...from, ...slipped(all, from.keys, { ...from.slip, ...changes }) };
}

function slipped({ crypto, shopConfig }: Parties, keys: PurchaseKeys, slip: Slip) {
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const slipSigned = sign(crypto, shopConfig.key, slipSchema, slip);
  return { slip, slipSigned, slipHash, pay: sign(crypto, keys.buyer, paySchema, { slipHash }) };
}

export function debitBy(all: Parties, account: Parties["bankConfig"]["key"], from: Contract): Funding {
  const { crypto, bankConfig } = all;
  const body = { bank: bankConfig.key.publicKey, account: account.publicKey, slipHash: from.slipHash };
  return {
    kind: "debit",
    sealed: crypto.seal(bankConfig.box.publicKey, sign(crypto, account, debitSchema, body)),
  };
}

/** The price set aside at the bank before the shop hears of the order. */
export function holdBy(all: Parties, account: Parties["bankConfig"]["key"], { slip }: Contract): Uint8Array {
  const { crypto, bankConfig } = all;
  const { mode, bank: at, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log: named } = slip;
  const log = mode === "logged" ? named : null;
  const terms = { bank: at, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log };
  const statement = sign(crypto, account, holdSchema, { account: account.publicKey, ...terms });
  return encode(holdRequest, { sealed: crypto.seal(bankConfig.box.publicKey, statement) });
}

/** Message 6. */
export function endorsed(from: Contract, funding: Funding, changes: { pay?: Uint8Array; opening?: Hex | null } = {}) {
  const { slipSigned: slip, pay } = from;
  const opening = from.slip.mode === "netbill" ? from.opening : null;
  return encode(settleRequest, { slip, pay, funding, opening, ...changes });
}
