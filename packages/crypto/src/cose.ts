/**
 * COSE_Sign1 with Ed25519 (RFC 9052 §4.2, RFC 9053 §2.2), and nothing else of COSE: one protected header, no
 * unprotected ones, the payload inside. The bytes are laid out by hand because there is exactly one layout to accept.
 */
import {
  concat,
  decode,
  encode,
  type Hex,
  MESSAGE_LIMIT_BYTES,
  peekTag,
  type Result,
  refused,
  type Schema,
  sameBytes,
  utf8,
} from "@counterfoil/base";
import type { Crypto, SigningKey } from "./crypto.ts";

/** d2: tag 18. 84: four items. 43 a1 01 27: the protected header {alg: EdDSA}. a0: no unprotected header. */
const HEAD = Uint8Array.of(0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0);
const SIGNATURE_HEAD = Uint8Array.of(0x58, 0x40);
const SIGNATURE_BYTES = 64;
/** ["Signature1", protected, external_aad = h'', payload] up to the payload's own head (RFC 9052 §4.4). */
const STRUCTURE_HEAD = concat(
  Uint8Array.of(0x84, 0x6a),
  utf8("Signature1"),
  Uint8Array.of(0x43, 0xa1, 0x01, 0x27, 0x40),
);

export type OpenReason = "malformed" | "too-large" | "wrong-signature";

/** A signed value: the bytes that travel. What they sign is fixed by the schema that opens them. */
export type Signed = Uint8Array;

export interface Opened<T> {
  readonly value: T;
  /** Encoded body, the thing that was signed and that hashes name. */
  readonly body: Uint8Array;
}

export function sign<T>(crypto: Crypto, key: SigningKey, schema: Schema<T>, value: T): Signed {
  return signBody(crypto, key, encode(schema, value));
}

export function signBody(crypto: Crypto, key: SigningKey, body: Uint8Array): Signed {
  const wrapped = concat(bytesHead(body.length), body);
  const signature = crypto.sign(key, concat(STRUCTURE_HEAD, wrapped));
  return concat(HEAD, wrapped, SIGNATURE_HEAD, signature);
}

/** Decodes, then verifies under the key that the body itself names. */
export function open<T>(
  crypto: Crypto,
  schema: Schema<T>,
  signed: Signed,
  signer: (value: T) => Hex,
): Result<Opened<T>, OpenReason> {
  const parts = parse(signed);
  if (parts === null) return refused(signed.length > MESSAGE_LIMIT_BYTES ? "too-large" : "malformed");
  const value = decode(schema, parts.body);
  if (!value.ok) return value;
  if (!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)) {
    return refused("wrong-signature");
  }
  return { ok: true, value: { value: value.value, body: parts.body } };
}

/** Reads a signed body without verifying: for bytes whose origin is already settled, such as our own rows. */
export function read<T>(schema: Schema<T>, signed: Signed): Result<Opened<T>, OpenReason> {
  const parts = parse(signed);
  if (parts === null) return refused("malformed");
  const value = decode(schema, parts.body);
  return value.ok ? { ok: true, value: { value: value.value, body: parts.body } } : value;
}

/** Whether we signed exactly these bytes: Ed25519 is deterministic, so signing again is cheaper than verifying. */
export function isOurs(crypto: Crypto, key: SigningKey, signed: Signed): boolean {
  const parts = parse(signed);
  return parts !== null && crypto.equal(signBody(crypto, key, parts.body), signed);
}

/** The signed body of bytes that we made ourselves. */
export function bodyOf(signed: Signed): Uint8Array {
  const parts = parse(signed);
  if (parts === null) throw new Error("not a signed body");
  return parts.body;
}

/** The tag of a signed list, read without verifying: it only chooses who will open it. */
export function tagOf(message: Uint8Array): string | null {
  return peekTag(parse(message)?.body ?? message);
}

interface Parts {
  readonly body: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly signature: Uint8Array;
}

function parse(signed: Signed): Parts | null {
  if (signed.length > MESSAGE_LIMIT_BYTES) return null;
  const bodyFrom = HEAD.length;
  const signatureFrom = signed.length - SIGNATURE_BYTES;
  const wrappedTo = signatureFrom - SIGNATURE_HEAD.length;
  if (wrappedTo <= bodyFrom || !sameBytes(signed.subarray(0, bodyFrom), HEAD)) return null;
  if (!sameBytes(signed.subarray(wrappedTo, signatureFrom), SIGNATURE_HEAD)) return null;
  const wrapped = signed.subarray(bodyFrom, wrappedTo);
  for (const headBytes of [1, 2, 3]) {
    const length = wrapped.length - headBytes;
    if (length < 0) break;
    const head = bytesHead(length);
    if (head.length === headBytes && sameBytes(wrapped.subarray(0, headBytes), head)) {
      return { body: wrapped.subarray(headBytes), wrapped, signature: signed.subarray(signatureFrom) };
    }
  }
  return null;
}

/** The head of a CBOR byte string, shortest form; longer bodies than 64 KiB are refused before this. */
function bytesHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x10000) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  throw new Error("a signed body is at most 64 KiB");
}
