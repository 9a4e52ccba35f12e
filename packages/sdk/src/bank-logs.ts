/**
 * A bank and the logs that its contracts name: it follows each entry by entry, and carries there what it owes them. Where it
 * has not caught up with a log, it locks no money for it (P§3C).
 */
import { type Hex, SECOND_MS } from "@counterfoil/base";
import type { Hosted } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import { type BankCommand, type BankConfig, type BankOutcome, hearLog } from "@counterfoil/protocols/money";
import { LeafPosts } from "./leaf-posts.ts";
import { closeLines, lineOf, linesTo, lineTo, type NamedLog } from "./log-lines.ts";
import { atMost } from "./patience.ts";

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
  const lines = linesTo(ports.config.crypto, named, (each) => bankLine(ports, each));
  return {
    deliver: (send) => lineOf(lines, send)?.carry(send.bytes),
    isCaughtUp: async (log) => (await lines.get(log)?.isCaughtUp()) ?? false,
    hasForked: (log) => lines.get(log)?.hasForked() ?? false,
    close: () => closeLines(lines),
  };
}

function bankLine({ config, store, hosted, onBug }: BankLogsPorts, named: NamedLog) {
  let forked = false;
  const onForked = (what: string) => {
    forked = true;
    hosted.submit({ kind: "log-forked", log: line.id }).catch(onBug); // known also to whoever opens the bank again
    onBug(new Error(`${what}: the bank follows it no more and locks nothing for it`));
  };
  const line = lineTo({ crypto: config.crypto, store, hosted, onForked }, named);
  const leaves = new LeafPosts(line.id, config.key.publicKey);
  const catchUp = sharing(line.catchUp);

  async function post(message: Uint8Array): Promise<boolean> {
    const answer = await line.client.post(message);
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
    close: line.close,
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
