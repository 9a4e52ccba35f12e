/**
 * One trustee: an authority of its own, with a key and rows that no other shares. Of a group's key it ever holds its own
 * share; fewer than t of them open nothing, and no message of the ceremony or of an answer holds more.
 */
import { encode, type Instant, never } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import type { Authority, DueRules, Key } from "../index.ts";
import { decideAsk, decideNotices } from "./answering.ts";
import { ceremonyIdOf } from "./ceremony-messages.ts";
import { begin, forget, hearRound, stand } from "./convening.ts";
import { noAnswerSchema, noticesSchema, type TrusteeAnswer, trusteeAnswer } from "./messages.ts";
import { decideGiven, signNotGiven } from "./swap-case.ts";
import { admit } from "./trustee-admit.ts";
import {
  TALLY,
  type TrusteeCommand,
  type TrusteeConfig,
  type TrusteeDecision,
  type TrusteeOutcome,
  type TrusteeTables,
  type TrusteeView,
} from "./trustee-rows.ts";

export function trustee(config: TrusteeConfig): Authority<TrusteeTables, TrusteeCommand, TrusteeOutcome> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads: (command) => reads(config, command),
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => encode(trusteeAnswer, answerOf(config, outcome)),
    due: DUE,
  };
}

const forgetting = <N extends "ceremony" | "answered_case" | "given" | "notice">(table: N) => {
  return (id: string, row: { readonly forget_ms: Instant }) => {
    return { atMs: row.forget_ms, command: { kind: "forget", table, id } as const };
  };
};

const DUE: DueRules<TrusteeTables, TrusteeCommand> = {
  ceremony: forgetting("ceremony"),
  held_group(id, row) {
    if (row.share === null) return null;
    return { atMs: row.answer_until_ms + 1, command: { kind: "forget", table: "held_group", id } };
  },
  answered_case: forgetting("answered_case"),
  given: forgetting("given"),
  notice: forgetting("notice"),
};

function reads({ crypto }: TrusteeConfig, command: TrusteeCommand): readonly Key<TrusteeTables>[] {
  switch (command.kind) {
    case "begin":
      return [
        { table: "ceremony", id: ceremonyIdOf(crypto, command.terms) },
        { table: "tally", id: TALLY },
      ];
    case "hear":
      return [{ table: "ceremony", id: command.ceremony }];
    case "ask":
      return [
        { table: "held_group", id: command.ask.group },
        { table: "answered_case", id: command.ask.tid },
      ];
    default:
      return [];
  }
}

function decide(config: TrusteeConfig, command: TrusteeCommand, view: TrusteeView, now: Instant): TrusteeDecision {
  switch (command.kind) {
    case "begin":
      return begin(config, command, view, now);
    case "hear":
      return hearRound(config, command, view, now);
    case "stand":
      return stand(command.group, command.signed, view);
    case "ask":
      return decideAsk(config, command.ask, view, now);
    case "given":
      return decideGiven(command.question, view, now);
    case "notices":
      return decideNotices(command.merchant, command.after, view);
    case "forget":
      return forget(command, view, now);
    default:
      return never(command);
  }
}

function answerOf({ crypto, key }: TrusteeConfig, outcome: TrusteeOutcome): TrusteeAnswer {
  switch (outcome.kind) {
    case "refused": {
      const { tid, reason } = outcome;
      return { kind: "refused", refusal: sign(crypto, key, noAnswerSchema, { trustee: key.publicKey, tid, reason }) };
    }
    case "notices": {
      const { merchant, after, total, notices } = outcome;
      const body = { trustee: key.publicKey, merchant, after, total, notices };
      return { kind: "notices", notices: sign(crypto, key, noticesSchema, body) };
    }
    case "not-given": {
      const { group, slipHash, notAfterMs } = outcome;
      return { kind: "not-given", statement: signNotGiven(crypto, key, { group, slipHash, notAfterMs }) };
    }
    case "said":
    case "standing":
    case "declined":
    case "answered":
    case "given":
    case "nothing":
      return outcome;
    default:
      return never(outcome);
  }
}
