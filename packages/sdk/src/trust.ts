/**
 * Whom a buyer believes about goods: certifiers, and trustees' groups; and which logs it lets decide what it pays. Never whom
 * the shop names, which could name itself. Unless the wallet's owner has said otherwise it is whom the wallet's own bank endorses.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decode, encode, fromHex, toHex } from "@counterfoil/base";
import { logSchema } from "@counterfoil/protocols/log";
import { ENDORSED_LIMIT } from "@counterfoil/protocols/money";
import { TRUSTEES_LIMIT } from "@counterfoil/protocols/trustees";
import { z } from "zod";
import { type Endorsed, endorsedJson, NOBODY } from "./endorsed.ts";
import { writeDurably } from "./folder.ts";
import type { NamedLog } from "./log-lines.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** What a bank endorses or a wallet's owner trusts, of its folder; null where nothing was ever said. */
export function readEndorsed(folder: string): Endorsed | null {
  let text: string;
  try {
    text = readFileSync(pathIn(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const parsed = endorsedJson.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const next = "Mend it, or delete it to begin anew.";
  throw new Refusal("wrong-trust-file", `${pathIn(folder)} is not a list of whom to trust.`, NO_MONEY_MOVED, next);
}

/** Adds to what is there. */
export function endorse(folder: string, more: Partial<Endorsed>): Endorsed {
  const before = readEndorsed(folder) ?? NOBODY;
  const after = {
    certifiers: [...new Set([...before.certifiers, ...(more.certifiers ?? [])])],
    groups: [...new Set([...before.groups, ...(more.groups ?? [])])],
    logs: [...new Set([...before.logs, ...(more.logs ?? [])])],
  };
  saveEndorsed(folder, after);
  return after;
}

/** @param endorsed null for no list of one's own. */
export function saveEndorsed(folder: string, endorsed: Endorsed | null): void {
  if (endorsed === null) {
    rmSync(pathIn(folder), { force: true });
    return;
  }
  writeDurably(pathIn(folder), `${JSON.stringify(endorsedJson.parse(endorsed), null, 2)}\n`, "trust");
}

const shownJson = z.array(
  z.object({ group: z.string().regex(/^[0-9a-f]+$/), urls: z.array(z.string()).max(TRUSTEES_LIMIT) }),
);
/** Groups and where their members answer: what a bank's market shows beside its own. */
export type Shown = z.infer<typeof shownJson>;

export function readShown(folder: string): Shown {
  try {
    return shownJson.parse(JSON.parse(readFileSync(join(folder, SHOWN), "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** One more; the same group again takes the place of what was there, since a member may have moved. */
export function addShown(folder: string, group: Shown[number]): void {
  const others = readShown(folder).filter((each) => each.group !== group.group);
  writeDurably(join(folder, SHOWN), `${JSON.stringify([...others, group], null, 2)}\n`, "trustees");
}

const SHOWN = "trustees.json";

const logsJson = z
  .array(z.object({ descriptor: z.string().regex(/^[0-9a-f]+$/), url: z.string() }))
  .max(ENDORSED_LIMIT);

/** The logs that a bank's contracts may name, and where they answer. */
export function readLogs(folder: string): readonly NamedLog[] {
  const path = join(folder, LOGS);
  if (!existsSync(path)) return [];
  return logsJson.parse(JSON.parse(readFileSync(path, "utf8"))).map(({ descriptor, url }) => {
    const decoded = decode(logSchema, fromHex(descriptor) ?? new Uint8Array(0));
    if (decoded.ok) return { descriptor: decoded.value, url };
    const next = "Mend it, or name its logs again: bank trust --log URL.";
    throw new Refusal("wrong-trust-file", `${path} is not a list of logs.`, NO_MONEY_MOVED, next);
  });
}

/** One more; the same log again takes the place of what was there, since it may have moved. */
export function addLog(folder: string, { descriptor, url }: NamedLog): void {
  const encoded = toHex(encode(logSchema, descriptor));
  const known = readLogs(folder).map((each) => ({ ...each, descriptor: toHex(encode(logSchema, each.descriptor)) }));
  const others = known.filter((each) => each.descriptor !== encoded);
  writeDurably(join(folder, LOGS), `${JSON.stringify([...others, { descriptor: encoded, url }], null, 2)}\n`, "logs");
}

const LOGS = "logs.json";

function pathIn(folder: string): string {
  return join(folder, "trust.json");
}
