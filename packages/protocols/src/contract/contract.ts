/** The hashes and keys of one contract (P§2C "Order", "Offer", "Slip"), each computed one way, by every party. */
import { encode, type Hex, toHex } from "@counterfoil/base";
import { type BoxKey, type Crypto, H, KDF, raw, type Scalar, type SigningKey, scalarFrom } from "@counterfoil/crypto";
import { type Certificate, certificateSchema, type Order, orderSchema, type Slip } from "./messages.ts";

const NO_CONTEXT = new Uint8Array(0);

/** certHash = h(Cert): over the signed body, so that it names the certificate whoever re-signs it. */
export function certHashOf(crypto: Crypto, certificate: Certificate): Hex {
  return H(crypto, "cert-hash/1", encode(certificateSchema, certificate));
}

export function descriptionHashOf(crypto: Crypto, title: string, description: string, mediaType: string): Hex {
  return H(crypto, "description/1", title, description, mediaType);
}

export function poHashOf(crypto: Crypto, order: Order): Hex {
  return H(crypto, "po/1", encode(orderSchema, order));
}

/**
 * tid = H("tid/1", bank, M, Q, poHash). Two orders with one tid are a hash collision; nobody but Q's holder can speak for
 * it, and no merchant can occupy another's.
 */
export function tidOf(crypto: Crypto, parts: Pick<Slip, "bank" | "merchant" | "buyer" | "poHash">): Hex {
  return H(crypto, "tid/1", raw(parts.bank), raw(parts.merchant), raw(parts.buyer), raw(parts.poHash));
}

/** Every field that a slip repeats from its order. */
export function slipRepeats(crypto: Crypto, slip: Slip, order: Order): boolean {
  return (
    slip.mode === order.mode &&
    slip.bank === order.bank &&
    slip.merchant === order.merchant &&
    slip.buyer === order.buyer &&
    slip.priceMinor === order.priceMinor &&
    slip.unit === order.unit &&
    slip.notAfterMs === order.notAfterMs &&
    slip.log === order.log &&
    slip.poHash === poHashOf(crypto, order) &&
    slip.tid === tidOf(crypto, slip)
  );
}

/** H over the slip's signed body: the name that payments, receipts and evidence use. */
export function slipHashOf(crypto: Crypto, slipBody: Uint8Array): Hex {
  return H(crypto, "slip-hash/1", slipBody);
}

export interface PurchaseKeys {
  /** Q: signs the order and the payment. */
  readonly buyer: SigningKey;
  /** W: opens what the merchant seals. */
  readonly replies: BoxKey;
  /** x, and X = xG: opens what trustees answer. */
  readonly disputes: { readonly secret: Scalar; readonly publicKey: Hex };
}

/** A purchase's one-time keys from the wallet's seed and the order's nonce: after a crash they are made again. */
export function purchaseKeys(crypto: Crypto, walletSeed: Uint8Array, nonce: Hex): PurchaseKeys {
  const secret = KDF(crypto, walletSeed, "purchase", raw(nonce));
  return {
    buyer: crypto.signingKey(KDF(crypto, secret, "buyer", NO_CONTEXT)),
    replies: crypto.boxKey(KDF(crypto, secret, "replies", NO_CONTEXT)),
    disputes: disputeKeys(crypto, secret),
  };
}

function disputeKeys(crypto: Crypto, purchaseSecret: Uint8Array): PurchaseKeys["disputes"] {
  const secret = scalarFrom(crypto, purchaseSecret, "disputes");
  return { secret, publicKey: toHex(crypto.group.base(secret)) };
}

/**
 * A key by which a shop may know a buyer, and not by name: one that lasts for each merchant, or, of an order's nonce, one for
 * a single purchase. No two shops see the same, and nobody without the seed can tell that two are one wallet's.
 */
export function pseudonymKey(crypto: Crypto, walletSeed: Uint8Array, of: Hex): SigningKey {
  return crypto.signingKey(KDF(crypto, walletSeed, "pseudonym", raw(of)));
}

/** An item's name for machines; a new registration is a new item. */
export function pidOf(crypto: Crypto, merchant: Hex, registration: Hex): Hex {
  return H(crypto, "pid/1", raw(merchant), raw(registration));
}
