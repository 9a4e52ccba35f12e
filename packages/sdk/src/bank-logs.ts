/**
 * A bank and the logs that its contracts name: it follows each entry by entry, and carries there what it owes them. Where it
 * has not caught up with a log, it locks no money for it (P§3C).
 */
import { type Hex, SECOND_MS } from "@counterfoil/base";
import { type Hosted, wireClient } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import { type FollowTables, type LogDescriptor, logIdOf, readFrontier } from "@counterfoil/protocols/log";
import { type BankCommand, type BankConfig, type BankOutcome, hearLog } from "@counterfoil/protocols/money";
import { LeafPosts } from "./leaf-posts.ts";
import { type Following, type FollowPosition, followLog } from "./log-follow.ts";
import { atMost } from "./patience.ts";

/** A log and where it answers. */
export interface NamedLog {
  readonly descriptor: LogDescriptor;
  readonly url: string;
}

export interface BankLogs {
  /** Carries what is owed; what gets lost its row sends again. Leaves that one turn brought leave together. */
  deliver(send: Send): void;
  /** Whether everything that the log has published by now is decided here. False also where the log does not answer. */
  isCaughtUp(log: Hex): Promise<boolean>;
  /** The log has signed two histories: nothing of it is believed any more. */
  hasForked(log: Hex): boolean;
  close(): Promise<void>;
}

export interface BankLogsPorts {
  readonly config: BankConfig;
  readonly store: Pick<Store, "read">;
  readonly hosted: Hosted<BankCommand, BankOutcome>;
  readonly onBug: (bug: unknown) => void;
}

/** A log answers in some milliseconds; whoever pays waits no longer for one that does not, and nothing is locked then. */
const CATCH_UP_MS = 3 * SECOND_MS;

export function openBankLogs(ports: BankLogsPorts, named: readonly NamedLog[]): BankLogs {
  const lines = new Map(named.map((each) => [logIdOf(ports.config.crypto, each.descriptor), lineTo(ports, each)]));
  return {
    deliver: (send) => lines.get(send.to.slice(PREFIX.length))?.carry(send.bytes),
    isCaughtUp: async (log) => (await lines.get(log)?.isCaughtUp()) ?? false,
    hasForked: (log) => lines.get(log)?.hasForked() ?? false,
    async close() {
      await Promise.all([...lines.values()].map((line) => line.close()));
    },
  };
}

/** Of what is sent to a log. */
const PREFIX = "log/";

/** One log: the way there, and following it. */
function lineTo({ config, store, hosted, onBug }: BankLogsPorts, { descriptor, url }: NamedLog) {
  const { crypto } = config;
  const id = logIdOf(crypto, descriptor);
  const client = wireClient(url);
  const leaves = new LeafPosts(id, config.key.publicKey);
  let forked = false;

  async function post(message: Uint8Array): Promise<boolean> {
    const answer = await client.post(message);
    const command = hearLog(config, message, answer);
    if (command !== null) await hosted.submit(command);
    return command?.kind === "log-posted";
  }

  async function postLeaves(request: Uint8Array): Promise<void> {
    if (await post(request)) return;
    for (const single of leaves.singly(request)) await post(single);
  }

  function flush(): void {
    for (const request of leaves.take()) postLeaves(request).catch(() => {}); // their rows send them again
  }

  const following: Following = followLog({
    crypto,
    descriptor,
    url,
    position: () => positionIn(store, id),
    onBatch: (batch) => hosted.submit({ kind: "followed", batch }),
    onMisbehaved(reason) {
      forked = true;
      hosted.submit({ kind: "log-forked", log: id }).catch(onBug); // known also to whoever opens the bank again
      onBug(new Error(`the log ${id} has forked (${reason}): the bank follows it no more and locks nothing for it`));
    },
  });
  const catchUp = sharing(() => following.catchUp());

  return {
    carry(bytes: Uint8Array): void {
      const isFirst = leaves.isEmpty;
      if (!leaves.add(bytes))
        post(bytes).catch(() => {}); // its row sends it again
      else if (isFirst) setImmediate(flush);
    },
    isCaughtUp: () =>
      atMost(
        CATCH_UP_MS,
        catchUp().then(
          () => !forked,
          () => false,
        ),
        false,
      ),
    hasForked: () => forked,
    async close() {
      await following.stop();
      client.close();
    },
  };
}

/** Runs `work` so that each caller's is begun after it called, and callers that come meanwhile share the next one. */
function sharing(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    running = work().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (running === null) return begin();
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
}

/** Where a follower is, by its own row. */
export async function positionIn(store: Pick<Store, "read">, id: Hex): Promise<FollowPosition | null> {
  const [found] = await store.read([{ table: "followed_log", id }]);
  const row = found?.row as FollowTables["followed_log"] | undefined;
  if (row === undefined) return null;
  const frontier = readFrontier(row.size, row.frontier);
  if (frontier === null) throw new Error("a followed log's row has a frontier that fits its size");
  return { frontier, headMs: row.head_ms };
}
