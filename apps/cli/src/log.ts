/** A log, and a witness of logs, at the command line. */
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { type Served, serve, type WireRole } from "@counterfoil/host";
import type { NoteKey } from "@counterfoil/protocols/log";
import {
  logApp,
  logKeyIn,
  NO_MONEY_MOVED,
  type OpenLog,
  type OpenWitness,
  openLog,
  openWitness,
  type Ports,
  Refusal,
  readDescriptor,
  usualOrigin,
  type WitnessAt,
} from "@counterfoil/sdk";
import pino from "pino";
import { type Place, ports } from "./place.ts";
import { announce, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { counted, print } from "./terminal.ts";

export interface LogFlags {
  readonly origin?: string;
  readonly witness: readonly WitnessAt[];
  readonly quorum?: number;
  readonly bank: readonly Hex[];
}

export function logFolder(place: Place): string {
  return join(place.data, "log");
}

export async function logServe(place: Place, flags: ServeFlags & LogFlags): Promise<void> {
  const own = await ports();
  const folder = logFolder(place);
  const lock = ownFolder(folder, "log");
  const { origin, quorum, witness, bank } = flags;
  const options = {
    ...(origin === undefined ? {} : { origin }),
    ...(quorum === undefined ? {} : { quorum }),
    ...(witness.length === 0 ? {} : { witnesses: witness }),
    ...(bank.length === 0 ? {} : { banks: bank }),
  };
  const log = await openLog(folder, options, own);
  const served = await listenLog(flags, log);
  const withdraw = announce(folder, served.url);
  const { descriptor } = log;
  const named = descriptor.witnesses.length;
  print(
    place.json,
    { status: "running", url: served.url, id: log.id, origin: descriptor.origin, key: descriptor.key },
    [
      `The log is open at ${served.url}. Contracts name it by its id: ${log.id}`,
      named === 0
        ? "It has no witness: nobody but the log itself stands behind its heads."
        : `A head needs ${descriptor.quorum} of ${named} witnesses.`,
      `A witness watches it by: counterfoil log witness --log ${descriptor.origin}=${descriptor.key}`,
    ],
  );
  await untilStopped([() => lock.release(), () => log.close(), withdraw, () => served.close(), () => log.release()]);
}

/** A log's paths stand at the root of its address, so it has one of its own. */
export function listenLog(flags: ServeFlags, log: OpenLog): Promise<Served> {
  return listenAlone(flags, [log.role], logApp(log));
}

export function listenWitness(flags: ServeFlags, witness: OpenWitness): Promise<Served> {
  return listenAlone(flags, [], witness.app);
}

async function listenAlone(flags: ServeFlags, roles: readonly WireRole[], app: OpenWitness["app"]): Promise<Served> {
  try {
    const log = pino({ level: process.env.COUNTERFOIL_LOG ?? "warn" }, pino.destination(2));
    return await serve({ host: flags.host, port: flags.port, roles, app, log });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const next = "Stop what uses it, or pass --port.";
    throw new Refusal("port-in-use", `Port ${flags.port} is taken.`, NO_MONEY_MOVED, next);
  }
}

export interface WitnessFlags {
  readonly name?: string;
  readonly log: readonly NoteKey[];
}

export async function logWitness(place: Place, flags: ServeFlags & WitnessFlags): Promise<void> {
  const own = await ports();
  const folder = join(place.data, "witness");
  const lock = ownFolder(folder, "witness");
  const witness = await openWitness(folder, { name: flags.name ?? null, logs: flags.log }, own);
  const served = await listenWitness(flags, witness);
  const withdraw = announce(folder, served.url);
  const option = `--witness ${witness.name}=${witness.key}@${served.url}`;
  print(place.json, { status: "running", url: served.url, name: witness.name, key: witness.key, option }, [
    `The witness is open at ${served.url}. It watches ${counted(flags.log.length, "log", "logs")} and keeps nothing but their heads.`,
    `A log is served with it by: counterfoil log serve ${option}`,
    ...(flags.log.length > 0 ? [] : ["Start it again with --log ORIGIN=KEY for each log: log serve prints them."]),
  ]);
  await untilStopped([() => lock.release(), () => witness.close(), withdraw, () => served.close()]);
}

export interface MarketLog {
  readonly log: OpenLog;
  readonly url: string;
  /** To be closed last first, like everything of a server. */
  readonly closing: readonly (() => Promise<void> | void)[];
}

/** Above the market's port, beyond its trustees. */
const LOG_ABOVE = 20;
const WITNESS_ABOVE = 21;

/**
 * One log and one witness of it, in the process of a market: to be tried, not a protection, since whoever has this machine has
 * both keys. A witness of others is what makes a log's word worth something.
 */
export async function openMarketLog(place: Place, flags: ServeFlags, own: Ports): Promise<MarketLog> {
  const folder = logFolder(place);
  const witnessFolder = join(place.data, "witness");
  const closing: (() => Promise<void> | void)[] = [];
  const above = (count: number) => ({ ...flags, port: flags.port === 0 ? 0 : flags.port + count });
  try {
    for (const [path, role] of [[folder, "log"] as const, [witnessFolder, "witness"] as const]) {
      const lock = ownFolder(path, role);
      closing.push(() => lock.release());
    }
    const { publicKey } = logKeyIn(own.crypto, folder);
    const origin = readDescriptor(folder)?.origin ?? usualOrigin(publicKey);
    const witness = await openWitness(witnessFolder, { name: null, logs: [{ name: origin, key: publicKey }] }, own);
    closing.push(() => witness.close());
    const watching = await listenWitness(above(WITNESS_ABOVE), witness);
    closing.push(() => watching.close(), announce(witnessFolder, watching.url));
    const { name, key } = witness;
    const log = await openLog(folder, { origin, witnesses: [{ name, key, url: watching.url }] }, own);
    closing.push(() => log.close());
    const served = await listenLog(above(LOG_ABOVE), log);
    closing.push(
      announce(folder, served.url),
      () => served.close(),
      () => log.release(),
    );
    return { log, url: served.url, closing };
  } catch (error) {
    for (const close of closing.reverse()) await close();
    throw error;
  }
}
