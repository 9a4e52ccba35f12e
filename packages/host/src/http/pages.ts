/**
 * The market's pages: files that a build has made, read once, and served under a policy that lets them reach this market
 * and nobody else. Every address that is no file and no API's is the one document that shows them all, and each answer of it
 * has a nonce of its own, so that a style that somebody else wrote into the page does not count.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import type { Limits } from "./limits.ts";
import { sendProblem } from "./problem.ts";

export interface PagesOptions {
  readonly files: PageFiles;
  /** Where the market that they show answers; null for the one at their own address. */
  readonly market: string | null;
  /** Whom else the pages may ask: addresses of trustees, logs, a certifier, mirrors. Asked for each document. */
  readonly connectTo: () => Promise<readonly string[]>;
}

export interface PageFiles {
  /** index.html, cut where the nonce and the market's address go. */
  readonly document: readonly [beforeNonce: string, beforeMarket: string, rest: string];
  /** By path, such as /assets/index-B3x.js. Whatever is not in this map is not a file, so no path leads out of it. */
  readonly files: ReadonlyMap<string, PageFile>;
}

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  /** Made by the build; null where there is none. */
  readonly br: Buffer | null;
  readonly gzip: Buffer | null;
  readonly hash: string;
}

/** @returns null where there are none: nobody has built them. */
export function readPages(folder: string): PageFiles | null {
  const index = join(folder, "index.html");
  if (!existsSync(index)) return null;
  return { document: cutDocument(readFileSync(index, "utf8")), files: readFiles(folder) };
}

export function pagesRoute(
  options: PagesOptions,
  limits: Limits,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { document, files } = options.files;
  const market = options.market === null ? "" : plainUrl(options.market);
  const [beforeNonce, beforeMarket, rest] = document;

  async function policy(nonce: string | null): Promise<string> {
    return policyOf(nonce, [...(market === "" ? [] : [market]), ...(await options.connectTo())]);
  }

  async function sendDocument(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(18).toString("base64");
    const body = Buffer.from([beforeNonce, nonce, beforeMarket, market, rest].join(""));
    send(request, response, body, {
      ...DOCUMENT_HEADERS,
      "content-security-policy": await policy(nonce),
    });
  }

  async function sendPageFile(request: IncomingMessage, response: ServerResponse, path: string, file: PageFile) {
    const encoding = encodingFor(request.headers["accept-encoding"], file);
    const headers: OutgoingHttpHeaders = {
      ...FILE_HEADERS,
      "content-type": file.type,
      ...(encoding === null ? {} : { "content-encoding": encoding }),
    };
    if (path.startsWith(HASHED)) {
      headers["cache-control"] = "public, max-age=31536000, immutable";
    } else {
      // A worker is held to the policy that came with its own script. A browser keeps the old policy where it hears that
      // nothing has changed, so a change of the policy is a change of the file.
      const content = await policy(null);
      const etag = `"${digest(`${file.hash} ${encoding} ${content}`)}"`;
      Object.assign(headers, { "content-security-policy": content, "cache-control": "no-cache", etag });
      if (request.headers["if-none-match"]?.includes(etag)) return void response.writeHead(304, headers).end();
    }
    send(request, response, encoding === null ? file.plain : (file[encoding] as Buffer), headers);
  }

  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendProblem(response, "wrong-method", { allow: "GET, HEAD" });
    }
    response.setTimeout(limits.stallTimeoutMs, () => response.destroy());
    const path = (request.url ?? "/").split("?", 1)[0] as string;
    const file = files.get(path);
    if (file !== undefined) return sendPageFile(request, response, path, file);
    // A script that is gone must not be answered with a document, which a browser would keep under the script's name.
    if (BUILT.some((folder) => path.startsWith(folder))) return sendProblem(response, "unknown-route");
    return sendDocument(request, response);
  };
}

/** Whether an address is the pages' rather than an API's, whose wrong addresses are problems and not documents. */
export function isPage(url: string): boolean {
  return url.startsWith("/") && !/^\/(?:v1|docs|wire|goods|healthz|readyz|metrics)(?:[/?]|$)/.test(url);
}

/** Files whose name holds the hash of their content. */
const HASHED = "/assets/";
const BUILT = [HASHED, "/workers/"];

/** The camera reads the codes of coins, and nothing else of a machine is asked for. */
const PERMISSIONS = "camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()";

const FILE_HEADERS: OutgoingHttpHeaders = {
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  vary: "accept-encoding",
};

const DOCUMENT_HEADERS: OutgoingHttpHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "permissions-policy": PERMISSIONS,
};

/**
 * Addresses in a policy, some 150 of them: a group's trustees, a bank's logs, a certifier, a shop's mirrors. With the rest of the
 * answer's head they stay below 8 KiB, which is as much as proxies take for one.
 */
const CONNECT_LIMIT_BYTES = 6 * 1024;

function policyOf(nonce: string | null, connectTo: readonly string[]): string {
  const connect = fitting(new Set(connectTo.flatMap((url) => originOf(url) ?? []))).join(" ");
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self'${nonce === null ? "" : ` 'nonce-${nonce}'`}`,
    "img-src 'self' blob: data:",
    // Sound that was bought is heard in its place.
    "media-src blob:",
    `connect-src ${connect}`,
    "worker-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Those that there is room for, in their order: one that is too long keeps no other out. */
function fitting(origins: Iterable<string>): readonly string[] {
  const sources = ["'self'"];
  let left = CONNECT_LIMIT_BYTES;
  for (const origin of origins) {
    if (origin.length + 1 > left) continue;
    left -= origin.length + 1;
    sources.push(origin);
  }
  return sources;
}

/** Others chose these addresses: what is no plain origin could end the directive and begin another, so it is left out. */
function originOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d+)?$/.test(parsed.origin)
    ? parsed.origin
    : null;
}

/** For an attribute of the document: the market's address, if nothing in it could end the attribute. */
function plainUrl(url: string): string {
  const origin = originOf(url);
  const path = origin === null ? "" : new URL(url).pathname.replace(/\/+$/, "");
  return origin !== null && /^[\w.~/%-]*$/.test(path) ? `${origin}${path}` : "";
}

function encodingFor(accepted: string | undefined, file: PageFile): "br" | "gzip" | null {
  const taken = new Set(
    (accepted ?? "")
      .toLowerCase()
      .split(",")
      .map((each) => each.split(";").map((part) => part.trim()))
      .filter(([, weight]) => weight === undefined || !/^q=0(?:\.0*)?$/.test(weight))
      .map(([name]) => name),
  );
  if (file.br !== null && taken.has("br")) return "br";
  return file.gzip !== null && taken.has("gzip") ? "gzip" : null;
}

function send(request: IncomingMessage, response: ServerResponse, body: Buffer, headers: OutgoingHttpHeaders): void {
  response.writeHead(200, { ...headers, "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** What the build leaves in index.html for the server to fill in; as it stands: no nonce, and the market of its own address. */
const NONCE_MARK = '<meta name="csp-nonce" content="';
const MARKET_MARK = '<meta name="counterfoil-market" content="';

function cutDocument(html: string): PageFiles["document"] {
  const nonceAt = html.indexOf(NONCE_MARK) + NONCE_MARK.length;
  const marketAt = html.indexOf(MARKET_MARK) + MARKET_MARK.length;
  if (nonceAt < NONCE_MARK.length || marketAt < nonceAt) throw new Error("index.html has no place for its nonce");
  return [html.slice(0, nonceAt), html.slice(nonceAt, marketAt), html.slice(marketAt)];
}

/** All in memory; the pages with their compressed forms take a tenth of either. */
const FILES_LIMIT = 2000;
const BYTES_LIMIT = 64 * 1024 * 1024;

function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (paths.length > FILES_LIMIT) throw new Error(`${folder} has more files than pages have`);
  let bytes = 0;
  const read = (path: string) => {
    const content = readFileSync(path);
    bytes += content.length;
    if (bytes > BYTES_LIMIT) throw new Error(`${folder} is larger than pages are`);
    return content;
  };
  for (const { parentPath, name } of paths) {
    const type = TYPES[extname(name)];
    if (type === undefined || name === "index.html") continue;
    const path = join(parentPath, name);
    const [br, gzip] = [`${path}.br`, `${path}.gz`].map((each) => (existsSync(each) ? read(each) : null));
    const plain = read(path);
    const at = `/${relative(folder, path).split(sep).join("/")}`;
    files.set(at, { type, plain, br: br ?? null, gzip: gzip ?? null, hash: digest(plain) });
  }
  return files;
}

/** What a build makes. Compressed forms are read with what they are of; the rest of the folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

function digest(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("base64url");
}
