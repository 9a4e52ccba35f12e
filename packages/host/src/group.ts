/**
 * The group commit (docs/architecture.md, "The host"): whatever one turn of the event loop brought is decided as one
 * batch and made durable as one commit. Nothing leaves, neither an answer nor a message, before the write that caused
 * it is on disk. One host a store: it holds the lease.
 */
import { assert, type Instant, type Result } from "@counterfoil/base";
import { type Authority, type Send, type Store, StoreFailure, type Tables } from "@counterfoil/protocols";
import { type Attempt, attemptBatch, type Entry, type Settled } from "./attempt.ts";
import { atBoundary } from "./boundary.ts";
import { type DueLoop, dueLoop } from "./due.ts";
import { Fenced, Overloaded, Stopped, Unknown } from "./failures.ts";
import { idleness } from "./idleness.ts";

export type { Settled };

export interface HostOptions {
  /** The role, as the metrics and the crash tests name it. */
  readonly name: string;
  readonly clock: () => Instant;
  /** Carries a message away; never waited for. What it loses, the due rule of the row that owes it sends again. */
  readonly deliver: (send: Send) => void | Promise<void>;
  /** An assertion failed in the authority or in `deliver`: one command was rejected, nothing of it was written. */
  readonly onBug: (bug: unknown) => void;
  /** The host has stopped for good: `Fenced`, or `Stopped` with the store's failure for its cause. End the process. */
  readonly onFatal: (failure: Stopped) => void;
  /** Spreads the retries. */
  readonly random?: () => number;
  readonly limits?: Partial<HostLimits>;
}

export interface HostLimits {
  /** Commands waiting; more are refused at once. At 15k/s this is half a second, which a caller will still wait. */
  readonly queue: number;
  /** Commands in one batch: the most that one commit holds up the event loop for (some 30 ms). */
  readonly batch: number;
  /** Due commands in the queue at a time, so that a backlog of deadlines does not shut out callers. */
  readonly due: number;
  /** Times that a batch is tried before its callers hear `Unknown`: some three seconds with the waits between. */
  readonly attempts: number;
}

const LIMITS: HostLimits = { queue: 8_192, batch: 512, due: 64, attempts: 10 };
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 1_000;

export interface Hosted<Command, Outcome> {
  /** Decodes and verifies a message at this moment; submit what it gives. */
  admit(message: Uint8Array): Result<Command>;
  /**
   * Resolves when the decision is durable.
   * @throws Overloaded, Fenced or Stopped when it was refused, Unknown when nobody knows, or the bug that it met.
   */
  submit(command: Command): Promise<Settled<Outcome>>;
  /** The clock, never going back, not even over a restart. */
  now(): Instant;
  /** Resolves when nothing is queued, being committed or being swept. */
  drain(): Promise<void>;
  /** Refuses new commands and due ones, and resolves when those queued are settled. Leaves the store open. */
  stop(): Promise<void>;
}

/** Takes the lease, fencing whoever held it, and begins to watch what is due. */
export async function hostAuthority<T extends Tables, Command, Outcome, Effect = never>(
  authority: Authority<T, Command, Outcome, Effect>,
  store: Store,
  options: HostOptions,
): Promise<Hosted<Command, Outcome>> {
  const limits = { ...LIMITS, ...options.limits };
  const lease = await store.acquire();
  const now = steadyClock(options.clock, lease.highWaterMs);
  type Entries = readonly Entry<Command, Outcome>[];
  const queue: Entry<Command, Outcome>[] = [];
  const idle = idleness();
  let refusal: Stopped | null = null;
  let dead = false;
  let turning = false;

  function enqueue(command: Command, answered: boolean): Promise<Settled<Outcome>> {
    if (refusal !== null) return Promise.reject(refusal);
    if (answered && queue.length >= limits.queue) return Promise.reject(new Overloaded());
    return new Promise((resolve, reject) => {
      queue.push({ command, answered, resolve, reject });
      if (turning) return;
      turning = true;
      idle.enter();
      afterThisTurn(turn);
    });
  }

  async function turn(): Promise<void> {
    const entries = queue.splice(0, limits.batch);
    try {
      await runBatch(entries, now(), null);
    } catch (error) {
      die(new Stopped("the host met a bug of its own", error), entries);
    }
    if (queue.length > 0) {
      afterThisTurn(turn);
      return;
    }
    turning = false;
    idle.leave();
  }

  /** @param uncertain the failure of an earlier try that may have been written, or null. */
  async function runBatch(entries: Entries, instant: Instant, uncertain: unknown): Promise<void> {
    for (let tries = 0; tries < limits.attempts; tries++) {
      if (tries > 0) await pause(tries, options.random ?? Math.random);
      if (dead) return rejectAll(entries, refusal);
      const batch = { entries, now: instant, epoch: lease.epoch, certain: uncertain === null };
      let result: Attempt<Outcome>;
      try {
        result = await attemptBatch(authority, store, batch, options.name);
      } catch (error) {
        if (!(error instanceof StoreFailure)) return isolate(entries, instant, uncertain, error);
        if (!error.transient) return die(new Stopped("the store has failed", error), entries);
        uncertain = error;
        continue;
      }
      if (result.kind === "fenced") return die(new Fenced(), entries);
      if (result.kind === "done") return settle(entries, result);
    }
    rejectAll(entries, new Unknown(uncertain));
  }

  /** A bug that is not of one decision: halves the batch until the command that carries it stands alone. Order is kept. */
  async function isolate(entries: Entries, instant: Instant, uncertain: unknown, bug: unknown): Promise<void> {
    if (entries.length > 1) {
      const half = entries.length >> 1;
      await runBatch(entries.slice(0, half), instant, uncertain);
      await runBatch(entries.slice(half), instant, uncertain);
      return;
    }
    rejectAll(entries, bug);
    options.onBug(bug);
  }

  function settle(entries: Entries, done: Attempt<Outcome> & { kind: "done" }): void {
    due.saw(done.earliestDueMs);
    done.replies.forEach((reply, i) => {
      const entry = entries[i] as Entry<Command, Outcome>;
      atBoundary(options.name, "before-answer", "answer");
      if ("bug" in reply) {
        entry.reject(reply.bug);
        options.onBug(reply.bug);
      } else entry.resolve(reply);
    });
    for (const send of done.sends) deliver(send);
  }

  function deliver(send: Send): void {
    atBoundary(options.name, "before-send", send.to);
    try {
      options.deliver(send)?.catch(options.onBug);
    } catch (error) {
      options.onBug(error);
    }
    atBoundary(options.name, "after-send", send.to);
  }

  /** What is queued is refused in its turn. */
  function die(failure: Stopped, entries: Entries = []): void {
    dead = true;
    refusal = failure;
    due.stop();
    rejectAll(entries, failure);
    options.onFatal(failure);
  }

  const due: DueLoop = dueLoop(authority.due, store, {
    run: (command) => enqueue(command, false),
    now,
    clock: options.clock,
    limit: limits.due,
    idle,
    onFailure: (error) => die(new Stopped("the store has failed", error)),
  });
  due.start();

  return {
    admit: (message) => authority.admit(message, now()),
    submit: (command) => enqueue(command, true),
    now,
    drain: idle.wait,
    async stop() {
      refusal ??= new Stopped("the host was stopped");
      due.stop();
      await idle.wait();
    },
  };
}

/** When everything that this turn of the event loop brought has been queued: Node has a phase for that, a browser has none. */
const afterThisTurn: (turn: () => void) => void =
  (globalThis as { setImmediate?: (turn: () => void) => void }).setImmediate ?? ((turn) => setTimeout(turn, 0));

function steadyClock(clock: () => Instant, floorMs: Instant): () => Instant {
  let last = floorMs;
  return () => {
    const read = clock();
    assert(Number.isSafeInteger(read), "a clock gives whole milliseconds");
    if (read > last) last = read;
    return last;
  };
}

function rejectAll(entries: readonly Pick<Entry<never, never>, "reject">[], error: unknown): void {
  for (const entry of entries) entry.reject(error);
}

/** Twice as long each time, and never quite as long as another that began together with this one. */
function pause(attempt: number, random: () => number): Promise<void> {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, most * (0.5 + random() / 2)));
}
