/** What the parties of a logged sale have and say, each numbered once. */
import { decode, toHex } from "@counterfoil/base";
import { interner, spell } from "../exploring.fixture.ts";
import type { Row } from "../index.ts";
import { ENTRY_LIMIT_BYTES, type Entry, entrySchema, logAnswer, loggedSchema } from "../log/index.ts";
import type { PurchaseState } from "./customer.ts";
import { merchantAnswer } from "./messages.ts";

export type Rows = ReadonlyMap<string, Row>;

/** Who hears it; of what asks to be answered, also in whose name it asks. */
export type Hearer =
  | "bank"
  | "bank for shop"
  | "shop"
  | "log"
  | "log for bank"
  | "log for shop"
  | "customer from bank"
  | "customer from shop"
  | "customer from log"
  | "shop from bank"
  | "shop from log"
  | "bank from log"
  | "trustee";

export interface Said {
  readonly to: Hearer;
  readonly bytes: Uint8Array;
  /** What it answers, where whoever hears it wants to know. */
  readonly re: Uint8Array | null;
}

/** A log's rows, and every head that it has published. */
export interface Logged {
  readonly rows: Rows;
  readonly heads: readonly Uint8Array[];
}

export const STATES = interner<PurchaseState>((state) => spell(stateKey(state)));
/** When something is said again is none of what matters: whatever was said can arrive at any time. */
export const SHOPS = interner<Rows>((rows) => spell([...rows].sort(), new Set(["wake_ms", "tries", "time_ms"])));
/** Nor is whether a log has signed for what it was sent. */
export const BANKS = interner<Rows>((rows) => spell([...rows].filter(isBankKey).sort()));
export const LOGS = interner<Logged>(({ rows, heads }) => spell([[...rows].sort(), heads]));
export const SAID = interner<Said>(({ to, bytes, re }) => `${to} ${saidKey(to, bytes)} ${re && toHex(re)}`);

function isBankKey([place, row]: readonly [string, Row]): boolean {
  return !place.startsWith("log_accepted/") && !(place.startsWith("log_owed/") && row.kind !== "aborted");
}

/** One proof of the leaf is as good as another. */
function stateKey(state: PurchaseState): unknown {
  return "logged" in state ? { ...state, logged: state.logged !== null } : state;
}

function saidKey(to: Hearer, bytes: Uint8Array): string {
  if (to === "customer from log") return spell(entriesShown(bytes));
  if (to !== "customer from shop") return toHex(bytes);
  const said = decode(merchantAnswer, bytes);
  // The customer goes to the bank, whatever the shop says in its no.
  return said.ok && said.value.kind === "declined" ? "declined" : toHex(bytes);
}

/** What of an answer of the log's proves something. */
export function entriesShown(bytes: Uint8Array): readonly Entry[] {
  const said = decode(logAnswer, bytes);
  if (!said.ok || said.value.kind !== "logged") return [];
  return said.value.entries.map((each) => {
    const logged = decode(loggedSchema, each);
    return entryOf(logged.ok ? logged.value.entry : new Uint8Array(0));
  });
}

export function entryOf(bytes: Uint8Array): Entry {
  const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
  if (!entry.ok) throw new Error(entry.reason);
  return entry.value;
}
