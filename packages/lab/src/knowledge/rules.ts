/**
 * What anybody can compute from what stands in one document: the hashes of the shipped code, its coin arithmetic, and the
 * plain hash of every value, so that a value and what was hashed from it count as the same.
 */
import { decode, type Hex, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, fitsModulus, raw } from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  type OfferBody,
  type Order,
  offerBodySchema,
  offerHashOf,
  orderSchema,
  poHashOf,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "@counterfoil/protocols/contract";
import { contentHashOf, recKeyOf } from "@counterfoil/protocols/log";
import {
  bankAnswer,
  blindedIdOf,
  type Coin,
  coinIdOf,
  coinMessageOf,
  coinSetOf,
  refreshIdOf,
  refreshRequest,
  spendDigestOf,
  withdrawIdOf,
  withdrawSchema,
} from "@counterfoil/protocols/money";
import { type Answer, answerSchema, groupSchema, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import type { Blinded, Moduli } from "./arithmetic.ts";
import { type Contents, type Item, parseCbor } from "./contents.ts";

export interface Sighting {
  /** Everything that follows from the document alone. */
  readonly derived: ReadonlySet<Hex>;
  readonly coins: readonly Coin[];
  readonly blinded: readonly Blinded[];
  readonly offers: readonly OfferBody[];
  readonly certificates: readonly Certificate[];
  /** Each with its own tid. */
  readonly orders: readonly (Order & { readonly tid: Hex })[];
  readonly groups: readonly TrusteeGroup[];
  readonly answers: readonly Answer[];
  /** Encrypted goods. */
  readonly files: readonly Uint8Array[];
}

export function sightingOf(crypto: Crypto, contents: Contents, moduli: Moduli): Sighting {
  const derived = new Set<Hex>();
  for (const value of contents.values) if (value.length <= 128) derived.add(toHex(crypto.sha256(raw(value))));
  const coins = coinsIn(contents);
  const blinded = blindedIn(crypto, contents, moduli);
  const offers: OfferBody[] = [];
  const certificates: Certificate[] = [];
  const orders: Sighting["orders"][number][] = [];
  const groups: TrusteeGroup[] = [];
  const answers: Answer[] = [];
  const slipHashes: Hex[] = [];
  for (const value of contents.values) {
    const bytes = raw(value);
    switch (tagIn(bytes)) {
      case "slip/1": {
        const slip = decode(slipSchema, bytes);
        if (!slip.ok) break;
        const slipHash = slipHashOf(crypto, bytes);
        slipHashes.push(slipHash);
        for (const name of entryNames(crypto, slip.value, slipHash)) derived.add(name);
        break;
      }
      case "po/1": {
        const order = decode(orderSchema, bytes);
        if (!order.ok) break;
        const poHash = poHashOf(crypto, order.value);
        const tid = tidOf(crypto, { ...order.value, poHash });
        derived
          .add(poHash)
          .add(tid)
          .add(recKeyOf(crypto, order.value.bank, tid));
        orders.push({ ...order.value, tid });
        break;
      }
      case "cert/1": {
        const certificate = decode(certificateSchema, bytes);
        if (!certificate.ok) break;
        derived.add(certHashOf(crypto, certificate.value));
        certificates.push(certificate.value);
        break;
      }
      case "offer/1": {
        const offer = decode(offerBodySchema, bytes);
        if (!offer.ok) break;
        derived.add(offerHashOf(crypto, offer.value));
        offers.push(offer.value);
        break;
      }
      case "group/1": {
        const group = decode(groupSchema, bytes);
        if (group.ok) groups.push(group.value);
        break;
      }
      case "answer/1": {
        const answer = decode(answerSchema, bytes);
        if (answer.ok) answers.push(answer.value);
        break;
      }
      case "withdraw/1":
        if (decode(withdrawSchema, bytes).ok) derived.add(withdrawIdOf(crypto, bytes));
        break;
      case "refresh-request/1": {
        const request = decode(refreshRequest, bytes);
        if (request.ok) derived.add(refreshIdOf(crypto, request.value.refresh));
        break;
      }
    }
  }
  for (const slipHash of slipHashes) derived.add(slipHash);
  for (const digest of coinNames(crypto, coins, slipHashes, moduli)) derived.add(digest);
  for (const { keyId, value } of blinded) derived.add(blindedIdOf(crypto, keyId, value));
  const files = contents.raw.filter(isFile);
  return { derived, coins, blinded, offers, certificates, orders, groups, answers, files };
}

/** What a log's entries about a slip call it. */
function entryNames(crypto: Crypto, { bank, tid }: Slip, slipHash: Hex): readonly Hex[] {
  const kinds = ["open", "committed", "aborted", "paid"] as const;
  return [recKeyOf(crypto, bank, tid), ...kinds.map((kind) => contentHashOf(crypto, kind, bank, slipHash))];
}

/** What an age file begins with: at once, or after the few bytes that say how long it is. */
const AGE = utf8("age-encryption.org/v1\n");
const HEAD_BYTES = 32;

function isFile(bytes: Uint8Array): boolean {
  for (let at = 0; at + AGE.length <= Math.min(HEAD_BYTES, bytes.length); at++) {
    if (AGE.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

function tagIn(bytes: Uint8Array): string | null {
  const item = parseCbor(bytes);
  return Array.isArray(item) && typeof item[0] === "string" ? item[0] : null;
}

function coinsIn({ lists }: Contents): readonly Coin[] {
  return lists.flatMap((list) => {
    const [keyId, publicKey, prefix, signature] = list;
    if (list.length !== 4 || !isOf(keyId, 32) || !isOf(publicKey, 32) || !isOf(prefix, 32)) return [];
    if (!(signature instanceof Uint8Array) || signature.length < 256) return [];
    return [{ keyId: toHex(keyId), publicKey: toHex(publicKey), prefix: toHex(prefix), signature }];
  });
}

/** Outputs of a request; with the signatures of its answer, which come in the same order. */
function blindedIn(crypto: Crypto, { lists, values }: Contents, moduli: Moduli): readonly Blinded[] {
  const found = new Map<Hex, Blinded>();
  for (const list of lists) {
    const [keyId, value] = list;
    if (list.length !== 2 || !isOf(keyId, 32) || !(value instanceof Uint8Array)) continue;
    if (moduli.get(toHex(keyId))?.length !== value.length) continue;
    found.set(toHex(value), { keyId: toHex(keyId), value, signature: null });
  }
  for (const each of values) {
    const answer = decode(bankAnswer, raw(each));
    if (!answer.ok || (answer.value.kind !== "issued" && answer.value.kind !== "reissued")) continue;
    for (const signature of answer.value.signatures) {
      if (signature === null) continue;
      for (const blinded of found.values()) {
        const modulus = moduli.get(blinded.keyId) as Uint8Array;
        if (!fitsModulus(modulus, signature)) continue;
        const signed = toHex(crypto.rsaPublic(modulus, signature));
        if (signed === toHex(blinded.value)) found.set(signed, { ...blinded, signature });
      }
    }
  }
  return [...found.values()];
}

/** A coin's name, the message and the number that its signature is of, and what it signs to pay the slips beside it. */
function coinNames(crypto: Crypto, coins: readonly Coin[], slipHashes: readonly Hex[], moduli: Moduli): Hex[] {
  const ids = coins.map((coin) => coinIdOf(crypto, coin));
  const names = coins.flatMap((coin) => {
    const modulus = moduli.get(coin.keyId);
    const message = toHex(coinMessageOf(crypto, coin));
    if (modulus === undefined || !fitsModulus(modulus, coin.signature)) return [message];
    return [message, toHex(crypto.rsaPublic(modulus, coin.signature))];
  });
  const set = coinSetOf(crypto, [...new Set(ids)]);
  const digests = slipHashes.flatMap((slipHash) => ids.map((coinId) => spendDigestOf(crypto, coinId, slipHash, set)));
  return [...ids, ...names, ...(coins.length === 0 ? [] : [set]), ...digests];
}

function isOf(item: Item | undefined, length: number): item is Uint8Array {
  return item instanceof Uint8Array && item.length === length;
}
