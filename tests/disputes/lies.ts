/**
 * Preloaded before a shop that lies in its offers: which lie is told stands in a file, so that one shop can tell many. All
 * that the shop signs around it fits the lie.
 */
import { readFileSync } from "node:fs";
import { encodeItems, toHex } from "@counterfoil/base";
import { type Crypto, IDENTITY, raw, scalarFrom } from "@counterfoil/crypto";
import { type Certified, type GoodsPoint, type OfferBody, sealPoint } from "@counterfoil/protocols/contract";

export interface Truth {
  readonly crypto: Crypto;
  readonly seed: Uint8Array;
  readonly goods: GoodsPoint;
  readonly certified: Certified;
}

const ZERO = toHex(IDENTITY);
const TOO_HIGH = "ff".repeat(32);

type Lie = (offer: OfferBody, truth: Truth) => OfferBody;

const OFFERS: Readonly<Record<string, Lie>> = {
  "another P": (offer, truth) => sealing(offer, { body: plusG(truth, offer.sealed.body) }),
  "identity for V": (offer) => ({ ...offer, commitment: ZERO }),
  "identity for A'": (offer) => sealing(offer, { head: ZERO }),
  "identity for D'": (offer) => sealing(offer, { body: ZERO }),
  "no point for V": (offer) => ({ ...offer, commitment: TOO_HIGH }),
  "no point for A'": (offer) => sealing(offer, { head: TOO_HIGH }),
  "no point for D'": (offer) => sealing(offer, { body: TOO_HIGH }),
  "no scalar for z": (offer) => ({ ...offer, proof: { ...offer.proof, responses: [TOO_HIGH, TOO_HIGH] } }),
  "no scalar for c": (offer) => ({ ...offer, proof: { ...offer.proof, challenge: TOO_HIGH } }),
  "one z": (offer) => ({ ...offer, proof: { ...offer.proof, responses: offer.proof.responses.slice(1) } }),
  "weak Fiat-Shamir": forged,
};

const BYTES: Readonly<Record<string, (body: Uint8Array) => Uint8Array>> = {
  "random bytes": (body) => crypto.getRandomValues(new Uint8Array(body.length)),
  nothing: () => new Uint8Array(0),
  "a byte less": (body) => body.subarray(1),
  "a byte more": (body) => Uint8Array.from([...body, 0]),
};

/** By name, for the scenarios. */
export const LIES: readonly string[] = [...Object.keys(OFFERS), ...Object.keys(BYTES)];

export const WEAK = "weak Fiat-Shamir";

function sealing(offer: OfferBody, changes: Partial<OfferBody["sealed"]>): OfferBody {
  return { ...offer, sealed: { ...offer.sealed, ...changes } };
}

function plusG({ crypto: { group } }: Truth, point: string): string {
  return toHex(group.add(raw(point), group.base(Uint8Array.from({ length: 32 }, (_, at) => Number(at === 0)))));
}

/**
 * P§7D: were only T hashed, whoever knows a and b chooses T first and solves for a D' afterwards, which holds any point at
 * all: D' = D + (z_bV − z_aY − T₃)/c. Asked again it tells the same lie: another would convict it of two slips at once.
 */
function forged(offer: OfferBody, { crypto, seed, goods, certified }: Truth): OfferBody {
  const { group } = crypto;
  const { scalar: b } = sealPoint(crypto, seed, offer.tid, goods.point);
  const [s, u, t] = [0, 1, 2].map((at) => scalarFrom(crypto, seed, `lie ${at}`, raw(offer.tid))) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const commitments = [group.base(s), group.base(u), group.base(t)];
  const c = group.reduce(crypto.sha512(encodeItems(["commitments", ...commitments])));
  const [za, zb] = [group.plus(s, group.times(c, goods.scalar)), group.plus(u, group.times(c, b))];
  const [key, commitment] = [raw(certified.groupKey), raw(offer.commitment)];
  const left = group.subtract(group.multiply(zb, commitment), group.multiply(za, key));
  const difference = group.multiply(group.invert(c), group.subtract(left, group.base(t)));
  const body = toHex(group.add(raw(certified.escrow.body), difference));
  const proof = { challenge: toHex(c), responses: [toHex(za), toHex(zb)] };
  return { ...sealing(offer, { body }), proof };
}

function told(): string {
  const path = process.env.DISPUTES_LIE;
  return path === undefined ? "" : readFileSync(path, "utf8");
}

Object.assign(globalThis, {
  lyingOffer: (offer: OfferBody, truth: Truth) => OFFERS[told()]?.(offer, truth) ?? offer,
  lyingBytes: (body: Uint8Array) => BYTES[told()]?.(body) ?? body,
});
