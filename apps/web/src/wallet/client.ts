/**
 * The page's side of the wallet: its worker, made on first use, and what of it pages show. A page asks again whenever the worker
 * says that something has changed, in this tab or another.
 */
import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import * as Comlink from "comlink";
import { useEffect } from "react";
import { marketUrl } from "../market/address.ts";
import type { Looker } from "../market/seals.ts";
import { CHANGED } from "./changed.ts";
import type { Answer, BuyWatch, Desk, Funds, History, Trouble, WalletStanding } from "./desk.ts";

/** The market itself can be looked at through it, too: verifying is done where the cryptography is. */
export type WalletDesk = Desk & Looker;

let made: WalletDesk | null = null;

/** The wallet's worker. Its script is fetched the first time that anybody asks for it. */
export function desk(): WalletDesk {
  made ??= reached(new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: marketUrl() }));
  return made;
}

/** What is told while it goes on stays with the page and is called from there. */
function reached(worker: Worker): WalletDesk {
  const remote = Comlink.wrap<WalletDesk>(worker) as unknown as WalletDesk;
  const idleMinutes = readIdleMinutes();
  if (idleMinutes !== null) void remote.setIdleMinutes(idleMinutes);
  const told = (watch: BuyWatch) => Comlink.proxy({ ...watch });
  const orNotStarted = starting(worker);
  type Method = (...asked: unknown[]) => Promise<unknown>;
  return new Proxy(remote, {
    get(target, name) {
      if (name === "buy") {
        return (order: Parameters<Desk["buy"]>[0], watch: BuyWatch) => orNotStarted(target.buy(order, told(watch)));
      }
      if (name === "dispute") return (tid: string, watch: BuyWatch) => orNotStarted(target.dispute(tid, told(watch)));
      if (name === "restore") {
        return (...[passphrase, phrase, onAsked]: Parameters<Desk["restore"]>) =>
          orNotStarted(target.restore(passphrase, phrase, Comlink.proxy(onAsked)));
      }
      const method = Reflect.get(target, name);
      if (typeof name !== "string" || typeof method !== "function") return method;
      return (...asked: unknown[]) => orNotStarted((method as Method)(...asked));
    },
  });
}

/**
 * A worker whose script does not load never answers, and says so by an event alone. Whoever asks next gets a new one.
 * @returns what makes an answer of such a worker a trouble.
 */
export function starting(worker: Worker): <T>(answer: Promise<T>) => Promise<T> {
  const { promise: notLoaded, reject } = Promise.withResolvers<never>();
  notLoaded.catch(() => {}); // nobody may be waiting
  let hasAnswered = false;
  worker.addEventListener("message", () => {
    hasAnswered = true;
  });
  worker.addEventListener("error", (event) => {
    if (hasAnswered) return; // a fault in a worker that is there: its answers say what became of what was asked
    worker.terminate();
    made = null;
    reject(new WalletTrouble(notStarted(event.message)));
  });
  return (answer) => (hasAnswered ? answer : Promise.race([answer, notLoaded]));
}

/** @param fault in the script's own words, where it was loaded and failed. */
export function notStarted(fault: string | undefined): Trouble {
  const why = fault ? `: ${fault}` : ", since its script did not load";
  return {
    reason: "not-started",
    detail: `The wallet's part of these pages could not be started${why}.`,
    money: "No money has moved. What the wallet holds stays in this browser.",
    next: "Reload the page. If it stays so, see that the market is running, or try a newer browser.",
  };
}

/** How long the wallet stays open untouched, as its owner chose on this device; nothing secret. */
const IDLE = "counterfoil-wallet-idle-minutes";

export function readIdleMinutes(): number | null {
  const kept = Number(localStorage.getItem(IDLE));
  return Number.isInteger(kept) && kept > 0 ? kept : null;
}

export function saveIdleMinutes(minutes: number): void {
  localStorage.setItem(IDLE, String(minutes));
  void desk().setIdleMinutes(minutes);
}

/** A Trouble as an error, for TanStack Query, which knows of no answer that is one. */
export class WalletTrouble extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble.detail);
    this.trouble = trouble;
  }
}

export async function answerOf<T>(answer: Promise<Answer<T>>): Promise<T> {
  const given = await answer;
  if (given.ok) return given.value;
  throw new WalletTrouble(given.trouble);
}

const ALL = ["wallet"];
const STANDING = [...ALL, "standing"];
const FUNDS = [...ALL, "funds"];
const HISTORY = [...ALL, "history"];

/** While another tab has the wallet nobody says when it lets go. */
const ELSEWHERE_LOOK_MS = 2_000;

export function useStanding(): UseQueryResult<WalletStanding> {
  useChanges();
  return useQuery({
    queryKey: STANDING,
    queryFn: () => desk().standing(),
    refetchInterval: ({ state }) => (state.data === "elsewhere" ? ELSEWHERE_LOOK_MS : false),
  });
}

export function useFunds(): UseQueryResult<Funds> {
  const { data: standing } = useStanding();
  return useQuery({ queryKey: FUNDS, queryFn: () => answerOf(desk().funds()), ...whileOpen(standing) });
}

export function useHistory(): UseQueryResult<History> {
  const { data: standing } = useStanding();
  return useQuery({ queryKey: HISTORY, queryFn: () => answerOf(desk().history()), ...whileOpen(standing) });
}

/** A trouble is told at once: the worker has tried, and its answer says what to do. */
function whileOpen(standing: WalletStanding | undefined) {
  return { enabled: standing === "open", retry: false } as const;
}

/** Coins are exchanged and purchases finished behind the page; what is on screen follows. */
function useChanges(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const channel = new BroadcastChannel(CHANGED);
    channel.onmessage = () => lookAgain(queries);
    return () => channel.close();
  }, [queries]);
}

/** A first answer that is still on its way may be of before the change: it is not waited for. */
export function lookAgain(queries: QueryClient): void {
  void queries.cancelQueries({ queryKey: ALL }).then(() => queries.invalidateQueries({ queryKey: ALL }));
}
