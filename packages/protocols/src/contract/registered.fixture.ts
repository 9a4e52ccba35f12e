/** One registered item and everybody's secrets, so that a test can open whatever it likes. */
import { toHex } from "@counterfoil/base";
import { type Crypto, raw, scalarFrom } from "@counterfoil/crypto";
import { certHashOf } from "./contract.ts";
import { type GoodsPoint, goodsPointOf, type Label, makeEscrow } from "./escrow.ts";
import type { Certificate } from "./messages.ts";
import type { Certified } from "./offer.ts";

export const filled = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
export const hexOf = (fill: number): string => toHex(filled(fill));

/** A label under the key of one trustee who holds all of y. */
export function labelOf(crypto: Crypto, trusteeKey: Uint8Array): Label {
  return {
    merchant: hexOf(1),
    pid: hexOf(2),
    version: 1,
    descriptionHash: hexOf(3),
    contentBytes: 5,
    contentHash: hexOf(4),
    fileBytes: 205,
    pieceBytes: 65_536,
    root: hexOf(5),
    keyCommitment: hexOf(6),
    group: hexOf(7),
    groupKey: toHex(crypto.group.base(trusteeKey)),
  };
}

export function registered(crypto: Crypto) {
  const merchantSeed = filled(50);
  const trusteeKey = scalarFrom(crypto, filled(60), "y");
  const goods = goodsPointOf(crypto, merchantSeed, hexOf(8));
  const label = labelOf(crypto, trusteeKey);
  const certificate: Certificate = { ...label, certifier: hexOf(9), escrow: makeEscrow(crypto, label, goods) };
  return { merchantSeed, trusteeKey, goods, label, certificate, certified: certifiedOf(crypto, certificate) };
}

export function certifiedOf(crypto: Crypto, certificate: Certificate): Certified {
  const { groupKey, escrow } = certificate;
  return { certHash: certHashOf(crypto, certificate), groupKey, escrow };
}

/** What trustees find in an escrow: D − yA. */
export function openedBy(crypto: Crypto, key: Uint8Array, { head, body }: Certificate["escrow"]): GoodsPoint["point"] {
  return crypto.group.subtract(raw(body), crypto.group.multiply(key, raw(head)));
}
