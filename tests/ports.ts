/** Ports of servers that are to be found at the same address after a restart: wallets and shops remember addresses. */
import { createServer } from "node:net";

/** Below the range from which the operating system takes the ports of outgoing connections, so that none takes it meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const TRIES = 100;

/** Where those of a market that runs in one process listen: three trustees, its log, the log's witness. */
export const TRUSTEES_ABOVE = [10, 11, 12];
export const LOG_ABOVE = 20;
export const WITNESS_ABOVE = 21;
export const MARKET_ABOVE = [...TRUSTEES_ABOVE, LOG_ABOVE, WITNESS_ABOVE];

/** @param above what else has to be free: so many above the one that is returned. */
export async function freePort(above: readonly number[] = []): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const free = await Promise.all([0, ...above].map((each) => isFree(port + each)));
    if (free.every((each) => each)) return port;
  }
  throw new Error("no ports are free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
