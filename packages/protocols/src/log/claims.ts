/** What a log claims of its own rows, checked in every test of this topic and by whoever runs one. */
import { decode, type Hex, sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { read } from "@counterfoil/crypto";
import type { Claim } from "../index.ts";
import { ENTRY_LIMIT_BYTES, type EntryKind, entrySchema, type LogDescriptor, leafSchema } from "./messages.ts";
import { readHead } from "./note.ts";
import { type LogTables, ONLY, tileId } from "./rows.ts";
import { EMPTY_FRONTIER, frontierAt, grow, HASH_BYTES, leafHashOf, readFrontier, rootOf, TILE_WIDTH } from "./tree.ts";

export interface Logs {
  readonly crypto: Crypto;
  readonly descriptor: LogDescriptor;
  /** Every row of a table, in the order of the ids. */
  rows<N extends keyof LogTables>(table: N): readonly (readonly [string, LogTables[N]])[];
}

export const treeIsTiles: Claim<Logs> = {
  id: "log-tree-is-tiles",
  restsOn: "SHA-256 being collision free",
  refute({ crypto, descriptor, rows }) {
    const tiles = new Map(rows("log_tile").map(([id, row]) => [id, row.hashes]));
    const row = new Map(rows("log_tree")).get(ONLY);
    const tree = row === undefined ? EMPTY_FRONTIER : readFrontier(row.size, row.frontier);
    if (tree === null) return "the frontier does not fit its size";
    const leaves: Uint8Array[] = [];
    for (let index = 0; index < Math.ceil(tree.size / TILE_WIDTH); index++) {
      const tile = tiles.get(tileId(0, index)) ?? new Uint8Array(0);
      for (let at = 0; at < tile.length; at += HASH_BYTES) leaves.push(tile.slice(at, at + HASH_BYTES));
    }
    if (leaves.length !== tree.size) return `${leaves.length} leaves in the tiles of a tree of ${tree.size}`;
    const root = rootOf(crypto, grow(crypto, EMPTY_FRONTIER, leaves));
    if (!sameBytes(root, rootOf(crypto, tree))) return "the frontier is not of the leaves";
    const read = (level: number, index: number) => tiles.get(tileId(level, index)) ?? new Uint8Array(0);
    if (!sameBytes(root, rootOf(crypto, frontierAt(crypto, read, tree.size))))
      return "upper tiles are not of the leaves";
    for (const [id, { entry }] of rows("log_entry")) {
      const leaf = leaves[Number(id)];
      if (leaf === undefined || !sameBytes(leaf, leafHashOf(crypto, entry))) return `entry ${id} is not in its tile`;
    }
    const published = new Map(rows("log_head")).get(ONLY);
    if (published === undefined) return null;
    const head = readHead(crypto, descriptor, published.note);
    const then = head && rootOf(crypto, grow(crypto, EMPTY_FRONTIER, leaves.slice(0, head.size)));
    return then !== null && sameBytes(head?.root as Uint8Array, then) ? null : "the published head is not of this tree";
  },
};

/** A contract's entries by their kinds, as far as they are kept. */
type Kinds = Map<EntryKind, number[]>;

export const oneOutcome: Claim<Logs> = {
  id: "log-one-outcome",
  restsOn:
    "the host's instants never going back, as its store keeps them: after the retention nothing else keeps a second out",
  refute({ rows }) {
    const contracts = new Map<Hex, Kinds>();
    for (const [id, row] of rows("log_entry")) {
      const entry = decode(entrySchema, row.entry, ENTRY_LIMIT_BYTES);
      if (!entry.ok) return `entry ${id} is none`;
      const recKey = entry.value.kind === "paid" ? recKeyOfLeaf(entry.value.leaf) : entry.value.recKey;
      if (recKey === null) return `entry ${id} holds no leaf`;
      const kinds: Kinds = contracts.get(recKey) ?? new Map();
      kinds.set(entry.value.kind, [...(kinds.get(entry.value.kind) ?? []), Number(id)]);
      contracts.set(recKey, kinds);
    }
    const records = new Map(rows("log_record"));
    for (const [recKey, kinds] of contracts) {
      const at = (kind: EntryKind) => kinds.get(kind)?.[0] ?? null;
      if ([...kinds.values()].some((indexes) => indexes.length > 1)) return `${recKey} has two entries of one kind`;
      if (at("committed") !== null && at("aborted") !== null) return `${recKey} has two outcomes`;
      const record = records.get(recKey);
      if (record === undefined) return `${recKey} has entries and no record`;
      const outcome = at("committed") ?? at("aborted");
      if (record.outcome_index !== null && outcome !== null && record.outcome_index !== outcome) {
        return `the record of ${recKey} is of another outcome`;
      }
      const committed = at("committed");
      if (committed !== null && (record.open_index === null || record.open_index > committed)) {
        return `${recKey} is committed and was not open`;
      }
      const opened = at("opened");
      if (opened !== null && (record.outcome !== "committed" || (record.outcome_index as number) > opened)) {
        return `${recKey} is opened and was not committed`;
      }
    }
    return null;
  },
};

function recKeyOfLeaf(leaf: Uint8Array): Hex | null {
  const opened = read(leafSchema, leaf);
  return opened.ok ? opened.value.value.recKey : null;
}
