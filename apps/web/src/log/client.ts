/** The page's side of the reader of logs: its worker, made on first use, and what this browser remembers of a log. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Remote } from "comlink";
import { marketUrl } from "../market/address.ts";
import type { Answer, Trouble } from "../wallet/desk.ts";
import { type LogAddress, type LogDesk, type LogLook, type NamedLogs, openLogDesk, type SeenHead } from "./desk.ts";

let made: Remote<LogDesk> | null = null;

export function logDesk(): Remote<LogDesk> {
  made ??= openLogDesk();
  return made;
}

/** What went wrong, as whoever shows it wants it. */
export class LogTrouble extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble.detail);
    this.trouble = trouble;
  }
}

export async function said<T>(answer: Promise<Answer<T>>): Promise<T> {
  const heard = await answer;
  if (heard.ok) return heard.value;
  throw new LogTrouble(heard.trouble);
}

export function useNamedLogs(): UseQueryResult<NamedLogs, LogTrouble> {
  return useQuery({ queryKey: ["logs"], queryFn: () => said<NamedLogs>(logDesk().named(marketUrl())) });
}

/** A log makes a head a second at most; whoever looks at a page wants to see it grow, and no more. */
const AGAIN_MS = 10_000;

export function useLook(log: LogAddress): UseQueryResult<LogLook, LogTrouble> {
  return useQuery({
    queryKey: ["log", log.id],
    async queryFn() {
      const look = await said<LogLook>(logDesk().look(log, remembered(log.id)));
      if (look.head !== null && look.tilesHold && isContinued(look)) remember(log.id, look.head);
      return look;
    },
    refetchInterval: AGAIN_MS,
  });
}

/** Nothing that contradicts what was seen before takes its place: the alarm is to last until somebody has seen it. */
function isContinued({ continuity }: LogLook): boolean {
  return continuity === null || continuity === "continues";
}

/** The head seen last, which anybody may know; null where there is none, or nothing that a head could be. */
export function remembered(id: string): SeenHead | null {
  const { size, root, timeMs } = parseJson(localStorage.getItem(keyOf(id)) ?? "") ?? {};
  if (!isCount(size) || !isCount(timeMs) || typeof root !== "string" || !/^[0-9a-f]{64}$/.test(root)) return null;
  return { size, root, timeMs };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function remember(id: string, head: SeenHead): void {
  localStorage.setItem(keyOf(id), JSON.stringify(head));
}

function keyOf(id: string): string {
  return `counterfoil-log/${id}`;
}

function parseJson(text: string): Partial<Record<keyof SeenHead, unknown>> | null {
  try {
    return JSON.parse(text) as Partial<Record<keyof SeenHead, unknown>> | null;
  } catch {
    return null;
  }
}
