/** A client of one server made of `fetch`: the failures and the limits of the one on Node (packages/host/src/http/client.ts). */
import { concat, MESSAGE_LIMIT_BYTES } from "@counterfoil/base";
import {
  failureOfAnswer,
  JSON_LIMIT_BYTES,
  PROBLEM_LIMIT_BYTES,
  type Range,
  TIMEOUT_MS,
  Unreachable,
  type WireClient,
} from "@counterfoil/host/portable";

export interface FetchClientOptions {
  /** From asking to the last byte of the answer; for a download, the longest wait for its next bytes. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Nothing of the browser goes along: no cookie, no address of the page. Nothing stays in its cache, which would tell whoever reads the
 * disk what was bought. A redirect is refused: whom a wallet speaks to, its rows say.
 */
const BARE: RequestInit = {
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store",
  redirect: "error",
  mode: "cors",
};

export function fetchClient(baseUrl: string, options: FetchClientOptions = {}): WireClient {
  const { timeoutMs = TIMEOUT_MS, fetch: send = (url, init) => fetch(url, init) } = options;
  const base = new URL(baseUrl);
  if (base.protocol !== "https:" && base.protocol !== "http:") {
    throw new Error("a server's address begins with http: or https:");
  }
  const prefix = base.origin + base.pathname.replace(/\/+$/, "");
  const closing = new AbortController();

  async function ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    try {
      return await send(prefix + path, { ...BARE, ...init, signal });
    } catch (error) {
      throw brokenOff(error, signal);
    }
  }

  /** Asks, and reads a good answer whole. */
  async function whole(path: string, init: RequestInit, limitBytes: number, contentType: string): Promise<Uint8Array> {
    const timing = new AbortController();
    const timer = setTimeout(() => timing.abort(new TimedOut()), timeoutMs);
    const signal = AbortSignal.any([timing.signal, closing.signal]);
    try {
      const response = await ask(path, init, signal);
      if (response.status !== 200) throw await failureOf(response, signal);
      if (response.headers.get("content-type")?.startsWith(contentType) !== true)
        throw await abandon(response, "NOT_OURS");
      return await collect(response, limitBytes, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    baseUrl: prefix,
    post(message) {
      const headers = { "content-type": "application/cbor" };
      const init = { method: "POST", headers, body: message as Uint8Array<ArrayBuffer> };
      return whole("/wire", init, MESSAGE_LIMIT_BYTES, "application/cbor");
    },
    async getJson(path) {
      const headers = { accept: "application/json" };
      const text = new TextDecoder().decode(await whole(path, { headers }, JSON_LIMIT_BYTES, "application/json"));
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new Unreachable("NOT_OURS", true);
      }
    },
    async put(path, body) {
      const headers = { "content-type": "application/octet-stream" };
      const init = { method: "PUT", headers, body: body as Uint8Array<ArrayBuffer> };
      await whole(path, init, JSON_LIMIT_BYTES, "application/json");
    },
    async download(path, take, { range, signal: given } = {}) {
      given?.throwIfAborted();
      const patience = patienceOf(timeoutMs);
      const signals = [patience.signal, closing.signal, ...(given === undefined ? [] : [given])];
      const signal = AbortSignal.any(signals);
      const headers: HeadersInit = range === undefined ? {} : { range: `bytes=${range.from}-${range.to - 1}` };
      try {
        await receive(await ask(path, { headers }, signal), take, range, signal, patience);
      } catch (error) {
        throw given?.aborted ? given.reason : error;
      } finally {
        patience.stop();
      }
    },
    close: () => closing.abort(new Closed()),
  };
}

class TimedOut extends Error {
  readonly code = "TIMEOUT";
}

class Closed extends Error {
  readonly code = "CUT_OFF";
}

/**
 * A browser does not say whether a byte of a failed request left: it may have. Only what was never begun (transport.ts) counts as
 * not sent.
 */
function brokenOff(error: unknown, signal: AbortSignal): Unreachable {
  if (error instanceof Unreachable) return error;
  const { code } = (signal.aborted ? signal.reason : {}) as { code?: unknown };
  return new Unreachable(typeof code === "string" ? code : "CUT_OFF", true, error);
}

/** Gives up on an answer half read; the connection goes with it. */
async function abandon(response: Response, code: string): Promise<Unreachable> {
  await response.body?.cancel().catch(() => {});
  return new Unreachable(code, true);
}

async function collect(response: Response, limitBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response, signal)) {
    length += chunk.length;
    if (length > limitBytes) throw await abandon(response, "TOO_LARGE");
    chunks.push(chunk);
  }
  return concat(...chunks);
}

async function* chunksOf({ body }: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw brokenOff(error, signal);
      });
      isOver = done;
      if (value === undefined) return;
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** What another answer than the one hoped for means. A server of another origin has to allow that `retry-after` is read. */
async function failureOf(response: Response, signal: AbortSignal): Promise<Error> {
  const body = await collect(response, PROBLEM_LIMIT_BYTES, signal);
  return failureOfAnswer(response.status, response.headers.get("retry-after"), body);
}

interface Patience {
  readonly signal: AbortSignal;
  /** Only waiting for the server counts: while `take` works, nothing is asked of it. */
  start(): void;
  stop(): void;
}

function patienceOf(timeoutMs: number): Patience {
  const controller = new AbortController();
  const give = () => setTimeout(() => controller.abort(new TimedOut()), timeoutMs);
  let timer = give();
  const stop = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    start() {
      stop();
      timer = give();
    },
    stop,
  };
}

async function receive(
  response: Response,
  take: (chunk: Uint8Array) => void | Promise<void>,
  range: Range | undefined,
  signal: AbortSignal,
  patience: Patience,
): Promise<void> {
  let before = await skipOf(response, range, signal);
  let left = range === undefined ? Number.POSITIVE_INFINITY : range.to - range.from;
  for await (const piece of chunksOf(response, signal)) {
    if (left === 0) break; // more than was asked for
    const chunk = piece.subarray(Math.min(before, piece.length)).subarray(0, left);
    before = Math.max(0, before - piece.length);
    left -= chunk.length;
    patience.stop();
    if (chunk.length > 0) await take(chunk);
    patience.start();
  }
  if (left > 0 && range !== undefined) throw new Unreachable("CUT_OFF", true);
}

/** How many bytes come before the range: none where the server knows ranges, all of them where it sends the file whole. */
async function skipOf(response: Response, range: Range | undefined, signal: AbortSignal): Promise<number> {
  if (response.status === 200) return range?.from ?? 0;
  if (response.status !== 206 || range === undefined) throw await failureOf(response, signal);
  // A server of another origin may keep it from us; whether the bytes are the right ones, the hash of each piece says anyway.
  const said = response.headers.get("content-range");
  const isOurs = said === null ? response.type === "cors" : said.startsWith(`bytes ${range.from}-${range.to - 1}/`);
  if (!isOurs) throw await abandon(response, "NOT_OURS");
  return 0;
}
