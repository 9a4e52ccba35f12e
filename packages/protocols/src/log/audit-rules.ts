/** What the entries of a log must not say, one after the other (P§3C). Reads each entry once, in order. */
import { decode, type Hex, type Instant, never } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import {
  ENTRY_LIMIT_BYTES,
  type Entry,
  type EntryKind,
  entrySchema,
  type Leaf,
  type LogDescriptor,
  leafSchema,
  logIdOf,
  postedSchema,
} from "./messages.ts";
import type { Head } from "./note.ts";

/** What convicts: the log, but for `two-paid`, which also convicts the bank that has signed both. */
export type FaultKind =
  | "wrong-head"
  | "shrunk"
  | "forked"
  | "time-back"
  | "missing-tile"
  | "missing-entries"
  | "rewritten"
  | "wrong-tile"
  | "wrong-root"
  | "wrong-entry"
  | "dropped"
  | "two-opens"
  | "late-open"
  | "two-outcomes"
  | "commit-without-open"
  | "two-openings"
  | "opening-without-commit"
  | "two-paid"
  | "paid-without-commit"
  | "paid-though-aborted"
  | "wrong-leaf";

export type FoundFault = (kind: FaultKind, index?: number | null, recKey?: Hex | null) => void;

export interface Rules {
  see(index: number, entry: Uint8Array): void;
  /** Some entries are not there: what an earlier one would have had to say is no fault from now on. */
  skip(): void;
}

/** By index: what the log has signed for having entered there. */
export type Promises = ReadonlyMap<number, readonly { readonly recKey: Hex; readonly kind: EntryKind }[]>;

export interface RulesOf {
  readonly crypto: Crypto;
  readonly descriptor: LogDescriptor;
  readonly head: Head;
  /** Null where leaves are not verified. */
  readonly banks: readonly Hex[] | null;
  readonly promises: Promises;
  readonly found: FoundFault;
}

interface Seen {
  open: boolean;
  outcome: "committed" | "aborted" | null;
  opened: boolean;
  paid: Leaf | null;
}

export function auditRules({ crypto, descriptor, head, banks, promises, found }: RulesOf): Rules {
  const log = logIdOf(crypto, descriptor);
  const contracts = new Map<Hex, Seen>();
  let latestMs: Instant = 0;
  let gaps = false;

  function look(index: number, entry: Exclude<Entry, { kind: "paid" }>, seen: Seen): void {
    const { kind, recKey, timeMs } = entry;
    if (timeMs < latestMs || timeMs > head.timeMs) found("time-back", index, recKey);
    latestMs = Math.max(latestMs, timeMs);
    switch (kind) {
      case "open":
        if (seen.open) found("two-opens", index, recKey);
        else if (seen.outcome !== null) found("late-open", index, recKey);
        seen.open = true;
        return;
      case "committed":
      case "aborted":
        if (seen.outcome !== null) found("two-outcomes", index, recKey);
        else if (kind === "committed" && !seen.open && !gaps) found("commit-without-open", index, recKey);
        seen.outcome ??= kind;
        return;
      case "opened":
        if (seen.opened) found("two-openings", index, recKey);
        else if (seen.outcome !== "committed" && !gaps) found("opening-without-commit", index, recKey);
        seen.opened = true;
        return;
      default:
        never(entry);
    }
  }

  function lookAtLeaf(index: number, leaf: Leaf, seen: Seen): void {
    const { recKey } = leaf;
    if (leaf.log !== log) found("wrong-leaf", index, recKey);
    if (seen.paid !== null) found("two-paid", index, recKey);
    else if (seen.outcome === "aborted") found("paid-though-aborted", index, recKey);
    else if (seen.open && seen.outcome === null) found("paid-without-commit", index, recKey);
    seen.paid ??= leaf;
  }

  function seenOf(recKey: Hex): Seen {
    const seen = contracts.get(recKey) ?? { open: false, outcome: null, opened: false, paid: null };
    contracts.set(recKey, seen);
    return seen;
  }

  return {
    see(index, bytes) {
      const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
      if (!entry.ok) {
        found("wrong-entry", index);
        if (promises.has(index)) found("dropped", index);
        return;
      }
      const { value } = entry;
      const leaf = value.kind === "paid" ? leafOf(crypto, value.leaf, banks) : null;
      const recKey = value.kind === "paid" ? (leaf?.recKey ?? null) : value.recKey;
      const kept = promises.get(index) ?? [];
      if (kept.some((each) => each.recKey !== recKey || each.kind !== value.kind)) found("dropped", index, recKey);
      if (recKey === null) found("wrong-leaf", index);
      else if (leaf !== null) lookAtLeaf(index, leaf, seenOf(recKey));
      else if (value.kind !== "paid") look(index, value, seenOf(recKey));
    },
    skip() {
      gaps = true;
    },
  };
}

/** What of these the log has signed; anything else is nobody's promise. */
export function promisesOf(crypto: Crypto, descriptor: LogDescriptor, accepted: readonly Uint8Array[]): Promises {
  const promises = new Map<number, { readonly recKey: Hex; readonly kind: EntryKind }[]>();
  const log = logIdOf(crypto, descriptor);
  for (const bytes of accepted) {
    const posted = open(crypto, postedSchema, bytes, () => descriptor.key);
    if (!posted.ok || posted.value.value.log !== log) continue;
    for (const { index, recKey, kind } of posted.value.value.postings) {
      promises.set(index, [...(promises.get(index) ?? []), { recKey, kind }]);
    }
  }
  return promises;
}

function leafOf(crypto: Crypto, bytes: Uint8Array, banks: readonly Hex[] | null): Leaf | null {
  const opened = banks?.map((bank) => open(crypto, leafSchema, bytes, () => bank)) ?? [read(leafSchema, bytes)];
  const leaf = opened.find(({ ok }) => ok);
  return leaf?.ok ? leaf.value.value : null;
}
