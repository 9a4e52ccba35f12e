/** A log as its newest head has it: the head under its signatures, the tiles that lead to it, the last entries. */
import { decode, fromHex, SECOND_MS, sameBytes, toHex } from "@counterfoil/base";
import { type Crypto, open, raw, read } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host/portable";
import {
  admitFollow,
  cosignatureOf,
  EMPTY_FRONTIER,
  ENTRY_LIMIT_BYTES,
  entrySchema,
  frontierAt,
  type LogDescriptor,
  leafSchema,
  logIdOf,
  logSchema,
  readNote,
  rootOf,
} from "@counterfoil/protocols/log";
import { bankDescriptorSchema } from "@counterfoil/protocols/money";
import {
  type CosignedHead,
  continuityOf,
  EntriesGone,
  entriesOf,
  type LogClient,
  marketJson,
  NO_MONEY_MOVED,
  overTiles,
  Refusal,
  type TileReader,
  tilesUnder,
} from "@counterfoil/sdk/portable";
import type { LogAddress, LogLine, LogLook, NamedLogs, SeenHead, WitnessLook } from "./desk.ts";
import { subtreeSizes } from "./subtrees.ts";

/** A screenful; more is what an auditor is for. */
const LATEST = 20;

export async function namedBy(crypto: Crypto, market: WireClient): Promise<NamedLogs> {
  const parsed = marketJson.safeParse(await market.getJson("/v1/market"));
  if (!parsed.success) throw notA("market", market.baseUrl);
  const { bank, logs } = parsed.data;
  const described = bank && open(crypto, bankDescriptorSchema, raw(bank.descriptor), (each) => each.bank);
  return {
    bank: described?.ok === true ? described.value.value.bank : null,
    logs: logs.map(({ url, descriptor }) => {
      const log = descriptorOf({ url, descriptor });
      return { id: logIdOf(crypto, log), url, descriptor, origin: log.origin };
    }),
  };
}

export function descriptorOf({ url, descriptor }: Pick<LogAddress, "url" | "descriptor">): LogDescriptor {
  const log = decode(logSchema, fromHex(descriptor) ?? new Uint8Array(0));
  if (!log.ok) throw notA("log", url);
  return log.value;
}

function notA(what: string, url: string): Refusal {
  const detail = `${url} does not describe itself as a ${what} does.`;
  return new Refusal(`not-a-${what}`, detail, NO_MONEY_MOVED, "Reload the page. If it stays so, ask whoever runs it.");
}

export async function lookAt(crypto: Crypto, log: LogClient, earlier: SeenHead | null): Promise<LogLook> {
  const head = await log.head();
  const { key, origin, time, retentionMs, quorum } = log.descriptor;
  const about = { id: log.id, key, origin, time, retentionMs, quorum };
  const witnesses = witnessesOf(crypto, log.descriptor, head);
  if (head === null) {
    return { ...about, witnesses, head, tilesHold: true, subtrees: [], latest: [], continuity: null };
  }
  const tiles = tilesUnder(log, head.size);
  const frontier = await overTiles(tiles, (read) => frontierAt(crypto, read, head.size));
  const sizes = subtreeSizes(head.size);
  const seen = earlier && { size: earlier.size, root: raw(earlier.root) };
  return {
    ...about,
    witnesses,
    head: { size: head.size, root: toHex(head.root), timeMs: head.timeMs },
    tilesHold: sameBytes(rootOf(crypto, frontier), head.root),
    subtrees: frontier.hashes.map((hash, at) => ({ size: sizes[at] as number, hash: toHex(hash) })),
    latest: await latestOf(crypto, log, head, tiles),
    continuity: seen && (await continuityOf(crypto, tiles, seen, head)),
  };
}

function witnessesOf(crypto: Crypto, { witnesses }: LogDescriptor, head: CosignedHead | null): WitnessLook[] {
  const note = head && readNote(head.note);
  return witnesses.map((witness) => {
    const found = note && cosignatureOf(crypto, witness, note);
    return { ...witness, cosignedMs: found?.kind === "right" ? found.timeSeconds * SECOND_MS : null };
  });
}

/** As a follower takes them: they have to lead to the head from what the tiles say is before them. */
async function latestOf(
  crypto: Crypto,
  log: LogClient,
  head: CosignedHead,
  tiles: TileReader,
): Promise<readonly LogLine[] | null> {
  const from = Math.max(0, head.size - LATEST);
  const entries = await entriesOf(log, from, head.size, head.size).catch(gone);
  if (entries === null) return [];
  const frontier = from === 0 ? EMPTY_FRONTIER : await overTiles(tiles, (read) => frontierAt(crypto, read, from));
  const admitted = admitFollow(crypto, log.descriptor, { note: head.note, frontier, entries, path: [] });
  // What is no entry is the log's own fault, and is shown as that; anything else is not what the head is of.
  if (!admitted.ok && admitted.reason !== "wrong-entry") return null;
  return entries.map((entry, at) => lineOf(from + at, entry)).reverse();
}

/** A log deletes what is older than its retention. */
function gone(error: unknown): null {
  if (error instanceof EntriesGone) return null;
  throw error;
}

export function lineOf(index: number, bytes: Uint8Array): LogLine {
  const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
  if (!entry.ok) return { index, kind: "no entry", recKey: null, timeMs: null };
  const { value } = entry;
  if (value.kind !== "paid") return { index, kind: value.kind, recKey: value.recKey, timeMs: value.timeMs };
  const leaf = read(leafSchema, value.leaf);
  const { recKey, timeMs } = leaf.ok ? leaf.value.value : { recKey: null, timeMs: null };
  return { index, kind: value.kind, recKey, timeMs };
}
