/** What a log was made with. It is fixed with its first start, because contracts name the hash of it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, decode, encode, fromHex, type Hex, SECOND_MS, toHex } from "@counterfoil/base";
import { type Crypto, KDF, type SigningKey } from "@counterfoil/crypto";
import { isLogDescriptor, type LogDescriptor, logSchema, WITNESSES_LIMIT } from "@counterfoil/protocols/log";
import { z } from "zod";
import { makeFolder, seedIn, writeDurably } from "./folder.ts";
import type { WitnessAt } from "./log-witnesses.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** Whatever is left out is as it was when the log was last started, or else what is usual. */
export interface LogOptions {
  /** Names the log to its witnesses and in every head: a host name and a path, without a scheme. */
  readonly origin?: string;
  /** Who they are is fixed; where they answer may change. */
  readonly witnesses?: readonly WitnessAt[];
  /** How many of them must have cosigned a head; all, unless said. */
  readonly quorum?: number;
  /** Whose contracts it takes; null for any bank's. */
  readonly banks?: readonly Hex[] | null;
  readonly retentionMs?: number;
}

export interface LogTerms {
  readonly key: SigningKey;
  readonly descriptor: LogDescriptor;
  /** Where each witness of the descriptor answers. */
  readonly witnesses: readonly WitnessAt[];
  readonly banks: readonly Hex[] | null;
}

/** Three months: longer than any claim window, so that whoever needs an entry as evidence can still fetch it. */
const RETENTION_MS = 90 * DAY_MS;
/** A head is made at once; so long a log may be without its witnesses before what it accepted convicts it. */
const MERGE_DELAY_MS = 60 * SECOND_MS;
const TIME = "UTC by the clock of the log's machine, never back";
/** Banks that one log works for by name; one that serves more serves any. */
const BANKS_LIMIT = 1_000;
const NAME_DIGITS = 16;
const NO_CONTEXT = new Uint8Array(0);

/** Its key, known before the log is there: witnesses are told of it first. */
export function logKeyIn(crypto: Crypto, folder: string): SigningKey {
  return crypto.signingKey(KDF(crypto, seedIn(makeFolder(folder)), "log signing key", NO_CONTEXT));
}

export function usualOrigin(key: Hex): string {
  return `counterfoil-log/${key.slice(0, NAME_DIGITS)}`;
}

/** The terms of the folder's log, which are written down with its first start. @throws Refusal where others are asked for. */
export function logTerms(crypto: Crypto, folder: string, options: LogOptions): LogTerms {
  const key = logKeyIn(crypto, folder);
  const known = readSettings(folder);
  const witnesses = options.witnesses ?? known?.witnesses ?? [];
  const banks = options.banks === undefined ? (known?.banks ?? null) : options.banks;
  const descriptor: LogDescriptor = {
    key: key.publicKey,
    origin: options.origin ?? known?.descriptor.origin ?? usualOrigin(key.publicKey),
    witnesses: witnesses.map(({ name, key }) => ({ name, key })),
    quorum: options.quorum ?? known?.descriptor.quorum ?? witnesses.length,
    time: TIME,
    retentionMs: options.retentionMs ?? known?.descriptor.retentionMs ?? RETENTION_MS,
    mergeDelayMs: MERGE_DELAY_MS,
  };
  if (!isLogDescriptor(descriptor)) {
    const detail =
      "No log can be made of these: names have no spaces and no plus, a key is named once, and the quorum is at most as many.";
    throw new Refusal("wrong-terms", detail, NO_MONEY_MOVED, "Correct --origin, --witness or --quorum.");
  }
  const isOther = known !== null && encodedOf(known.descriptor) !== encodedOf(descriptor);
  if (isOther) {
    const detail = `The log of ${folder} was made with another origin, other witnesses or other terms, and contracts name those.`;
    const next = "Leave these options out, or make another log with another --data.";
    throw new Refusal("other-terms", detail, NO_MONEY_MOVED, next);
  }
  const urls = witnesses.map(({ url }) => url);
  const settings = { descriptor: encodedOf(descriptor), urls, banks: banks && [...banks] };
  writeDurably(pathIn(folder), `${JSON.stringify(settings, null, 2)}\n`, "log");
  return { key, descriptor, witnesses, banks };
}

/** Null where no log was ever started. */
export function readDescriptor(folder: string): LogDescriptor | null {
  return readSettings(folder)?.descriptor ?? null;
}

const settingsJson = z.object({
  descriptor: z.string().regex(/^[0-9a-f]+$/),
  urls: z.array(z.string()).max(WITNESSES_LIMIT),
  banks: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .max(BANKS_LIMIT)
    .nullable(),
});

function readSettings(folder: string): Omit<LogTerms, "key"> | null {
  if (!existsSync(pathIn(folder))) return null;
  const parsed = settingsJson.safeParse(JSON.parse(readFileSync(pathIn(folder), "utf8")));
  const bytes = parsed.success ? fromHex(parsed.data.descriptor) : null;
  const descriptor = bytes && decode(logSchema, bytes);
  if (parsed.success && descriptor?.ok) {
    const witnesses = descriptor.value.witnesses.map((each, at) => ({ ...each, url: parsed.data.urls[at] ?? "" }));
    return { descriptor: descriptor.value, witnesses, banks: parsed.data.banks };
  }
  const next = "Restore the file from a backup.";
  throw new Refusal("log-damaged", `${pathIn(folder)} does not say what this log is.`, NO_MONEY_MOVED, next);
}

function encodedOf(descriptor: LogDescriptor): Hex {
  return toHex(encode(logSchema, descriptor));
}

function pathIn(folder: string): string {
  return join(folder, "log.json");
}
