/**
 * What may be swapped: goods that a third party has certified, or a signature, which certifies itself. Either is escrowed to
 * trustees whom the one who gets it trusts. Goods that only their own seller vouches for are left out: the trustees would
 * open them to whoever gave its own item, and what they opened might be nothing.
 */
import { type Hex, type Result, refused } from "@counterfoil/base";
import { type Crypto, open, read, tagOf } from "@counterfoil/crypto";
import {
  type Certificate,
  certificateSchema,
  type GoodsPoint,
  goodsPointOf,
  signatureCertificateSchema,
  signaturePointOf,
} from "../contract/index.ts";
import { type CertifiedEscrow, certificateHolds, groupIdOf, type TrusteeGroup } from "../trustees/index.ts";
import type { Trusted } from "./buying.ts";
import { own } from "./own.ts";

export interface SwapItem extends CertifiedEscrow {
  /** The certificate as it was signed. */
  readonly signed: Uint8Array;
  readonly trustees: TrusteeGroup;
  readonly what:
    | { readonly kind: "goods"; readonly certificate: Certificate }
    | { readonly kind: "signature"; readonly textHash: Hex };
}

export function swapItem(crypto: Crypto, signed: Uint8Array, trusted: Trusted): Result<SwapItem> {
  const certified = certificateHolds(crypto, signed);
  if (certified === null) return refused("wrong-certificate");
  const what = whatIs(crypto, signed);
  if (what === null) return refused("wrong-certificate");
  if (what.kind === "goods") {
    const { certifier, merchant } = what.certificate;
    if (certifier === merchant) return refused("not-certified-by-another");
    if (!trusted.certifiers.includes(certifier)) return refused("unknown-certifier");
  }
  const trustees = trusted.groups.find((group) => groupIdOf(crypto, group) === certified.group);
  if (trustees === undefined || trustees.key !== certified.groupKey) return refused("unknown-trustees");
  return { ok: true, value: { ...certified, signed, trustees, what } };
}

/** What an own certificate, believed without a list, says that it is of. */
export function whatIs(crypto: Crypto, signed: Uint8Array): SwapItem["what"] | null {
  if (tagOf(signed) === "cert/1") {
    const goods = open(crypto, certificateSchema, signed, ({ certifier }) => certifier);
    return goods.ok ? { kind: "goods", certificate: goods.value.value } : null;
  }
  const signature = open(crypto, signatureCertificateSchema, signed, ({ merchant }) => merchant);
  return signature.ok ? { kind: "signature", textHash: signature.value.value.textHash } : null;
}

/** P and a of one's own item. `registration` counts for goods; a signature's certificate has its own. */
export function pointOfOwn(crypto: Crypto, seed: Uint8Array, signed: Uint8Array, registration: Hex): GoodsPoint {
  if (tagOf(signed) === "cert/1") return goodsPointOf(crypto, seed, registration);
  return signaturePointOf(crypto, seed, own(read(signatureCertificateSchema, signed)).value);
}
