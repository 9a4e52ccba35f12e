/** A role that runs as a server: what it needs to start, and how other commands find it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PageFiles, readPages, type Served, serve, type WireRole } from "@counterfoil/host";
import {
  type Lock,
  lockFolder,
  type Market,
  makeFolder,
  marketApp,
  NO_MONEY_MOVED,
  namedAddresses,
  type OpenShop,
  Refusal,
} from "@counterfoil/sdk";
import pino from "pino";

export interface ServeFlags {
  readonly port: number;
  readonly host: string;
}

/** A role's folder belongs to one process. */
export function ownFolder(folder: string, role: string): Lock {
  const lock = lockFolder(makeFolder(folder));
  if (lock !== null) return lock;
  throw new Refusal(
    "already-running",
    `Another process runs the ${role} of ${folder}.`,
    NO_MONEY_MOVED,
    "Stop it, or use another --data folder.",
  );
}

/** Where the build of apps/web puts the pages. */
const PAGES = fileURLToPath(new URL("../../web/dist/", import.meta.url));

/** @returns null where nobody has built them. */
export function builtPages(): PageFiles | null {
  return readPages(PAGES);
}

export const NO_PAGES =
  "The pages for a browser are not built: npm run build makes them. Everything else works without.";

/** @param pages null for none: whoever serves no bank's money has nothing to show to people. */
export async function listen(
  flags: ServeFlags,
  roles: readonly WireRole[],
  market: Market,
  shop: OpenShop | null,
  pages: PageFiles | null = market.bank === null ? null : builtPages(),
): Promise<Served> {
  const connectTo = async () => namedAddresses(market, (await shop?.mirrors()) ?? []);
  try {
    return await serve({
      host: flags.host,
      port: flags.port,
      roles,
      app: marketApp(market),
      log: pino({ level: process.env.COUNTERFOIL_LOG ?? "warn" }, pino.destination(2)),
      ...(shop === null ? {} : { goods: shop.goods }),
      ...(pages === null ? {} : { pages: { files: pages, market: null, connectTo } }),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Refusal(
      "port-in-use",
      `Port ${flags.port} is taken.`,
      NO_MONEY_MOVED,
      "Stop what uses it, or pass --port.",
    );
  }
}

/** Runs until asked to stop, then closes what was opened, last first. */
export async function untilStopped(closing: readonly (() => Promise<void> | void)[]): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  for (const close of [...closing].reverse()) await close();
}

/** Tells the commands of the same data folder where the running role is; a stale file is harmless, the lock decides. */
export function announce(folder: string, url: string): () => void {
  const path = join(folder, "server.json");
  writeFileSync(path, `${JSON.stringify({ url })}\n`, { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

export function announced(folder: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(folder, "server.json"), "utf8")) as { url: string }).url;
  } catch {
    return null;
  }
}
