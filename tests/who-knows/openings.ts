/**
 * Who can open the goods: P is twice encrypted, in the certificate to the trustees and in an offer to the sale's own key, and
 * each opens by more than one secret. A secret counts for whoever holds it, in whatever document it stands.
 */
import { type Hex, toHex } from "@counterfoil/base";
import { type Crypto, isScalar, lagrange, raw } from "@counterfoil/crypto";
import { certHashOf, commitmentOf, unsealPoint } from "@counterfoil/protocols/contract";
import { groupIdOf, openByAnswers, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import type { Sighting } from "./rules.ts";

/** Of points whose logarithm is held: the logarithm. */
export type Logarithms = ReadonlyMap<Hex, Hex>;

/** P, and by its place the document that holds the ciphertext, or the order that was answered. */
export interface Opened {
  readonly at: number;
  readonly point: Hex;
}

type Seen = readonly { readonly sighting: Sighting }[];

/** Every P that follows from these documents and secrets together. */
export function goodsOpened(crypto: Crypto, seen: Seen, values: Iterable<Hex>): readonly Opened[] {
  const held = logarithmsOf(crypto, values);
  const groups = seen.flatMap(({ sighting }) => sighting.groups);
  const known: Logarithms = new Map([...held, ...groups.flatMap((group) => sharedKey(crypto, group, held))]);
  return [...ciphertextsOpened(crypto, seen, known), ...answersOpened(crypto, seen, known)];
}

const bases = new WeakMap<Crypto, Map<Hex, Hex>>();

/** kG of every scalar k that is held: whoever has v has V, whoever has a has A. */
function logarithmsOf(crypto: Crypto, values: Iterable<Hex>): Logarithms {
  const known = bases.get(crypto) ?? new Map<Hex, Hex>();
  bases.set(crypto, known);
  const scalars = [...values].filter((value) => value.length === 64 && isScalar(raw(value)));
  return new Map(
    scalars.map((scalar) => {
      const point = known.get(scalar) ?? commitmentOf(crypto, scalar);
      known.set(scalar, point);
      return [point, scalar];
    }),
  );
}

/** y, where as many shares are held as make it; with fewer, nothing follows. */
function sharedKey(crypto: Crypto, { threshold, key, trustees }: TrusteeGroup, held: Logarithms): [Hex, Hex][] {
  const shares = trustees.flatMap(({ index, share }) => {
    const secret = held.get(share);
    return secret === undefined ? [] : [{ index, secret: raw(secret) }];
  });
  if (shares.length < threshold || threshold === 0) return [];
  const enough = shares.slice(0, threshold);
  const weights = lagrange(
    crypto,
    enough.map(({ index }) => index),
  );
  const terms = enough.map(({ secret }, at) => crypto.group.times(weights[at] as Uint8Array, secret));
  return [[key, toHex(terms.reduce((sum, term) => crypto.group.plus(sum, term)))]];
}

/** P = D' − vA' by v, or D' − bV by b; P = D − yA by y, or D − aY by a. */
function ciphertextsOpened(crypto: Crypto, seen: Seen, known: Logarithms): readonly Opened[] {
  return seen.flatMap(({ sighting: { offers, certificates } }, at) => {
    const ciphertexts = [
      ...offers.map(({ commitment, sealed }) => ({ key: commitment, ...sealed })),
      ...certificates.map(({ groupKey, escrow: { head, body } }) => ({ key: groupKey, head, body })),
    ];
    return ciphertexts.flatMap(({ key, head, body }) => {
      if (![key, head, body].every((point) => crypto.group.isPoint(raw(point)))) return [];
      const [secret, blinding] = [known.get(key), known.get(head)];
      if (secret !== undefined) return [{ at, point: unsealPoint(crypto, secret, { head, body }) }];
      return blinding === undefined ? [] : [{ at, point: unsealPoint(crypto, blinding, { head: key, body }) }];
    });
  });
}

/** The trustees' answers about one order, as many as make P, to whoever has its x. */
function answersOpened(crypto: Crypto, seen: Seen, known: Logarithms): readonly Opened[] {
  const answers = seen.flatMap(({ sighting }) => sighting.answers);
  if (answers.length === 0) return [];
  const certificates = seen.flatMap(({ sighting }) => sighting.certificates);
  const groups = seen.flatMap(({ sighting }) => sighting.groups);
  return seen.flatMap(({ sighting }, at) =>
    sighting.orders.flatMap(({ tid, certHash, disputes }) => {
      const x = known.get(disputes);
      const certificate = certificates.find((each) => certHashOf(crypto, each) === certHash);
      const group = groups.find((each) => groupIdOf(crypto, each) === certificate?.group);
      if (x === undefined || certificate === undefined || group === undefined) return [];
      const about = answers.filter((each) => each.tid === tid && each.group === certificate.group);
      const distinct = [...new Map(about.map((each) => [each.index, each])).values()];
      if (distinct.length < group.threshold) return [];
      const enough = distinct.slice(0, group.threshold);
      return [{ at, point: openByAnswers(crypto, enough, raw(x), certificate.escrow.body) }];
    }),
  );
}
