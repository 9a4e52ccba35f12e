/**
 * The log (P§3C): an authority that only ever adds. What it decides about a contract and the entry that says so are one commit,
 * and of one contract it enters one outcome, ever. That is stricter than the paper's scan from the LOCK on, so that whoever
 * has the tiles alone can convict it.
 */
import { assert, done, encode, type Instant, never, type Result, refused, sameBytes, utf8 } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import type { Authority, DueRules, Key } from "../index.ts";
import { rootAt, tilesOf, treeOf } from "./append.ts";
import { admit } from "./log-admit.ts";
import { logAnswer, loggedSchema, logIdOf, logSchema, notPostedSchema, postedSchema } from "./messages.ts";
import { isLogDescriptor, readHead, signCheckpoint } from "./note.ts";
import { post, postPaid } from "./posting.ts";
import {
  entryId,
  type LogCommand,
  type LogConfig,
  type LogDecision,
  type LogOutcome,
  type LogTables,
  type LogView,
  ONLY,
  type Publish,
} from "./rows.ts";
import { inclusionPath, rootOf } from "./tree.ts";

export function log(config: LogConfig): Authority<LogTables, LogCommand, LogOutcome> {
  const { descriptor, key } = config;
  assert(isLogDescriptor(descriptor) && descriptor.key === key.publicKey, "a log is what its descriptor says");
  return {
    admit: (message) => admit(config, message),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => answer(config, outcome),
    due: DUE,
  };
}

/** For the log's own process: a head that came back from the witnesses, as a command. */
export function admitPublish({ crypto, descriptor }: LogConfig, note: Uint8Array): Result<Publish, "wrong-note"> {
  const head = readHead(crypto, descriptor, note);
  return head === null ? refused("wrong-note") : done({ kind: "publish", head, note });
}

const forgetting = <N extends "log_entry" | "log_record">(table: N) => {
  return (id: string, row: { readonly keep_until_ms: Instant }) => {
    return { atMs: row.keep_until_ms + 1, command: { kind: "forget", table, id } as const };
  };
};

const DUE: DueRules<LogTables, LogCommand> = {
  log_entry: forgetting("log_entry"),
  log_record: forgetting("log_record"),
};

function reads(command: LogCommand): readonly Key<LogTables>[] {
  const tree = { table: "log_tree", id: ONLY } as const;
  switch (command.kind) {
    case "post":
      return [tree, { table: "log_record", id: command.contract.recKey }];
    case "post-paid":
      return [tree, ...command.leaves.map(({ recKey }) => ({ table: "log_record", id: recKey }) as const)];
    case "query":
      return [
        { table: "log_head", id: ONLY },
        { table: "log_record", id: command.recKey },
      ];
    case "checkpoint":
      return [tree];
    case "publish":
      return [tree, { table: "log_head", id: ONLY }];
    case "forget":
      return [{ table: command.table, id: command.id }];
    case "refuse":
      return [];
    default:
      return never(command);
  }
}

function decide(config: LogConfig, command: LogCommand, view: LogView, now: Instant): LogDecision {
  switch (command.kind) {
    case "post":
      return post(config, command, view, now);
    case "post-paid":
      return postPaid(config, command, view, now);
    case "refuse":
      return { writes: [], outcome: { kind: "refused", recKey: command.recKey, reason: command.reason } };
    case "query":
      return { writes: [], outcome: { kind: "logged", entries: loggedOf(config, command.recKey, view) } };
    case "checkpoint": {
      // What comes after this instant is entered at it or later: the head's clock is true of all that it lacks.
      const tree = treeOf(view);
      const head = { size: tree.size, root: rootOf(config.crypto, tree), timeMs: now };
      return { writes: [], outcome: { kind: "checkpoint", head }, fixesTime: true };
    }
    case "publish":
      return publish(config, command, view);
    case "forget":
      return forget(command, view, now);
    default:
      return never(command);
  }
}

/** Heads only ever follow one another, and are of this tree. */
function publish({ crypto }: LogConfig, { head, note }: Publish, view: LogView): LogDecision {
  const row = view.get("log_head", ONLY);
  const published: LogDecision = { writes: [], outcome: { kind: "published", size: row?.size ?? 0 } };
  // A log whose clock was set back stands still until its clock has come that far; its tree still grows.
  const isLater =
    row === undefined || head.timeMs > row.time_ms || (head.timeMs === row.time_ms && head.size > row.size);
  if (!isLater || head.size < (row?.size ?? 0)) return published;
  if (head.size > treeOf(view).size || !sameBytes(rootAt(crypto, view, head.size), head.root)) return published;
  return {
    writes: [{ table: "log_head", id: ONLY, row: { size: head.size, time_ms: head.timeMs, note } }],
    outcome: { kind: "published", size: head.size },
  };
}

/** What the newest head has about a contract, each entry with its way to that head. */
function loggedOf({ crypto, descriptor }: LogConfig, recKey: string, view: LogView): Uint8Array[] {
  const head = view.get("log_head", ONLY);
  const record = view.get("log_record", recKey);
  if (head === undefined || record === undefined) return [];
  const indexes = [record.open_index, record.outcome_index, record.opened_index, record.paid_index]
    .filter((index) => index !== null && index < head.size)
    .sort((a, b) => (a as number) - (b as number)) as number[];
  return indexes.flatMap((index) => {
    const row = view.get("log_entry", entryId(index));
    if (row === undefined) return [];
    const path = inclusionPath(crypto, tilesOf(view), index, head.size);
    const { note } = head;
    return [encode(loggedSchema, { descriptor: encode(logSchema, descriptor), note, index, entry: row.entry, path })];
  });
}

function forget({ table, id }: Extract<LogCommand, { kind: "forget" }>, view: LogView, now: Instant): LogDecision {
  const row = view.get(table, id);
  const due = row !== undefined && now > row.keep_until_ms;
  return { writes: due ? [{ table, id, row: null }] : [], outcome: { kind: "nothing" } };
}

const NO_ANSWER = new Uint8Array(0);

/** To the log's own process: the note that witnesses are to cosign. To everybody else what `logAnswer` says. */
function answer({ crypto, key, descriptor }: LogConfig, outcome: LogOutcome): Uint8Array {
  const id = logIdOf(crypto, descriptor);
  switch (outcome.kind) {
    case "posted": {
      const posted = sign(crypto, key, postedSchema, { log: id, postings: outcome.postings });
      return encode(logAnswer, { kind: "posted", posted });
    }
    case "refused": {
      const { recKey, reason } = outcome;
      const refusal = sign(crypto, key, notPostedSchema, { log: id, recKey, reason });
      return encode(logAnswer, { kind: "refused", refusal });
    }
    case "logged":
      return encode(logAnswer, outcome);
    case "checkpoint":
      return utf8(signCheckpoint(crypto, key, descriptor, outcome.head));
    case "published":
    case "nothing":
      return NO_ANSWER;
    default:
      return never(outcome);
  }
}
