/** One statement of an evidence file: who signed it, whether that holds, what it says and which others it names. */
import { decode, type Hex, type Schema } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import { certificateSchema, orderSchema, slipSchema } from "@counterfoil/protocols/contract";
import { leafSchema, loggedSchema, logIdOf, logSchema, postedSchema, readLogged } from "@counterfoil/protocols/log";
import { abortedSchema, receiptSchema, refusalSchema } from "@counterfoil/protocols/money";
import { answerSchema } from "@counterfoil/protocols/trustees";
import type { Field } from "../diagram/sequence.ts";
import { readMessage } from "../wallet/reading.ts";

export interface Statement {
  readonly id: string;
  readonly title: string;
  /** What it says, in one sentence. */
  readonly says: string;
  /** null where nobody signs it by itself: then another statement names its hash. */
  readonly signer: Signer | null;
  /** Whether that signature holds; null without one. */
  readonly holds: boolean | null;
  /** The statements, by id, whose hash is in this one. */
  readonly names: readonly string[];
  /** The statement that no honest signer of this one signs as well. */
  readonly against: string | null;
  readonly fields: readonly Field[];
}

export interface Signer {
  /** "the bank" */
  readonly who: string;
  readonly key: Hex;
}

/** What one statement of a kind says, whoever made it. */
export interface Kind {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly who: string;
  readonly names?: readonly string[];
  readonly against?: string;
}

export function statement<T>(
  crypto: Crypto,
  { id, title, says, who, names = [], against }: Kind,
  signed: Uint8Array,
  schema: Schema<T>,
  keyOf: (value: T) => Hex,
): Statement {
  const value = read(schema, signed);
  const key = value.ok ? keyOf(value.value.value) : NOBODY;
  const holds = open(crypto, schema, signed, () => key).ok;
  const { fields } = readMessage(signed);
  return { id, title, says, signer: { who, key }, holds, names, against: against ?? null, fields };
}

/** Nothing verifies under it. */
export const NOBODY: Hex = "00".repeat(32);

export function certificateOf(crypto: Crypto, signed: Uint8Array): Statement {
  const value = read(certificateSchema, signed);
  const isOwn = value.ok && value.value.value.certifier === value.value.value.merchant;
  const kind = {
    id: "certificate",
    title: "Certificate",
    says: "The key in here opens this file, and what it opens has this hash.",
    who: isOwn ? "the seller, for its own goods" : "the certifier",
  };
  return statement(crypto, kind, signed, certificateSchema, ({ certifier }) => certifier);
}

export function orderOf(crypto: Crypto, signed: Uint8Array, names: readonly string[] = ["certificate"]): Statement {
  const says = "I want what this certificate says, for this price, until then.";
  const kind = { id: "order", title: "Order", says, who: "the buyer's one-time key", names };
  return statement(crypto, kind, signed, orderSchema, ({ buyer }) => buyer);
}

export function slipOf(crypto: Crypto, signed: Uint8Array, names: readonly string[], changes: Partial<Kind> = {}) {
  const says = "I sell what this order wants, by the one key that this commitment fixes.";
  const kind = { id: "slip", title: "Slip", says, who: "the seller", names, ...changes };
  return statement(crypto, kind, signed, slipSchema, ({ merchant }) => merchant);
}

export function receiptOf(crypto: Crypto, signed: Uint8Array, names: readonly string[], changes: Partial<Kind> = {}) {
  const kind = { id: "receipt", title: "Receipt", says: "This slip is paid.", who: "the bank", names, ...changes };
  return statement(crypto, kind, signed, receiptSchema, ({ bank }) => bank);
}

export function abortedOf(crypto: Crypto, signed: Uint8Array, changes: Partial<Kind>): Statement {
  const kind = { id: "aborted", title: "Aborted", says: "This will not be paid.", who: "the bank", ...changes };
  return statement(crypto, kind, signed, abortedSchema, ({ bank }) => bank);
}

export function refusalOf(crypto: Crypto, signed: Uint8Array, changes: Partial<Kind>): Statement {
  const kind = { id: "refusal", title: "Refusal", says: "This slip ended unpaid.", who: "the bank", ...changes };
  return statement(crypto, kind, signed, refusalSchema, ({ bank }) => bank);
}

export function bareLeafOf(crypto: Crypto, bank: Hex, signed: Uint8Array, changes: Partial<Kind> = {}): Statement {
  const kind = { id: "leaf", title: "Leaf", says: "This slip is paid, for its log.", who: "the bank", ...changes };
  return statement(crypto, kind, signed, leafSchema, () => bank);
}

/** [“posted/1”, …]log */
export function postedOf(crypto: Crypto, signed: Uint8Array, key: Hex, changes: Partial<Kind>): Statement {
  const says = "I have entered this, at this place.";
  const kind = { id: "posted", title: "Acceptance", says, who: "the log", ...changes };
  return statement(crypto, kind, signed, postedSchema, () => key);
}

/** Something in a log, under a head that the log and a quorum of its witnesses have signed. */
export function loggedOf(crypto: Crypto, logged: Uint8Array, kind: Omit<Kind, "who">): Statement {
  const there = readOwn(crypto, logged);
  const { id, title, says, names = [], against } = kind;
  const key = there?.descriptor.key ?? NOBODY;
  const { fields } = readMessage(logged);
  const signer = { who: "the log and its witnesses", key };
  return { id, title, says, signer, holds: there !== null, names, against: against ?? null, fields };
}

/** Whatever log it is of. */
export function readOwn(crypto: Crypto, logged: Uint8Array) {
  const entry = decode(loggedSchema, logged);
  const log = entry.ok ? decode(logSchema, entry.value.descriptor) : null;
  return log?.ok === true ? readLogged(crypto, logIdOf(crypto, log.value), logged) : null;
}

type Members = readonly { readonly index: number; readonly key: Hex }[];

export function answerOf(crypto: Crypto, signed: Uint8Array, members: Members, at: number): Statement {
  const answer = read(answerSchema, signed);
  const index = answer.ok ? answer.value.value.index : 0;
  const kind = {
    id: `answer-${at + 1}`,
    title: `Answer of trustee ${index}`,
    says: "My part of the goods' key, for this buyer alone.",
    who: `trustee ${index}`,
    names: ["order", "certificate"],
  };
  return statement(
    crypto,
    kind,
    signed,
    answerSchema,
    () => members.find((each) => each.index === index)?.key ?? NOBODY,
  );
}
