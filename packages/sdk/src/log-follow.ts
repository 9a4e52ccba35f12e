/**
 * Following a log entry by entry, as a bank or a shop does: so that the first outcome that it sees of a contract is the first
 * that there is. What it hands over is checked against a cosigned head; the follower's rows decide whether it is new.
 */
import { SECOND_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { Unreachable, wireClient } from "@counterfoil/host";
import {
  admitFollow,
  consistencyPath,
  EMPTY_FRONTIER,
  FOLLOW_LIMIT,
  type FollowBatch,
  type FollowReason,
  type Frontier,
  frontierAt,
  type LogDescriptor,
  rootOf,
} from "@counterfoil/protocols/log";
import { type CosignedHead, type LogClient, logClient } from "./log-client.ts";
import { HEAD_WAIT_MS } from "./log-json.ts";
import { continuityOf, entriesOf, type TileReader, tilesUnder } from "./log-reading.ts";
import { overTiles } from "./log-tiles.ts";

/** Where a follower is: its row's. */
export interface FollowPosition {
  readonly frontier: Frontier;
  /** The clock of the newest head of which nothing is unseen. */
  readonly headMs: number;
}

export interface FollowPorts {
  readonly crypto: Crypto;
  readonly descriptor: LogDescriptor;
  readonly url: string;
  /** Read before each batch; null for one that has never followed, and begins at a head. */
  position(): Promise<FollowPosition | null>;
  /** Resolves when the batch is durable. */
  onBatch(batch: FollowBatch): Promise<unknown>;
  /** What a quorum has cosigned does not go on from what was seen: the log has forked. Following ends. */
  onMisbehaved(reason: FollowReason, note: Uint8Array): void;
  /** Anything else that went wrong; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface Following {
  /** Resolves when everything under the newest head there is now has been handed over; rejects where that cannot be done. */
  catchUp(): Promise<void>;
  /** Resolves when a batch under way is durable. */
  stop(): Promise<void>;
}

/** A held request, its answer, and a margin. */
const HELD_MS = HEAD_WAIT_MS + 10 * SECOND_MS;
const FIRST_AGAIN_MS = 200;
const LONGEST_AGAIN_MS = 10 * SECOND_MS;

/** Follows until it is stopped, or until the log misbehaves. */
export function followLog(ports: FollowPorts): Following {
  const held = logClient(ports.crypto, ports.descriptor, wireClient(ports.url, { timeoutMs: HELD_MS }));
  const stopping = new AbortController();
  const { signal } = stopping;
  const steps = follower(ports, held);
  const loop = run();

  async function run(): Promise<void> {
    let againMs = FIRST_AGAIN_MS;
    while (!signal.aborted) {
      try {
        const at = await ports.position();
        const than = { size: at?.frontier.size ?? 0, timeMs: at?.headMs ?? 0 };
        const head = await held.head(at === null ? undefined : { than, signal });
        if (head !== null) await steps.upTo(head);
        else await pause(againMs, signal);
        againMs = FIRST_AGAIN_MS;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Misbehaved) {
          ports.onMisbehaved(error.reason, error.note);
          return;
        }
        ports.onTrouble?.(error);
        await pause(againMs, signal);
        againMs = Math.min(2 * againMs, LONGEST_AGAIN_MS);
      }
    }
  }

  return {
    async catchUp() {
      const head = await held.head();
      if (head !== null) await steps.upTo(head);
    },
    async stop() {
      stopping.abort(new Error("following was stopped"));
      await loop;
      held.close();
    },
  };
}

/** What a quorum signed is not the log that was followed. */
class Misbehaved extends Error {
  readonly reason: FollowReason;
  readonly note: Uint8Array;
  constructor(reason: FollowReason, note: Uint8Array) {
    super(`the log misbehaves: ${reason}`);
    this.reason = reason;
    this.note = note;
  }
}

/** One batch at a time, whoever asks for it. */
function follower({ crypto, descriptor, position, onBatch }: FollowPorts, log: LogClient) {
  let last: Promise<void> = Promise.resolve();

  async function walk(head: CosignedHead): Promise<void> {
    for (;;) {
      const at = await position();
      if (at !== null && at.frontier.size >= head.size && at.headMs >= head.timeMs) return;
      if (at !== null && at.frontier.size > head.size) return;
      const tiles = tilesUnder(log, head.size);
      const batch = await (at === null ? begin(head, tiles) : next(at.frontier, head, tiles));
      if (!batch.ok) throw await whyNot(batch.reason, at?.frontier ?? null, head, tiles);
      await onBatch(batch.value);
      if (batch.value.headMs !== null) return;
    }
  }

  async function begin(head: CosignedHead, tiles: TileReader) {
    const frontier =
      head.size === 0 ? EMPTY_FRONTIER : await overTiles(tiles, (read) => frontierAt(crypto, read, head.size));
    return admitFollow(crypto, descriptor, { note: head.note, frontier, entries: [], path: [] });
  }

  async function next(frontier: Frontier, head: CosignedHead, tiles: TileReader) {
    const to = Math.min(head.size, frontier.size + FOLLOW_LIMIT);
    const entries = await entriesOf(log, frontier.size, to, head.size);
    const path = await overTiles(tiles, (read) => consistencyPath(crypto, read, to, head.size));
    return admitFollow(crypto, descriptor, { note: head.note, frontier, entries, path });
  }

  /** Tiles are signed by nobody: only what leads to the cosigned head convicts the log. */
  async function whyNot(
    reason: FollowReason,
    at: Frontier | null,
    head: CosignedHead,
    tiles: TileReader,
  ): Promise<Error> {
    if (reason === "wrong-entry") return new Misbehaved(reason, head.note);
    if (reason !== "wrong-tree" || at === null) return new Unreachable("NOT_OURS", true);
    const isFork = (await continuityOf(crypto, tiles, { size: at.size, root: rootOf(crypto, at) }, head)) === "forked";
    return isFork ? new Misbehaved(reason, head.note) : new Unreachable("NOT_OURS", true);
  }

  return {
    upTo(head: CosignedHead): Promise<void> {
      const step = last.then(() => walk(head));
      last = step.catch(() => {}); // met by whoever asked
      return step;
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
