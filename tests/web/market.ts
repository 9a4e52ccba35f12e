/** Servers as a person starts them, each in a process of its own: a whole market, a shop alone, the pages alone. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { namedAddresses } from "@counterfoil/sdk";
import { PROGRAM } from "../program.ts";

export interface Serving {
  /** What it says first, with --json. */
  readonly said: Readonly<Record<string, unknown>>;
  /** As a person stops it. @throws if it had anything to complain about. */
  close(): Promise<void>;
}

/** A command of `counterfoil` that goes on until it is stopped: `shop serve`, `pages`. */
export async function serving(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Serving> {
  const child = spawn(process.execPath, [PROGRAM, ...words, "--json"], { env: { ...process.env, ...environment } });
  const errors = text(child.stderr);
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const first = await new Promise<string | null>((resolve) => {
    const lines = createInterface(child.stdout);
    lines.once("line", resolve);
    lines.once("close", () => resolve(null));
  });
  const said = first === null ? {} : (JSON.parse(first) as Record<string, unknown>);
  if (said.status !== "running") {
    throw new Error(`counterfoil ${words.join(" ")} did not start: ${first} ${await errors}`);
  }
  return {
    said,
    async close() {
      child.kill("SIGTERM");
      const status = await ended;
      if (status !== 0) throw new Error(`counterfoil ${words.join(" ")} ended with ${status}: ${await errors}`);
    },
  };
}

export interface OpenMarket {
  readonly url: string;
  /** Its data folder: COUNTERFOIL_DATA of commands that are to find its shop and its bank. */
  readonly data: string;
  /** Of its own servers: the market, its trustees, its log. */
  readonly origins: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A whole market in a process and a folder of its own, on free ports. */
export async function openMarket(): Promise<OpenMarket> {
  const data = mkdtempSync(join(tmpdir(), "counterfoil-web-"));
  const remove = () => rmSync(data, { recursive: true, force: true });
  try {
    const market = await serving(["start", "--port", "0", "--data", data]);
    const url = String(market.said.url);
    const close = () => market.close().finally(remove);
    return { url, data, origins: await originsOf(url), close };
  } catch (error) {
    remove();
    throw error;
  }
}

async function originsOf(url: string): Promise<ReadonlySet<string>> {
  const market = (await (await fetch(`${url}/v1/market`)).json()) as Parameters<typeof namedAddresses>[0];
  return new Set([url, ...namedAddresses(market, [])].map((each) => new URL(each).origin));
}
