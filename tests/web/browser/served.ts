/** Builds the test's page as the pages of the market are built, and serves it beside goods and a wire that can go wrong. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface ServedPage {
  readonly url: string;
  /** What answers at a path instead of the page's files, from now on. */
  answer(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function servePage(): Promise<ServedPage> {
  const outDir = mkdtempSync(join(tmpdir(), "counterfoil-browser-page-"));
  const at = (name: string) => join(HERE, name);
  await build({
    root: HERE,
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { "node:assert/strict": at("assert.ts"), vitest: at("vitest.ts") } },
    build: { outDir, target: "es2022", minify: false, emptyOutDir: true, chunkSizeWarningLimit: 4_096 },
  });
  const answers = new Map<string, Answer>([["/favicon.ico", (_, response) => void response.end()]]);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const answering = (answers.get(path) ?? fromFolder(outDir, path))(request, response);
    Promise.resolve(answering).catch(() => response.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answer: (path, answer) => void answers.set(path, answer),
    close: () => close(server).finally(() => rmSync(outDir, { recursive: true, force: true })),
  };
}

/** The page, ready to be asked. @param context a profile of its own unless it is to share one. */
export async function openBench(browser: Browser, served: ServedPage, context?: BrowserContext): Promise<Page> {
  const page = await (context ?? (await browser.newContext())).newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => "bench" in globalThis);
  return page;
}

function fromFolder(folder: string, path: string): Answer {
  return async (_, response) => {
    const name = path === "/" ? "index.html" : path.slice(1);
    const content = await readFile(join(folder, name));
    response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
    response.end(content);
  };
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

/** A host of one file, ranges and all. @param log what was asked for, "from-to". */
export function fileAnswer(file: Uint8Array, log: string[]): Answer {
  return (request, response) => {
    const [, from = "0", to = `${file.length - 1}`] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    log.push(`${from}-${to}`);
    response.writeHead(206, { "content-range": `bytes ${from}-${to}/${file.length}` });
    response.end(file.subarray(Number(from), Number(to) + 1));
  };
}
