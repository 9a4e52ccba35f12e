/**
 * One HTTP server for any number of roles. Messages between machines and goods are served from `node:http` itself,
 * because that is where the load is: an echo costs 18 µs of CPU there and 28 µs through the app framework. Everything
 * else goes to the app, when there is one.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import { answersPreflight } from "./cors.ts";
import { type FindGoods, goodsRoute } from "./goods.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type Measures, measuresOf, type Route } from "./measures.ts";
import { isPage, type PagesOptions, pagesRoute } from "./pages.ts";
import { problemOf, sendProblem } from "./problem.ts";
import { PROBLEM_CONTENT_TYPE } from "./problem-shape.ts";
import { traceOf, type WireRole, wireRoute } from "./wire.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0 for any free one; `Served.port` says which. */
  readonly port: number;
  readonly roles: readonly WireRole[];
  /** Whatever is not a message, goods or an operator's page: a Hono app, for example. */
  readonly app?: { fetch(request: Request, env?: AppEnvironment): Response | Promise<Response> };
  readonly goods?: FindGoods;
  /** Pages for people, at every address that is no API's. */
  readonly pages?: PagesOptions;
  readonly log: Logger;
  /** Where the metrics go and `/metrics` reads from; one of its own when absent. */
  readonly metrics?: Registry;
  readonly limits?: Partial<Limits>;
  /** Whether to send traffic here now; asked by `/readyz`. Never true while closing. */
  readonly ready?: () => boolean;
}

/** What an app is told besides the request: the connection that it came by. */
export interface AppEnvironment {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

export interface Served {
  readonly host: string;
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  readonly metrics: Registry;
  /** Takes nothing new, lets what is under way finish within `limits.closeMs`, then cuts the rest off. */
  close(): Promise<void>;
}

export async function serve(options: ServeOptions): Promise<Served> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const metrics = options.metrics ?? new Registry();
  const closing = { begun: false };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.stallTimeoutMs,
      connectionsCheckingInterval: limits.sweepMs,
      noDelay: true,
    },
    listener(options, limits, metrics, closing),
  );
  server.maxConnections = limits.connections;
  await listen(server, options.port, options.host);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | null = null;
  return {
    host: options.host,
    port,
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    metrics,
    close() {
      closing.begun = true;
      closed ??= close(server, limits);
      return closed;
    },
  };
}

interface Closing {
  begun: boolean;
}

function listener(options: ServeOptions, limits: Limits, metrics: Registry, closing: Closing): RequestListener {
  const measures = measuresOf(metrics);
  const { roles, log } = options;
  const shared = { limits, log, measures, isClosing: () => closing.begun };
  const wire = wireRoute({ ...shared, roles });
  const goods = options.goods === undefined ? null : goodsRoute({ ...shared, find: options.goods });
  const operator = operatorRoute(options, metrics, closing);
  const app = options.app === undefined ? null : appListener(options.app, log);
  const pages = options.pages === undefined ? null : pagesListener(options.pages, limits, log);

  const kindOf = (url: string) => {
    if (url === "/wire") return "wire";
    if (goods !== null && url.startsWith("/goods/")) return "goods";
    if (OPERATOR_PATHS.has(url)) return "operator";
    return pages !== null && isPage(url) ? "pages" : "app";
  };

  return (request, response) => {
    const kind = kindOf(request.url ?? "/");
    // Whatever it is, it is of the type that it says: what others wrote is never taken for a page or a script. Messages, which are
    // most of the load, say so where they are answered: a header that is set apart costs more than one among others.
    if (kind !== "wire") response.setHeader("x-content-type-options", "nosniff");
    // An operator's figures are for whoever is let to this server, and pages are for their own address.
    if (kind !== "operator" && kind !== "pages" && answersPreflight(request, response)) return;
    if (kind === "wire") return wire(request, response);
    if (kind === "goods") return (goods as RequestListener)(request, response);
    watch(kind === "operator" ? "operator" : "other", response, measures, log);
    if (kind === "operator") return operator(request, response);
    if (closing.begun) return sendProblem(response, "closing", { "retry-after": "1", connection: "close" });
    const rest = kind === "pages" ? pages : app;
    if (rest === null) return sendProblem(response, "unknown-route");
    rest(request, response);
  };
}

/** Counts a request of a route that is not hot, and says that it was; its address stays out of the log. */
function watch(route: Route, response: ServerResponse, measures: Measures, log: Logger): void {
  const startedMs = performance.now();
  measures.begin(route);
  response.once("close", () => {
    const status = response.writableFinished ? response.statusCode : 0;
    const durationMs = performance.now() - startedMs;
    measures.finish(route, status, durationMs);
    if (log.isLevelEnabled("debug")) log.debug({ route, status, durationMs }, "http");
  });
}

const OPERATOR_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

function operatorRoute(options: ServeOptions, metrics: Registry, closing: Closing): RequestListener {
  const say = (response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8") =>
    void response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendProblem(response, "wrong-method", { allow: "GET, HEAD" });
    }
    if (request.url === "/healthz") return say(response, 200, "alive\n");
    if (request.url === "/readyz") {
      const ready = !closing.begun && (options.ready?.() ?? true);
      return say(response, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
    }
    metrics.metrics().then(
      (text) => say(response, 200, text, metrics.contentType),
      () => sendProblem(response, "failed"),
    );
  };
}

function appListener(app: NonNullable<ServeOptions["app"]>, log: Logger): RequestListener {
  const handle = getRequestListener((request, env) => app.fetch(request, env as AppEnvironment), {
    overrideGlobalObjects: false, // a library leaves the process's own Request and Response alone
    errorHandler(error) {
      log.error(traceOf(error), "the app failed");
      return Response.json(problemOf("failed"), { status: 500, headers: { "content-type": PROBLEM_CONTENT_TYPE } });
    },
  });
  return (request, response) => void handle(request, response);
}

function pagesListener(options: PagesOptions, limits: Limits, log: Logger): RequestListener {
  const handle = pagesRoute(options, limits);
  return (request, response) =>
    void handle(request, response).catch((error: unknown) => {
      log.error(traceOf(error), "the pages failed");
      sendProblem(response, "failed");
    });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server, limits: Limits): Promise<void> {
  return new Promise((resolve) => {
    // A connection whose request ends from now on is let go at once instead of being kept for the next request.
    server.keepAliveTimeout = 1;
    server.keepAliveTimeoutBuffer = 0;
    const cut = setTimeout(() => server.closeAllConnections(), limits.closeMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
