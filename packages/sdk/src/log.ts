/** A log as a program runs it: its authority over a durable store, its door, its heads and its tiles. */
import { join } from "node:path";
import { type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import {
  entryId,
  LOG_TAGS,
  type LogCommand,
  type LogDescriptor,
  type LogOutcome,
  type LogRecord,
  type LogTables,
  log,
  logIdOf,
  logShapes,
  ONLY,
  readHead,
  TILE_WIDTH,
  tileId,
} from "@counterfoil/protocols/log";
import { type Doorkeepers, openDoorkeepers } from "./log-doorkeepers.ts";
import { openPublisher, type PublishedHead, type Publisher } from "./log-publish.ts";
import { type LogOptions, logTerms } from "./log-terms.ts";
import { bundleOf, type TileName, widthIn } from "./log-tiles.ts";
import { openWitnesses } from "./log-witnesses.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";

export interface OpenLog {
  readonly id: Hex;
  readonly descriptor: LogDescriptor;
  readonly role: WireRole;
  readonly hosted: Hosted<LogCommand, LogOutcome>;
  readonly heads: Pick<Publisher, "head" | "newer">;
  /** Witnesses that have seen a larger tree than there is here. */
  readonly ahead: ReadonlySet<string>;
  /** The hashes of a tile, or the entries of a bundle, as a published head has them; null where none has it. */
  tile(name: TileName): Promise<Uint8Array | null>;
  /** Answers those who wait for a head, and makes no more: before its server is closed, which waits for them. */
  release(): Promise<void>;
  close(): Promise<void>;
}

const PAGE = 1_000;

/** @throws Refusal where the folder's log was made with other terms. */
export async function openLog(folder: string, options: LogOptions, ports: Ports): Promise<OpenLog> {
  const { crypto } = ports;
  const terms = logTerms(crypto, folder, options);
  const { descriptor } = terms;
  const config = { crypto, ...terms };
  const store = openSqlite(join(folder, "log.db"), logShapes);
  const hosted = await hostAuthority<LogTables, LogCommand, LogOutcome>(log(config), store, {
    name: "log",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const witnesses = openWitnesses(crypto, descriptor.quorum, terms.witnesses);
  const open = await openContracts(store, descriptor.retentionMs);
  const rows = rowsOf(store);
  const first = await rows.head(crypto, descriptor);
  const { onBug } = ports;
  const doorkeepers = openDoorkeepers({ descriptor, banks: terms.banks }, (message) => hosted.admit(message));
  const awaited = () => someAwaited(open, ports.clock());
  const publisher = openPublisher({ crypto, config, hosted, witnesses, tile: rows.hashes, awaited, onBug }, first);
  return {
    id: logIdOf(crypto, descriptor),
    descriptor,
    role: logDoor(hosted, doorkeepers, publisher, open),
    hosted,
    heads: publisher,
    ahead: witnesses.ahead,
    async tile({ level, index, width }) {
      if (width > widthIn(publisher.head()?.size ?? 0, level, index)) return null;
      return level === "entries" ? rows.bundle(index, width) : (await rows.hashes(level, index)).slice(0, 32 * width);
    },
    release: () => publisher.close(),
    async close() {
      await publisher.close();
      witnesses.close();
      await doorkeepers.close();
      await hosted.stop();
      await store.close();
    },
  };
}

/** Accepts postings, and has what they entered published: who posts hears of the acceptance, not of the head. */
function logDoor(
  hosted: Hosted<LogCommand, LogOutcome>,
  doorkeepers: Doorkeepers,
  publisher: Publisher,
  open: OpenContracts,
): WireRole {
  return {
    name: "log",
    tags: LOG_TAGS,
    async handle(message) {
      const command = admitted(await doorkeepers.admit(message));
      const { outcome, answer } = await hosted.submit(command);
      if (outcome.kind !== "posted") return answer;
      for (const { recKey, kind, index } of outcome.postings) {
        const isNew = publisher.entered(index + 1);
        if (kind !== "open") open.delete(recKey);
        else if (isNew && command.kind === "post") open.set(recKey, command.contract.notAfterMs);
      }
      return answer;
    },
  };
}

/** Contracts that wait for the log's clock, and until when. */
type OpenContracts = Map<Hex, Instant>;

/** Whoever may end a contract does so within minutes of its deadline; one that nobody ends is not waited for. */
const AWAITED_MS = HOUR_MS;

function someAwaited(open: OpenContracts, now: Instant): boolean {
  for (const [recKey, notAfterMs] of open) if (now > notAfterMs + AWAITED_MS) open.delete(recKey);
  return open.size > 0;
}

/** Those of an earlier process, from its rows. */
async function openContracts(store: Pick<Store, "page">, retentionMs: number): Promise<OpenContracts> {
  const open: OpenContracts = new Map();
  for (let after: string | undefined; ; ) {
    const page = await store.page({ table: "log_record", limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { id, row } of page) {
      const { open_index: index, outcome, keep_until_ms: keepUntilMs } = row as LogRecord;
      if (index !== null && outcome === null) open.set(id, keepUntilMs - retentionMs);
    }
    if (page.length < PAGE) return open;
    after = page.at(-1)?.id;
  }
}

function rowsOf(store: Pick<Store, "read">) {
  const read = async <N extends keyof LogTables & string>(table: N, ids: readonly string[]) => {
    const found = await store.read(ids.map((id) => ({ table, id })));
    return found.map(({ row }) => row as LogTables[N] | undefined);
  };
  return {
    async hashes(level: number, index: number): Promise<Uint8Array> {
      const [row] = await read("log_tile", [tileId(level, index)]);
      if (row === undefined) throw new Error("a tile of the tree has its row");
      return row.hashes;
    },
    /** Null where some of its entries are deleted already: half a bundle would be no bundle. */
    async bundle(index: number, width: number): Promise<Uint8Array | null> {
      const ids = Array.from({ length: width }, (_, at) => entryId(index * TILE_WIDTH + at));
      const entries = (await read("log_entry", ids)).flatMap((row) => (row === undefined ? [] : [row.entry]));
      return entries.length === width ? bundleOf(entries) : null;
    },
    async head(crypto: Crypto, descriptor: LogDescriptor): Promise<PublishedHead | null> {
      const [row] = await read("log_head", [ONLY]);
      const head = row === undefined ? null : readHead(crypto, descriptor, row.note);
      return row === undefined || head === null ? null : { ...head, note: row.note };
    },
  };
}
