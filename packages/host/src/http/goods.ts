/**
 * `GET /goods/<fileHash>` and `/pieces`: encrypted files, and the hashes of their pieces. A file never changes under its
 * hash, so every answer may be kept for ever by anyone (RFC 9110 §14 ranges, one at a time; RFC 8246 immutable).
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Limits } from "./limits.ts";
import type { Measures } from "./measures.ts";
import { type ProblemReason, sendProblem } from "./problem.ts";
import { traceOf } from "./wire.ts";

export interface GoodsFile {
  readonly path: string;
  /** As the certificate says; a file of another length is not sent. */
  readonly bytes: number;
  /** The hashes of the pieces in order, 32 bytes each. */
  readonly leavesPath?: string;
}

export type FindGoods = (fileHash: string) => GoodsFile | null | Promise<GoodsFile | null>;

export interface GoodsRouteOptions {
  readonly find: FindGoods;
  readonly limits: Limits;
  readonly log: Logger;
  readonly measures: Measures;
  isClosing(): boolean;
}

export function goodsRoute(options: GoodsRouteOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { find, limits, log, measures, isClosing } = options;
  const small = smallFiles();
  let sending = 0;

  async function serveGoods(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const match = /^\/goods\/([0-9a-f]{64})(\/pieces)?$/.exec(path);
    if (match === null) return sendProblem(response, "no-such-goods");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendProblem(response, "wrong-method", { allow: "GET, HEAD" });
    }
    const [, fileHash, pieces] = match as unknown as [string, string, string | undefined];
    const held = pieces === undefined && isPlainGet(request) ? small.get(fileHash) : undefined;
    if (held !== undefined) {
      response.writeHead(200, { ...headersOf(fileHash), "content-length": held.length });
      return void response.end(held);
    }
    const goods = await find(fileHash);
    if (goods === null) return sendProblem(response, "no-such-goods");
    if (pieces === undefined) {
      if (goods.bytes <= SMALL_BYTES) await small.hold(fileHash, goods);
      return sendFile(request, response, goods.path, goods.bytes, fileHash);
    }
    if (goods.leavesPath === undefined) return sendProblem(response, "no-such-goods");
    return sendFile(request, response, goods.leavesPath, null, `${fileHash}-pieces`);
  }

  return (request, response) => {
    const startedMs = performance.now();
    const path = (request.url ?? "").split("?", 1)[0] as string;
    const route = path.endsWith("/pieces") ? "pieces" : "goods";
    measures.begin(route);
    response.once("close", () => {
      const status = response.writableFinished ? response.statusCode : 0;
      const durationMs = performance.now() - startedMs;
      measures.finish(route, status, durationMs);
      if (log.isLevelEnabled("debug")) log.debug({ route, status, durationMs }, "goods");
    });
    const busy: ProblemReason | null = isClosing() ? "closing" : sending >= limits.downloads ? "overloaded" : null;
    if (busy !== null) return sendProblem(response, busy, { "retry-after": "1" });
    sending += 1;
    // A peer that stops reading is let go, with the file it holds open; one that reads slowly is not.
    response.setTimeout(limits.stallTimeoutMs, () => response.destroy());
    serveGoods(request, response, path)
      .catch((error: unknown) => {
        if (response.destroyed) return; // the peer went away
        log.error({ route, ...traceOf(error) }, "goods could not be read");
        sendProblem(response, "failed");
      })
      .finally(() => {
        sending -= 1;
      });
  };
}

const SMALL_BYTES = 64 * 1024;
/** All small files in memory together: a shop of thumbnails and data rows, and no more than one busy download's share. */
const SMALL_TOTAL_BYTES = 16 * 1024 * 1024;

interface SmallFiles {
  get(fileHash: string): Buffer | undefined;
  hold(fileHash: string, goods: GoodsFile): Promise<void>;
}

/** A file never changes under its hash, so small ones are read once: opening one costs ten times what sending it does. */
function smallFiles(): SmallFiles {
  const files = new Map<string, Buffer>();
  let total = 0;
  return {
    get(fileHash) {
      const held = files.get(fileHash);
      if (held === undefined) return undefined;
      files.delete(fileHash); // to the end: the first is the one longest unused
      files.set(fileHash, held);
      return held;
    },
    async hold(fileHash, { path, bytes }) {
      const content = await readFile(path);
      if (content.length !== bytes || files.has(fileHash)) return;
      files.set(fileHash, content);
      total += content.length;
      for (const [oldest, { length }] of files) {
        if (total <= SMALL_TOTAL_BYTES) break;
        files.delete(oldest);
        total -= length;
      }
    },
  };
}

function isPlainGet({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.range === undefined && headers["if-none-match"] === undefined;
}

function headersOf(tag: string): OutgoingHttpHeaders {
  return {
    etag: `"${tag}"`,
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
  };
}

/** @param bytes the length that the file must have, or null for whatever it has. */
async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  bytes: number | null,
  tag: string,
): Promise<void> {
  const etag = `"${tag}"`;
  const headers = headersOf(tag);
  if (request.headers["if-none-match"]?.includes(etag)) return void response.writeHead(304, headers).end();
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (bytes !== null && size !== bytes) throw new Error("the file has another length than its certificate says");
    const range = rangeOf(request, etag, size);
    if (range === "not-there") {
      return sendProblem(response, "range-not-there", { "content-range": `bytes */${size}` });
    }
    const { from, to } = range ?? { from: 0, to: size };
    headers["content-length"] = to - from;
    if (range !== null) headers["content-range"] = `bytes ${from}-${to - 1}/${size}`;
    response.writeHead(range === null ? 200 : 206, headers);
    if (request.method === "HEAD" || from === to) return void response.end();
    await sendBytes(file, response, from, to);
  } finally {
    await file.close();
  }
}

/** Smaller and larger ones are both slower over loopback. */
const READ_BYTES = 256 * 1024;

/**
 * One buffer is filled while the other is on its way. The two are used over and over, which costs a third less of the
 * CPU than a read stream, because that one takes fresh memory for every read.
 */
async function sendBytes(file: FileHandle, response: ServerResponse, from: number, to: number): Promise<void> {
  const length = Math.min(READ_BYTES, to - from);
  const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(to - from > length ? length : 0)];
  let flushed = Promise.resolve(true);
  for (let at = from, turn = 0; at < to; turn ^= 1) {
    const buffer = buffers[turn] as Buffer;
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
    // A file cut short meanwhile must not look whole to the peer, nor the next answer look like its end.
    if (!(await flushed) || bytesRead === 0) return void response.destroy();
    flushed = write(response, buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  if (await flushed) response.end();
}

/** @returns whether the bytes have left this process; false once the peer is gone. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => response.write(bytes, (error) => resolve(error === undefined || error === null)));
}

/**
 * The one range asked for, `to` exclusive; null for the whole file. What is not one well-formed range of bytes is
 * ignored, as RFC 9110 §14.2 allows, and so is every range of a HEAD.
 */
export function rangeOf(
  request: Pick<IncomingMessage, "method" | "headers">,
  etag: string,
  size: number,
): { readonly from: number; readonly to: number } | "not-there" | null {
  const { range, "if-range": ifRange } = request.headers;
  if (range === undefined || request.method !== "GET") return null;
  if (ifRange !== undefined && ifRange !== etag) return null;
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(range);
  if (match === null) return null;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === "") {
    if (last === "") return null;
    const length = Math.min(Number(last), size);
    return length === 0 ? "not-there" : { from: size - length, to: size };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return null;
  if (from >= size) return "not-there";
  return { from, to: last === "" ? size : Math.min(Number(last) + 1, size) };
}
