/**
 * Threads that look at postings before a log's queue: a bank's leaves are 200 signatures a message, 10 ms that the event loop
 * has no time for. What a thread does is `admit`, which has no state and may be done twice; so a posting whose thread dies is
 * looked at here, and nothing is lost or believed that would not be otherwise.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Hex, Result } from "@counterfoil/base";
import type { LogCommand, LogDescriptor } from "@counterfoil/protocols/log";

export interface Doorkeepers {
  /** What `admit` gives for a message. */
  admit(message: Uint8Array): Promise<Result<LogCommand>>;
  close(): Promise<void>;
}

/** Of a log's configuration, what can be shown to a thread: no secret. */
export interface DoorTerms {
  readonly descriptor: LogDescriptor;
  readonly banks: readonly Hex[] | null;
}

export interface DoorkeeperOptions {
  readonly threads?: number;
  /** What a thread runs instead: a test plants its faults there. */
  readonly entry?: URL;
}

/** A shorter message holds few signatures: to look at it costs less than to hand it over. */
const SHORT_BYTES = 4 * 1024;
/** One thread checks some 15,000 leaves a second, and one core is for the event loop and its disk. */
const THREADS_LIMIT = 4;
/** Threads in a row that die before they have looked at anything: no new one will do better. */
const FAILED_STARTS = 3;

const ENTRY = new URL("./log-doorkeeper.ts", import.meta.url);

export type ToDoorkeeper = { readonly serial: number; readonly message: Uint8Array };
export type FromDoorkeeper = { readonly serial: number; readonly command: Result<LogCommand> };

interface Keeper {
  readonly worker: Worker;
  /** In its hands, by serial. */
  readonly held: Map<number, (command: Result<LogCommand> | null) => void>;
}

/** @param here does the same in this thread. */
export function openDoorkeepers(
  terms: DoorTerms,
  here: (message: Uint8Array) => Result<LogCommand>,
  options: DoorkeeperOptions = {},
): Doorkeepers {
  const { threads = Math.min(THREADS_LIMIT, availableParallelism() - 1), entry = ENTRY } = options;
  const keepers: Keeper[] = [];
  let serials = 0;
  let failures = 0;
  let closed = false;

  function hire(): void {
    const worker = new Worker(entry, { workerData: terms });
    const keeper: Keeper = { worker, held: new Map() };
    keepers.push(keeper);
    worker.unref(); // it keeps no process alive that has nothing else to do
    worker.on("message", ({ serial, command }: FromDoorkeeper) => {
      failures = 0;
      const settle = keeper.held.get(serial);
      keeper.held.delete(serial);
      settle?.(command);
    });
    worker.on("error", () => {}); // "exit" follows
    worker.on("exit", () => {
      keepers.splice(keepers.indexOf(keeper), 1);
      for (const settle of keeper.held.values()) settle(null);
      failures += 1;
      if (!closed && failures < FAILED_STARTS) hire();
    });
  }

  for (let i = 0; i < threads; i++) hire();
  return {
    async admit(message) {
      const keeper = message.length < SHORT_BYTES ? undefined : idlest(keepers);
      if (keeper === undefined) return here(message);
      const serial = serials++;
      const command = await new Promise<Result<LogCommand> | null>((resolve) => {
        keeper.held.set(serial, resolve);
        keeper.worker.postMessage({ serial, message } satisfies ToDoorkeeper);
      });
      return command ?? here(message);
    },
    async close() {
      closed = true;
      await Promise.all([...keepers].map(({ worker }) => worker.terminate()));
    },
  };
}

function idlest(keepers: readonly Keeper[]): Keeper | undefined {
  let least: Keeper | undefined;
  for (const keeper of keepers) if (least === undefined || keeper.held.size < least.held.size) least = keeper;
  return least;
}
