/**
 * Who may use the wallet, and for how long: it is open from the passphrase on until its owner locks it or has left it alone for a
 * while. What is under way is never cut off by that.
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
  /** What runs by itself after what is under way; it neither keeps the wallet open nor is told to anybody but `onBug`. */
  behind(work: (opened: Opened) => Promise<void>): void;
  hold(opened: Holding): void;
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

  function rest(): void {
    clearTimeout(timer);
    if (holding !== null && busy.size === 0) timer = setTimeout(() => void lock(), idleMs);
  }

  async function lock(): Promise<void> {
    const held = holding;
    if (held === null) return;
    holding = null; // from here on nothing new begins
    clearTimeout(timer);
    tell();
    closing = Promise.allSettled([...busy]).then(() => held.close());
    await closing;
  }

  async function during<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    clearTimeout(timer);
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

  return {
    get opened() {
      return holding?.opened ?? null;
    },
    use,
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
      }, onBug);
      working.then(tell);
    },
    hold(opened) {
      holding = opened;
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

function locked(): Refusal {
  return new Refusal("locked", "The wallet is locked.", NO_MONEY_MOVED, "Unlock it with its passphrase.");
}
