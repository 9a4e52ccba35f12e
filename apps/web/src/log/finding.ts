/** What a log has about one contract, and the way of each entry up to a cosigned head. */
import { decode, encode, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { entrySchema, inclusionSteps, leafHashOf, loggedSchema, recKeyOf } from "@counterfoil/protocols/log";
import { type LogClient, NO_MONEY_MOVED, Refusal, type ShownEntry } from "@counterfoil/sdk/portable";
import type { Found, FoundEntry } from "./desk.ts";
import { lineOf } from "./looking.ts";

/** Both have 64 digits, so both are asked for; a contract that the log has answers to one of them. */
export async function findIn(crypto: Crypto, log: LogClient, words: string, bank: string | null): Promise<Found> {
  const name = words.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(name)) throw notAName();
  const asTid = bank === null ? null : { as: "tid" as const, recKey: recKeyOf(crypto, bank, name) };
  const asRecKey = { as: "recKey" as const, recKey: name };
  for (const each of asTid === null ? [asRecKey] : [asTid, asRecKey]) {
    const shown = await log.queryAll(each.recKey);
    if (shown.length > 0) return foundAs(crypto, each, shown);
  }
  return foundAs(crypto, asTid ?? asRecKey, []);
}

function notAName(): Refusal {
  const detail = "A tid, or a log's key of a contract, is 64 digits from 0 to 9 and a to f.";
  const next = "Copy it whole: the wallet's history shows a purchase's tid, and the list below the keys.";
  return new Refusal("not-a-name", detail, NO_MONEY_MOVED, next);
}

function foundAs(crypto: Crypto, about: Pick<Found, "as" | "recKey">, shown: readonly ShownEntry[]): Found {
  const entries = shown.map((each) => entryOf(crypto, about.recKey, each)).toSorted((a, b) => placeOf(a) - placeOf(b));
  const decides = entries.filter((each) => each.holds && (each.kind === "committed" || each.kind === "aborted"));
  return { ...about, entries, decidedAt: decides.length === 0 ? null : Math.min(...decides.map(placeOf)) };
}

function placeOf(entry: FoundEntry): number {
  return entry.holds ? entry.index : Number.POSITIVE_INFINITY;
}

/** An entry of another contract is no answer, however well it is proven. */
function entryOf(crypto: Crypto, recKey: string, { bytes, logged }: ShownEntry): FoundEntry {
  const shown = decode(loggedSchema, bytes);
  if (logged === null || !shown.ok) return { holds: false };
  const { index, head } = logged;
  const entry = encode(entrySchema, logged.entry);
  const line = lineOf(index, entry);
  const leafHash = leafHashOf(crypto, entry);
  const steps = inclusionSteps(crypto, { index, size: head.size, leafHash, path: shown.value.path });
  if (steps === null || line.recKey !== recKey) return { holds: false };
  return {
    ...line,
    holds: true,
    size: head.size,
    headMs: head.timeMs,
    leafHash: toHex(leafHash),
    root: toHex(head.root),
    steps: steps.map(({ beside, isLeft, hash }) => ({ beside: toHex(beside), isLeft, hash: toHex(hash) })),
  };
}
