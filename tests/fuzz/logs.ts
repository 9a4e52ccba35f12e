/** Bytes for a log and its witness, and for everybody who reads what they have signed: followers, judges, auditors. */
import { bytes, decode, encode, list, MINUTE_MS, type Of, record, sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Row } from "@counterfoil/protocols";
import {
  admitFollow,
  audit,
  EMPTY_FRONTIER,
  FOLLOW_LIMIT,
  type LogTables,
  logShapes,
  type Note,
  paidLeafOf,
  readHead,
  readLogged,
  readNote,
  type TileSource,
  type WitnessTables,
  witnessStatus,
} from "@counterfoil/protocols/log";
import {
  abortOf,
  commitOf,
  declineOf,
  type LogBench,
  type LogSale,
  logBench,
  logSale,
  openedOf,
  openOf,
  paidOf,
  post,
  publish,
  query,
  SALE_MS,
  START,
  sourceOf,
  tableOf,
} from "../../packages/protocols/src/log/log.fixture.ts";
import type { Named, Target } from "./targets.ts";
import { viewOf } from "./view.ts";

/** A log that has one contract whole, one declined and one open, published; and what is still to come to each. */
export function logTargets(crypto: Crypto, named: Named): readonly Target[] {
  const at = logBench(crypto);
  const sales = ["sold", "declined", "open"].map((word) => logSale(at, word)) as [LogSale, LogSale, LogSale];
  const [sold, declined, open] = sales;
  const entered = [
    ...sales.map((each) => openOf(at, each)),
    commitOf(at, sold),
    openedOf(at, sold),
    paidOf(at, [sold], START),
    declineOf(at, declined),
  ];
  for (const message of entered) if (typeof post(at, message, START) === "string") throw new Error("not entered");
  const note = publish(at, START + MINUTE_MS);
  const after = START + SALE_MS + 1;
  const messages = [...entered, commitOf(at, open), abortOf(at, open), paidOf(at, [declined, open], START)];
  const logged = query(at, sold.recKey, START + MINUTE_MS);
  const [first] = at.witnesses;
  if (first === undefined) throw new Error("the bench has witnesses");
  return [
    named("the log admits, decides, answers", messages, (input) => entersBy(at, at.desk.rows, input, START)),
    named("the log after the deadline", messages, (input) => entersBy(at, at.desk.rows, input, after)),
    named("an empty log admits, decides, answers", messages, (input) => entersBy(at, new Map(), input, START)),
    witnessTarget(at, note, named),
    ...readerTargets(at, { sold, note, logged }, named),
    followerTarget(at, note, named),
    auditTarget(at, note, named),
  ];
}

/** What is refused enters nothing; and of one contract there is one outcome, whatever is said. */
function entersBy(at: LogBench, rows: ReadonlyMap<string, Row>, input: Uint8Array, now: number): boolean {
  const { authority } = at.desk;
  const command = authority.admit(input, now);
  if (!command.ok) return false;
  const { writes, outcome } = authority.decide(command.value, viewOf<LogTables>(rows), now);
  authority.answer(outcome, now);
  if (outcome.kind === "refused" && writes.length > 0) throw new Error("a posting that was refused is entered");
  for (const { table, id, row } of writes) {
    if (!(table in logShapes)) throw new Error(`the log writes ${table}`);
    const before = rows.get(`${table}/${id}`);
    const decided = table === "log_record" ? (before as LogTables["log_record"] | undefined)?.outcome : null;
    const now = row as LogTables["log_record"] | null;
    if (decided && now?.outcome !== decided) throw new Error("an outcome was changed");
    if (table === "log_entry" && before !== undefined) throw new Error("an entry was changed");
  }
  return outcome.kind !== "refused";
}

/** It cosigns one history, and says what C2SP has a status for. */
function witnessTarget({ crypto, witnesses, descriptor }: LogBench, note: Uint8Array, named: Named): Target {
  const { desk } = witnesses[0] as LogBench["witnesses"][number];
  const seen = desk.view.get("witness_log", descriptor.origin);
  if (seen === undefined) throw new Error("the bench's first witness has cosigned");
  const asked = (text: string) => new Uint8Array([...new TextEncoder().encode(text), ...bare(note)]);
  const valid = [asked(`old ${seen.size}\n\n`), asked("old 0\n\n")];
  return named("a witness is shown a head", valid, (input) => {
    const command = desk.authority.admit(input, START);
    if (!command.ok) return false;
    const { writes, outcome } = desk.authority.decide(command.value, viewOf<WitnessTables>(desk.rows), START);
    witnessStatus(outcome);
    const answer = desk.authority.answer(outcome, START);
    const { size, root } = command.value.checkpoint;
    const isOther = size < seen.size || (size === seen.size && !sameBytes(root, seen.root));
    if (outcome.kind === "cosigned" && isOther) throw new Error("a witness cosigns another history");
    const moves = writes.some(({ table }) => table === "witness_log");
    if (moves && outcome.kind !== "cosigned") throw new Error("a witness remembers what it has not cosigned");
    return outcome.kind === "cosigned" && crypto.sha256(answer).length === 32;
  });
}

/** Without the witnesses' lines, as the log itself sends it. */
function bare(note: Uint8Array): Uint8Array {
  const { body } = readNote(note) as Note;
  const end = note.indexOf(0x0a, body.length + 1);
  return note.slice(0, end + 1);
}

interface Shown {
  readonly sold: LogSale;
  readonly note: Uint8Array;
  readonly logged: readonly Uint8Array[];
}

function readerTargets(at: LogBench, { sold, note, logged }: Shown, named: Named): readonly Target[] {
  const { crypto, descriptor, id } = at;
  const [head] = [readHead(crypto, descriptor, note)];
  return [
    named("a head of a log", [note], (input) => {
      const read = readHead(crypto, descriptor, input);
      if (read !== null && (readNote(input) === null || !Number.isSafeInteger(read.size)))
        throw new Error("a head that is no note");
      return read !== null && head !== null;
    }),
    named("an entry of a log, with its proof", logged, (input) => {
      const read = readLogged(crypto, id, input);
      if (read !== null && read.index >= read.head.size) throw new Error("an entry beyond its head");
      return read !== null;
    }),
    named("the bank's PAID leaf", logged, (input) => {
      const leaf = paidLeafOf(crypto, sold.slip, sold.slipHash, input);
      if (leaf !== null && leaf.recKey !== sold.recKey) throw new Error("the leaf of another contract");
      return leaf !== null;
    }),
  ];
}

/** What a follower is given, and what an auditor reads, as one piece. */
const tree = record(null, {
  note: bytes(0, 4096),
  tile: bytes(0, 8192),
  entries: list(bytes(0, 1024), FOLLOW_LIMIT),
  path: list(bytes(32, 32), 64),
});
type Tree = Of<typeof tree>;

function treeIn(at: LogBench, note: Uint8Array): Tree {
  const [tile] = tableOf(at.desk.rows, "log_tile");
  if (tile === undefined) throw new Error("the bench's log has entries");
  const entries = tableOf(at.desk.rows, "log_entry").map(([, { entry }]) => entry);
  return { note, tile: tile[1].hashes, entries, path: [] };
}

/** A batch that holds is of the very entries that the head was made of, where hashes and signatures tell. */
function followerTarget(at: LogBench, note: Uint8Array, named: Named): Target {
  const { crypto, descriptor } = at;
  const truth = treeIn(at, note);
  return named("a follower is given entries", [encode(tree, truth)], (input) => {
    const given = decode(tree, input);
    if (!given.ok) return false;
    const { value } = given;
    const batch = admitFollow(crypto, descriptor, { ...value, frontier: EMPTY_FRONTIER });
    if (batch.ok) demandSame(truth, value);
    return batch.ok;
  });
}

/** An audit without a fault is of the very entries that the head was made of. */
function auditTarget(at: LogBench, note: Uint8Array, named: Named): Target {
  const { crypto, descriptor } = at;
  const truth = treeIn(at, note);
  const whole = sourceOf(at.desk.rows, note);
  return named("an auditor reads a log", [encode(tree, truth)], async (input) => {
    const given = decode(tree, input);
    if (!given.ok) return false;
    const { value } = given;
    const source: TileSource = {
      checkpoint: async () => value.note,
      tile: async (level, index, width) => (level > 0 || index > 0 ? whole.tile(level, index, width) : value.tile),
      entries: async (_, width) => (value.entries.length === width ? value.entries : null),
    };
    const { head, faults } = await audit(crypto, descriptor, source);
    if (head !== null && faults.length === 0) demandSame(truth, value);
    return faults.length === 0;
  });
}

/** The entries, where they are as many. A head that anybody signs may be of fewer, or of none. */
function demandSame(truth: Tree, { entries }: Tree): void {
  const same = entries.every((entry, at) => sameBytes(entry, truth.entries[at] ?? new Uint8Array(0)));
  if (!same) throw new Error("entries that the log never had are believed");
}
