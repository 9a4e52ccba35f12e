/**
 * The offer (P§2C *Offer*), one for every exchange: P under the sale's own key V, and the proof that it is the P of the
 * certificate. This is the validated receipt: the buyer knows before paying that v will open exactly the certified goods.
 * The merchant makes all of it again from its seed and the order, so it keeps nothing until somebody pays.
 */
import { type Hex, toHex } from "@counterfoil/base";
import {
  type Crypto,
  G,
  H,
  IDENTITY,
  isScalar,
  type Point,
  prove,
  proves,
  raw,
  type Scalar,
  type Statement,
  scalarFrom,
} from "@counterfoil/crypto";
import type { GoodsPoint } from "./escrow.ts";
import type { OfferBody, SealedPoint } from "./messages.ts";

/** What an offer is proved against: A and D of the certificate, never of the merchant, and the certificate's name. */
export interface Certified {
  readonly certHash: Hex;
  readonly groupKey: Hex;
  readonly escrow: { readonly head: Hex; readonly body: Hex };
}

/** The merchant's v for a tid: a function of its seed, so it is served again at will. */
export function openingOf(crypto: Crypto, merchantSeed: Uint8Array, tid: Hex): Hex {
  return toHex(scalarFrom(crypto, merchantSeed, "v", raw(tid)));
}

/** V = vG. */
export function commitmentOf(crypto: Crypto, opening: Hex): Hex {
  return toHex(crypto.group.base(raw(opening)));
}

/** vG = V, for a v from outside. */
export function opens(crypto: Crypto, opening: Hex, commitment: Hex): boolean {
  return isScalar(raw(opening)) && commitmentOf(crypto, opening) === commitment;
}

/** The proof is left out: proving again is no other offer. */
export function offerHashOf(crypto: Crypto, { tid, commitment, sealed }: Omit<OfferBody, "proof">): Hex {
  return H(crypto, "offer/1", raw(tid), raw(commitment), raw(sealed.head), raw(sealed.body));
}

/** Everything of an offer but its proof: a function of the seed, the tid and P. */
export function sealPoint(
  crypto: Crypto,
  merchantSeed: Uint8Array,
  tid: Hex,
  point: Point,
): Omit<OfferBody, "proof"> & { readonly scalar: Scalar } {
  const { group } = crypto;
  const commitment = commitmentOf(crypto, openingOf(crypto, merchantSeed, tid));
  const scalar = scalarFrom(crypto, merchantSeed, "b", raw(tid));
  const sealed = {
    head: toHex(group.base(scalar)),
    body: toHex(group.add(point, group.multiply(scalar, raw(commitment)))),
  };
  return { tid, commitment, sealed, scalar };
}

/** The whole offer body, π_sale included. */
export function makeOffer(
  crypto: Crypto,
  merchantSeed: Uint8Array,
  tid: Hex,
  goods: GoodsPoint,
  certified: Certified,
): OfferBody {
  const { scalar, ...offer } = sealPoint(crypto, merchantSeed, tid, goods.point);
  const statement = saleOf(crypto, offer, certified);
  if (statement === null) throw new Error("a certificate of our own holds no point");
  return { ...offer, proof: prove(crypto, statement, [goods.scalar, scalar]) };
}

/** π_sale: the same P in certificate and offer, whatever V is. */
export function offerHolds(crypto: Crypto, offer: OfferBody, certified: Certified): boolean {
  const bodies = [offer.sealed.body, certified.escrow.body].map(raw); // of these the engine sees the difference alone
  if (bodies.some((body) => crypto.equal(body, IDENTITY))) return false;
  const statement = saleOf(crypto, offer, certified);
  return statement !== null && proves(crypto, statement, offer.proof);
}

/** A = aG, A' = bG, D' − D = a(−Y) + bV. Null where Y, D or D' is no point. */
function saleOf(
  crypto: Crypto,
  offer: Omit<OfferBody, "proof">,
  { certHash, groupKey, escrow }: Certified,
): Statement | null {
  const [body, sealedBody] = [raw(escrow.body), raw(offer.sealed.body)];
  const negated = negatedKey(crypto, groupKey);
  const apart = difference(crypto, sealedBody, body);
  if (negated === null || apart === null) return null;
  return {
    domain: "sale/1",
    context: [raw(offer.tid), raw(certHash), body, sealedBody],
    relations: [
      { bases: [G, null], image: raw(escrow.head) },
      { bases: [null, G], image: raw(offer.sealed.head) },
      { bases: [negated, raw(offer.commitment)], image: apart },
    ],
  };
}

/** Groups whose goods one process deals in at a time. */
const REMEMBERED = 64;
const NEGATED = new WeakMap<Crypto, Map<Hex, Point | null>>();

/** −Y: the same for all that a group's trustees can open. */
function negatedKey(crypto: Crypto, groupKey: Hex): Point | null {
  const known = NEGATED.get(crypto) ?? new Map<Hex, Point | null>();
  NEGATED.set(crypto, known);
  const before = known.get(groupKey);
  if (before !== undefined) return before;
  if (known.size >= REMEMBERED) known.clear();
  const negated = difference(crypto, IDENTITY, raw(groupKey));
  known.set(groupKey, negated);
  return negated;
}

/** Null where either is no point: subtracting finds that out, and to look at each beforehand would cost a third more. */
function difference({ group }: Crypto, a: Point, b: Point): Point | null {
  try {
    return group.subtract(a, b);
  } catch {
    return null;
  }
}

/** Both halves are points: what comes from outside without its proof is looked at before anything is done with it. */
export function arePoints(crypto: Crypto, sealed: SealedPoint): boolean {
  return [sealed.head, sealed.body].every((point) => crypto.group.isPoint(raw(point)));
}

/** P = D' − vA': 32 bytes in hex. Whether it opens the file is the file's business. */
export function unsealPoint(crypto: Crypto, opening: Hex, sealed: SealedPoint): Hex {
  const { group } = crypto;
  return toHex(group.subtract(raw(sealed.body), group.multiply(raw(opening), raw(sealed.head))));
}
