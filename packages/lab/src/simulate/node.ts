/**
 * One party on the simulated network: an authority of the project over rows in memory, the messages that wait for it, and its
 * clock. It is served as a host serves it: a batch is decided, written whole, and only then answered; a crash may fall between.
 */
import type { Hex, Instant } from "@counterfoil/base";
import {
  type Authority,
  decideBatch,
  placeOf,
  type Row,
  type Send,
  type Tables,
  type Write,
} from "@counterfoil/protocols";
import { type DueRows, dueRows } from "./due.ts";

/** A message on its way. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  /** What its sender knows it by: a tid, an errand, a row that owes it. */
  readonly about: string | null;
  /** What it answers; null of what asks. */
  readonly re: Pick<Packet, "bytes" | "about"> | null;
  /** How many messages had to arrive, one after the other, before this one was sent. */
  readonly depth: number;
}

// Parties differ in their tables and words; whoever carries their messages knows neither.
export type AnyAuthority = Authority<Tables, unknown, unknown, unknown>;

export interface Node {
  readonly name: string;
  readonly kind: "bank" | "shop" | "log" | "trustee" | "wallet";
  authority: AnyAuthority;
  readonly rows: Map<string, Row>;
  readonly due: DueRows;
  readonly waiting: Packet[];
  /** What to do about a message; null for one that means nothing to it. */
  commandOf(packet: Packet, now: Instant): unknown | null;
  /** The reply, or null where nobody is to hear one. */
  answerOf(outcome: unknown, now: Instant): Uint8Array | null;
  /** Whom a message of its own goes to. */
  nodeFor(send: Send): string;
  /** Whether an answer waits for more, and what is then known: as a shop's door has it, by tid. */
  readonly door: Door | null;
  /** Who waits for such an answer; gone in a crash. */
  readonly held: Map<string, Packet>;
  /** By how much its clock is ahead of the world's. */
  aheadMs: number;
  /** The latest instant of a batch that was committed. */
  highWaterMs: Instant;
  /** Deepest of what it has heard. */
  depth: number;
  /** Nothing is served before: it is down. */
  downUntilMs: Instant;
}

export interface Door {
  /** Not yet an answer, about this. */
  isUndecided(outcome: unknown): string | null;
  /** The answer, about this. */
  isDecided(outcome: unknown): string | null;
}

export type NodeParts = Pick<Node, "name" | "kind" | "rows" | "commandOf" | "answerOf" | "nodeFor"> & {
  readonly authority: unknown;
  readonly door?: Door;
};

export function nodeOf({
  authority,
  door = null,
  ...parts
}: Omit<NodeParts, "door"> & { readonly door?: Door | null }): Node {
  const node: Node = {
    ...parts,
    authority: authority as AnyAuthority,
    due: dueRows(),
    door,
    held: new Map(),
    waiting: [],
    ...{ aheadMs: 0, highWaterMs: 0, depth: 0, downUntilMs: 0 },
  };
  for (const [place, row] of node.rows) setDue(node, place, row);
  return node;
}

export function nowOf(node: Node, worldMs: Instant): Instant {
  return Math.max(node.highWaterMs, worldMs + node.aheadMs);
}

/** What one party decided together. */
export interface Batch {
  readonly node: Node;
  readonly now: Instant;
  readonly decided: readonly { readonly command: unknown; readonly outcome: unknown; readonly packet: Packet | null }[];
  readonly writes: readonly (Write<Tables> & { readonly before: Row | undefined })[];
}

export type Crash = "before the commit" | "after the commit" | null;

export interface Served {
  /** null where it was lost in a crash. */
  readonly batch: Batch | null;
  readonly packets: readonly Packet[];
}

/** An assertion failed inside `decide`: no fault of the world's, a bug. */
export class Bug extends Error {}

export interface Turn {
  readonly packets?: readonly Packet[];
  /** What it tells itself. */
  readonly own?: readonly unknown[];
  readonly worldMs: Instant;
  readonly crash?: Crash;
  /** A planted fault: a crash before the commit does not stop what is said. */
  readonly sendsFirst?: boolean;
}

export function serve(node: Node, { packets = [], own = [], worldMs, crash = null, sendsFirst = false }: Turn): Served {
  const now = nowOf(node, worldMs);
  const heard = packets.flatMap((packet) => {
    const command = node.commandOf(packet, now);
    return command === null ? [] : [{ command, packet }];
  });
  const todo: { readonly command: unknown; readonly packet: Packet | null }[] = [
    ...heard,
    ...own.map((command) => ({ command, packet: null })),
    ...dueBy(node, now),
  ];
  if (todo.length === 0) return { batch: null, packets: [] };
  const view = { get: (table: string, id: string) => node.rows.get(placeOf(table, id)) };
  const { writes, decisions, fixesTime } = decideBatch(
    node.authority,
    todo.map(({ command }) => command),
    view as never,
    now,
  );
  for (const { packet } of heard) node.depth = Math.max(node.depth, packet.depth);
  const decided: Batch["decided"][number][] = [];
  const out: Packet[] = [];
  for (const [i, decision] of decisions.entries()) {
    if ("bug" in decision) throw new Bug(`${node.name}: ${String(decision.bug)}`);
    const { command, packet } = todo[i] as (typeof todo)[number];
    decided.push({ command, outcome: decision.outcome, packet });
    for (const effect of decision.effects ?? []) {
      const send = node.authority.send?.(effect, now) as Send;
      out.push(packetOf(node, node.nodeFor(send), send.bytes, send.about ?? null, null));
    }
    out.push(...repliesTo(node, decision.outcome, packet?.re === null ? packet : null, now));
  }
  if (crash !== null) node.held.clear();
  if (crash === "before the commit") return { batch: null, packets: sendsFirst ? out : [] };
  const batch = {
    node,
    now,
    decided,
    writes: writes.map((write) => ({ ...write, before: view.get(write.table, write.id) })),
  };
  for (const { table, id, row } of writes) put(node, placeOf(table, id), row);
  if (writes.length > 0 || fixesTime) node.highWaterMs = now;
  return { batch, packets: crash === "after the commit" ? [] : out };
}

/** To whoever asked, and to whoever has waited for just this. A door that waits says nothing in the meantime. */
function repliesTo(node: Node, outcome: unknown, asked: Packet | null, now: Instant): readonly Packet[] {
  const undecided = node.door?.isUndecided(outcome) ?? null;
  if (undecided !== null) {
    if (asked !== null) node.held.set(undecided, asked);
    return [];
  }
  const decided = node.door?.isDecided(outcome) ?? null;
  const waited = decided === null ? undefined : node.held.get(decided);
  if (decided !== null) node.held.delete(decided);
  const hearers = [asked, waited ?? null].filter((each) => each !== null);
  const answer = hearers.length === 0 ? null : node.answerOf(outcome, now);
  return answer === null ? [] : hearers.map((each) => packetOf(node, each.from, answer, each.about, each));
}

export function packetOf(
  from: Pick<Node, "name" | "depth">,
  to: string,
  bytes: Uint8Array,
  about: string | null,
  re: Packet | null,
): Packet {
  const asked = re && { bytes: re.bytes, about: re.about };
  return { from: from.name, to, bytes, about, re: asked, depth: from.depth + 1 };
}

/** The most rows that one batch attends to by itself, as a host's loop has it. */
const DUE_LIMIT = 64;
/** A row that is as due after its command as before waits so long, and is then asked again. */
const AGAIN_MS = 1_000;

function dueBy(node: Node, now: Instant) {
  const todo: { readonly command: unknown; readonly packet: null }[] = [];
  for (let top = node.due.first(); top !== null && top.atMs <= now && todo.length < DUE_LIMIT; top = node.due.first()) {
    const row = node.rows.get(top.place);
    const due = row === undefined ? null : ruleFor(node, top.place, row);
    node.due.set(top.place, due === null ? null : now + AGAIN_MS);
    if (due !== null) todo.push({ command: due.command, packet: null });
  }
  return todo;
}

export function put(node: Node, place: string, row: Row | null): void {
  if (row === null) node.rows.delete(place);
  else node.rows.set(place, row);
  setDue(node, place, row);
}

function setDue(node: Node, place: string, row: Row | null): void {
  node.due.set(place, row === null ? null : (ruleFor(node, place, row)?.atMs ?? null));
}

type Rules = Record<string, (id: string, row: Row) => { readonly atMs: Instant; readonly command: unknown } | null>;

function ruleFor(node: Node, place: string, row: Row) {
  const at = place.indexOf("/");
  const rules = node.authority.due as Rules | undefined;
  return rules?.[place.slice(0, at)]?.(place.slice(at + 1), row) ?? null;
}

/** Every row of one table. */
export function rowsOf<T>(node: Pick<Node, "rows">, table: string): (readonly [Hex, T])[] {
  const start = `${table}/`;
  return [...node.rows].flatMap(([place, row]) =>
    place.startsWith(start) ? [[place.slice(start.length), row as T] as const] : [],
  );
}
