/**
 * A signature as an item (S1 §1: contract signing). The signature on a text is a point, σ = k·H(text) under the signer's key
 * K = kG, so that it takes the place of the goods' point P: escrowed to the same trustees, sealed in the same offer, shown by
 * the same proof to be in there before anybody gives anything. It needs no certifier, since anybody can check all of it.
 *
 * What is signed here before the exchange is a promise of a signature. It counts as a signature only together with σ.
 */
import { encode, encodeItems, type Hex, hex32, type Of, record, toHex } from "@counterfoil/base";
import {
  type Crypto,
  G,
  H,
  type Point,
  proofSchema,
  prove,
  proves,
  raw,
  type Scalar,
  type SigningKey,
  type Statement,
  scalarFrom,
  sign,
} from "@counterfoil/crypto";
import type { GoodsPoint } from "./escrow.ts";

/** A text is read by people before they sign it. */
export const TEXT_LIMIT_BYTES = 1024 * 1024;

/** Signed by `merchant`, whose signature it will be; the proof binds K to that name. */
export const signatureCertificateSchema = record("signature-cert/1", {
  merchant: hex32,
  /** K. */
  signer: hex32,
  textHash: hex32,
  /** Drawn once for each certificate, so that a is fresh. */
  registration: hex32,
  group: hex32,
  groupKey: hex32,
  /** A = aG, D = σ + aY. */
  escrow: record(null, { head: hex32, body: hex32 }),
  /** K = kG, A = aG, D = k·H(text) + aY. */
  proof: proofSchema,
});
export type SignatureCertificate = Of<typeof signatureCertificateSchema>;

export interface Signatory {
  readonly key: SigningKey;
  readonly seed: Uint8Array;
}

export type SignatureTerms = Pick<SignatureCertificate, "textHash" | "registration" | "group" | "groupKey">;

export function textHashOf(crypto: Crypto, text: Uint8Array): Hex {
  return H(crypto, "text/1", crypto.sha256(text));
}

export function signatureCertHashOf(crypto: Crypto, certificate: SignatureCertificate): Hex {
  return H(crypto, "cert-hash/1", encode(signatureCertificateSchema, certificate));
}

/** K: one for each signatory. */
export function signerKeyOf(crypto: Crypto, seed: Uint8Array): Hex {
  return toHex(crypto.group.base(signerSecret(crypto, seed)));
}

/** σ and a. Over two texts a is never the same: D − D' would then be σ − σ'. */
export function signaturePointOf(
  crypto: Crypto,
  seed: Uint8Array,
  { textHash, registration }: Pick<SignatureTerms, "textHash" | "registration">,
): GoodsPoint {
  return {
    point: crypto.group.multiply(signerSecret(crypto, seed), textPoint(crypto, textHash)),
    scalar: scalarFrom(crypto, seed, "signature escrow", encodeItems([raw(textHash), raw(registration)])),
  };
}

export function certifySignature(crypto: Crypto, { key, seed }: Signatory, terms: SignatureTerms): Uint8Array {
  const { group } = crypto;
  const { point, scalar } = signaturePointOf(crypto, seed, terms);
  const promised = {
    ...terms,
    merchant: key.publicKey,
    signer: signerKeyOf(crypto, seed),
    escrow: {
      head: toHex(group.base(scalar)),
      body: toHex(group.add(point, group.multiply(scalar, raw(terms.groupKey)))),
    },
  };
  const proof = prove(crypto, promiseOf(crypto, promised), [signerSecret(crypto, seed), scalar]);
  return sign(crypto, key, signatureCertificateSchema, { ...promised, proof });
}

/** That D holds k·H(text), for the k of K, whoever signed the certificate. */
export function signatureCertificateHolds(crypto: Crypto, certificate: SignatureCertificate): boolean {
  const { signer, groupKey, escrow, proof } = certificate;
  return (
    [signer, groupKey, escrow.head, escrow.body].every((point) => crypto.group.isPoint(raw(point))) &&
    proves(crypto, promiseOf(crypto, certificate), proof)
  );
}

function promiseOf(crypto: Crypto, promised: Omit<SignatureCertificate, "proof">): Statement {
  const { merchant, signer, textHash, registration, group, groupKey, escrow } = promised;
  return {
    domain: "signature-cert/1",
    context: [merchant, textHash, registration, group].map(raw),
    relations: [
      { bases: [G, null], image: raw(signer) },
      { bases: [null, G], image: raw(escrow.head) },
      { bases: [textPoint(crypto, textHash), raw(groupKey)], image: raw(escrow.body) },
    ],
  };
}

/** H(text): nobody knows its logarithm. */
function textPoint(crypto: Crypto, textHash: Hex): Point {
  return crypto.group.fromUniform(crypto.sha512(encodeItems(["signature-text/1", raw(textHash)])));
}

/** k. */
function signerSecret(crypto: Crypto, seed: Uint8Array): Scalar {
  return scalarFrom(crypto, seed, "signature key");
}
