/**
 * The proof of a gift: payment evidence, the order, and a tag under a key that donor and authority share, x·A = a·X. The donor
 * has x; merchant and bank, who have the payment evidence too, have neither, so they can claim nobody's gift. The authority can
 * make every tag itself, so that one convinces nobody else: whoever is shown it cannot tell who made it.
 */
import { decode, encode, type Hex, type Instant, type Result, refused, toHex } from "@counterfoil/base";
import {
  type BoxKey,
  type Crypto,
  G,
  H,
  KDF,
  prove,
  proves,
  raw,
  read,
  type Scalar,
  scalarFrom,
} from "@counterfoil/crypto";
import { orderSchema, slipHashOf, slipRepeats, slipSchema } from "../contract/index.ts";
import { evidenceSchema, judge } from "../exchange/index.ts";
import {
  type GiftAuthority,
  type GiftProof,
  type GiftReason,
  type GiftStatement,
  giftMessage,
  giftProofSchema,
  giftSchema,
} from "./messages.ts";

const NO_CONTEXT = new Uint8Array(0);

/** a and the box's key, for this purpose only: with a trustee's or a coin's in place of a, a donor would be asked for more. */
export interface AuthorityKeys {
  readonly secret: Scalar;
  readonly box: BoxKey;
}

export function authorityKeys(crypto: Crypto, seed: Uint8Array): AuthorityKeys {
  const box = crypto.boxKey(KDF(crypto, seed, "gift authority box", NO_CONTEXT));
  return { secret: scalarFrom(crypto, seed, "gift authority"), box };
}

export function describeAuthority(crypto: Crypto, { secret, box }: AuthorityKeys, name: string): GiftAuthority {
  const shown = { name, point: toHex(crypto.group.base(secret)), box: box.publicKey };
  return { ...shown, proof: prove(crypto, knowledgeOf(shown), [secret]) };
}

/** It knows a, so whatever is proven to it, it could have made up. A donor proves nothing to one that does not. */
export function authorityHolds(crypto: Crypto, authority: GiftAuthority): boolean {
  return crypto.group.isPoint(raw(authority.point)) && proves(crypto, knowledgeOf(authority), authority.proof);
}

/** The same for every proof of its knowledge of a: a name for its name and keys. */
export function authorityIdOf(crypto: Crypto, { name, point, box }: Shown): Hex {
  return H(crypto, "gift-authority-id/1", name, raw(point), raw(box));
}

type Shown = Omit<GiftAuthority, "proof">;

function knowledgeOf({ name, point, box }: Shown) {
  return {
    domain: "gift-authority/1",
    context: [name, raw(box)],
    relations: [{ bases: [G] as const, image: raw(point) }],
  };
}

/** What a donor has of its gift. */
export interface OwnGift {
  /** Of the payment alone, encoded. */
  readonly evidence: Uint8Array;
  readonly order: Uint8Array;
  /** x of the purchase's keys. */
  readonly secret: Scalar;
}

/** @throws where the gift is not the donor's own. */
export function proveGift(
  crypto: Crypto,
  authority: GiftAuthority,
  { evidence, order, secret }: OwnGift,
  as: Pick<GiftStatement, "name" | "purpose">,
): Uint8Array {
  const contract = contractOf(crypto, evidence, order);
  if (contract === null) throw new Error("a donor's own gift is none");
  const id = authorityIdOf(crypto, authority);
  const { tid, slipHash } = contract;
  const tag = giftTag(crypto, secret, authority.point, { ...as, authority: id, tid, slipHash });
  const proof = encode(giftProofSchema, { ...as, evidence, order, tag });
  return encode(giftMessage, { authority: id, sealed: crypto.seal(authority.box, proof) });
}

/** With x and A, or with a and X: it is the same, which is why it proves nothing to a third. */
export function giftTag(crypto: Crypto, secret: Scalar, point: Hex, statement: GiftStatement): Hex {
  const shared = crypto.group.multiply(secret, raw(point));
  return toHex(KDF(crypto, shared, "gift/1", encode(giftSchema, statement)));
}

export interface ProvenGift {
  readonly tid: Hex;
  readonly slipHash: Hex;
  readonly merchant: Hex;
  readonly bank: Hex;
  /** Which item: whether it is a donation's, and whose, is for the authority to know. */
  readonly certHash: Hex;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly paidAtMs: Instant;
  readonly name: string;
  readonly purpose: string;
}

/** Everything that the proof proves by itself; whether the gift has been claimed before, rows say. */
export function openGift(
  crypto: Crypto,
  keys: AuthorityKeys,
  id: Hex,
  message: Uint8Array,
): Result<ProvenGift, GiftReason> {
  const sent = decode(giftMessage, message);
  if (!sent.ok) return refused("malformed");
  if (sent.value.authority !== id) return refused("another-authority");
  const unsealed = crypto.unseal(keys.box, sent.value.sealed);
  const proof = unsealed === null ? refused("malformed") : decode(giftProofSchema, unsealed);
  return proof.ok ? checkGift(crypto, keys.secret, id, proof.value) : refused("malformed");
}

function checkGift(crypto: Crypto, secret: Scalar, id: Hex, proof: GiftProof): Result<ProvenGift, GiftReason> {
  const judged = judge(crypto, proof.evidence);
  if (!judged.ok || judged.value.kind !== "payment") return refused("wrong-evidence");
  const contract = contractOf(crypto, proof.evidence, proof.order);
  if (contract === null || !crypto.group.isPoint(raw(contract.disputes))) return refused("wrong-order");
  const { tid, slipHash, certHash, disputes } = contract;
  const { name, purpose } = proof;
  const wanted = giftTag(crypto, secret, disputes, { authority: id, tid, slipHash, name, purpose });
  if (!crypto.equal(raw(wanted), raw(proof.tag))) return refused("wrong-tag");
  const { merchant, bank, priceMinor, unit, paidAtMs } = judged.value.payment;
  const paid = { merchant, bank, priceMinor, unit, paidAtMs };
  return { ok: true, value: { ...paid, tid, slipHash, certHash, name, purpose } };
}

/** X and the item, by the order that the slip names. The order needs no signature of its own: the buyer's key took the slip. */
function contractOf(crypto: Crypto, evidence: Uint8Array, orderBytes: Uint8Array) {
  const paid = decode(evidenceSchema, evidence);
  const slip = paid.ok ? read(slipSchema, paid.value.slip) : paid;
  const order = read(orderSchema, orderBytes);
  if (!slip.ok || !order.ok || !slipRepeats(crypto, slip.value.value, order.value.value)) return null;
  const { certHash, disputes } = order.value.value;
  return { tid: slip.value.value.tid, slipHash: slipHashOf(crypto, slip.value.body), certHash, disputes };
}
