/**
 * The bank's first look at a message (P§2D check 1 and the stateless half of 4 and 5): form, signatures, and that every
 * part names this bank and this contract. What is wrong with the *contract* refuses at once; what is wrong with the
 * *payment* is only noted, because a row that already stands must answer first.
 */
import { decode, done, encode, type Hex, type Instant, never, type Result, refused } from "@counterfoil/base";
import { type Crypto, H, open, receive, tagOf } from "@counterfoil/crypto";
import { opens, paySchema, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { admitBond, BOND_TAGS } from "./bond.ts";
import { coinMoney } from "./coin-money.ts";
import {
  abortRequest,
  abortSchema,
  accountRequest,
  type BankReason,
  debitSchema,
  type Funding,
  fundingSchema,
  holdRequest,
  holdSchema,
  queryRequest,
  refundRequest,
  refundSchema,
  settleRequest,
} from "./messages.ts";
import { admitCoinKeys, admitRefresh, admitReissue, admitWithdraw } from "./mint-admit.ts";
import { admitCertify } from "./pseudonyms.ts";
import type { BankCommand, BankConfig, KnownCoin } from "./rows.ts";
import { admitTabMessage, TAB_TAGS } from "./tab-admit.ts";

/** Asked before anything else of a mint: its answer may need keys made first. */
export const COIN_KEYS_TAG = "coin-keys-request/1";

/** What the bank's door takes, by the first words of each message. */
export const BANK_TAGS = [
  "settle/1",
  "abort-request/1",
  "hold-request/1",
  "query/1",
  "refund-request/1",
  COIN_KEYS_TAG,
  "withdraw-request/1",
  "refresh-request/1",
  "reissue-request/1",
  accountRequest.domain,
  ...BOND_TAGS,
  ...TAB_TAGS,
];

export function admit(config: BankConfig, message: Uint8Array, now: Instant): Result<BankCommand> {
  const tag = tagOf(message);
  switch (tag) {
    case "settle/1":
      return admitSettle(config, message);
    case "abort-request/1":
      return admitAbort(config, message);
    case "hold-request/1":
      return admitHold(config, message);
    case "query/1":
      return admitQuery(config, message);
    case "refund-request/1":
      return admitRefund(config, message);
    case COIN_KEYS_TAG:
      return admitCoinKeys(config, message);
    case "withdraw-request/1":
      return admitWithdraw(config, message);
    case "refresh-request/1":
      return admitRefresh(config, message);
    case "reissue-request/1":
      return admitReissue(config, message);
    case accountRequest.domain:
      return admitAccount(config, message, now);
    case "bond-request/1":
    case "claim-request/1":
    case "bonded-query/1":
      return admitBond(config, tag, message);
    default:
      return admitTabMessage(config, message);
  }
}

/** The exchanges that a bank decides. */
const BANKED: ReadonlySet<Slip["mode"]> = new Set(["netbill", "optimistic", "logged"]);

interface CheckedSlip {
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly reason: BankReason | null;
}

/** Check 1: the merchant's signature, this bank, this unit, and a tid that is the hash of its own parts. */
function checkSlip(config: BankConfig, signed: Uint8Array): Result<CheckedSlip> {
  const { crypto, key, unit } = config;
  const opened = open(crypto, slipSchema, signed, (slip) => slip.merchant);
  if (!opened.ok) return opened;
  const { value: slip, body } = opened.value;
  const slipHash = slipHashOf(crypto, body);
  const reason: BankReason | null =
    slip.bank !== key.publicKey
      ? "wrong-bank"
      : !BANKED.has(slip.mode)
        ? "wrong-mode"
        : slip.unit !== unit
          ? "wrong-unit"
          : slip.tid !== tidOf(crypto, slip)
            ? "tid-mismatch"
            : null;
  return done({ slip, slipHash, reason });
}

function admitSettle(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const { crypto } = config;
  const request = decode(settleRequest, message);
  if (!request.ok) return request;
  const checked = checkSlip(config, request.value.slip);
  if (!checked.ok) return checked;
  const { slip, slipHash, reason } = checked.value;
  if (reason !== null) return done({ kind: "refuse", about: slip.tid, slipHash, reason });
  const { pay, funding, opening } = request.value;
  const payer = payerOf(config, funding, slip, slipHash);
  const fundingBytes = encode(fundingSchema, funding);
  return done({
    kind: "settle",
    slip,
    slipHash,
    fault: payFault(config, pay, slip, slipHash) ?? payer.fault,
    payer: payer.account,
    coins: payer.coins,
    fundedBy: funding.kind,
    fundingHash: H(crypto, "funding/1", pay, fundingBytes),
    opening,
    opens: opensSlip(crypto, slip, opening),
    // Of coins the books keep what each one signed; the payment's own bytes would be ten times as much.
    evidence: { slip: request.value.slip, pay, funding: funding.kind === "coins" ? null : fundingBytes },
  });
}

/** Check 5. The other exchanges leave the bank without a key to release, and without one to leak. */
function opensSlip(crypto: Crypto, slip: Slip, opening: Hex | null): boolean {
  return slip.mode === "netbill" ? opening !== null && opens(crypto, opening, slip.commitment) : opening === null;
}

/** The order's one-time key has taken exactly this slip. */
function payFault({ crypto }: BankConfig, pay: Uint8Array, slip: Slip, slipHash: Hex): BankReason | null {
  const opened = open(crypto, paySchema, pay, () => slip.buyer);
  return opened.ok && opened.value.value.slipHash === slipHash ? null : "wrong-payment";
}

interface Payer {
  readonly account: Hex | null;
  readonly coins: readonly KnownCoin[];
  readonly fault: BankReason | null;
}

function payerOf(config: BankConfig, funding: Funding, slip: Slip, slipHash: Hex): Payer {
  const nobody = { account: null, coins: [] };
  if ((funding.kind === "free") !== (slip.priceMinor === 0n)) return { ...nobody, fault: "wrong-funding" };
  // A log decides about money: there is none to lock.
  if (funding.kind === "free" && slip.mode === "logged") return { ...nobody, fault: "wrong-funding" };
  // Without a key from the bank the customer must be able to settle by itself, with funds that nobody else can take away.
  if (funding.kind === "debit" && slip.mode !== "netbill") return { ...nobody, fault: "wrong-funding" };
  switch (funding.kind) {
    case "free":
    case "hold":
      return { ...nobody, fault: null };
    case "coins": {
      const coins = coinMoney(config).verify(funding.coins, { slip, slipHash });
      return coins.ok ? { ...nobody, coins: coins.value, fault: null } : { ...nobody, fault: coins.reason };
    }
    case "debit": {
      const { crypto, key, box } = config;
      const signed = crypto.unseal(box, funding.sealed);
      const opened = signed === null ? null : open(crypto, debitSchema, signed, (debit) => debit.account);
      if (!opened?.ok) return { ...nobody, fault: "wrong-debit" };
      const debit = opened.value.value;
      const right = debit.bank === key.publicKey && debit.slipHash === slipHash;
      return right ? { ...nobody, account: debit.account, fault: null } : { ...nobody, fault: "wrong-debit" };
    }
    default:
      return never(funding);
  }
}

function admitAbort(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(abortRequest, message);
  if (!request.ok) return request;
  const opened = open(config.crypto, abortSchema, request.value.abort, (abort) => abort.buyer);
  if (!opened.ok) return opened;
  const { bank, tid, buyer } = opened.value.value;
  if (bank !== config.key.publicKey) return refuse(tid, "wrong-bank");
  if (request.value.slip === null) return done({ kind: "abort", tid, buyer, slip: null, slipHash: null });
  const checked = checkSlip(config, request.value.slip);
  if (!checked.ok) return checked;
  const { slip, slipHash, reason } = checked.value;
  if (reason !== null) return refuse(tid, reason);
  if (slip.tid !== tid || slip.buyer !== buyer) return refuse(tid, "tid-mismatch");
  return done({ kind: "abort", tid, buyer, slip, slipHash });
}

function admitHold(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const { crypto, box, key, unit } = config;
  const request = decode(holdRequest, message);
  if (!request.ok) return request;
  const statement = crypto.unseal(box, request.value.sealed);
  if (statement === null) return refused("malformed");
  const opened = open(crypto, holdSchema, statement, (hold) => hold.account);
  if (!opened.ok) return opened;
  const hold = opened.value.value;
  if (hold.bank !== key.publicKey) return refuse(hold.tid, "wrong-bank");
  if (hold.unit !== unit) return refuse(hold.tid, "wrong-unit");
  if (hold.tid !== tidOf(crypto, hold)) return refuse(hold.tid, "tid-mismatch");
  if (hold.account === hold.merchant) return refuse(hold.tid, "payer-is-payee");
  return done({ kind: "hold", hold, statement });
}

function admitQuery(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(queryRequest, message);
  if (!request.ok) return request;
  const { bank, tid } = request.value;
  return bank === config.key.publicKey ? done({ kind: "query", tid }) : refuse(tid, "wrong-bank");
}

function admitRefund(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(refundRequest, message);
  if (!request.ok) return request;
  const opened = open(config.crypto, refundSchema, request.value.refund, (refund) => refund.merchant);
  if (!opened.ok) return opened;
  const { bank, tid, merchant, totalMinor } = opened.value.value;
  if (bank !== config.key.publicKey) return refuse(tid, "wrong-bank");
  return done({ kind: "refund", tid, merchant, totalMinor, statement: request.value.refund });
}

function admitAccount(config: BankConfig, message: Uint8Array, now: Instant): Result<BankCommand> {
  const received = receive(config.crypto, accountRequest, message, { recipient: config.key.publicKey, now });
  if (!received.ok) return received;
  const { sender: account, payload } = received.value;
  if (payload.kind === "certify") return admitCertify(config, account, payload);
  return done({ ...payload, account });
}

function refuse(about: Hex, reason: BankReason): Result<BankCommand> {
  return done({ kind: "refuse", about, slipHash: null, reason });
}
