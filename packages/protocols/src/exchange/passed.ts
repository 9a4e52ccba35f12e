/**
 * Outcomes that went by before the shop knew whose they are. A payment may come when its money is locked already, and a bank
 * may be a head behind: the shop then still has to know that no outcome of this contract has passed since the LOCK. It keeps
 * the names of the latest ones, in two generations, and says since when these are all.
 */
import { concat, type Hex } from "@counterfoil/base";
import { raw } from "@counterfoil/crypto";
import type { Write } from "../index.ts";
import type { FollowBatch, IndexedEntry } from "../log/index.ts";
import type { ShopTables, ShopView } from "./merchant-rows.ts";

/** Of a recKey: two that begin alike cost a declined sale, and nobody makes them on purpose, as they are hashes. */
const PREFIX_BYTES = 8;
/** A generation is 16 kB, and the row is rewritten with each head. */
const GENERATION = 2_048;

/** From which entry on this contract has had no outcome that the shop has not looked at; null for a log that is not followed. */
export function seenSince(view: ShopView, log: Hex, recKey: Hex): number | null {
  const followed = view.get("followed_log", log);
  if (followed === undefined) return null;
  const passed = view.get("passed_log", log);
  if (passed === undefined) return followed.size;
  const isNamed = has(passed.older, recKey) || has(passed.newer, recKey);
  return isNamed ? followed.size : passed.older_from;
}

/** The row after these entries, in the same commit as the follower's own position. */
export function passing(
  view: ShopView,
  batch: FollowBatch,
  entries: readonly IndexedEntry[],
): readonly Write<ShopTables>[] {
  const before = view.get("passed_log", batch.log);
  const names = entries.flatMap(({ entry }) =>
    entry.kind === "committed" || entry.kind === "aborted" ? [raw(entry.recKey).slice(0, PREFIX_BYTES)] : [],
  );
  const first = { older_from: batch.frontier.size, newer_from: batch.frontier.size, older: NONE, newer: NONE };
  if (before === undefined) return [{ table: "passed_log", id: batch.log, row: first }];
  if (names.length === 0) return [];
  const newer = concat(before.newer, ...names);
  const full = newer.length > GENERATION * PREFIX_BYTES;
  const row = full
    ? { older_from: before.newer_from, older: newer, newer_from: batch.frontier.size, newer: NONE }
    : { ...before, newer };
  return [{ table: "passed_log", id: batch.log, row }];
}

const NONE = new Uint8Array(0);

function has(names: Uint8Array, recKey: Hex): boolean {
  const name = raw(recKey).slice(0, PREFIX_BYTES);
  for (let at = 0; at < names.length; at += PREFIX_BYTES) {
    if (name.every((byte, place) => names[at + place] === byte)) return true;
  }
  return false;
}
