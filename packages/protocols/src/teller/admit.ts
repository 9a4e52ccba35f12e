/** The teller's first look at a message: all that it proves by itself. What is wrong with tokens is only noted. */
import { decode, done, type Result, refused } from "@counterfoil/base";
import { open, tagOf } from "@counterfoil/crypto";
import { paySchema, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { type LogDescriptor, logIdOf } from "../log/index.ts";
import { ecashMoney } from "./ecash-money.ts";
import { claimRequest, ecashLockRequest, ecashQuery, type TellerReason, termsRequest } from "./messages.ts";
import type { CheckedSlip, TellerCommand, TellerConfig } from "./rows.ts";

/** What a teller's door takes, by the first words of each message. */
export const TELLER_TAGS = ["ecash-terms-request/1", "ecash-lock/1", "ecash-claim/1", "ecash-query/1"];

export function admit(config: TellerConfig, message: Uint8Array): Result<TellerCommand> {
  switch (tagOf(message)) {
    case "ecash-terms-request/1": {
      const request = decode(termsRequest, message);
      if (!request.ok) return request;
      const checked = checkSlip(config, request.value.slip);
      if (!checked.ok) return checked;
      const { contract, reason } = checked.value;
      return done(reason === null ? { kind: "terms", contract } : { kind: "refuse", tid: contract.slip.tid, reason });
    }
    case "ecash-lock/1":
      return admitLock(config, message);
    case "ecash-claim/1": {
      const claim = decode(claimRequest, message);
      if (!claim.ok) return claim;
      const { bank, tid, payout } = claim.value;
      if (bank !== config.key.publicKey) return done({ kind: "refuse", tid, reason: "wrong-bank" });
      return done({ kind: "claim", tid, payout });
    }
    case "ecash-query/1": {
      const query = decode(ecashQuery, message);
      if (!query.ok) return query;
      const { bank, tid } = query.value;
      return done(
        bank === config.key.publicKey ? { kind: "query", tid } : { kind: "refuse", tid, reason: "wrong-bank" },
      );
    }
    default:
      return refused("malformed");
  }
}

function admitLock(config: TellerConfig, message: Uint8Array): Result<TellerCommand> {
  const { crypto } = config;
  const request = decode(ecashLockRequest, message);
  if (!request.ok) return request;
  const checked = checkSlip(config, request.value.slip);
  if (!checked.ok) return checked;
  const { contract, reason } = checked.value;
  const { slip, slipHash } = contract;
  if (reason !== null) return done({ kind: "refuse", tid: slip.tid, reason });
  const pay = open(crypto, paySchema, request.value.pay, () => slip.buyer);
  if (!pay.ok || pay.value.value.slipHash !== slipHash) {
    return done({ kind: "lock", contract, fault: "wrong-payment", token: null });
  }
  const token = ecashMoney(config).verify(request.value.funding, { slip, slipHash });
  if (!token.ok) return done({ kind: "lock", contract, fault: token.reason, token: null });
  return done({ kind: "lock", contract, fault: null, token: token.value });
}

/** SETTLE's check 1 (P§2D), and that the slip's log is one that this teller follows. */
function checkSlip(
  config: TellerConfig,
  signed: Uint8Array,
): Result<{ readonly contract: CheckedSlip; readonly reason: TellerReason | null }> {
  const { crypto, key, unit } = config;
  const opened = open(crypto, slipSchema, signed, (slip) => slip.merchant);
  if (!opened.ok) return opened;
  const { value: slip, body } = opened.value;
  const reason: TellerReason | null =
    slip.bank !== key.publicKey
      ? "wrong-bank"
      : slip.mode !== "logged"
        ? "wrong-mode"
        : slip.unit !== unit
          ? "wrong-unit"
          : slip.tid !== tidOf(crypto, slip)
            ? "tid-mismatch"
            : logOf(config, slip.log) === null
              ? "unknown-log"
              : null;
  return done({ contract: { slip, slipHash: slipHashOf(crypto, body), signed }, reason });
}

/** The log of that id, if this teller follows it. */
export function logOf({ crypto, logs }: TellerConfig, id: string | null): LogDescriptor | null {
  return logs.find((log) => logIdOf(crypto, log) === id) ?? null;
}
