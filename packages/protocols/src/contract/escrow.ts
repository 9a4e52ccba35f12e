/**
 * Registration (P§2C *Registration*): the goods' point P, encrypted to the trustees inside the certificate. The proof π_reg
 * shows that whoever made it knew a, and is bound to the whole label, so that nobody can list another's escrow, moved or
 * not, as its own.
 */
import { type Hex, toHex } from "@counterfoil/base";
import {
  type Crypto,
  G,
  H,
  hashFile,
  namedPoint,
  type Point,
  pointFrom,
  prove,
  proves,
  raw,
  type Scalar,
  type Statement,
  scalarFrom,
} from "@counterfoil/crypto";
import type { Certificate, Escrow } from "./messages.ts";

/** Everything of a certificate that its escrow is bound to. */
export type Label = Omit<Certificate, "certifier" | "escrow">;

/** P and a of one registration: `registration` is drawn at random once, so that both are fresh for every one. */
export interface GoodsPoint {
  /** What opens the goods; its 32 bytes are the secret that `goodsKeys` takes. */
  readonly point: Point;
  readonly scalar: Scalar;
}

export function goodsPointOf(crypto: Crypto, merchantSeed: Uint8Array, registration: Hex): GoodsPoint {
  const of = raw(registration);
  return {
    point: pointFrom(crypto, merchantSeed, "goods point", of),
    scalar: scalarFrom(crypto, merchantSeed, "escrow scalar", of),
  };
}

/**
 * The group of goods that no trustee can open: its key is a point whose logarithm nobody knows. The escrow is then a
 * commitment to P and nothing else, which is all that the other exchanges need.
 */
export function noTrustees(crypto: Crypto): { readonly group: Hex; readonly groupKey: Hex } {
  return { group: H(crypto, "no-trustees/1"), groupKey: toHex(namedPoint(crypto, "fx/no-trustees")) };
}

export function makeEscrow(crypto: Crypto, label: Label, goods: GoodsPoint): Escrow {
  const { group } = crypto;
  const key = raw(label.groupKey);
  const made = {
    head: toHex(group.base(goods.scalar)),
    twin: toHex(group.multiply(goods.scalar, twinBase(crypto))),
    body: toHex(group.add(goods.point, group.multiply(goods.scalar, key))),
  };
  const proof = prove(crypto, registrationOf(crypto, label, made), [goods.scalar]);
  return { ...made, proof };
}

/** π_reg, whoever signed the certificate. */
export function escrowHolds(crypto: Crypto, certificate: Certificate): boolean {
  const { escrow } = certificate;
  const points = [escrow.body, certificate.groupKey].map(raw);
  return (
    points.every((point) => crypto.group.isPoint(point)) &&
    proves(crypto, registrationOf(crypto, certificate, escrow), escrow.proof)
  );
}

/** log_G A = log_Ḡ Ā, about the label, Y and D (the shape of TDH2). */
function registrationOf(crypto: Crypto, label: Label, { head, twin, body }: Omit<Escrow, "proof">): Statement {
  return {
    domain: "reg/1",
    context: [raw(labelHashOf(crypto, label)), raw(label.groupKey), raw(body)],
    relations: [
      { bases: [G], image: raw(head) },
      { bases: [twinBase(crypto)], image: raw(twin) },
    ],
  };
}

function labelHashOf(crypto: Crypto, label: Label): Hex {
  const { merchant, pid, version, descriptionHash, contentHash, keyCommitment, group, groupKey } = label;
  const named = [merchant, pid, descriptionHash, hashFile(crypto, label), contentHash, keyCommitment, group, groupKey];
  return H(crypto, "label/1", version, label.contentBytes, ...named.map(raw));
}

const TWIN_BASES = new WeakMap<Crypto, Point>();

/** Ḡ = HashToGroup("fx/gbar"). */
function twinBase(crypto: Crypto): Point {
  const known = TWIN_BASES.get(crypto) ?? namedPoint(crypto, "fx/gbar");
  TWIN_BASES.set(crypto, known);
  return known;
}
