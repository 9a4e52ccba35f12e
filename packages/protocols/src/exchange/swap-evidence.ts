/**
 * A text that two have signed, judged offline by anybody (S1 §1: contract signing). A signature is its promise and σ, proven
 * to be what the promise holds: by the offer and its opening, or by the trustees' answers and x. Nothing here is secret: who
 * may show that both signed is for both to say.
 */
import {
  decode,
  encode,
  type Hex,
  hex32,
  list,
  type Of,
  type Result,
  record,
  refused,
  toHex,
  union,
} from "@counterfoil/base";
import { type Crypto, open, raw } from "@counterfoil/crypto";
import {
  offerBodySchema,
  offerHashOf,
  offerHolds,
  opening,
  opens,
  purchaseKeys,
  type SignatureCertificate,
  signatureCertHashOf,
  signatureCertificateHolds,
  signatureCertificateSchema,
  signedBytes,
  slipSchema,
  unsealPoint,
} from "../contract/index.ts";
import { combineAnswers, disputedSale, groupIdOf, groupSchema, TRUSTEES_LIMIT } from "../trustees/index.ts";
import type { GivingState } from "./swap-giving.ts";
import { ownIn, ownOffer } from "./swap-offering.ts";
import { openingIn, orderOf, type Swap, type SwapConfig, trusteesIn } from "./swap-record.ts";
import type { TakingState } from "./swap-taking.ts";

const signatureSchema = record(null, {
  certificate: signedBytes,
  slip: signedBytes,
  release: union("kind", {
    opening: record(null, { opening, offer: offerBodySchema }),
    /** What trustees answered under this order, and x, by which its maker reads them. */
    answers: record(null, {
      order: signedBytes,
      group: groupSchema,
      answers: list(signedBytes, TRUSTEES_LIMIT),
      x: hex32,
    }),
  }),
});
type SignatureEvidence = Of<typeof signatureSchema>;

/** The two parties of one swap. */
const SIGNATORIES = 2;

export const contractSchema = record("contract-signature/1", {
  textHash: hex32,
  signatures: list(signatureSchema, SIGNATORIES),
});

export interface Signed {
  readonly merchant: Hex;
  /** K, and σ = k·H(text). */
  readonly signer: Hex;
  readonly signature: Hex;
}

export interface SignedContract {
  readonly textHash: Hex;
  readonly signatories: readonly Signed[];
}

export type ContractReason = "malformed" | "wrong-certificate" | "another-text" | "one-signatory" | "wrong-signature";

/** Takes bytes from anywhere and believes only signatures and proofs. */
export function judgeContract(crypto: Crypto, evidence: Uint8Array): Result<SignedContract, ContractReason> {
  const contract = decode(contractSchema, evidence);
  if (!contract.ok) return refused("malformed");
  const { textHash, signatures } = contract.value;
  const signatories: Signed[] = [];
  for (const each of signatures) {
    const opened = open(crypto, signatureCertificateSchema, each.certificate, ({ merchant }) => merchant);
    if (!opened.ok || !signatureCertificateHolds(crypto, opened.value.value)) return refused("wrong-certificate");
    const certificate = opened.value.value;
    if (certificate.textHash !== textHash) return refused("another-text");
    const signature = signatureIn(crypto, each, certificate);
    if (signature === null) return refused("wrong-signature");
    signatories.push({ merchant: certificate.merchant, signer: certificate.signer, signature });
  }
  if (new Set(signatories.map(({ merchant }) => merchant)).size !== SIGNATORIES) return refused("one-signatory");
  return { ok: true, value: { textHash, signatories } };
}

/** σ, which the promise and the proof fix; null where it is not shown. */
function signatureIn(crypto: Crypto, evidence: SignatureEvidence, certificate: SignatureCertificate): Hex | null {
  const { release } = evidence;
  if (release.kind === "opening") {
    const slip = open(crypto, slipSchema, evidence.slip, () => certificate.merchant);
    if (!slip.ok) return null;
    const { tid, commitment, offerHash } = slip.value.value;
    const { offer } = release;
    if (offer.tid !== tid || offer.commitment !== commitment) return null;
    if (offerHashOf(crypto, offer) !== offerHash || !opens(crypto, release.opening, commitment)) return null;
    const certHash = signatureCertHashOf(crypto, certificate);
    if (!offerHolds(crypto, offer, { ...certificate, certHash })) return null;
    return unsealPoint(crypto, release.opening, offer.sealed);
  }
  const asked = disputedSale(crypto, { certificate: evidence.certificate, order: release.order, slip: evidence.slip });
  if (asked === null || groupIdOf(crypto, release.group) !== certificate.group) return null;
  if (release.group.key !== certificate.groupKey || !opens(crypto, release.x, asked.disputes)) return null;
  return combineAnswers(crypto, release.group, asked, release.answers, raw(release.x)).point;
}

type Had = Extract<GivingState | TakingState, { phase: "had" }>;

/** Either party's, of a swap of signatures that it has: its own and the other's. Null where it was of something else. */
export function contractOf(config: SwapConfig, state: Had): Uint8Array | null {
  const { crypto } = config;
  const texts = [state.swap.mine, state.swap.theirs].map(({ certificate }) => textIn(crypto, certificate));
  const [textHash] = texts;
  if (textHash === undefined || textHash === null || texts[1] !== textHash) return null;
  return encode(contractSchema, {
    textHash,
    signatures: [ownSignature(config, state.swap), theirSignature(config, state)],
  });
}

function textIn(crypto: Crypto, certificate: Uint8Array): Hex | null {
  const opened = open(crypto, signatureCertificateSchema, certificate, ({ merchant }) => merchant);
  return opened.ok ? opened.value.value.textHash : null;
}

/** One's own offer, made again, under the opening that is one's own to show. */
function ownSignature(config: SwapConfig, swap: Swap): SignatureEvidence {
  const { certificate, slip } = swap.mine;
  const offer = ownOffer(config, ownIn(config, swap), orderOf(swap.theirs.order));
  return { certificate, slip, release: { kind: "opening", opening: openingIn(config, swap), offer } };
}

function theirSignature({ crypto, seed }: SwapConfig, state: Had): SignatureEvidence {
  const { mine, theirs } = state.swap;
  const { certificate, slip, offer } = theirs;
  const release = "release" in state ? state.release : ({ kind: "opening", opening: state.opening } as const);
  if (release.kind === "opening") return { certificate, slip, release: { ...release, offer } };
  const { disputes } = purchaseKeys(crypto, seed, orderOf(mine.order).nonce);
  const { answers } = release;
  const order = mine.order;
  return {
    certificate,
    slip,
    release: { kind: "answers", order, group: trusteesIn(state.swap), answers, x: toHex(disputes.secret) },
  };
}
