/** The till's first look at a message: form, signatures, and that voucher and assurance are for this shop at this bank. */
import { decode, done, encode, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { open, receive, tagOf } from "@counterfoil/crypto";
import { type Allotted, allottedSchema, type Voucher, voucherSchema } from "../money/index.ts";
import {
  pieceMessage,
  pieceRequestSchema,
  requestHashOf,
  settleUpMessage,
  settleUpSchema,
  type TillReason,
  tillRequest,
} from "./messages.ts";
import type { TillCommand, TillConfig } from "./till-rows.ts";

/** What the till's door takes, by the first words of each message. */
export const TILL_TAGS = ["piece/1", "settle-up-request/1", tillRequest.domain];

export function admit(config: TillConfig, message: Uint8Array, now: Instant): Result<TillCommand> {
  switch (tagOf(message)) {
    case "piece/1":
      return admitPiece(config, message);
    case "settle-up-request/1":
      return admitSettleUp(config, message);
    case tillRequest.domain:
      return admitOwner(config, message, now);
    default:
      return refused("malformed");
  }
}

function admitPiece(config: TillConfig, message: Uint8Array): Result<TillCommand> {
  const { crypto } = config;
  const decoded = decode(pieceMessage, message);
  if (!decoded.ok) return decoded;
  const { item, request, voucher: voucherBytes, allotted: allottedBytes } = decoded.value;
  const opened = open(crypto, voucherSchema, voucherBytes, (voucher) => voucher.spender);
  if (!opened.ok) return opened;
  const voucher = opened.value.value;
  const fault = addressFault(config, voucher);
  if (fault !== null) return declined(voucher.slice, fault);
  let allotted: Allotted | null = null;
  if (allottedBytes !== null) {
    const assured = open(crypto, allottedSchema, allottedBytes, () => config.bank);
    if (!assured.ok) return declined(voucher.slice, "wrong-allotment");
    allotted = assured.value.value;
    const wrong = assuranceFault(config, allotted, voucher);
    if (wrong !== null) return declined(voucher.slice, wrong);
  }
  const requestHash = requestHashOf(crypto, item, encode(pieceRequestSchema, request));
  return done({ kind: "take", take: { item, request, requestHash, voucher, voucherBytes, allotted } });
}

function addressFault({ key, bank }: TillConfig, voucher: Voucher): TillReason | null {
  if (voucher.merchant !== key.publicKey) return "wrong-merchant";
  return voucher.bank === bank ? null : "wrong-bank";
}

/** An assurance for another shop, slice or key is worth nothing here. */
function assuranceFault({ unit }: TillConfig, allotted: Allotted, voucher: Voucher): TillReason | null {
  if (allotted.unit !== unit) return "wrong-unit";
  const same =
    allotted.slice === voucher.slice &&
    allotted.merchant === voucher.merchant &&
    allotted.spender === voucher.spender &&
    allotted.bank === voucher.bank;
  return same ? null : "wrong-allotment";
}

function admitSettleUp({ crypto, key }: TillConfig, message: Uint8Array): Result<TillCommand> {
  const decoded = decode(settleUpMessage, message);
  if (!decoded.ok) return decoded;
  const opened = open(crypto, settleUpSchema, decoded.value.settleUp, (settleUp) => settleUp.spender);
  if (!opened.ok) return opened;
  const { merchant, slice, spender } = opened.value.value;
  return merchant === key.publicKey ? done({ kind: "settle-up", slice, spender }) : declined(slice, "wrong-merchant");
}

function admitOwner({ crypto, key }: TillConfig, message: Uint8Array, now: Instant): Result<TillCommand> {
  const received = receive(crypto, tillRequest, message, { recipient: key.publicKey, now });
  if (!received.ok) return received;
  if (received.value.sender !== key.publicKey) return refused("wrong-signature");
  return done({ kind: "owner", request: received.value.payload });
}

function declined(about: Hex, reason: TillReason): Result<TillCommand> {
  return done({ kind: "decline", about, reason });
}
