/**
 * Purchases that this page has begun, by item. They go on in the worker whatever the page shows, so they are kept beside the
 * pages and not in one of them: whoever looks at another item meanwhile finds them as they are.
 */
import { startTransition, useEffect, useState } from "react";
import type { Answer, Bought, BuyOrder, BuyWatch, Desk, ShownTerms, Trouble, WatchedMessage } from "../wallet/desk.ts";
import { MONEY_KNOWN_BY_WALLET, troubleOf } from "./trouble.ts";

export interface Purchasing {
  /** null for one that was begun before this page was opened and is gone on with. */
  readonly order: BuyOrder | null;
  /** In the order in which they left. */
  readonly messages: readonly WatchedMessage[];
  readonly progress: { readonly what: "fetching" | "opening"; readonly bytes: number; readonly ofBytes: number } | null;
  readonly terms: ShownTerms | null;
  /** null until the buyer has answered. */
  readonly agreed: boolean | null;
  /** null while it goes on. */
  readonly end: Answer<Bought> | null;
  /** What went wrong with going on after an earlier end, which stands all the same; null for nothing. */
  readonly goingOn: Trouble | null;
}

/** What a page remembers of one purchase's talk: a dispute that lasts a day sends some hundreds. */
const MESSAGES_LIMIT = 400;

const purchases = new Map<string, Purchasing>();
const answers = new Map<string, (agrees: boolean) => void>();
const listeners = new Set<() => void>();

export function usePurchasing(pid: string): Purchasing | undefined {
  const [shown, show] = useState(() => purchases.get(pid));
  useEffect(() => {
    // Drawn bit by bit, between whatever else the page has to do: nobody's typing or scrolling waits for it.
    const changed = () => startTransition(() => show(purchases.get(pid)));
    changed();
    listeners.add(changed);
    return () => void listeners.delete(changed);
  }, [pid]);
  return shown;
}

/** Resolves when it is over, or nobody knows yet; nothing is thrown. One item is bought once at a time: two clicks buy one. */
export async function beginPurchase(desk: Desk, order: BuyOrder): Promise<void> {
  if (isUnderWay(order.pid)) return;
  await follow(order.pid, { ...BEGUN, order }, (watch) => desk.buy(order, watch));
}

/** Goes on with one that was begun before, asking the trustees at once where `dispute`. */
export async function continuePurchase(desk: Desk, pid: string, tid: string, dispute: boolean): Promise<void> {
  if (isUnderWay(pid)) return;
  const before = purchases.get(pid) ?? BEGUN;
  await follow(
    pid,
    { ...before, end: null, goingOn: null, progress: null },
    (watch) => (dispute ? desk.dispute(tid, watch) : desk.resume(tid)),
    before.end,
  );
}

/** The buyer's answer to the plain line before paying. */
export function answerTerms(pid: string, agrees: boolean): void {
  change(pid, (purchase) => ({ ...purchase, agreed: agrees }));
  answers.get(pid)?.(agrees);
  answers.delete(pid);
}

/** Puts an end out of sight; what was bought is in the wallet. */
export function forgetPurchase(pid: string): void {
  purchases.delete(pid);
  told();
}

const BEGUN: Purchasing = {
  order: null,
  messages: [],
  progress: null,
  terms: null,
  agreed: null,
  end: null,
  goingOn: null,
};

function isUnderWay(pid: string): boolean {
  return purchases.get(pid)?.end === null;
}

/** @param before how it had ended so far: what is known of its money is not forgotten because going on has failed. */
async function follow(
  pid: string,
  begun: Purchasing,
  act: (watch: BuyWatch) => Promise<Answer<Bought>>,
  before: Answer<Bought> | null = null,
): Promise<void> {
  purchases.set(pid, begun);
  told();
  const end = await act(watchOf(pid)).catch(
    (error: unknown): Answer<Bought> => ({
      ok: false,
      trouble: troubleOf(error, MONEY_KNOWN_BY_WALLET),
    }),
  );
  const stands = end.ok || before === null ? { end } : { end: before, goingOn: end.trouble };
  change(pid, (purchase) => ({ ...purchase, ...stands, progress: null }));
}

function watchOf(pid: string): BuyWatch {
  return {
    agree(terms) {
      change(pid, (purchase) => ({ ...purchase, terms, agreed: null, progress: null }));
      return new Promise((resolve) => answers.set(pid, resolve));
    },
    onMessage(message) {
      change(pid, (purchase) => ({ ...purchase, messages: withMessage(purchase.messages, message) }));
    },
    onProgress(what, bytes, ofBytes) {
      change(pid, (purchase) => ({ ...purchase, progress: { what, bytes, ofBytes } }));
    },
  };
}

/** Told when it leaves, and again when it is answered. */
function withMessage(messages: readonly WatchedMessage[], message: WatchedMessage): readonly WatchedMessage[] {
  const at = messages.findIndex(({ id }) => id === message.id);
  if (at >= 0) return messages.with(at, message);
  const oldest = messages.length < MESSAGES_LIMIT ? -1 : messages.findIndex(({ name }) => !OF_THE_EXCHANGE.has(name));
  return [...(oldest < 0 ? messages : messages.toSpliced(oldest, 1)), message].slice(-MESSAGES_LIMIT);
}

/** Each is said once or a few times; what is asked again and again gives way to the newest. */
const OF_THE_EXCHANGE: ReadonlySet<string> = new Set(["price request", "hold request", "order", "payment"]);

function change(pid: string, how: (purchase: Purchasing) => Purchasing): void {
  const purchase = purchases.get(pid);
  if (purchase === undefined) return;
  purchases.set(pid, how(purchase));
  told();
}

/** Once a frame at most: a download tells of every piece. */
let telling = false;
function told(): void {
  if (telling) return;
  telling = true;
  requestAnimationFrame(() => {
    telling = false;
    for (const changed of listeners) changed();
  });
}
