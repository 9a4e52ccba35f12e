/**
 * The common envelope (P§0). A *message* names its domain, sender, recipient, session, the transcript so far and its
 * expiry, so that nothing can be forwarded to, replayed at, or continued with anyone else. What several parties are
 * shown is an *instrument*, a plain COSE_Sign1 that names the authority it addresses instead.
 */
import {
  bytes,
  decode,
  encode,
  type Hex,
  hex32,
  type Instant,
  instant,
  type Of,
  type Result,
  record,
  refused,
  type Schema,
  text,
} from "@counterfoil/base";
import { isOurs, type Opened, type OpenReason, open, read, type Signed, sign } from "./cose.ts";
import type { Crypto, SigningKey } from "./crypto.ts";
import { H } from "./hash.ts";

const PAYLOAD_LIMIT_BYTES = 32 * 1024;
const DOMAIN_LENGTH = 64;
export const ZERO_HASH: Hex = "00".repeat(32);

const envelopeSchema = record(null, {
  domain: text(DOMAIN_LENGTH),
  sender: hex32,
  recipient: hex32,
  session: hex32,
  previous: hex32,
  notAfterMs: instant,
  payload: bytes(0, PAYLOAD_LIMIT_BYTES),
});

export type Envelope = Omit<Of<typeof envelopeSchema>, "payload" | "domain">;

/** A kind of message: its domain, as in "counterfoil/shop/price-request/1", and what its payload holds. */
export interface MessageKind<T> {
  readonly domain: string;
  readonly payload: Schema<T>;
}

export type EnvelopeReason = OpenReason | "wrong-recipient" | "wrong-session" | "wrong-transcript" | "expired";

export interface Received<T> extends Envelope {
  readonly payload: T;
  /** What the next message of this session must name as `previous`. */
  readonly transcript: Hex;
}

export function post<T>(
  crypto: Crypto,
  key: SigningKey,
  kind: MessageKind<T>,
  envelope: Omit<Envelope, "sender">,
  payload: T,
): Signed {
  return sign(crypto, key, envelopeSchema, {
    ...envelope,
    domain: kind.domain,
    sender: key.publicKey,
    payload: encode(kind.payload, payload),
  });
}

/** Who the receiver is and, for a reply, which session and transcript it must continue. */
export interface Expected {
  readonly recipient: Hex;
  readonly now: Instant;
  readonly session?: Hex;
  readonly previous?: Hex;
}

/** Opens a message in the normative order: form, signature, recipient, session, transcript, expiry. */
export function receive<T>(
  crypto: Crypto,
  kind: MessageKind<T>,
  signed: Signed,
  expected: Expected,
): Result<Received<T>, EnvelopeReason> {
  const opened = open(crypto, envelopeSchema, signed, (value) => value.sender);
  return opened.ok ? check(crypto, kind, opened.value, expected) : opened;
}

/** The same for a message of our own that somebody has brought back (`isOurs`): its signature needs no second look. */
export function recognise<T>(
  crypto: Crypto,
  kind: MessageKind<T>,
  key: SigningKey,
  signed: Signed,
  expected: Expected,
): Result<Received<T>, EnvelopeReason> {
  if (!isOurs(crypto, key, signed)) return refused("wrong-signature");
  const opened = read(envelopeSchema, signed);
  return opened.ok ? check(crypto, kind, opened.value, expected) : opened;
}

function check<T>(
  crypto: Crypto,
  kind: MessageKind<T>,
  { value: { domain, payload, ...envelope }, body }: Opened<Of<typeof envelopeSchema>>,
  expected: Expected,
): Result<Received<T>, EnvelopeReason> {
  if (domain !== kind.domain) return refused("malformed");
  if (envelope.recipient !== expected.recipient) return refused("wrong-recipient");
  if (expected.session !== undefined && envelope.session !== expected.session) return refused("wrong-session");
  if (expected.previous !== undefined && envelope.previous !== expected.previous) return refused("wrong-transcript");
  if (expected.now >= envelope.notAfterMs) return refused("expired");
  const value = decode(kind.payload, payload);
  if (!value.ok) return value;
  return { ok: true, value: { ...envelope, payload: value.value, transcript: transcriptOf(crypto, body) } };
}

export function transcriptOf(crypto: Crypto, body: Uint8Array): Hex {
  return H(crypto, "transcript/1", body);
}
