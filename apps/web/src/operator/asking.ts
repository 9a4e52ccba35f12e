/** Asks a server what only its operator may: with the key in a header, and nothing else of this browser. */
import { useQuery } from "@tanstack/react-query";
import { NO_MONEY } from "../market/trouble.ts";
import type { Trouble } from "../wallet/desk.ts";
import { forgetKey, keyOf, useOperatorKey } from "./keys.ts";

/** The server's own words about what went wrong, or ours where it gave none. */
export class OperatorTrouble extends Error {
  readonly trouble: Trouble;
  readonly status: number;
  constructor(trouble: Trouble, status: number) {
    super(trouble.detail);
    this.trouble = trouble;
    this.status = status;
  }
}

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** What is sent: bytes as they are, everything else as JSON. */
  readonly body?: object;
  /** The name of a change, so that it counts once however often it is sent. */
  readonly once?: string;
  /** What is known of the money where no answer comes, if not that none has moved. */
  readonly money?: string;
}

export async function askJson<T>(origin: string, path: string, asked: Asked = {}): Promise<T> {
  const response = await answered(origin, path, asked, keyOf(origin));
  // An answer that breaks off says no more than one that never came.
  return response.json().catch(() => {
    throw silent(asked);
  }) as Promise<T>;
}

export async function askBytes(origin: string, path: string): Promise<Blob> {
  return (await answered(origin, path, {}, keyOf(origin))).blob();
}

/** Whose pages this key opens there; nothing is kept. */
export async function tryKey(origin: string, key: string): Promise<readonly string[]> {
  if (!/^[\x21-\x7e]+$/.test(key)) throw noKey();
  const { opens } = (await (await answered(origin, "/v1/operator", {}, key)).json()) as { opens: string[] };
  return opens;
}

/** What no header can carry is no key, and nothing is sent. */
function noKey(): OperatorTrouble {
  const detail = "This is no key: a key has letters, digits, - and _ alone.";
  const next = "Copy it whole from counterfoil operator key.";
  return new OperatorTrouble({ reason: "no-key", detail, money: NO_MONEY, next }, 400);
}

/** What everybody may ask. */
export async function askPublic<T>(origin: string, path: string): Promise<T> {
  return (await answered(origin, path, {}, null)).json() as Promise<T>;
}

/** Of one server, for as long as its key is known. */
export function useAsked<T>(origin: string, path: string, options: { everyMs?: number | false } = {}) {
  const key = useOperatorKey(origin);
  return useQuery({
    queryKey: ["operator", origin, path],
    queryFn: () => askJson<T>(origin, path),
    enabled: key !== null,
    refetchInterval: options.everyMs ?? false,
    // What was private is gone from memory with the key.
    gcTime: 0,
  });
}

/** A name for one change. Not crypto.randomUUID, which a page without TLS has not. */
export function newName(bytes = 16): string {
  const drawn = crypto.getRandomValues(new Uint8Array(bytes));
  return [...drawn].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function troubleIn(error: unknown): Trouble {
  if (error instanceof OperatorTrouble) return error.trouble;
  const detail = error instanceof Error ? error.message : String(error);
  return { reason: "page-fault", detail, money: NO_MONEY, next: "Reload the page, and say the key again." };
}

async function answered(origin: string, path: string, asked: Asked, key: string | null): Promise<Response> {
  const { method = "GET", body, once } = asked;
  const isBytes = body instanceof Blob;
  const headers = {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
    ...(once === undefined ? {} : { "idempotency-key": once }),
  };
  const content = body === undefined ? null : isBytes ? body : JSON.stringify(body);
  const options = { method, headers, body: content, ...ALONE } as const;
  const response = await fetch(`${origin}${path}`, options).catch(() => null);
  if (response === null) throw silent(asked);
  if (response.ok) return response;
  const problem = ((await response.json().catch(() => null)) ?? {}) as Partial<Trouble> & { type?: string };
  // Renewed meanwhile, or never right: nothing that it opened stays open.
  if (response.status === 401 && key !== null && keyOf(origin) === key) forgetKey(origin);
  throw new OperatorTrouble(troubleFrom(problem, response.status, asked), response.status);
}

const ALONE = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "error" } as const;

function silent(asked: Asked): OperatorTrouble {
  const { money = NO_MONEY } = asked;
  const trouble = { reason: "unreachable", detail: "The server does not answer.", money, next: "Try again." };
  return new OperatorTrouble({ ...trouble, isOpen: mayHaveDone(asked, 0) }, 0);
}

function troubleFrom(problem: Partial<Trouble> & { type?: string }, status: number, asked: Asked): Trouble {
  return {
    reason: problem.type?.replace(/^.*:/, "") ?? `http-${status}`,
    detail: problem.detail ?? `The server answered ${status}.`,
    money: problem.money ?? asked.money ?? NO_MONEY,
    next: problem.next ?? "Try again.",
    isOpen: mayHaveDone(asked, status),
  };
}

/** Busy servers, and those whose disk is full, say that they have done nothing; behind any other such answer a change may be done. */
function mayHaveDone({ method = "GET" }: Asked, status: number): boolean {
  return method !== "GET" && (status === 0 || (status >= 500 && status !== 503 && status !== 507));
}
