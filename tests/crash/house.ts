/**
 * What a market of the optimistic or the logged exchange has beside bank and shop: a certifier, and trustees, a log and its
 * witness that are processes of their own.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  addLog,
  certifierKey,
  endorse,
  logKeyIn,
  logTerms,
  makeFolder,
  openWitness,
  type Ports,
  seedIn,
  startTrustees,
  usualOrigin,
} from "@counterfoil/sdk";
import { freePort } from "../ports.ts";
import { TRUSTEES, type TrusteeRole } from "./boundaries.ts";
import { command } from "./command.ts";

/** Of three: with one away, both others are needed. */
const THRESHOLD = 2;

/** Convenes the trustees and has the bank of this folder endorse their group and the certifier. Nothing runs afterwards. */
export async function prepareHouse(crypto: Crypto, folder: string, bankFolder: string): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  const ports: Ports = { crypto, clock: Date.now, onBug: fail, onFatal: fail };
  const trustees = await startTrustees(folder, TRUSTEES.length, THRESHOLD, ports);
  await trustees.close();
  const certifier = certifierKey(crypto, seedIn(makeFolder(join(folder, "certifier"))));
  endorse(bankFolder, { certifiers: [certifier.publicKey], groups: [trustees.groupId] });
  writeFileSync(groupPath(folder), JSON.stringify({ group: toHex(trustees.group) }));
}

/** What the witness is started with. */
export function watchedBy(crypto: Crypto, folder: string): readonly string[] {
  const { publicKey } = logKeyIn(crypto, join(folder, "log"));
  return ["--log", `${usualOrigin(publicKey)}=${publicKey}`];
}

/** Writes down where the log's witness answers, and at the bank where the log does. */
export async function placeLog(crypto: Crypto, folder: string, logUrl: string, witnessUrl: string): Promise<void> {
  const ports: Ports = { crypto, clock: Date.now, onBug: () => {}, onFatal: () => {} };
  const witness = await openWitness(join(folder, "witness"), { name: null, logs: [] }, ports);
  await witness.close();
  const { name, key } = witness;
  const { descriptor } = logTerms(crypto, join(folder, "log"), { witnesses: [{ name, key, url: witnessUrl }] });
  addLog(join(folder, "bank", "bank"), { descriptor, url: logUrl });
}

export function groupPath(folder: string): string {
  return join(folder, "group.json");
}

export function numberOf(trustee: TrusteeRole): number {
  return TRUSTEES.indexOf(trustee) + 1;
}

/** The goods are certified once, before anything is sold: nobody is killed meanwhile. */
export async function withCertifier<T>(
  folder: string,
  environment: NodeJS.ProcessEnv,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const words = ["certifier", "serve", "--data", folder, "--port", String(await freePort())];
  const running = command([...words, "--group", groupPath(folder)], environment, null);
  const answer = await running.answer;
  if (answer?.status !== "running") throw new Error(`the certifier does not start: ${(await running.exit).errors}`);
  return use(answer.url as string).finally(async () => {
    running.kill("SIGTERM");
    await running.exit;
  });
}
