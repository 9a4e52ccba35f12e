/**
 * The bank: one settling operation, one row a contract (P§2D). ∅ → PAID | ABORTED, both terminal, a logged contract by way
 * of LOCKED; money, key and evidence move in the one commit that writes the row. `admit` checks everything that a message proves by itself, `decide`
 * everything that depends on what the bank already knows, in the normative order.
 */
import { encode, type Hex, type Instant, never } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import type { Authority } from "../index.ts";
import type { FollowBatch } from "../log/index.ts";
import { postingId } from "./accounts.ts";
import { admit } from "./admit.ts";
import { bondDue, decideBond, readsOfBond, sayOfBond } from "./bond.ts";
import { grant, open, statement } from "./holders.ts";
import { followed, forgetRecorded, lock, logForked } from "./logged.ts";
import { abortedSchema, bankAnswer, heldSchema, receiptSchema, refusalSchema } from "./messages.ts";
import { forget, readsOfCoins, readsOfOutputs, refresh, reissue, withdraw } from "./mint.ts";
import { depositedSchema } from "./mint-messages.ts";
import { forgetAccepted, lockOf, logPosted, logRefused, owingDue, sendOwed, tellLog } from "./owing.ts";
import { certify, credentialFor, forgetCertified } from "./pseudonyms.ts";
import { forgetMoved, reportingDue, setThresholds, THRESHOLDS_KEY } from "./reporting.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankOutcome,
  type BankTables,
  type BankView,
  type Issued,
  type Mint,
  type Owed,
  type Reissued,
  refuse,
  type SaleRow,
} from "./rows.ts";
import { abort, endHold, forgetAborted, hold, refund, settle, standing } from "./settle.ts";
import { sayOfTab, tabDue } from "./tab-answer.ts";
import { decideTab } from "./tabs.ts";

export function bank(config: BankConfig): Authority<BankTables, BankCommand, BankOutcome, Owed> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => answer(config, outcome),
    send: (owed) => sendOwed(config, owed),
    due: {
      ...reportingDue,
      ...owingDue,
      recorded: (recKey, row) =>
        row.outcome === null ? null : { atMs: row.keep_until_ms + 1, command: { kind: "forget-recorded", recKey } },
      coin: (id, row) =>
        row.state === "LOCKED" ? null : { atMs: row.keep_until_ms + 1, command: { kind: "forget-coin", id } },
      issued: (id, row) => ({ atMs: row.keep_until_ms + 1, command: { kind: "forget-issued", id } }),
      certified: (key, row) => ({ atMs: row.not_after_ms, command: { kind: "forget-certified", key } }),
      ...tabDue,
      ...bondDue,
      hold: (tid, row) => (row.locked ? null : { atMs: row.not_after_ms + 1, command: { kind: "end-hold", tid } }),
      sale: (tid, row) =>
        row.phase === "ABORTED" ? { atMs: row.not_after_ms + 1, command: { kind: "forget-aborted", tid } } : null,
    },
  };
}

function reads(command: BankCommand) {
  switch (command.kind) {
    case "settle": {
      const { tid, merchant } = command.slip;
      const accounts = command.payer === null ? [merchant] : [merchant, command.payer];
      return [
        { table: "sale", id: tid } as const,
        { table: "hold", id: tid } as const,
        THRESHOLDS_KEY,
        ...(command.slip.log === null ? [] : readsOfLog(command.slip.log)),
        ...accounts.map((id) => ({ table: "account", id }) as const),
        ...readsOfCoins(command.coins),
      ];
    }
    case "withdraw":
      return [THRESHOLDS_KEY, { table: "account", id: command.account } as const, ...readsOfOutputs(command.outputs)];
    case "refresh":
      return [THRESHOLDS_KEY, ...readsOfCoins(command.inputs), ...readsOfOutputs(command.outputs)];
    case "reissue":
      return command.outputs.map(({ id }) => ({ table: "issued", id }) as const);
    case "open":
    case "grant":
      return [{ table: "account", id: command.account } as const];
    case "allot":
      return [{ table: "slice", id: command.slice } as const, { table: "tab", id: command.allot.tab } as const];
    case "close-slice":
    case "query-slice":
      return [{ table: "slice", id: command.slice } as const];
    case "bond":
    case "claim":
    case "query-bond":
    case "end-bond":
      return readsOfBond(command);
    case "statement":
      return [{ table: "account", id: command.account } as const, ...linesOf(command)];
    case "followed":
      return readsOfBatch(command.batch);
    default:
      return [];
  }
}

function readsOfLog(log: Hex) {
  return [{ table: "followed_log", id: log } as const, { table: "log_fault", id: log } as const];
}

function readsOfBatch({ log, entries }: FollowBatch) {
  const decided = entries.flatMap(({ entry }) =>
    entry.kind === "committed" || entry.kind === "aborted" ? [{ table: "recorded", id: entry.recKey } as const] : [],
  );
  return [...readsOfLog(log), ...decided];
}

/** Named before the account is read, so that a long statement costs one round of reading and not one a line. */
function linesOf({ account, from, most }: Extract<BankCommand, { kind: "statement" }>) {
  const first = Math.max(1, from);
  return Array.from({ length: most }, (_, i) => ({ table: "posting", id: postingId(account, first + i) }) as const);
}

function decide(config: BankConfig, command: BankCommand, view: BankView, now: Instant): BankDecision {
  switch (command.kind) {
    case "settle":
      return command.slip.mode === "logged" ? lock(config, command, view, now) : settle(config, command, view, now);
    case "abort":
      return abort(config, command, view, now);
    case "hold":
      return hold(config, command.hold, command.statement, view, now);
    case "query":
      return { writes: [], outcome: standing(command.tid, view) ?? { kind: "undecided", tid: command.tid } };
    case "refund":
      return refund(command, view, now);
    case "open":
      return open(config, command.account, view);
    case "grant":
      return grant(config, command, view, now);
    case "statement":
      return statement(config, command, view);
    case "certify":
      return certify(config, command, view, now);
    case "forget-certified":
      return forgetCertified(command.key, view, now);
    case "refuse":
      return refuse(command.about, command.slipHash, command.reason);
    case "coin-keys":
      if (config.mint === null) return refuse(config.key.publicKey, null, "unknown-coin-key");
      return { writes: [], outcome: command };
    case "withdraw":
      return withdraw(config, command, view, now);
    case "refresh":
      return refresh(config, command, view, now);
    case "reissue":
      return reissue(command, view);
    case "forget-coin":
    case "forget-issued":
      return forget(command, view, now);
    case "set-thresholds": {
      const set = setThresholds(view, command.thresholds, command.after);
      if (set === null) return refuse(config.key.publicKey, null, "already-decided");
      return { writes: set.writes, outcome: { kind: "thresholds", standing: set.standing } };
    }
    case "forget-moved":
      return { writes: forgetMoved(view, command.account, now), outcome: { kind: "nothing" } };
    case "followed":
      return followed(config, command, view, now);
    case "log-forked":
      return logForked(command, view, now);
    case "tell-log":
      return tellLog(command, view, now);
    case "log-posted":
      return logPosted(command, view, now);
    case "log-refused":
      return logRefused(command, view);
    case "forget-recorded":
      return forgetRecorded(command, view, now);
    case "forget-accepted":
      return forgetAccepted(command, view, now);
    case "end-hold":
      return endHold(command.tid, view, now);
    case "forget-aborted":
      return forgetAborted(command.tid, view, now);
    case "bond":
    case "claim":
    case "query-bond":
    case "end-bond":
      return decideBond(config, command, view, now);
    case "open-tab":
    case "allot":
    case "close-slice":
    case "end-tab":
    case "query-slice":
    case "lapse-slice":
    case "lapse-tab":
      return decideTab(config, command, view, now);
    default:
      return never(command);
  }
}

/** Ed25519 is deterministic and every field comes from the row, so a repeat's answer is the same bytes. */
function answer(config: BankConfig, outcome: BankOutcome): Uint8Array {
  const { crypto, key } = config;
  const by = { bank: key.publicKey };
  switch (outcome.kind) {
    case "paid": {
      const receipt = receiptOf(config, outcome.tid, outcome.row);
      return encode(bankAnswer, { kind: "paid", receipt, opening: outcome.row.opening });
    }
    case "aborted": {
      const { tid, cause, untilMs } = outcome;
      const record = sign(crypto, key, abortedSchema, { ...by, tid, cause, untilMs });
      return encode(bankAnswer, { kind: "aborted", record });
    }
    case "locked":
      return encode(bankAnswer, { kind: "locked", lock: lockOf(crypto, key, outcome.tid, outcome.row) });
    case "refused": {
      const { about, slipHash, reason, paid, used, locked } = outcome;
      const refusal = sign(crypto, key, refusalSchema, { ...by, about, slipHash, reason });
      return encode(bankAnswer, {
        kind: "refused",
        refusal,
        paid: paid === null ? null : receiptOf(config, about, paid),
        used,
        lock: locked && lockOf(crypto, key, locked.tid, locked.row),
      });
    }
    case "held": {
      const { tid, merchant, priceMinor, unit, notAfterMs } = outcome.hold;
      const held = sign(crypto, key, heldSchema, { ...by, tid, merchant, priceMinor, unit, notAfterMs });
      return encode(bankAnswer, { kind: "held", held });
    }
    case "undecided":
    case "refunded":
      return encode(bankAnswer, outcome);
    case "certified": {
      const credential = credentialFor(config, outcome.key, outcome.notAfterMs);
      return encode(bankAnswer, { kind: "certified", credential });
    }
    case "account":
      return encode(bankAnswer, accountAnswer(outcome));
    case "thresholds":
      return encode(bankAnswer, { kind: "thresholds", ...outcome.standing });
    case "coin-keys":
      return encode(bankAnswer, { kind: "coin-keys", list: (config.mint as Mint).list() });
    case "bonded":
    case "claimed":
      return sayOfBond(config, outcome);
    case "tab-held":
    case "tab-ended":
    case "allotted":
    case "slice-open":
    case "slice-closing":
    case "slice-paid":
      return encode(bankAnswer, sayOfTab(config, outcome));
    case "issued":
    case "reissued": // the signatures are made after the commit: withSignatures
    case "nothing":
      return new Uint8Array(0);
    default:
      return never(outcome);
  }
}

/**
 * The answer to a withdrawal, refresh or reissue, once its signatures are made. RSA without padding is deterministic, so a
 * repeat is the same bytes.
 * @param signatures on `outcome.sign`, in order; null for what was never issued.
 */
export function withSignatures(
  { crypto, key }: BankConfig,
  outcome: Issued | Reissued,
  signatures: readonly (Uint8Array | null)[],
): Uint8Array {
  if (outcome.kind === "reissued") return encode(bankAnswer, { kind: "reissued", signatures });
  const { request, deposited: deposit } = outcome;
  const deposited =
    deposit === null ? null : sign(crypto, key, depositedSchema, { bank: key.publicKey, request, ...deposit });
  return encode(bankAnswer, { kind: "issued", request, signatures: signatures as readonly Uint8Array[], deposited });
}

function receiptOf({ crypto, key }: BankConfig, tid: Hex, row: SaleRow): Uint8Array {
  return sign(crypto, key, receiptSchema, {
    bank: key.publicKey,
    tid,
    slipHash: row.slip_hash as Hex,
    merchant: row.merchant as Hex,
    priceMinor: row.price as bigint,
    unit: row.unit as string,
    timeMs: row.time_ms,
    fundingHash: row.funding_hash as Hex,
  });
}

function accountAnswer({ id, account, lines }: Extract<BankOutcome, { kind: "account" }>) {
  return {
    kind: "account",
    account: id,
    unit: account.unit,
    balanceMinor: account.balance,
    heldMinor: account.held,
    sequence: account.sequence,
    lines: lines.map((line) => ({
      sequence: line.sequence,
      transaction: line.transaction_id,
      kind: line.kind,
      credit: line.amount > 0n,
      amountMinor: line.amount < 0n ? -line.amount : line.amount,
      balanceMinor: line.balance,
      timeMs: line.time_ms,
    })),
  } as const;
}
