/** A sale whose shop has fallen silent, as its buyer holds it: paid at a bank, certified for a group of trustees. */
import { encode, encodeItems, type Hex, MINUTE_MS, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, H, type SigningKey, sign } from "@counterfoil/crypto";
import {
  certHashOf,
  certificateSchema,
  commitmentOf,
  goodsPointOf,
  makeEscrow,
  openingOf,
  orderSchema,
  poHashOf,
  purchaseKeys,
  slipHashOf,
  slipSchema,
  tidOf,
} from "@counterfoil/protocols/contract";
import {
  entrySchema,
  leafFor,
  leafHashOf,
  loggedSchema,
  logIdOf,
  logSchema,
  signCheckpoint,
} from "@counterfoil/protocols/log";
import type { DisputeFacts } from "@counterfoil/protocols/trustees";

export interface SilentSale {
  readonly merchant: SigningKey;
  /** P. */
  readonly point: Hex;
  readonly facts: DisputeFacts;
}

export function silentSale(
  crypto: Crypto,
  group: { readonly id: Hex; readonly key: Hex },
  now: number,
  word = "sale",
): SilentSale {
  const [merchant, bank] = ["merchant", "bank"].map((name) =>
    crypto.signingKey(crypto.sha256(encodeItems([name]))),
  ) as [SigningKey, SigningKey];
  const seed = crypto.sha256(encodeItems(["shop seed", word]));
  const named = (what: string) => H(crypto, what, word);
  const keys = purchaseKeys(crypto, crypto.sha256(encodeItems(["wallet seed"])), named("nonce"));
  const goods = goodsPointOf(crypto, seed, named("registration"));
  const label = {
    merchant: merchant.publicKey,
    pid: named("pid"),
    version: 1,
    descriptionHash: named("description"),
    contentBytes: 10,
    contentHash: named("content"),
    fileBytes: 300,
    pieceBytes: 1024,
    root: named("root"),
    keyCommitment: named("kc"),
    group: group.id,
    groupKey: group.key,
  };
  const certificate = { certifier: merchant.publicKey, ...label, escrow: makeEscrow(crypto, label, goods) };
  const terms = {
    mode: "optimistic",
    bank: bank.publicKey,
    merchant: merchant.publicKey,
    priceMinor: 250n,
    unit: "XTS",
    notAfterMs: now + 10 * MINUTE_MS,
    buyer: keys.buyer.publicKey,
  } as const;
  const order = {
    ...terms,
    certHash: certHashOf(crypto, certificate),
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
    inReturn: null,
    log: logIdOf(crypto, logOf(crypto).descriptor),
    part: null,
    nonce: named("nonce"),
  };
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { ...terms, poHash });
  const commitment = commitmentOf(crypto, openingOf(crypto, seed, tid));
  const slip = { ...terms, tid, poHash, offerHash: named("offer"), commitment, log: order.log };
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const leaf = leafFor(crypto, bank, slip, slipHash, now);
  return {
    merchant,
    point: toHex(goods.point),
    facts: {
      certificate: sign(crypto, merchant, certificateSchema, certificate),
      order: sign(crypto, keys.buyer, orderSchema, order),
      slip: sign(crypto, merchant, slipSchema, slip),
      slipHash,
      tid,
      group: group.id,
      entitlement: { kind: "paid", logged: logged(crypto, leaf, now) },
      keys,
    },
  };
}

/** A log that nobody witnesses. */
function logOf(crypto: Crypto) {
  const key = crypto.signingKey(crypto.sha256(encodeItems(["log"])));
  const times = { time: "the test's", retentionMs: 0, mergeDelayMs: 0 };
  return { key, descriptor: { key: key.publicKey, origin: "log", witnesses: [], quorum: 0, ...times } };
}

/** The leaf as the only entry that there is: its hash is the tree. */
function logged(crypto: Crypto, leaf: Uint8Array, timeMs: number): Uint8Array {
  const { key, descriptor } = logOf(crypto);
  const entry = encode(entrySchema, { kind: "paid", leaf });
  const head = { size: 1, root: leafHashOf(crypto, entry), timeMs };
  const note = utf8(signCheckpoint(crypto, key, descriptor, head));
  return encode(loggedSchema, { descriptor: encode(logSchema, descriptor), note, index: 0, entry, path: [] });
}
