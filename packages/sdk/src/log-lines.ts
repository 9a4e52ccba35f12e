/**
 * The logs of one who follows them entry by entry and has words of its own to carry there, as a bank, a shop and a teller do:
 * a line to each, by the log's id. What is said there, each of them knows.
 */
import type { Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type WireClient, wireClient } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import {
  type FollowBatch,
  type FollowTables,
  type LogDescriptor,
  logIdOf,
  readFrontier,
} from "@counterfoil/protocols/log";
import { type FollowPosition, followLog } from "./log-follow.ts";

/** A log and where it answers. */
export interface NamedLog {
  readonly descriptor: LogDescriptor;
  readonly url: string;
}

/** One log: the way there, and following it. */
export interface LogLine {
  readonly id: Hex;
  readonly client: WireClient;
  /** As a `Following`'s. */
  catchUp(): Promise<void>;
  /** Resolves when a batch under way is durable. */
  close(): Promise<void>;
}

export interface LogLinePorts {
  readonly crypto: Crypto;
  /** Where the follower's own row is. */
  readonly store: Pick<Store, "read">;
  readonly hosted: { submit(command: { readonly kind: "followed"; readonly batch: FollowBatch }): Promise<unknown> };
  /** The log has signed two histories, and is followed no more. @param what it did, for the operator. */
  onForked(what: string): void;
}

export function lineTo({ crypto, store, hosted, onForked }: LogLinePorts, { descriptor, url }: NamedLog): LogLine {
  const id = logIdOf(crypto, descriptor);
  const client = wireClient(url);
  const following = followLog({
    crypto,
    descriptor,
    url,
    position: () => positionIn(store, id),
    onBatch: (batch) => hosted.submit({ kind: "followed", batch }),
    onMisbehaved: (reason) => onForked(`the log ${id} has forked (${reason})`),
  });
  return {
    id,
    client,
    catchUp: () => following.catchUp(),
    async close() {
      await following.stop();
      client.close();
    },
  };
}

/** Where a follower is, by its own row. */
async function positionIn(store: Pick<Store, "read">, id: Hex): Promise<FollowPosition | null> {
  const [found] = await store.read([{ table: "followed_log", id }]);
  const row = found?.row as FollowTables["followed_log"] | undefined;
  if (row === undefined) return null;
  const frontier = readFrontier(row.size, row.frontier);
  if (frontier === null) throw new Error("a followed log's row has a frontier that fits its size");
  return { frontier, headMs: row.head_ms };
}

/** By log id. */
export type LogLines<Line> = ReadonlyMap<Hex, Line>;

export function linesTo<Line>(
  crypto: Crypto,
  named: readonly NamedLog[],
  open: (log: NamedLog) => Line,
): LogLines<Line> {
  return new Map(named.map((each) => [logIdOf(crypto, each.descriptor), open(each)]));
}

/** Of whom a send is for, where that is a log; its id follows. */
const LOG_PREFIX = "log/";

export function isToLog({ to }: Send): boolean {
  return to.startsWith(LOG_PREFIX);
}

/** @returns undefined where the send is for none of these logs. */
export function lineOf<Line>(lines: LogLines<Line>, send: Send): Line | undefined {
  return isToLog(send) ? lines.get(send.to.slice(LOG_PREFIX.length)) : undefined;
}

export async function closeLines(lines: LogLines<Pick<LogLine, "close">>): Promise<void> {
  await Promise.all([...lines.values()].map((line) => line.close()));
}
