/**
 * How what a log has entered becomes public: one head at a time, of the newest tree, which goes to all witnesses at once. With
 * a quorum of them it is written down, and only then shown to anyone.
 */
import { type Instant, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Hosted } from "@counterfoil/host";
import {
  admitPublish,
  consistencyPath,
  type Head,
  type LogCommand,
  type LogConfig,
  type LogOutcome,
} from "@counterfoil/protocols/log";
import { overTiles } from "./log-tiles.ts";
import type { Witnesses } from "./log-witnesses.ts";

/** A head that a quorum has cosigned, and its note. */
export interface PublishedHead extends Head {
  readonly note: Uint8Array;
}

export interface Publisher {
  /** Null until a quorum has cosigned a first one. */
  head(): PublishedHead | null;
  /** The tree has at least this size. @returns false where that was known. */
  entered(size: number): boolean;
  /**
   * Resolves with a head of a larger tree, or of a later time where `sinceMs` is given; with the present one where none comes
   * in so many milliseconds.
   */
  newer(size: number, sinceMs: Instant | null, patienceMs: number): Promise<PublishedHead | null>;
  close(): Promise<void>;
}

export interface PublishPorts {
  readonly crypto: Crypto;
  readonly config: LogConfig;
  readonly hosted: Hosted<LogCommand, LogOutcome>;
  readonly witnesses: Witnesses;
  tile(level: number, index: number): Promise<Uint8Array>;
  /** Whether somebody waits for the log's clock: a contract is open and not decided. */
  awaited(): boolean;
  readonly onBug: (bug: unknown) => void;
}

/** A contract's deadline is seen to have passed so much later at most. */
const AWAITED_BEAT_MS = SECOND_MS;
const IDLE_BEAT_MS = MINUTE_MS;
/** Waits between heads that no quorum cosigned: the first short, for a witness that was only busy. */
const FIRST_AGAIN_MS = 50;
const LONGEST_AGAIN_MS = 5 * SECOND_MS;
/** Who waits for a head costs a connection; more than a server holds are answered at once. */
const WAITING_LIMIT = 4_096;

/** @param first the newest head of an earlier process. */
export function openPublisher(ports: PublishPorts, first: PublishedHead | null): Publisher {
  const waiting = new Set<(head: PublishedHead | null) => void>();
  let head = first;
  let grown = first?.size ?? 0;
  let failures = 0;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function run(): void {
    if (closed || running !== null) return;
    clearTimeout(timer);
    running = publishOnce(ports)
      .then(publish, (error: unknown) => {
        if (!closed) ports.onBug(error);
        publish(null);
      })
      .finally(() => {
        running = null;
        again();
      });
  }

  function publish(published: PublishedHead | null): void {
    failures = published === null ? failures + 1 : 0;
    if (published === null) return;
    head = published;
    for (const tell of [...waiting]) tell(published);
  }

  function again(): void {
    if (closed) return;
    if (failures === 0 && grown > (head?.size ?? -1)) run();
    else timer = setTimeout(run, pauseMs());
  }

  function pauseMs(): number {
    if (failures > 0) return Math.min(LONGEST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** (failures - 1));
    return ports.awaited() ? AWAITED_BEAT_MS : IDLE_BEAT_MS;
  }

  run();
  return {
    head: () => head,
    entered(size) {
      if (size <= grown) return false;
      grown = size;
      if (failures === 0) run();
      return true;
    },
    newer(size, sinceMs, patienceMs) {
      const isNewer = head !== null && (head.size > size || (sinceMs !== null && head.timeMs > sinceMs));
      if (isNewer || closed || waiting.size >= WAITING_LIMIT) return Promise.resolve(head);
      return new Promise((resolve) => {
        const finish = (found: PublishedHead | null) => {
          clearTimeout(patience);
          waiting.delete(tell);
          resolve(found);
        };
        const tell = (found: PublishedHead | null) => {
          if (found === null || found.size > size || sinceMs !== null) finish(found);
        };
        const patience = setTimeout(() => finish(head), patienceMs);
        waiting.add(tell);
      });
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const tell of [...waiting]) tell(null);
      await running;
    },
  };
}

/** @returns null where too few witnesses have cosigned. */
async function publishOnce({ crypto, config, hosted, witnesses, tile }: PublishPorts) {
  const { outcome, answer: note } = await hosted.submit({ kind: "checkpoint" });
  if (outcome.kind !== "checkpoint") throw new Error("a log answers with its checkpoint");
  const { size } = outcome.head;
  const path = async (from: number) =>
    from === 0 || from === size ? [] : overTiles(tile, (read) => consistencyPath(crypto, read, from, size));
  const cosigned = await witnesses.cosigned({ note, size, path });
  if (cosigned === null) return null;
  const command = admitPublish(config, cosigned);
  if (!command.ok) throw new Error(`a head that was just cosigned is refused: ${command.reason}`);
  await hosted.submit(command.value);
  return { ...outcome.head, note: cosigned };
}
