/** What each party of a logged sale makes of one event, worked out once for each state of its own that it meets it in. */
import { decode, encode, type Instant, toHex } from "@counterfoil/base";
import { interner, remembered, spell } from "../exploring.fixture.ts";
import type { Row, Send } from "../index.ts";
import {
  admitFollow,
  append,
  contentHashOf,
  ENTRY_LIMIT_BYTES,
  type Entry,
  entryId,
  entrySchema,
  type FollowBatch,
  type FollowTables,
  type Frontier,
  type Head,
  type LogCommand,
  logAnswer,
  loggedSchema,
  readFrontier,
  readHead,
} from "../log/index.ts";
import { type BankCommand, bankAnswer, hearLog as hearLogAtBank } from "../money/index.ts";
import { hearWithMint } from "../money/mint.fixture.ts";
import type { PurchaseInput, PurchaseState } from "./customer.ts";
import { headOf, INSTANTS, type LoggedSale, sizeOf } from "./logged-sale.fixture.ts";
import { hearBank } from "./merchant-answer.ts";
import { hearLog as hearLogAtShop } from "./merchant-posting.ts";
import type { ShopCommand } from "./merchant-rows.ts";
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

function entryOf(bytes: Uint8Array): Entry {
  const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
  if (!entry.ok) throw new Error(entry.reason);
  return entry.value;
}

/** One party's part of an event: what becomes of its rows or state, and what it says. */
export interface Local {
  readonly next: number;
  readonly says: readonly number[];
}

/** Ways to be wrong, which the search must find out. */
export interface Planted {
  /** What a bank tells itself. */
  readonly bank?: (at: Follower) => readonly Outcome[];
  /** What a shop tells itself. */
  readonly shop?: (at: Follower) => readonly Outcome[];
  /** What a shop makes of what it is told. */
  readonly shopHears?: (command: ShopCommand, rows: Rows) => ShopCommand;
  /** A log that enters an outcome as if there were none. */
  readonly isForgetful?: boolean;
  /** A log that enters ABORTED by itself, before anything has been locked. */
  readonly abortsFirst?: boolean;
}

export interface Outcome {
  readonly kind: "committed" | "aborted";
  readonly index: number;
}

export interface Follower {
  readonly rows: Rows;
  /** The outcomes of this sale that the log has published. */
  readonly outcomes: readonly Outcome[];
  readonly now: Instant;
}

export type Players = ReturnType<typeof playersOf>;

export function playersOf(sale: LoggedSale, planted: Planted = {}) {
  const { all, log, terms, machine, trustee, recKey, crypto } = sale;
  const { bank = 0, shop = 0, customer = 0 } = terms.aheadMs ?? {};
  const clockOf = (aheadMs: number) => (clock: number) => (INSTANTS[clock] as number) + aheadMs;
  const [bankNow, shopNow] = [clockOf(bank), clockOf(shop)];
  const customerNow = INSTANTS[0] as number;

  const said = (to: Hearer, bytes: Uint8Array, re: Uint8Array | null = null): readonly number[] =>
    isHeeded(to, bytes) ? [SAID.of({ to, bytes, re })] : [];
  const sentBy = (who: "bank" | "shop" | "customer", sends: readonly Send[]): readonly number[] =>
    sends.flatMap(({ to, bytes }) => said(hearerOf(who, to), bytes));

  function hearing(state: PurchaseState, input: PurchaseInput): Local | null {
    const next = machine.step(state, input, customerNow + customer);
    if (next === null) return null;
    const refreshes = next.phase === "ended" ? sale.refreshes : [];
    return { next: STATES.of(next), says: sentBy("customer", [...machine.sends(next), ...refreshes]) };
  }

  // The bank.
  const bankDoes = (rows: number, work: () => readonly number[]): Local => {
    put(all.bank.rows, BANKS.at(rows));
    all.bank.takeSends();
    const answers = work();
    return { next: BANKS.of(new Map(all.bank.rows)), says: [...answers, ...sentBy("bank", all.bank.takeSends())] };
  };
  const bankHears = remembered((rows, send, clock): Local => {
    const { to, bytes, re } = SAID.at(send);
    return bankDoes(rows, () => {
      if (to === "bank from log") {
        const command = hearLogAtBank(all.bankConfig, re as Uint8Array, bytes);
        if (command !== null) all.bank.decide(command, bankNow(clock));
        return [];
      }
      const config = { ...all.bankConfig, mint: sale.mint };
      const answer = hearWithMint(config, all.bank, bytes, bankNow(clock));
      return to === "bank" ? said("customer from bank", answer) : said("shop from bank", answer, bytes);
    });
  });
  const bankFollows = remembered((rows, at, head, clock): Local => {
    return bankDoes(rows, () => {
      all.bank.decide({ kind: "followed", batch: batchFor(rowIn(BANKS.at(rows)), at, head) }, bankNow(clock));
      return [];
    });
  });
  /** @param patience 0: only what is due. 1: until it is. */
  const bankTells = remembered((rows, clock, patience): Local => {
    return bankDoes(rows, () => {
      for (const [place, row] of BANKS.at(rows)) {
        for (const { atMs, command } of dueOf(place, row, patience === 1)) {
          if (patience === 1 || bankNow(clock) >= atMs) all.bank.decide(command, Math.max(bankNow(clock), atMs));
        }
      }
      return [];
    });
  });
  /** What the bank does by itself. @param isAll also what only says again what is in the net. */
  function dueOf(place: string, row: Row, isAll: boolean): readonly { readonly atMs: Instant; readonly command: BankCommand }[] {
    const [table, ...id] = place.split("/");
    const rules = all.bank.authority.due as Record<string, (id: string, row: Row) => Due | null>;
    if (table === "log_owed" ? !isAll && row.kind !== "aborted" : table !== "hold") return [];
    const due = rules[table as string]?.(id.join("/"), row) ?? null;
    return due === null ? [] : [due];
  }

  // The shop.
  const shopDoes = (rows: number, now: Instant, command: ShopCommand | null): Local => {
    put(all.shop.rows, SHOPS.at(rows));
    all.shop.takeSends();
    if (command === null) return { next: rows, says: [] };
    const heard = planted.shopHears?.(command, SHOPS.at(rows)) ?? command;
    const answer = all.shop.authority.answer(all.shop.decide(heard, now).outcome, now);
    const says = [...said("customer from shop", answer), ...sentBy("shop", all.shop.takeSends())];
    return { next: SHOPS.of(new Map(all.shop.rows)), says };
  };
  const shopHears = remembered((rows, send, clock): Local => {
    const now = shopNow(clock);
    const { to, bytes, re } = SAID.at(send);
    if (to === "shop from bank") return shopDoes(rows, now, hearBank(all.shopConfig, re as Uint8Array, bytes));
    if (to === "shop from log") return shopDoes(rows, now, hearLogAtShop(all.shopConfig, re as Uint8Array, bytes));
    const command = all.shop.authority.admit(bytes, now);
    if (!command.ok) throw new Error(command.reason);
    return shopDoes(rows, now, command.value);
  });
  const shopFollows = remembered((rows, at, head, clock): Local => {
    return shopDoes(rows, shopNow(clock), { kind: "followed", batch: batchFor(rowIn(SHOPS.at(rows)), at, head) });
  });

  // The log.
  const logNow = (clock: number) => (INSTANTS[clock] as number) + sizeOf(log) + 1;
  const logDoes = (at: number, clock: number, work: (now: Instant) => readonly number[]): Local => {
    const { rows, heads } = LOGS.at(at);
    put(log.desk.rows, rows);
    const size = sizeOf(log);
    const now = logNow(clock);
    const says = work(now);
    if (sizeOf(log) === size) return { next: at, says };
    return { next: LOGS.of({ heads: [...heads, headOf(log, now)], rows: new Map(log.desk.rows) }), says };
  };
  const logHears = remembered((at, send, clock): Local => {
    const { to, bytes } = SAID.at(send);
    return logDoes(at, clock, (now) => {
      const admitted = log.desk.authority.admit(bytes, now);
      if (!admitted.ok) throw new Error(admitted.reason);
      const command = planted.isForgetful ? unjudged(log.desk.rows, admitted.value, now) : admitted.value;
      const answer = log.desk.authority.answer(log.desk.decide(command, now).outcome, now);
      if (to === "log") return said("customer from log", answer);
      return to === "log for bank" ? said("bank from log", answer, bytes) : said("shop from log", answer, bytes);
    });
  });
  const logTicks = remembered((at): number => {
    const { rows, heads } = LOGS.at(at);
    put(log.desk.rows, rows);
    const note = headOf(log, logNow(1));
    return LOGS.of({ heads: [...heads, note], rows: new Map(log.desk.rows) });
  });
  const logLies = remembered((at, clock): Local => {
    return logDoes(at, clock, (now) => {
      const { slip, slipHash } = sale.contract;
      const contentHash = contentHashOf(crypto, "aborted", slip.bank, slipHash);
      const entry = encode(entrySchema, { kind: "aborted", recKey, contentHash, timeMs: now });
      const { writes } = append(crypto, log.desk.view, [{ entry, keepUntilMs: now }]);
      for (const { table, id, row } of writes) log.desk.rows.set(`${table}/${id}`, row as Row);
      return [];
    });
  });

  // Whoever tells itself what nobody has said.
  const imagined = (row: FollowTables["followed_log"], { kind, index }: Outcome): FollowBatch => {
    const { slip, slipHash } = sale.contract;
    const entry = { kind, recKey, contentHash: contentHashOf(crypto, kind, slip.bank, slipHash), timeMs: row.head_ms };
    const frontier = frontierIn(row);
    return { log: log.id, from: row.size, frontier, headMs: null, note: row.note, entries: [{ index, entry }] };
  };
  const rowIn = (rows: Rows) => rows.get(`followed_log/${log.id}`) as FollowTables["followed_log"];
  const bankErrs = remembered((rows, at, clock): readonly Local[] => {
    const own = { rows: BANKS.at(rows), outcomes: outcomesIn(at), now: bankNow(clock) };
    return (planted.bank?.(own) ?? []).map((outcome) =>
      bankDoes(rows, () => {
        all.bank.decide({ kind: "followed", batch: imagined(rowIn(own.rows), outcome) }, own.now);
        return [];
      }),
    );
  });
  const shopErrs = remembered((rows, at, clock): readonly Local[] => {
    const own = { rows: SHOPS.at(rows), outcomes: outcomesIn(at), now: shopNow(clock) };
    return (planted.shop?.(own) ?? []).map((outcome) =>
      shopDoes(rows, own.now, { kind: "followed", batch: imagined(rowIn(own.rows), outcome) }),
    );
  });

  // What a follower is fed.
  function batchFor(row: FollowTables["followed_log"], at: number, head: number): FollowBatch {
    const { rows, heads } = LOGS.at(at);
    const note = heads[head] as Uint8Array;
    const { size } = headAt(at, head);
    const entries = Array.from({ length: size - row.size }, (_, i) => entryAt(rows, row.size + i));
    const batch = admitFollow(crypto, log.descriptor, { note, frontier: frontierIn(row), entries, path: [] });
    if (!batch.ok) throw new Error(batch.reason);
    return batch.value;
  }
  const headAt = remembered((at, head): Head => {
    const read = readHead(crypto, log.descriptor, LOGS.at(at).heads[head] as Uint8Array);
    if (read === null) throw new Error("no head");
    return read;
  });
  const outcomesIn = remembered((at): readonly Outcome[] => {
    const { rows, heads } = LOGS.at(at);
    const { size } = headAt(at, heads.length - 1);
    return Array.from({ length: size }, (_, index) => ({ index, entry: entryOf(entryAt(rows, index)) })).flatMap(
      ({ index, entry }) => {
        const isOutcome = entry.kind === "committed" || entry.kind === "aborted";
        return isOutcome && entry.recKey === recKey ? [{ kind: entry.kind, index }] : [];
      },
    );
  });
  /** The heads that say something new to whoever keeps these rows. */
  const headsNew = remembered((who, rows, at): readonly number[] => {
    const row = rowIn((who === 0 ? BANKS : SHOPS).at(rows));
    return LOGS.at(at).heads.flatMap((_, head) => {
      const { size, timeMs } = headAt(at, head);
      return size > row.size || (size === row.size && timeMs > row.head_ms) ? [head] : [];
    });
  });

  /** Without the heads that nobody will follow to. @param followers those who may: a bank's rows, or -1 minus a shop's. */
  const trimmed = remembered((at, ...followers): number => {
    const { rows, heads } = LOGS.at(at);
    const news = followers.flatMap((who) => (who >= 0 ? headsNew(0, who, at) : headsNew(1, -1 - who, at)));
    const kept = heads.filter((_, head) => head === heads.length - 1 || news.includes(head));
    return kept.length === heads.length ? at : LOGS.of({ rows, heads: kept });
  });
  /** Whatever it still owes to bank or log, said once more. */
  const shopTells = remembered((rows): Local => {
    let after: Local = { next: rows, says: [] };
    for (const [place, row] of SHOPS.at(rows)) {
      const [table, ...id] = place.split("/");
      const rules = all.shop.authority.due as Record<string, (id: string, row: Row) => ShopDue | null>;
      const due = table === "sale" || table === "committing" ? rules[table]?.(id.join("/"), row) : null;
      if (!due) continue;
      const done = shopDoes(after.next, Math.max(shopNow(1), due.atMs), due.command);
      after = { next: done.next, says: [...after.says, ...done.says] };
    }
    return after;
  });

  return {
    ...{ trimmed, shopTells },
    ...{ bankHears, bankFollows, bankTells, bankErrs, shopHears, shopFollows, shopErrs },
    ...{ logHears, logTicks, logLies, outcomesIn, headsNew },
    told: remembered((state, send) => {
      const { to, bytes } = SAID.at(send);
      return hearing(STATES.at(state), { kind: FROM[to] as "bank", answer: bytes });
    }),
    asks: remembered((state) => sentBy("customer", machine.sends(STATES.at(state)))),
    givesUp: remembered((state) => hearing(STATES.at(state), { kind: "give-up" })),
    disputes: remembered((state) => hearing(STATES.at(state), { kind: "dispute" })),
    wakes: remembered((state) => hearing(STATES.at(state), { kind: "wake" })),
    /** By the trustee, as it stood after its ceremony: of one sale it only ever answers once. */
    trusteeSays: remembered((state): readonly Uint8Array[] => {
      const disputes = machine.sends(STATES.at(state)).filter(({ to }) => to.startsWith("trustee"));
      return disputes.map(({ bytes }) => trustee.hear(bytes, customerNow));
    }),
    hearsTrustee: (state: number, answer: Uint8Array) => hearing(STATES.at(state), { kind: "trustee", answer }),
  };
}

type ShopDue = { readonly atMs: Instant; readonly command: ShopCommand };
type Due = { readonly atMs: Instant; readonly command: BankCommand };

const FROM: Partial<Record<Hearer, string>> = {
  "customer from bank": "bank",
  "customer from shop": "merchant",
  "customer from log": "log",
};

function hearerOf(who: "bank" | "shop" | "customer", to: string): Hearer {
  if (to.startsWith("log")) return who === "customer" ? "log" : `log for ${who}`;
  if (to.startsWith("trustee")) return "trustee";
  if (to === "merchant") return "shop";
  return who === "shop" ? "bank for shop" : "bank";
}

/** Whether it can make a difference to whoever hears it, in any state: else it only makes more worlds of the same. */
function isHeeded(to: Hearer, bytes: Uint8Array): boolean {
  switch (to) {
    case "trustee": // asked where a way to an end is looked for
    case "bank from log": // only has the bank say things less often
      return false;
    case "customer from shop": {
      const said = decode(merchantAnswer, bytes);
      return said.ok && (said.value.kind === "settled" || said.value.kind === "declined");
    }
    case "customer from bank": {
      const said = decode(bankAnswer, bytes);
      return said.ok && said.value.kind !== "undecided";
    }
    case "customer from log":
      return entriesShown(bytes).some(({ kind }) => kind === "opened" || kind === "paid");
    default:
      return true;
  }
}

function put(rows: Map<string, Row>, from: Rows): void {
  rows.clear();
  for (const [place, row] of from) rows.set(place, row);
}

function entryAt(rows: Rows, index: number): Uint8Array {
  return rows.get(`log_entry/${entryId(index)}`)?.entry as Uint8Array;
}

function frontierIn(row: FollowTables["followed_log"]): Frontier {
  const frontier = readFrontier(row.size, row.frontier);
  if (frontier === null) throw new Error("no frontier");
  return frontier;
}

/** As if it knew of no outcome and of no deadline. */
function unjudged(rows: Map<string, Row>, command: LogCommand, now: Instant): LogCommand {
  if (command.kind !== "post" || command.entry.kind === "open" || command.entry.kind === "opened") return command;
  const { contract, entry } = command;
  const place = `log_record/${contract.recKey}`;
  const record = rows.get(place);
  if (record !== undefined && record.outcome !== entry.kind) rows.set(place, { ...record, outcome: null });
  const declined = entry.kind === "aborted" ? { kind: entry.kind, declined: true } : entry;
  return { ...command, contract: { ...contract, notAfterMs: Math.max(contract.notAfterMs, now) }, entry: declined };
}
