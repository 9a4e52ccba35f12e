/**
 * Who may use the wallet, and for how long: it is open from the passphrase on until its owner locks it or has left it alone for a
 * while. What is under way is never cut off by that, and what waits for its owner's word is answered with no.
 */
import { MINUTE_MS } from "@counterfoil/base";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";
import type { Answer } from "./desk.ts";
import type { Opened } from "./opened.ts";
import { answered } from "./trouble.ts";

export interface KeepWallet {
  readonly opened: Opened | null;
  /** Runs what only looks. */
  use<T>(work: (opened: Opened) => Promise<T>): Promise<Answer<T>>;
  /** Runs what may change something, and tells every page of it. */
  change<T>(work: (opened: Opened) => Promise<T>): Promise<Answer<T>>;
  /**
   * Waits for its owner in the middle of what is under way. Meanwhile the wallet counts as left alone.
   * @returns `otherwise` where it is locked before there is an answer.
   */
  ownersWord<T>(answer: Promise<T>, otherwise: T): Promise<T>;
  /**
   * What runs by itself after what is under way; it neither keeps the wallet open nor is told to anybody but `onBug`. A wallet
   * that closes does not wait for it.
   */
  behind(work: (opened: Opened) => Promise<void>): void;
  hold(held: Holding): void;
  /** Something of the wallet may look different now. */
  tell(): void;
  /** Resolves when what was under way is over and the wallet closed; nothing new begins meanwhile. */
  lock(): Promise<void>;
  /** Resolves when no wallet is being closed. */
  closed(): Promise<void>;
  setIdleMinutes(minutes: number): void;
}

export interface Holding {
  readonly opened: Opened;
  /** Tells that the wallet is being locked, to what would go on for long. */
  readonly locking: AbortController;
  /** Closes the wallet and gives its database to other tabs. */
  close(): Promise<void>;
}

export const IDLE_MINUTES = 15;

export function keepWallet(tell: () => void, onBug: (bug: unknown) => void): KeepWallet {
  let holding: Holding | null = null;
  let closing = Promise.resolve();
  let idleMs = IDLE_MINUTES * MINUTE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const busy = new Set<Promise<unknown>>();
  /** Of what is busy: so many wait for the owner. */
  let waiting = 0;

  function rest(): void {
    clearTimeout(timer);
    if (holding !== null && busy.size <= waiting) timer = setTimeout(lock, idleMs);
  }

  /** Whoever asks again while it closes waits for the same end. */
  function lock(): Promise<void> {
    const held = holding;
    if (held === null) return closing;
    holding = null; // from here on nothing new begins
    clearTimeout(timer);
    closing = Promise.allSettled([...busy])
      .then(() => held.close())
      .catch(onBug);
    held.locking.abort();
    tell();
    return closing;
  }

  async function ownersWord<T>(answer: Promise<T>, otherwise: T): Promise<T> {
    const held = holding;
    if (held === null) return otherwise;
    waiting += 1;
    rest();
    try {
      return await Promise.race([answer, aborted(held.locking.signal).then(() => otherwise)]);
    } finally {
      waiting -= 1;
      rest();
    }
  }

  async function during<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    rest();
    try {
      return await work;
    } finally {
      busy.delete(work);
      rest();
    }
  }

  function use<T>(work: (opened: Opened) => Promise<T>): Promise<Answer<T>> {
    return during(
      answered(async () => {
        if (holding === null) throw locked();
        return work(holding.opened);
      }, onBug),
    );
  }

  /** What runs on in a wallet that closes finds its database gone: that is no fault of this program. */
  function onBugOf(held: Holding): (bug: unknown) => void {
    return (bug) => {
      if (holding === held) onBug(bug);
    };
  }

  return {
    get opened() {
      return holding?.opened ?? null;
    },
    use,
    ownersWord,
    async change(work) {
      const answer = await use(work);
      tell();
      return answer;
    },
    behind(work) {
      const held = holding;
      if (held === null) return;
      const working = answered(async () => {
        await Promise.allSettled([...busy]);
        if (holding === held) await work(held.opened);
      }, onBugOf(held));
      working.then(tell);
    },
    hold(held) {
      holding = held;
      rest();
      tell();
    },
    tell,
    lock,
    closed: () => closing,
    setIdleMinutes(minutes) {
      idleMs = minutes * MINUTE_MS;
      rest();
    },
  };
}

/** Resolves when that is aborted, now or later. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export function locked(): Refusal {
  return new Refusal("locked", "The wallet is locked.", NO_MONEY_MOVED, "Unlock it with its passphrase.");
}
