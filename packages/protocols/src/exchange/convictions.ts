/**
 * Convictions: statements that nobody who follows the protocol signs, and who signed them. An accusation names nothing but its
 * own bytes, so whoever holds one convinces anybody, offline. What each is proof of rests on what an honest party does: it
 * makes everything of one contract again from the same row or seed, so two different statements about it are never both its.
 *
 * What no accusation shows: goods that are not what their description says, a certified file that does not open (the file
 * itself has to be looked at beside the sale evidence), and silence.
 */
import {
  bytes,
  decode,
  encode,
  type Hex,
  hex32,
  type Of,
  type Result,
  record,
  refused,
  union,
} from "@counterfoil/base";
import { type Crypto, type Opened, open, read } from "@counterfoil/crypto";
import {
  certHashOf,
  certificateSchema,
  orderSchema,
  poHashOf,
  type Slip,
  signedBytes,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { contentHashOf, type Leaf, leafSchema, NOTE_LIMIT_BYTES, recKeyOf } from "../log/index.ts";
import { abortedSchema, type Receipt, receiptNames, receiptSchema, refusalSchema } from "../money/index.ts";
import {
  type Answer,
  answerIsFalse,
  answerSchema,
  groupIdOf,
  groupSchema,
  type TrusteeGroup,
} from "../trustees/index.ts";
import { loggedBytes } from "./asking-log.ts";
import { type EvidenceReason, judge, type SaleFault, saleEvidenceSchema } from "./evidence.ts";
import { convictLog, type LogAccusation, type LogOffence } from "./log-convictions.ts";

const noteBytes = bytes(1, NOTE_LIMIT_BYTES);
const twoOf = { first: signedBytes, second: signedBytes };

/** Evidence of a sale is an accusation as it stands: the same bytes. */
export const accusationSchema = union("kind", {
  sale: saleEvidenceSchema,
  /** Of one merchant under one tid. */
  "two-slips": record("two-slips/1", twoOf),
  /** Of one bank for one tid. */
  "two-receipts": record("two-receipts/1", twoOf),
  "receipt-and-abort": record("receipt-and-abort/1", { receipt: signedBytes, aborted: signedBytes }),
  /** `expired` about the very slip that is paid. */
  "receipt-and-expiry": record("receipt-and-expiry/1", { receipt: signedBytes, refusal: signedBytes }),
  /** A receipt that names this slip, and says something else or came too late. */
  "receipt-and-slip": record("receipt-and-slip/1", { receipt: signedBytes, slip: signedBytes }),
  /** A trustee's answer, and all that it has to fit: Y_i of the group, X of the order, A of the certificate. */
  /** Of one bank for one tid: leaves as the bank has signed them, in whatever log. */
  "two-leaves": record("two-leaves/1", { bank: hex32, tid: hex32, ...twoOf }),
  "receipt-and-leaf": record("receipt-and-leaf/1", { receipt: signedBytes, leaf: signedBytes }),
  "leaf-and-abort": record("leaf-and-abort/1", { leaf: signedBytes, aborted: signedBytes }),
  /** Of one log: two cosigned heads of one size. */
  "two-heads": record("two-heads/1", { descriptor: loggedBytes, first: noteBytes, second: noteBytes }),
  /** Of one log: two outcomes of one contract. */
  "two-outcomes": record("two-outcomes/1", { first: loggedBytes, second: loggedBytes }),
  /** An acceptance of the log's, and what is in its place under a cosigned head. */
  "posted-and-other": record("posted-and-other/1", { posted: signedBytes, logged: loggedBytes }),
  "false-answer": record("false-answer/1", {
    answer: signedBytes,
    group: groupSchema,
    order: signedBytes,
    certificate: signedBytes,
  }),
});
export type Accusation = Of<typeof accusationSchema>;

export type Offence =
  | SaleFault["what"]
  | "two-slips"
  | "two-receipts"
  | "paid-and-aborted"
  | "paid-and-expired"
  | "receipt-differs"
  | "paid-too-late"
  | "two-leaves"
  | "leaf-differs"
  | LogOffence
  | "false-answer";

export interface Conviction {
  readonly who: Hex;
  readonly role: "merchant" | "certifier" | "bank" | "trustee" | "log";
  readonly what: Offence;
  /** The sale that it is about; of a log's, which is not about one alone, the log's id. */
  readonly tid: Hex;
}

/** `no-contradiction`: every statement is signed, and an honest party may have signed all of them. */
export type AcquittalReason = EvidenceReason | "wrong-statement" | "no-contradiction";

type Verdict = Result<Conviction, AcquittalReason>;

/** Takes bytes from anywhere and believes only signatures and hashes. Whether a key is the shop's or bank's that one means, the reader compares. */
export function convict(crypto: Crypto, accusationBytes: Uint8Array): Verdict {
  const accusation = decode(accusationSchema, accusationBytes);
  if (!accusation.ok) return refused("malformed");
  const { value } = accusation;
  switch (value.kind) {
    case "sale":
      return ofSale(crypto, accusationBytes);
    case "two-slips":
      return ofTwoSlips(crypto, value);
    case "two-receipts":
      return ofTwoReceipts(crypto, value);
    case "receipt-and-abort":
      return ofAbort(crypto, value);
    case "receipt-and-expiry":
      return ofExpiry(crypto, value);
    case "receipt-and-slip":
      return ofSlip(crypto, value);
    case "two-leaves":
      return ofTwoLeaves(crypto, value);
    case "receipt-and-leaf":
      return ofLeaf(crypto, value);
    case "leaf-and-abort":
      return ofAbortedLeaf(crypto, value);
    case "two-heads":
    case "two-outcomes":
    case "posted-and-other":
      return ofLog(crypto, value);
    case "false-answer":
      return ofAnswer(crypto, value);
  }
}

export function encodeAccusation(accusation: Accusation): Uint8Array {
  return encode(accusationSchema, accusation);
}

type Kind<K extends Accusation["kind"]> = Extract<Accusation, { kind: K }>;

function ofSale(crypto: Crypto, bytes: Uint8Array): Verdict {
  const judged = judge(crypto, bytes);
  if (!judged.ok) return judged;
  if (judged.value.kind !== "sale" || judged.value.sale.fault === null) return refused("no-contradiction");
  const { fault, tid } = judged.value.sale;
  return guilty(fault.who, fault.role, fault.what, tid);
}

/** A merchant makes its slip of the order and its seed alone: the same order, the same slip, whenever it is asked. */
function ofTwoSlips(crypto: Crypto, { first, second }: Kind<"two-slips">): Verdict {
  const [one, other] = [slipIn(crypto, first), slipIn(crypto, second)];
  if (one === null || other === null) return refused("wrong-statement");
  const { merchant, tid } = one.value;
  const about = merchant === other.value.merchant && tid === other.value.tid;
  if (!about || slipHashOf(crypto, one.body) === slipHashOf(crypto, other.body)) return refused("no-contradiction");
  return guilty(merchant, "merchant", "two-slips", tid);
}

/** A PAID row never changes, and a receipt is all fields of the row and nothing else. */
function ofTwoReceipts(crypto: Crypto, { first, second }: Kind<"two-receipts">): Verdict {
  const [one, other] = [receiptIn(crypto, first), receiptIn(crypto, second)];
  if (one === null || other === null) return refused("wrong-statement");
  const { bank, tid } = one.value;
  const about = bank === other.value.bank && tid === other.value.tid;
  if (!about || crypto.equal(one.body, other.body)) return refused("no-contradiction");
  return guilty(bank, "bank", "two-receipts", tid);
}

/**
 * An ABORTED row stands until the instant that its record names. What is paid later than that is no contradiction: a merchant
 * and a buyer who agree may sign another slip of the same tid, that ends later than any the bank has seen.
 */
function ofAbort(crypto: Crypto, { receipt, aborted }: Kind<"receipt-and-abort">): Verdict {
  const paid = receiptIn(crypto, receipt);
  const ended = open(crypto, abortedSchema, aborted, ({ bank }) => bank);
  if (paid === null || !ended.ok) return refused("wrong-statement");
  const { bank, tid, timeMs } = paid.value;
  const about = bank === ended.value.value.bank && tid === ended.value.value.tid;
  if (!about || timeMs > ended.value.value.untilMs) return refused("no-contradiction");
  return guilty(bank, "bank", "paid-and-aborted", tid);
}

/** The row is looked at before the clock, and the clock never steps back: `expired` is said of no slip that was or will be paid. */
function ofExpiry(crypto: Crypto, { receipt, refusal }: Kind<"receipt-and-expiry">): Verdict {
  const paid = receiptIn(crypto, receipt);
  const no = open(crypto, refusalSchema, refusal, ({ bank }) => bank);
  if (paid === null || !no.ok) return refused("wrong-statement");
  const { bank, tid, slipHash } = paid.value;
  const said = no.value.value;
  const about = bank === said.bank && slipHash === said.slipHash;
  if (!about || said.reason !== "expired") return refused("no-contradiction");
  return guilty(bank, "bank", "paid-and-expired", tid);
}

/** A leaf is all fields of the PAID row as its receipt is, and there is one log that it is for. */
function ofTwoLeaves(crypto: Crypto, { bank, tid, first, second }: Kind<"two-leaves">): Verdict {
  const [one, other] = [leafIn(crypto, bank, first), leafIn(crypto, bank, second)];
  if (one === null || other === null) return refused("wrong-statement");
  const recKey = recKeyOf(crypto, bank, tid);
  const about = one.value.recKey === recKey && other.value.recKey === recKey;
  if (!about || crypto.equal(one.body, other.body)) return refused("no-contradiction");
  return guilty(bank, "bank", "two-leaves", tid);
}

function ofLeaf(crypto: Crypto, { receipt, leaf }: Kind<"receipt-and-leaf">): Verdict {
  const paid = receiptIn(crypto, receipt);
  const entered = paid && leafIn(crypto, paid.value.bank, leaf);
  if (paid === null || entered === null) return refused("wrong-statement");
  const { bank, tid, slipHash, timeMs } = paid.value;
  if (entered.value.recKey !== recKeyOf(crypto, bank, tid)) return refused("no-contradiction");
  const same =
    entered.value.contentHash === contentHashOf(crypto, "paid", bank, slipHash) && entered.value.timeMs === timeMs;
  return same ? refused("no-contradiction") : guilty(bank, "bank", "leaf-differs", tid);
}

/** As for a receipt: what is paid after the record's own end is no contradiction. */
function ofAbortedLeaf(crypto: Crypto, { leaf, aborted }: Kind<"leaf-and-abort">): Verdict {
  const ended = open(crypto, abortedSchema, aborted, ({ bank }) => bank);
  const entered = ended.ok ? leafIn(crypto, ended.value.value.bank, leaf) : null;
  if (!ended.ok || entered === null) return refused("wrong-statement");
  const { bank, tid, untilMs } = ended.value.value;
  const about = entered.value.recKey === recKeyOf(crypto, bank, tid);
  if (!about || entered.value.timeMs > untilMs) return refused("no-contradiction");
  return guilty(bank, "bank", "paid-and-aborted", tid);
}

function ofLog(crypto: Crypto, accusation: LogAccusation): Verdict {
  const convicted = convictLog(crypto, accusation);
  return convicted.ok ? guilty(convicted.value.key, "log", convicted.value.what, convicted.value.log) : convicted;
}

/**
 * The bank has read the slip whose hash it names, and pays before notAfter or not at all. What a log decides is late by the
 * log's clock alone, and the bank pays once it has followed to COMMITTED: its own time says nothing there.
 */
function ofSlip(crypto: Crypto, { receipt, slip }: Kind<"receipt-and-slip">): Verdict {
  const paid = receiptIn(crypto, receipt);
  const named = slipIn(crypto, slip);
  if (paid === null || named === null) return refused("wrong-statement");
  const slipHash = slipHashOf(crypto, named.body);
  const { bank, tid, timeMs } = paid.value;
  if (paid.value.slipHash !== slipHash) return refused("no-contradiction");
  if (!receiptNames(paid.value, named.value, slipHash)) return guilty(bank, "bank", "receipt-differs", tid);
  const isLate = named.value.mode !== "logged" && timeMs >= named.value.notAfterMs;
  return isLate ? guilty(bank, "bank", "paid-too-late", tid) : refused("no-contradiction");
}

/**
 * The answer names group and tid, and both are hashes: of the descriptor with Y_i, and of the order with X, which names the
 * certificate with A. So what a trustee's answer has to fit is fixed by its own signature, and needs no other.
 */
function ofAnswer(crypto: Crypto, accusation: Kind<"false-answer">): Verdict {
  const { answer, group } = accusation;
  const order = read(orderSchema, accusation.order);
  const certificate = read(certificateSchema, accusation.certificate);
  if (!order.ok || !certificate.ok) return refused("wrong-statement");
  const said = answerIn(crypto, group, answer);
  if (said === null) return refused("wrong-statement");
  const { bank, merchant, buyer, certHash, disputes } = order.value.value;
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash: poHashOf(crypto, order.value.value) });
  const { escrow } = certificate.value.value;
  const about = tid === said.answer.tid && certHash === certHashOf(crypto, certificate.value.value);
  if (!about) return refused("wrong-statement");
  const { head } = escrow;
  if (!answerIsFalse(crypto, group, { tid, head, disputes }, answer)) return refused("no-contradiction");
  return guilty(said.by, "trustee", "false-answer", tid);
}

/** Signed by the member whose index it names, in the name of exactly this group. */
function answerIn(crypto: Crypto, group: TrusteeGroup, signed: Uint8Array): { by: Hex; answer: Answer } | null {
  const keyOf = ({ index }: Answer) => group.trustees.find((member) => member.index === index)?.key ?? NOBODY;
  const opened = open(crypto, answerSchema, signed, keyOf);
  if (!opened.ok || opened.value.value.group !== groupIdOf(crypto, group)) return null;
  return { by: keyOf(opened.value.value), answer: opened.value.value };
}

/** Nothing verifies under it. */
const NOBODY: Hex = "00".repeat(32);

function slipIn(crypto: Crypto, signed: Uint8Array): Opened<Slip> | null {
  const opened = open(crypto, slipSchema, signed, ({ merchant }) => merchant);
  return opened.ok ? opened.value : null;
}

/** A leaf does not name its bank: whoever accuses one does. */
function leafIn(crypto: Crypto, bank: Hex, signed: Uint8Array): Opened<Leaf> | null {
  const opened = open(crypto, leafSchema, signed, () => bank);
  return opened.ok ? opened.value : null;
}

function receiptIn(crypto: Crypto, signed: Uint8Array): Opened<Receipt> | null {
  const opened = open(crypto, receiptSchema, signed, ({ bank }) => bank);
  return opened.ok ? opened.value : null;
}

function guilty(who: Hex, role: Conviction["role"], what: Offence, tid: Hex): Verdict {
  return { ok: true, value: { who, role, what, tid } };
}
