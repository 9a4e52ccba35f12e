/** A log and a witness, each a process of the real command line over a folder and a port of its own, killed and started again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import { nodeCrypto, retrying, wireClient } from "@counterfoil/host";
import { type LogClient, logClient, logKeyIn, lookAtLog, usualOrigin } from "@counterfoil/sdk";
import type { LogBench } from "../../packages/protocols/src/log/log.fixture.ts";
import { command, type Running } from "../crash/command.ts";

export interface LogProcesses {
  readonly crypto: Crypto;
  readonly folder: string;
  readonly url: string;
  readonly witnessUrl: string;
  readonly client: LogClient;
  /** The bank and the merchant of contracts that name this log. */
  readonly parties: LogBench;
  log: Server;
  witness: Server;
  /** @param killAt ROLE/BOUNDARY/TABLE at which the process kills itself. */
  startLog(killAt?: string): Promise<void>;
  startWitness(killAt?: string): Promise<void>;
  close(): Promise<void>;
}

export interface Server {
  readonly url: string;
  /** Stops as its operator would. */
  stop(): Promise<void>;
  /** Resolves when it has ended by itself. */
  readonly ended: Running["exit"];
}

const KILL = new URL("./kill.ts", import.meta.url).href;
/** A head comes within some milliseconds; a process that was killed comes back within seconds. */
const AGAIN = { attempts: 12, baseDelayMs: 100, maxDelayMs: 2_000 };

export async function startProcesses(): Promise<LogProcesses> {
  const crypto = await nodeCrypto();
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-log-"));
  const { publicKey } = logKeyIn(crypto, join(folder, "log"));
  const watched = `${usualOrigin(publicKey)}=${publicKey}`;
  const startWitness = (port: string, killAt?: string) =>
    start(["log", "witness", "--data", folder, "--log", watched, "--port", port], killAt);
  const startLog = (port: string, named: readonly string[], killAt?: string) =>
    start(["log", "serve", "--data", folder, "--port", port, ...named], killAt);

  const witness = await startWitness("0");
  const log = await startLog("0", String(witness.answer.option).split(" "));
  const { descriptor } = await lookAtLog(crypto, wireClient(log.url));
  const client = logClient(crypto, descriptor, wireClient(log.url));
  const key = (byte: number): SigningKey => crypto.signingKey(new Uint8Array(32).fill(byte));
  const processes: LogProcesses = {
    crypto,
    folder,
    url: log.url,
    witnessUrl: witness.url,
    client,
    parties: { crypto, descriptor, id: client.id, bank: key(1), merchant: key(2) } as LogBench,
    log,
    witness,
    async startLog(killAt) {
      processes.log = await startLog(new URL(log.url).port, [], killAt);
    },
    async startWitness(killAt) {
      processes.witness = await startWitness(new URL(witness.url).port, killAt);
    },
    async close() {
      client.close();
      await processes.log.stop();
      await processes.witness.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return processes;
}

async function start(words: readonly string[], killAt?: string) {
  const environment = killAt === undefined ? {} : { NODE_OPTIONS: `--import=${KILL}`, KILL_AT: killAt };
  const running = command(words, environment, null);
  const answer = await running.answer;
  if (answer?.status !== "running") throw new Error(`it does not start: ${JSON.stringify(await running.exit)}`);
  return {
    url: String(answer.url),
    answer,
    ended: running.exit,
    async stop() {
      running.kill("SIGTERM");
      await running.exit;
    },
  };
}

/** Resolves when a head has so many leaves. Waits at the log, and again where the log is just being started. */
export async function headOf(client: LogClient, size: number) {
  return retrying(async () => {
    for (let head = await client.head(); ; ) {
      if (head !== null && head.size >= size) return head;
      head = await client.head({ than: { size: head?.size ?? 0, timeMs: head?.timeMs ?? 0 } });
    }
  }, AGAIN);
}
