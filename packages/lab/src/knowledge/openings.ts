/**
 * Who can open the goods: P is twice encrypted, in the certificate to the trustees and in an offer to the sale's own key, and
 * each opens by more than one secret. A secret counts for whoever holds it, in whatever document it stands.
 */
import { type Hex, toHex } from "@counterfoil/base";
import {
  type Crypto,
  goodsKeys,
  isScalar,
  keyCommitment,
  lagrange,
  openContent,
  type Point,
  raw,
} from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  commitmentOf,
  goodsPointOf,
  openingOf,
  pidOf,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import { groupIdOf, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import type { Sighting } from "./rules.ts";

/** Of points whose logarithm is held: the logarithm. */
type Logarithms = ReadonlyMap<Hex, Hex>;

/** P, a, v or goods, and by its place the document that it is learnt from. */
export interface Opened {
  readonly at: number;
  readonly value: Hex;
}

/** The key and the seed of sales that a shop expands from its own; null of what is no shop's. */
export type ShopOf = (
  crypto: Crypto,
  seed: Uint8Array,
) => { readonly publicKey: Hex; readonly sales: Uint8Array } | null;

type Seen = readonly { readonly sighting: Sighting }[];

/** Every P that follows from these documents and secrets together. */
export function goodsOpened(crypto: Crypto, seen: Seen, values: Iterable<Hex>, shopOf: ShopOf): readonly Opened[] {
  const all = [...values].filter((value) => value.length === 64);
  const held = logarithmsOf(crypto, all);
  const groups = seen.flatMap(({ sighting }) => sighting.groups);
  const known: Logarithms = new Map([...held, ...groups.flatMap((group) => sharedKey(crypto, group, held))]);
  return [
    ...ciphertextsOpened(crypto, seen, known),
    ...escrowsOpened(crypto, seen, known),
    ...registrationsMade(crypto, seen, all, shopOf),
  ];
}

/** The goods themselves: P that fits the certificate, however it was had, and the file that anyone may fetch. */
export function contentsOpened(crypto: Crypto, seen: Seen, values: Iterable<Hex>): readonly Opened[] {
  const all = [...values].filter((value) => value.length === 64);
  const files = seen.flatMap(({ sighting }) => sighting.files);
  return distinctCertificates(crypto, seen).flatMap(({ at, certificate }) => {
    const { pid, contentHash, keyCommitment: kc } = certificate;
    const fits = fitting(
      crypto,
      kc,
      (value) => keyCommitment(crypto, goodsKeys(crypto, raw(value), contentHash)) === kc,
    );
    const secret = all.find(fits);
    if (secret === undefined) return [];
    return files.flatMap((file) => {
      const content = openContent(crypto, { secret: raw(secret), pid }, certificate, file);
      return content.ok ? [{ at, value: toHex(content.value) }] : [];
    });
  });
}

/** What was computed of a value once is not computed again for another coalition. */
function remembered<T>(): (crypto: Crypto, about: string, make: (value: Hex) => T) => (value: Hex) => T {
  const all = new WeakMap<Crypto, Map<string, Map<Hex, T>>>();
  return (crypto, about, make) => {
    const known = all.get(crypto) ?? new Map<string, Map<Hex, T>>();
    all.set(crypto, known);
    const of = known.get(about) ?? new Map<Hex, T>();
    known.set(about, of);
    return (value) => {
      let found = of.get(value);
      if (found === undefined) {
        found = make(value);
        of.set(value, found);
      }
      return found;
    };
  };
}

/** kG; empty for what is no scalar. */
const bases = remembered<Hex>();
const fitting = remembered<boolean>();
const drawn = remembered<boolean>();
const seeds = remembered<boolean>();
const certHashes = new WeakMap<Certificate, Hex>();

function distinctCertificates(
  crypto: Crypto,
  seen: Seen,
): readonly { readonly at: number; readonly certificate: Certificate; readonly certHash: Hex }[] {
  const all = seen.flatMap(({ sighting }, at) =>
    sighting.certificates.map((certificate) => {
      const certHash = certHashes.get(certificate) ?? certHashOf(crypto, certificate);
      certHashes.set(certificate, certHash);
      return { at, certificate, certHash };
    }),
  );
  return [...new Map(all.map((each) => [each.certHash, each])).values()];
}

/** kG of every scalar k that is held: whoever has v has V, whoever has a has A. */
function logarithmsOf(crypto: Crypto, values: readonly Hex[]): Logarithms {
  const baseOf = bases(crypto, "", (value) => (isScalar(raw(value)) ? commitmentOf(crypto, value) : ""));
  const known = new Map<Hex, Hex>();
  for (const value of values) {
    const point = baseOf(value);
    if (point !== "") known.set(point, value);
  }
  return known;
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
      if (secret !== undefined) return [{ at, value: unsealPoint(crypto, secret, { head, body }) }];
      return blinding === undefined ? [] : [{ at, value: unsealPoint(crypto, blinding, { head: key, body }) }];
    });
  });
}

/**
 * y_iA of as many trustees as make yA, and P = D − yA. Each comes from the trustee's share, or from its answer about any
 * order for goods with this A, to whoever has that order's x: y_iA = xR − U. So what one buyer was answered and another,
 * and what a trustee itself knows, count together; and goods that share an A open together.
 */
function escrowsOpened(crypto: Crypto, seen: Seen, known: Logarithms): readonly Opened[] {
  const { group: arithmetic } = crypto;
  const groups = new Map(
    seen.flatMap(({ sighting }) => sighting.groups).map((each) => [groupIdOf(crypto, each), each]),
  );
  const answers = seen.flatMap(({ sighting }) => sighting.answers);
  const orders = new Map(seen.flatMap(({ sighting }) => sighting.orders).map((order) => [order.tid, order]));
  const certificates = distinctCertificates(crypto, seen);
  const heads = new Map(certificates.map(({ certHash, certificate }) => [certHash, certificate.escrow.head]));
  return certificates.flatMap(({ at, certificate }) => {
    const { escrow, group: id } = certificate;
    const group = groups.get(id);
    if (group === undefined || !crypto.group.isPoint(raw(escrow.head))) return [];
    const parts = new Map<number, Point>();
    for (const { index, share } of group.trustees) {
      const secret = known.get(share);
      if (secret !== undefined) parts.set(index, arithmetic.multiply(raw(secret), raw(escrow.head)));
    }
    for (const { tid, index, r, u, group: answering } of answers) {
      const order = orders.get(tid);
      if (order === undefined || answering !== id || heads.get(order.certHash) !== escrow.head) continue;
      const x = known.get(order.disputes);
      if (x !== undefined) parts.set(index, arithmetic.subtract(arithmetic.multiply(raw(x), raw(r)), raw(u)));
    }
    if (parts.size < group.threshold) return [];
    const enough = [...parts].slice(0, group.threshold);
    const weights = lagrange(
      crypto,
      enough.map(([index]) => index),
    );
    const terms = enough.map(([, part], place) => arithmetic.multiply(weights[place] as Uint8Array, part));
    const shared = terms.reduce((sum, term) => arithmetic.add(sum, term));
    return [{ at, value: toHex(arithmetic.subtract(raw(escrow.body), shared)) }];
  });
}

/** P and a of everything that a shop ever registered, and each v, by its seed and what the registration was drawn with. */
function registrationsMade(crypto: Crypto, seen: Seen, values: readonly Hex[], shopOf: ShopOf): readonly Opened[] {
  return distinctCertificates(crypto, seen).flatMap(({ at, certificate: { merchant, pid } }) => {
    const registration = values.find(drawn(crypto, pid, (value) => pidOf(crypto, merchant, value) === pid));
    const isSeed = (value: Hex) => shopOf(crypto, raw(value))?.publicKey === merchant;
    const seed = values.find(seeds(crypto, merchant, isSeed));
    const sales = seed === undefined ? undefined : shopOf(crypto, raw(seed))?.sales;
    if (sales === undefined) return [];
    const openings = seen.flatMap(({ sighting }, place) =>
      sighting.orders
        .filter((order) => order.merchant === merchant)
        .map(({ tid }) => ({ at: place, value: openingOf(crypto, sales, tid) })),
    );
    if (registration === undefined) return openings;
    const { point, scalar } = goodsPointOf(crypto, sales, registration);
    return [...openings, { at, value: toHex(point) }, { at, value: toHex(scalar) }];
  });
}
