/**
 * What a message says, member by member, for whoever watches a purchase. It is read, never verified: who believes what is the
 * machines' business. What would open the goods is marked, and hidden until its owner asks for it.
 */
import { bytes, decode, hex32, instant, peekTag, record, type Schema, text, toHex } from "@counterfoil/base";
import { read, tagOf } from "@counterfoil/crypto";
import {
  acknowledgementSchema,
  certificateSchema,
  credentialSchema,
  credentialUseSchema,
  orderSchema,
  paySchema,
  priceRequest,
  quoteMessage,
  slipSchema,
  visitSchema,
} from "@counterfoil/protocols/contract";
import {
  acknowledgementMessage,
  declineSchema,
  merchantAnswer,
  orderMessage,
  partOrderMessage,
  paymentMessage,
  releaseMessage,
} from "@counterfoil/protocols/exchange";
import { leafSchema, lockSchema, logAnswer, loggedSchema, logQuery, postedSchema } from "@counterfoil/protocols/log";
import {
  abortedSchema,
  abortRequest,
  abortSchema,
  accountRequest,
  bankAnswer,
  coinKeysRequest,
  heldSchema,
  holdRequest,
  queryRequest,
  receiptSchema,
  refreshRequest,
  refreshSchema,
  refusalSchema,
  reissueRequest,
  settleRequest,
  withdrawRequest,
  withdrawSchema,
} from "@counterfoil/protocols/money";
import {
  answerSchema,
  disputeRequest,
  disputeSchema,
  noAnswerSchema,
  trusteeAnswer,
} from "@counterfoil/protocols/trustees";
import type { Field } from "../diagram/sequence.ts";

export interface Read {
  /** Its domain's last words: "order", "payment"; of an answer its kind. */
  readonly name: string;
  readonly fields: readonly Field[];
}

/** Deeper than any message of ours goes: a payment's slip, its signature's body, a list in it. */
const DEPTH = 8;
/** What a member's value is cut to: a signature of coins has thousands of digits that nobody compares. */
const SHOWN_DIGITS = 96;
const SHOWN_ITEMS = 64;

export function readMessage(message: Uint8Array): Read {
  const tag = tagOf(message);
  if (tag === null) return { name: "message", fields: [] };
  return { name: nameOf(tag), fields: insideOf(message, 0)?.fields ?? [] };
}

export type Answering = "shop" | "bank" | "log" | "trustee" | "other";

export function readAnswer(answer: Uint8Array, from: Answering): Read {
  for (const schema of from === "other" ? Object.values(ANSWERS) : [ANSWERS[from]]) {
    const heard = decode(schema, answer, ANSWER_LIMIT_BYTES);
    if (!heard.ok) continue;
    const { kind, ...members } = heard.value;
    return { name: nameOf(kind), fields: fieldsOf(members, null, 0) };
  }
  return { name: "answer", fields: [] };
}

/** A client takes no longer answer. */
const ANSWER_LIMIT_BYTES = 1024 * 1024;

type AnySchema = Schema<{ readonly kind: string }>;

const ANSWERS: Readonly<Record<Exclude<Answering, "other">, AnySchema>> = {
  shop: merchantAnswer,
  bank: bankAnswer,
  log: logAnswer,
  trustee: trusteeAnswer,
};

/** "counterfoil/exchange/price-request/1" and "price-request/1" are a price request. */
function nameOf(tag: string): string {
  const words = tag
    .replace(/\/\d+$/, "")
    .split("/")
    .at(-1) as string;
  return words.replaceAll("-", " ");
}

interface Inside {
  readonly fields: readonly Field[];
  /** The member that names the key under whose signature it is, or that key's role where the body names none. */
  readonly signer: string | null;
}

/** What bytes of ours hold; null for any others. */
function insideOf(held: Uint8Array, depth: number): Inside | null {
  const tag = tagOf(held);
  if (tag === null || depth > DEPTH) return null;
  const known = KNOWN.get(tag);
  if (known === undefined) return peekTag(held) === null ? ofEnvelope(held, depth) : null;
  const body = known.signer === null ? decode(known.schema, held, ANSWER_LIMIT_BYTES) : bodyOf(known.schema, held);
  if (body === null || !body.ok) return null;
  return { fields: fieldsOf(body.value, known.signer, depth), signer: known.signer };
}

function bodyOf(schema: Schema<object>, held: Uint8Array) {
  const signed = read(schema, held);
  return signed.ok ? ({ ok: true, value: signed.value.value } as const) : null;
}

/** A message that its sender has signed for its recipient. */
function ofEnvelope(held: Uint8Array, depth: number): Inside | null {
  const envelope = read(envelopeSchema, held);
  if (!envelope.ok) return null;
  const { domain, payload, ...about } = envelope.value.value;
  const kind = MESSAGES.find((each) => each.domain === domain);
  const inner = kind === undefined ? null : decode<object>(kind.payload, payload);
  const members = inner?.ok === true ? inner.value : { payload };
  return { fields: fieldsOf({ ...about, ...members }, "sender", depth), signer: "sender" };
}

/** As the envelope is laid out; nothing is believed of it here. */
const envelopeSchema = record(null, {
  domain: text(64),
  sender: hex32,
  recipient: hex32,
  session: hex32,
  previous: hex32,
  notAfterMs: instant,
  payload: bytes(0, 32 * 1024),
});

const MESSAGES: readonly { readonly domain: string; readonly payload: Schema<object> }[] = [
  priceRequest,
  quoteMessage,
  accountRequest,
] as readonly { readonly domain: string; readonly payload: Schema<object> }[];

function fieldsOf(members: object, signer: string | null, depth: number): readonly Field[] {
  return Object.entries(members).map(([name, value]) => fieldOf(name, value, signer, depth));
}

function fieldOf(name: string, value: unknown, signer: string | null, depth: number): Field {
  const signedBy = signer === null ? {} : { signedBy: signer };
  if (SECRET.has(name) && value !== null) {
    const said = value instanceof Uint8Array ? toHex(value) : String(value);
    return { name, value: said, keepsTheGoods: true, ...signedBy };
  }
  if (value instanceof Uint8Array) {
    const inside = insideOf(value, depth + 1);
    const short = `${value.length} bytes`;
    if (inside !== null) return { name, value: short, inside: inside.fields, ...signedBy };
    return { name, value: value.length <= SHOWN_DIGITS / 2 ? toHex(value) : short, ...signedBy };
  }
  if (Array.isArray(value)) {
    const inside = value.slice(0, SHOWN_ITEMS).map((each, at) => fieldOf(String(at + 1), each, signer, depth + 1));
    return { name, value: `${value.length}`, inside, ...signedBy };
  }
  if (typeof value === "object" && value !== null) {
    const kind = (value as { kind?: unknown }).kind;
    const inside = depth > DEPTH ? [] : fieldsOf(value, signer, depth + 1);
    return { name, value: typeof kind === "string" ? kind : "", inside, ...signedBy };
  }
  return { name, value: shown(name, value), ...signedBy };
}

/** v, and the goods' secret sealed to the wallet. */
const SECRET: ReadonlySet<string> = new Set(["opening", "secret"]);

function shown(name: string, value: unknown): string {
  if (value === null) return "none";
  if (name.endsWith("Ms") && typeof value === "number") return new Date(value).toISOString();
  const said = String(value);
  return said.length > SHOWN_DIGITS ? `${said.slice(0, SHOWN_DIGITS)}…` : said;
}

interface Known {
  readonly schema: Schema<object>;
  /** Whose signature is around it; null for what carries signed things and has none of its own. */
  readonly signer: string | null;
}

const KNOWN: ReadonlyMap<string, Known> = new Map<string, Known>([
  ["order/1", bare(orderMessage)],
  ["part-order/1", bare(partOrderMessage)],
  ["payment/1", bare(paymentMessage)],
  ["release/1", bare(releaseMessage)],
  ["acknowledgement/1", bare(acknowledgementMessage)],
  ["settle/1", bare(settleRequest)],
  ["hold-request/1", bare(holdRequest)],
  ["abort-request/1", bare(abortRequest)],
  ["query/1", bare(queryRequest)],
  ["coin-keys-request/1", bare(coinKeysRequest)],
  ["withdraw-request/1", bare(withdrawRequest)],
  ["refresh-request/1", bare(refreshRequest)],
  ["reissue-request/1", bare(reissueRequest)],
  ["dispute-request/1", bare(disputeRequest)],
  ["log-query/1", bare(logQuery)],
  ["logged/1", bare(loggedSchema)],
  ["refresh/1", bare(refreshSchema)],
  ["po/1", by(orderSchema, "buyer")],
  ["slip/1", by(slipSchema, "merchant")],
  ["pay/1", by(paySchema, "buyer")],
  ["visit/1", by(visitSchema, "buyer")],
  ["ack/1", by(acknowledgementSchema, "buyer")],
  ["cert/1", by(certificateSchema, "certifier")],
  ["credential/1", by(credentialSchema, "issuer")],
  ["credential-use/1", by(credentialUseSchema, "holder")],
  ["declined/1", by(declineSchema, "merchant")],
  ["paid/1", by(receiptSchema, "bank")],
  ["aborted/1", by(abortedSchema, "bank")],
  ["refused/1", by(refusalSchema, "bank")],
  ["held/1", by(heldSchema, "bank")],
  ["lock/1", by(lockSchema, "bank")],
  ["leaf/1", by(leafSchema, "bank")],
  ["abort/1", by(abortSchema, "buyer")],
  ["withdraw/1", by(withdrawSchema, "account")],
  ["dispute/1", by(disputeSchema, "buyer")],
  ["posted/1", by(postedSchema, "log")],
  ["answer/1", by(answerSchema, "trustee")],
  ["no-answer/1", by(noAnswerSchema, "trustee")],
]);

// A known schema reads what it reads; which type that is does not matter to whoever shows it.
function bare(schema: unknown): Known {
  return { schema: schema as Schema<object>, signer: null };
}

function by(schema: unknown, signer: string): Known {
  return { schema: schema as Schema<object>, signer };
}
