/**
 * The teller: what stands where a bank stands, for money that lies elsewhere (S2 §4). It signs that the money of a slip is
 * locked, follows the log, has the mint give the money to whom the log says, and signs that it is paid when it is. It holds no
 * money: what it keeps is a secret without which neither side's signed swap is of use.
 *
 *     ∅ → LOCKED → COMMITTED → PAID        COMMITTED and the lock ran out first: unpaid, and never PAID
 *               ↘ ABORTED                  unpaid
 *
 * Between COMMITTED and PAID lies a mint, which may be slow or gone. So in this money nobody lets goods go on COMMITTED: the
 * receipt or the leaf is what opens them.
 */
import { encode, type Instant, never } from "@counterfoil/base";
import { H, sign } from "@counterfoil/crypto";
import type { Authority, DueRules, Key } from "../index.ts";
import { receiptSchema } from "../money/index.ts";
import { admit } from "./admit.ts";
import { fundingOf, hashOf, locktimeOf, payoutOf, preimageOf } from "./ecash-money.ts";
import { readHashLock } from "./hash-lock.ts";
import {
  errandSchema,
  notPaidSchema,
  type TellerAnswer,
  tellerAnswer,
  tellerRefusalSchema,
  termsSchema,
} from "./messages.ts";
import {
  NOTHING,
  refuse,
  type TellerCommand,
  type TellerConfig,
  type TellerDecision,
  type TellerEffect,
  type TellerOutcome,
  type TellerTables,
  type TellerView,
} from "./rows.ts";
import { claim, followed, heard, leafOf, lock, lockOf, owed, slipOf, standing } from "./telling.ts";

type Teller = Authority<TellerTables, TellerCommand, TellerOutcome, TellerEffect>;

export function teller(config: TellerConfig): Teller {
  return {
    admit: (message) => admit(config, message),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => (outcome.kind === "nothing" ? NO_ANSWER : encode(tellerAnswer, answerOf(config, outcome))),
    send: (effect) =>
      effect.kind === "mint"
        ? { to: "mint", bytes: encode(errandSchema, effect.errand), about: effect.errand.tid }
        : { to: `log/${effect.log}`, bytes: effect.bytes, about: effect.tid },
    due: DUE,
  };
}

/** To its own process. */
const NO_ANSWER = new Uint8Array(0);

/** Nothing more happens to these. */
const OVER: ReadonlySet<string> = new Set(["RETURNED", "LAPSED"]);

const DUE: DueRules<TellerTables, TellerCommand> = {
  /** Tokens that were offered and never locked. */
  ecash: (slipHash, { state, forget_ms }) =>
    isIdle(state) ? { atMs: forget_ms, command: { kind: "forget", slipHash } } : null,
  /** A locked one owes its log an ABORTED after the deadline, a decided one the mint a swap, a paid one the log its leaf. */
  told_sale(tid, { phase, not_after_ms, in_log }) {
    const owes = phase === "PAID" ? !in_log : !OVER.has(phase);
    return owes ? { atMs: phase === "LOCKED" ? not_after_ms + 1 : 0, command: { kind: "owe", tid } } : null;
  },
};

function decide(config: TellerConfig, command: TellerCommand, view: TellerView, now: Instant): TellerDecision {
  switch (command.kind) {
    case "refuse":
      return refuse(command.tid, command.reason);
    case "terms": {
      const { slip, slipHash } = command.contract;
      return { writes: [], outcome: { kind: "terms", slip, slipHash } };
    }
    case "lock":
      return lock(config, command, view, now);
    case "claim":
      return claim(config, command, view);
    case "query":
      return { writes: [], outcome: standing(command.tid, view) };
    case "heard":
      return heard(config, command, view, now);
    case "followed":
      return followed(config, command.batch, view, now);
    case "in-log": {
      const sale = view.get("told_sale", command.tid);
      if (sale === undefined || sale.in_log) return NOTHING;
      return { ...NOTHING, writes: [{ table: "told_sale", id: command.tid, row: { ...sale, in_log: true } }] };
    }
    case "owe":
      return { ...NOTHING, effects: owed(config, command.tid, view) };
    case "forget": {
      const row = view.get("ecash", command.slipHash);
      const idle = row !== undefined && isIdle(row.state) && now >= row.forget_ms;
      return idle ? { ...NOTHING, writes: [{ table: "ecash", id: command.slipHash, row: null }] } : NOTHING;
    }
    default:
      return never(command);
  }
}

function isIdle(state: string): boolean {
  return state === "asking" || state === "unspent" || state === "spent";
}

function reads(command: TellerCommand): readonly Key<TellerTables>[] {
  switch (command.kind) {
    case "lock": {
      const { slip, slipHash } = command.contract;
      return [
        { table: "told_sale", id: slip.tid },
        { table: "ecash", id: slipHash },
        { table: "followed_log", id: slip.log as string },
      ];
    }
    case "heard":
      return [
        { table: "told_sale", id: command.errand.tid },
        { table: "ecash", id: command.errand.slipHash },
      ];
    case "followed":
      return [{ table: "followed_log", id: command.batch.log }];
    case "claim":
    case "query":
    case "in-log":
    case "owe":
      return [{ table: "told_sale", id: command.tid }];
    default:
      return [];
  }
}

function answerOf(config: TellerConfig, outcome: Exclude<TellerOutcome, { kind: "nothing" }>): TellerAnswer {
  const { crypto, key } = config;
  const bank = key.publicKey;
  switch (outcome.kind) {
    case "refused": {
      const { tid, reason } = outcome;
      return { kind: "refused", refusal: sign(crypto, key, tellerRefusalSchema, { bank, tid, reason }) };
    }
    case "terms": {
      const { slip, slipHash } = outcome;
      const hash = hashOf(crypto, preimageOf(config, slipHash));
      const locktimeSeconds = locktimeOf(config, slip.notAfterMs);
      const terms = { bank, slipHash, mint: config.mint, hash, locktimeSeconds };
      return { kind: "terms", terms: sign(crypto, key, termsSchema, terms) };
    }
    case "locked": {
      const { tid, sale, ecash } = outcome;
      const { proofs } = fundingOf(ecash.token);
      const payee = readHashLock(proofs[0]?.secret ?? "")?.receivers[0] as string;
      return { kind: "locked", lock: lockOf(config, tid, sale), proofs, payee, claimed: payoutOf(ecash) !== null };
    }
    case "paid":
      return { kind: "paid", receipt: receiptOf(config, outcome), leaf: leafOf(config, outcome.sale) };
    case "unpaid": {
      const { tid, slipHash, why, returned } = outcome;
      return { kind: "unpaid", record: sign(crypto, key, notPaidSchema, { bank, tid, slipHash, why }), returned };
    }
    case "asked":
    case "undecided":
      return { kind: outcome.kind, tid: outcome.tid };
    default:
      return never(outcome);
  }
}

/** The same receipt as a bank's: what the tokens were is hashed into it, as there. */
function receiptOf(config: TellerConfig, { tid, sale, ecash }: Extract<TellerOutcome, { kind: "paid" }>): Uint8Array {
  const { crypto, key } = config;
  const { merchant, priceMinor, unit } = slipOf(sale);
  return sign(crypto, key, receiptSchema, {
    bank: key.publicKey,
    tid,
    slipHash: sale.slip_hash,
    merchant,
    priceMinor,
    unit,
    timeMs: sale.time_ms as Instant,
    fundingHash: H(crypto, "funding/1", ecash.token),
  });
}
