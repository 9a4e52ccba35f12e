/** A log as others reach it: what they post and ask, its heads, its tiles. Nothing that it says is believed unsigned. */
import { concat, decode, encode, fromHex, type Hex } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import { Refused, retrying, Unreachable, type WireClient } from "@counterfoil/host/portable";
import {
  type Head,
  type LogAnswer,
  type LogDescriptor,
  type Logged,
  type LogReason,
  logAnswer,
  logIdOf,
  logQuery,
  logSchema,
  NOTE_LIMIT_BYTES,
  notPostedSchema,
  type Posted,
  postedSchema,
  readHead,
  readLogged,
} from "@counterfoil/protocols/log";
import { type LogJson, logJson } from "./log-json.ts";
import { readBundle, TILE_LIMIT_BYTES, type TileName, tilePath } from "./log-tiles.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** What the log said to a posting, under its own signature. */
export type LogWord =
  | { readonly kind: "posted"; readonly posted: Posted; readonly signed: Uint8Array }
  | { readonly kind: "refused"; readonly reason: LogReason; readonly recKey: Hex; readonly signed: Uint8Array };

export interface CosignedHead extends Head {
  readonly note: Uint8Array;
}

export interface LogClient {
  readonly id: Hex;
  readonly descriptor: LogDescriptor;
  readonly url: string;
  /** One posting, encoded. The same again is answered as the first was. */
  post(message: Uint8Array): Promise<LogWord>;
  /** What its newest head has about a contract, each a [“logged/1”] that was checked; none where it has nothing. */
  query(recKey: Hex): Promise<readonly Uint8Array[]>;
  /** The same with what of it does not hold, which is to be shown as that and not as nothing. */
  queryAll(recKey: Hex): Promise<readonly ShownEntry[]>;
  /**
   * The newest head under a quorum, or null where there is none yet. With `newer`, the log is to hold the request until its
   * tree is larger, or its clock later.
   */
  head(newer?: Newer): Promise<CosignedHead | null>;
  /** Hashes of a tile. Whether they belong to a head is for the caller to work out. */
  hashes(level: number, index: number, width: number): Promise<Uint8Array>;
  /** Entries of a bundle; null where some are deleted already. */
  entries(index: number, width: number): Promise<readonly Uint8Array[] | null>;
  close(): void;
}

export interface ShownEntry {
  /** [“logged/1”], as the log has sent it. */
  readonly bytes: Uint8Array;
  /** What it proves; null where it proves nothing. */
  readonly logged: Logged | null;
}

export interface Newer {
  readonly than: Pick<Head, "size" | "timeMs">;
  readonly signal?: AbortSignal;
}

const TRIES = { attempts: 3, baseDelayMs: 250 };
const HASH_BYTES = 32;

/** @param client asks one log; a request for a newer head is held up to `HEAD_WAIT_MS`, so it has to wait longer than that. */
export function logClient(crypto: Crypto, descriptor: LogDescriptor, client: WireClient): LogClient {
  const id = logIdOf(crypto, descriptor);

  async function said(message: Uint8Array): Promise<LogAnswer> {
    const answer = decode(logAnswer, await retrying(() => client.post(message), TRIES));
    if (answer.ok) return answer.value;
    throw notOurs(client.baseUrl);
  }

  async function shown(recKey: Hex): Promise<readonly ShownEntry[]> {
    const answer = await said(encode(logQuery, { log: id, recKey }));
    if (answer.kind !== "logged") throw notOurs(client.baseUrl);
    return answer.entries.map((bytes) => ({ bytes, logged: readLogged(crypto, id, bytes) }));
  }

  const tile = (name: TileName) => fetchFile(client, `/${tilePath(name)}`, TILE_LIMIT_BYTES);

  return {
    id,
    descriptor,
    url: client.baseUrl,
    async post(message) {
      const word = wordOf(crypto, { id, key: descriptor.key }, await said(message));
      if (word === null) throw notOurs(client.baseUrl);
      return word;
    },
    query: async (recKey) => (await shown(recKey)).flatMap(({ bytes, logged }) => (logged === null ? [] : [bytes])),
    queryAll: shown,
    async head(newer) {
      const query = newer === undefined ? "" : `?after=${newer.than.size}&since=${newer.than.timeMs}`;
      const note = await fetchFile(client, `/checkpoint${query}`, NOTE_LIMIT_BYTES, newer?.signal);
      if (note === null) return null;
      const head = readHead(crypto, descriptor, note);
      if (head === null) throw notOurs(client.baseUrl);
      return { ...head, note };
    },
    async hashes(level, index, width) {
      const hashes = await tile({ level, index, width });
      if (hashes?.length !== width * HASH_BYTES) throw new Unreachable("NOT_OURS", true);
      return hashes;
    },
    async entries(index, width) {
      const bundle = await tile({ level: "entries", index, width });
      if (bundle === null) return null;
      const entries = readBundle(bundle, width);
      if (entries === null) throw new Unreachable("NOT_OURS", true);
      return entries;
    },
    close: () => client.close(),
  };
}

/** What lies at a path; null where nothing does. @throws Unreachable, also where it is longer than it may be. */
export async function fetchFile(
  client: WireClient,
  path: string,
  limitBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const take = (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > limitBytes) throw new Unreachable("TOO_LARGE", true);
    chunks.push(chunk.slice());
  };
  try {
    await client.download(path, take, { signal });
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
  return concat(...chunks);
}

/** What a log said, if it has signed it; null where it has not. */
function wordOf(crypto: Crypto, log: { readonly id: Hex; readonly key: Hex }, answer: LogAnswer): LogWord | null {
  if (answer.kind === "posted") {
    const opened = open(crypto, postedSchema, answer.posted, () => log.key);
    const isItsOwn = opened.ok && opened.value.value.log === log.id;
    return isItsOwn ? { kind: "posted", posted: opened.value.value, signed: answer.posted } : null;
  }
  if (answer.kind !== "refused") return null;
  const opened = open(crypto, notPostedSchema, answer.refusal, () => log.key);
  if (!opened.ok || opened.value.value.log !== log.id) return null;
  const { reason, recKey } = opened.value.value;
  return { kind: "refused", reason, recKey, signed: answer.refusal };
}

/** A log by its address alone. Whether it deserves trust is for the caller to know; its id is the hash of what it says. */
export async function lookAtLog(
  crypto: Crypto,
  client: Pick<WireClient, "getJson" | "baseUrl">,
): Promise<{ readonly json: LogJson; readonly descriptor: LogDescriptor }> {
  const parsed = logJson.safeParse(await client.getJson("/v1/log"));
  const bytes = parsed.success ? fromHex(parsed.data.descriptor) : null;
  const descriptor = bytes && decode(logSchema, bytes);
  if (parsed.success && descriptor?.ok && logIdOf(crypto, descriptor.value) === parsed.data.id) {
    return { json: parsed.data, descriptor: descriptor.value };
  }
  const detail = `${client.baseUrl} does not answer like a Counterfoil log.`;
  throw new Refusal("not-a-log", detail, NO_MONEY_MOVED, "Check the address; counterfoil log serve prints it.");
}

function notOurs(url: string): Refusal {
  const detail = `${url} answered with what the log of this key has not signed.`;
  const money = "What the log has entered stands; this answer says nothing about it.";
  return new Refusal("not-an-answer", detail, money, "Ask again; the log's heads and tiles show what it has entered.");
}
