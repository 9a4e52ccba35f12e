/** What a till says to buyers and to its bank, and what it believes of the bank's answers. */
import { concat, decode, encode, type Hex, type Instant, instant, never, toHex } from "@counterfoil/base";
import { bodyOf, KDF, open, raw, sign } from "@counterfoil/crypto";
import type { Send } from "../index.ts";
import {
  bankAnswer,
  closeRequest,
  closeSchema,
  closingSchema,
  refusalSchema,
  sliceOpenSchema,
  slicePaidSchema,
  sliceQuery,
  voucherHashOf,
} from "../money/index.ts";
import { tillAnswer, tillDeclineSchema } from "./messages.ts";
import type { Errand, TillCommand, TillConfig, TillOutcome } from "./till-rows.ts";

const NO_ANSWER = new Uint8Array(0);

/** Pieces are no part of a row: whoever has them answers a release itself. */
export function answer({ crypto, key }: TillConfig, outcome: TillOutcome): Uint8Array {
  switch (outcome.kind) {
    case "released":
    case "nothing":
      return NO_ANSWER;
    case "declined": {
      const { about, reason } = outcome;
      const decline = sign(crypto, key, tillDeclineSchema, { merchant: key.publicKey, about, reason });
      return encode(tillAnswer, { kind: "declined", decline });
    }
    case "repeated":
      return encode(tillAnswer, { kind: "pieces", pieces: [outcome.answer] });
    case "pending":
    case "settled":
    case "done":
      return encode(tillAnswer, outcome);
    default:
      return never(outcome);
  }
}

export function errandBytes({ crypto, key, bank }: TillConfig, errand: Errand): Send {
  const { slice } = errand;
  if (errand.kind === "look") {
    const challenge = challengeOf({ crypto, key }, slice, errand.atMs);
    return { to: "bank", bytes: encode(sliceQuery, { bank, slice, challenge }), about: slice };
  }
  const voucherHash = errand.voucher === null ? null : voucherHashOf(crypto, bodyOf(errand.voucher));
  const body = { bank, slice, closer: key.publicKey, voucherHash };
  const close = sign(crypto, key, closeSchema, body);
  return { to: "bank", bytes: encode(closeRequest, { close, voucher: errand.voucher }), about: slice };
}

/** Nobody else can foretell it, so nobody can have asked the bank before; and it need not be remembered. */
export function challengeOf({ crypto, key }: Pick<TillConfig, "crypto" | "key">, slice: Hex, atMs: Instant): Hex {
  return toHex(KDF(crypto, key.secretKey, "look", concat(raw(slice), encode(instant, atMs))));
}

/** Refusals that are final once the tab's time is over, and that nobody can have provoked by other means. */
const FINAL: ReadonlySet<string> = new Set(["expired", "no-such-slice"]);

/** @returns null for what proves nothing, or changes nothing; a close then stays owed. */
export function hearTillBank(config: TillConfig, slice: Hex, bytes: Uint8Array): TillCommand | null {
  const { crypto, key, bank } = config;
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return null;
  switch (said.value.kind) {
    case "slice-open": {
      const standing = open(crypto, sliceOpenSchema, said.value.open, () => bank);
      if (!standing.ok || standing.value.value.slice !== slice) return null;
      return { kind: "heard", slice, heard: { kind: "open", challenge: standing.value.value.challenge } };
    }
    case "slice-closing": {
      const closing = open(crypto, closingSchema, said.value.closing, () => bank);
      const mine = closing.ok && closing.value.value.slice === slice;
      return mine ? { kind: "heard", slice, heard: { kind: "closing" } } : null;
    }
    case "slice-paid": {
      const { receipt } = said.value;
      const opened = open(crypto, slicePaidSchema, receipt, () => bank);
      if (!opened.ok) return null;
      const { slice: paidSlice, merchant, unit, paidMinor } = opened.value.value;
      const mine = paidSlice === slice && merchant === key.publicKey && unit === config.unit;
      return mine ? { kind: "heard", slice, heard: { kind: "paid", receipt, paidMinor } } : null;
    }
    case "refused": {
      const refusal = open(crypto, refusalSchema, said.value.refusal, () => bank);
      if (!refusal.ok || refusal.value.value.about !== slice) return null;
      const { reason } = refusal.value.value;
      return FINAL.has(reason) ? { kind: "heard", slice, heard: { kind: "lost", reason } } : null;
    }
    default:
      return null;
  }
}
