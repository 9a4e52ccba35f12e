/** A certifier's operator at the command line. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fromHex, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import type { RegistrationRow, ServedGroup } from "@counterfoil/protocols/certifying";
import { standingGroup } from "@counterfoil/protocols/trustees";
import {
  type CertifierOptions,
  certifierKey,
  lockFolder,
  NO_MONEY_MOVED,
  type OperatorDoor,
  openCertifier,
  type Ports,
  pendingContentPath,
  Refusal,
  readRegistrations,
  readSeed,
  reviewRegistration,
} from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { announce, announced, listen, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { day, print, showBytes, WrongUse, writePrivately } from "./terminal.ts";

interface CertifierFlags extends ServeFlags {
  readonly name: string;
  readonly group: readonly string[];
  readonly check?: string;
  readonly review?: boolean;
  readonly policy?: string;
  readonly longest?: number;
}

const MEBIBYTE = 1024 * 1024;
/** Of larger files the list of pieces is longer than a piece, which is the longest body that a certifier takes. */
const LONGEST_MIB = 16 * 1024;

export async function serveCertifier(place: Place, flags: CertifierFlags): Promise<void> {
  const own = await ports();
  const folder = certifierFolder(place);
  const lock = ownFolder(folder, "certifier");
  const options = optionsOf(own.crypto, flags);
  writePrivately(join(folder, SETTINGS), `${JSON.stringify(options, null, 2)}\n`);
  const bench = await openCertifier(folder, options, own);
  const certifier = { url: null, descriptor: bench.descriptor };
  const served = await listen(flags, [bench.role], { bank: null, shop: null, certifier, bench }, null);
  const withdraw = announce(folder, served.url);
  const groups = options.groups.map(({ group }) => group);
  print(place.json, { status: "running", url: served.url, certifier: bench.key, groups }, [
    `The certifier "${options.name}" is open at ${served.url}. Its key is ${bench.key}.`,
    groups.length === 0
      ? "It certifies goods that no trustee can open: a shop's own bank releases the key."
      : `It certifies goods of ${groups.length === 1 ? "the group" : "the groups"} ${groups.map((id) => id.slice(0, 12)).join(", ")}.`,
    `Shops:  npx counterfoil shop add FILE --title TITLE --price PRICE --certify ${served.url}`,
  ]);
  await untilStopped([() => lock.release(), () => bench.close(), withdraw, () => served.close()]);
}

function optionsOf(crypto: Crypto, flags: CertifierFlags): CertifierOptions {
  if (flags.check !== undefined && !existsSync(flags.check)) throw new WrongUse(`There is no program ${flags.check}.`);
  if (flags.longest !== undefined && !(flags.longest >= 1 && flags.longest <= LONGEST_MIB)) {
    throw new WrongUse(`Write --longest in MiB, from 1 to ${LONGEST_MIB}.`);
  }
  return {
    name: flags.name,
    groups: flags.group.map((path) => groupIn(crypto, path)),
    program: flags.check === undefined ? null : resolve(flags.check),
    review: flags.review === true,
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
    ...(flags.longest === undefined ? {} : { contentLimitBytes: flags.longest * MEBIBYTE }),
  };
}

/** A group's file, as its convener and a market show it: the descriptor under every member's signature, in hex. */
function groupIn(crypto: Crypto, path: string): ServedGroup {
  const shown = JSON.parse(readFileSync(path, "utf8")) as { group?: unknown };
  const bytes = typeof shown.group === "string" ? fromHex(shown.group) : null;
  const standing = bytes && standingGroup(crypto, bytes);
  if (standing === null) throw new WrongUse(`${path} is no group of trustees that all its members have signed.`);
  return { group: standing.id, groupKey: standing.group.key, sellUntilMs: standing.group.sellUntilMs };
}

const SETTINGS = "certifier.json";

function certifierFolder(place: Place): string {
  return join(place.data, "certifier");
}

export async function pendingRegistrations(place: Place): Promise<void> {
  const folder = certifierFolder(place);
  const rows = (await readRegistrations(folder)).filter(([, row]) => row.phase === "pending");
  const pending = rows.map(([pid, row]) => ({ ...shown(pid, row), content: pendingContentPath(folder, pid) }));
  const lines = pending.flatMap(({ line, description, content }) => [line, `    ${description}`, `    ${content}`]);
  print(place.json, { status: "done", pending: pending.map(({ line, ...each }) => each) }, [
    `${pending.length} wait for a person:`,
    ...lines,
    ...(pending.length === 0 ? [] : ["counterfoil certifier approve ID, or refuse ID --reason TEXT."]),
  ]);
}

export async function listRegistrations(place: Place): Promise<void> {
  const all = (await readRegistrations(certifierFolder(place))).map(([pid, row]) => shown(pid, row));
  print(place.json, { status: "done", registrations: all.map(({ line, ...each }) => each) }, [
    `${all.length} registrations:`,
    ...all.map(({ line }) => line),
  ]);
}

function shown(pid: Hex, row: RegistrationRow) {
  const {
    phase,
    merchant,
    title,
    description,
    media_type: mediaType,
    content_bytes: contentBytes,
    reason,
    words,
  } = row;
  const why = reason === null ? "" : `  ${reason}${words === "" ? "" : `: ${words}`}`;
  const line = `  ${day(row.asked_ms)}  ${pid.slice(0, 12)}  ${phase.padEnd(8)}  "${title}", ${mediaType}, ${showBytes(contentBytes)}, of ${merchant.slice(0, 12)}${why}`;
  return {
    pid,
    phase,
    merchant,
    title,
    description,
    mediaType,
    contentBytes,
    askedMs: row.asked_ms,
    reason,
    words,
    line,
  };
}

export async function reviewOne(place: Place, name: string, approved: boolean, words: string): Promise<void> {
  const own = await ports();
  const folder = certifierFolder(place);
  const [pid, row] = findOne(await readRegistrations(folder), name);
  const key = certifierKey(own.crypto, readSeed(folder) as Uint8Array);
  await throughCertifier(place, own, (door) =>
    reviewRegistration(own.crypto, key, door, { pid, approved, words }, own.clock()),
  );
  const said = approved ? "is certified and in the catalogue" : "is refused";
  print(place.json, { status: "done", pid, approved }, `"${row.title}" ${said}. Its opened content is deleted here.`);
}

function findOne(rows: readonly (readonly [Hex, RegistrationRow])[], name: string): readonly [Hex, RegistrationRow] {
  const found = rows.filter(([pid]) => name.length >= 6 && pid.startsWith(name));
  if (found.length === 1) return found[0] as readonly [Hex, RegistrationRow];
  const detail = `${found.length === 0 ? "No registration's" : "Several registrations'"} id begins with "${name}".`;
  throw new Refusal("no-such-registration", detail, NO_MONEY_MOVED, "counterfoil certifier pending");
}

/** The certifier's door: of the process that runs it, or, where none does, opened for as long as it takes. */
async function throughCertifier<T>(place: Place, own: Ports, use: (door: OperatorDoor) => Promise<T>): Promise<T> {
  const folder = certifierFolder(place);
  const lock = lockFolder(folder);
  if (lock === null) {
    const client = wireClient(announced(folder) ?? place.url);
    return use((message) => client.post(message)).finally(() => client.close());
  }
  try {
    const options = JSON.parse(readFileSync(join(folder, SETTINGS), "utf8")) as CertifierOptions;
    const bench = await openCertifier(folder, options, own);
    return await use((message) => bench.role.handle(message)).finally(() => bench.close());
  } finally {
    lock.release();
  }
}
