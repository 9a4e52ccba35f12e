/** `counterfoil pages`: the market's pages alone, for a market that answers elsewhere. */
import { SECOND_MS } from "@counterfoil/base";
import { type Served, serve, type WireClient, wireClient } from "@counterfoil/host";
import { catalogueJson, marketJson, NO_MONEY_MOVED, namedAddresses, Refusal } from "@counterfoil/sdk";
import pino from "pino";
import type { Place } from "./place.ts";
import { builtPages, NO_PAGES, type ServeFlags, untilStopped } from "./running.ts";
import { print } from "./terminal.ts";

export interface PagesFlags {
  /** Where the market answers. */
  readonly market: string;
}

export async function servePages(place: Place, flags: ServeFlags & PagesFlags): Promise<void> {
  const files = builtPages();
  if (files === null) throw new Refusal("no-pages", NO_PAGES, NO_MONEY_MOVED, "npm run build");
  const client = wireClient(flags.market);
  const connectTo = keptFor(KEPT_MS, () => addressesAt(client, flags.market));
  await connectTo(); // an address that is no market's is said now, and not to whoever looks at the pages
  const served = await listenPages(flags, { files, market: flags.market, connectTo });
  print(place.json, { status: "running", url: served.url, market: flags.market }, [
    `The pages of ${flags.market} are at ${served.url}: open it in a browser.`,
  ]);
  await untilStopped([() => client.close(), () => served.close()]);
}

async function listenPages(flags: ServeFlags, pages: Parameters<typeof serve>[0]["pages"] & object): Promise<Served> {
  try {
    const log = pino({ level: process.env.COUNTERFOIL_LOG ?? "warn" }, pino.destination(2));
    return await serve({ host: flags.host, port: flags.port, roles: [], pages, log });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const next = "Stop what uses it, or pass --port.";
    throw new Refusal("port-in-use", `Port ${flags.port} is taken.`, NO_MONEY_MOVED, next);
  }
}

/** Whom the market names, with the mirrors that its goods have: a shop says the same of each of its items. */
async function addressesAt(client: WireClient, url: string): Promise<readonly string[]> {
  const market = marketJson.safeParse(await client.getJson("/v1/market"));
  const shelf = catalogueJson.safeParse(await client.getJson("/v1/items"));
  if (!market.success || !shelf.success) {
    const next = "Check the address; counterfoil start prints the address of the market it runs.";
    throw new Refusal("not-a-market", `${url} does not answer like a market.`, NO_MONEY_MOVED, next);
  }
  return namedAddresses(market.data, shelf.data.items[0]?.mirrors ?? []);
}

/** However many look at the pages, the market is asked this often; it seldom moves. */
const KEPT_MS = 10 * SECOND_MS;

/** Asks again once the last answer is older than that; while nobody answers, the last answer stands. */
function keptFor<T>(keptMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | null = null;
  let askedMs = 0;
  return () => {
    const nowMs = performance.now();
    if (last !== null && nowMs - askedMs < keptMs) return last;
    const before = last;
    askedMs = nowMs;
    last = ask().catch((error: unknown) => {
      if (before === null) throw error;
      return before;
    });
    return last;
  };
}
