/** What a message is, for people; and in one word, for those who ask what it may still do. */
import { decode, type Hex, peekTag } from "@counterfoil/base";
import { bodyOf, read } from "@counterfoil/crypto";
import { type Slip, slipSchema } from "@counterfoil/protocols/contract";
import { merchantAnswer, paymentMessage, releaseMessage } from "@counterfoil/protocols/exchange";
import { entrySchema, logAnswer, loggedSchema, logQuery, paidPosting } from "@counterfoil/protocols/log";
import {
  abortedSchema,
  abortRequest,
  abortSchema,
  bankAnswer,
  type Funding,
  queryRequest,
  receiptSchema,
  refusalSchema,
  settleRequest,
} from "@counterfoil/protocols/money";
import { trusteeAnswer } from "@counterfoil/protocols/trustees";
import type { Said } from "./stage.ts";

export interface Word {
  /** A request's tag, an answer's kind, a refusal's reason. */
  readonly word: string;
  readonly text: string;
  /** The contract that it is about, where it says so. */
  readonly tid: Hex | null;
}

/** Whatever it is, it is one of these; a request is known by its tag, an answer by its form. */
export function wordOf(said: Pick<Said, "bytes">): Word {
  const { bytes } = said;
  const tag = peekTag(bytes);
  return (tag === null ? null : requestIn(tag, bytes)) ?? answerIn(bytes);
}

function requestIn(tag: string, bytes: Uint8Array): Word | null {
  const of = (text: string, tid: Hex | null = null): Word => ({ word: tag, text, tid });
  switch (tag) {
    case "order/1":
      return of("ORDER");
    case "payment/1": {
      const payment = decode(paymentMessage, bytes);
      if (!payment.ok) return null;
      const { slip, funding } = payment.value;
      return of(`PAYMENT(slip, ${funds(funding)})`, tidIn(slip));
    }
    case "release/1": {
      const release = decode(releaseMessage, bytes);
      const payment = release.ok ? decode(paymentMessage, release.value.payment) : release;
      return of("RELEASE(payment, receipt)", payment.ok ? tidIn(payment.value.slip) : null);
    }
    case "settle/1": {
      const settle = decode(settleRequest, bytes);
      if (!settle.ok) return null;
      const { slip, funding, opening } = settle.value;
      return of(`SETTLE(slip, ${funds(funding)}${opening === null ? "" : ", v"})`, tidIn(slip));
    }
    case "abort-request/1": {
      const request = decode(abortRequest, bytes);
      const abort = request.ok ? read(abortSchema, request.value.abort) : request;
      return of("ABORT(tid)", abort.ok ? abort.value.value.tid : null);
    }
    case "query/1": {
      const query = decode(queryRequest, bytes);
      return of("QUERY(tid)", query.ok ? query.value.tid : null);
    }
    case "hold-request/1":
      return of("HOLD(tid, price)");
    case "refresh-request/1":
      return of("REFRESH(coin)");
    case "log-paid/1": {
      const posting = decode(paidPosting, bytes);
      return of("PAID LEAF", posting.ok ? (posting.value.leaves[0]?.tid ?? null) : null);
    }
    case "log-query/1":
      return of(`LOG QUERY ${decode(logQuery, bytes).ok ? "" : "?"}`.trim());
    case "dispute-request/1":
      return of("DISPUTE(certificate, order, slip, leaf)");
    default:
      return null;
  }
}

const funds = ({ kind }: Funding) => (kind === "coins" ? "coins" : kind);

export function slipIn(signed: Uint8Array): Slip | null {
  const slip = read(slipSchema, signed);
  return slip.ok ? slip.value.value : null;
}

const tidIn = (signed: Uint8Array): Hex | null => slipIn(signed)?.tid ?? null;

const NOTHING: Word = { word: "", text: "words of no meaning", tid: null };

function answerIn(bytes: Uint8Array): Word {
  return ofBank(bytes) ?? ofShop(bytes) ?? ofTrustee(bytes) ?? ofLog(bytes) ?? NOTHING;
}

function ofBank(bytes: Uint8Array): Word | null {
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return null;
  const { value } = said;
  switch (value.kind) {
    case "paid": {
      const receipt = read(receiptSchema, value.receipt);
      const text = value.opening === null ? "RECEIPT" : "RECEIPT and v";
      return { word: "paid", text, tid: receipt.ok ? receipt.value.value.tid : null };
    }
    case "aborted": {
      const record = read(abortedSchema, value.record);
      const { cause = "", tid = null } = record.ok ? record.value.value : {};
      return { word: "aborted", text: `ABORTED(${cause})`, tid };
    }
    case "refused": {
      const refusal = decode(refusalSchema, bodyOf(value.refusal));
      const { reason = "", about = null } = refusal.ok ? refusal.value : {};
      return { word: reason, text: `REFUSED(${reason})`, tid: about };
    }
    case "issued":
      return { word: "issued", text: "NEW COIN", tid: null };
    default:
      return { word: value.kind, text: value.kind.toUpperCase(), tid: null };
  }
}

function ofShop(bytes: Uint8Array): Word | null {
  const said = decode(merchantAnswer, bytes);
  if (!said.ok) return null;
  const { value } = said;
  switch (value.kind) {
    case "offer":
      return { word: "offer", text: "OFFER(slip, body)", tid: tidIn(value.slip) };
    case "settled": {
      const receipt = read(receiptSchema, value.receipt);
      return { word: "settled", text: "KEY v with the receipt", tid: receipt.ok ? receipt.value.value.tid : null };
    }
    default:
      return { word: value.kind, text: value.kind.toUpperCase(), tid: null };
  }
}

function ofTrustee(bytes: Uint8Array): Word | null {
  const said = decode(trusteeAnswer, bytes);
  return said.ok ? { word: said.value.kind, text: `ANSWER(${said.value.kind})`, tid: null } : null;
}

function ofLog(bytes: Uint8Array): Word | null {
  const said = decode(logAnswer, bytes);
  if (!said.ok) return null;
  if (said.value.kind !== "logged") return { word: said.value.kind, text: said.value.kind.toUpperCase(), tid: null };
  const kinds = entriesIn(bytes);
  if (kinds.length === 0) return { word: "nothing-logged", text: "NOTHING LOGGED", tid: null };
  return { word: "logged", text: "LEAF under a cosigned head", tid: null };
}

/** The entries that an answer of a log's shows, whatever proves them. */
export function entriesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const said = decode(logAnswer, bytes);
  if (!said.ok || said.value.kind !== "logged") return [];
  return said.value.entries.flatMap((each) => {
    const logged = decode(loggedSchema, each);
    return logged.ok && decode(entrySchema, logged.value.entry).ok ? [logged.value.entry] : [];
  });
}
