/** What the states of the parties of logged sales say, worked out once for each state. */
import { peekTag } from "@counterfoil/base";
import type { BankTables } from "@counterfoil/protocols/money";
import { type LoggedSale, PRICE } from "@counterfoil/protocols/players";
import type { World } from "../explore/index.ts";
import { type Bank, saleRowIn } from "./logged-bank.ts";
import type { Buyer } from "./logged-customer.ts";
import type { Rows } from "./logged-desk.ts";
import type { Outcome } from "./logged-follow.ts";
import type { Log } from "./logged-log.ts";
import type { Shop } from "./logged-shop.ts";
import { entriesShown, isCustomer, type Words } from "./logged-words.ts";

export interface Parties {
  readonly words: Words;
  readonly buyers: readonly (Buyer | null)[];
  readonly bank: Bank;
  /** Null where a liar is in its place. */
  readonly shop: Shop | null;
  readonly log: Log | null;
}

/** The bank's row of one sale. */
export interface Row {
  readonly phase: "none" | "LOCKED" | "PAID" | "ABORTED";
  readonly cause: string | null;
  /** From which entry on an outcome counts. */
  readonly treeSize: number;
}

export interface BankFacts {
  readonly rows: readonly Row[];
  /** What is wrong with the books, or null. */
  readonly fault: string | null;
  /** Whether it believes the log no more. */
  readonly isConvicting: boolean;
}

export interface Facts {
  bank(state: number): BankFacts;
  outcomes(state: number): readonly (readonly Outcome[])[];
  /** The first outcome that the log has at or after the LOCK's tree size. */
  decided(world: World, sale: number): Outcome["kind"] | null;
}

export function factsOf({ words, bank, log }: Parties): Facts {
  const { sales, who } = words;
  const [bankAt, logAt] = [who.indexOf("the bank"), who.indexOf("the log")];
  const banks = byState((state) => bankFacts(sales, bank.rowsOf(state)));
  const logs = byState((state) => sales.map((sale) => log?.outcomesOf(state, sale) ?? []));
  return {
    bank: banks,
    outcomes: logs,
    decided(world, sale) {
      const from = banks(world.state(bankAt)).rows[sale]?.treeSize ?? 0;
      return logs(world.state(logAt))[sale]?.find(({ index }) => index >= from)?.kind ?? null;
    },
  };
}

/** Work that is done once for each state. */
export function byState<T>(work: (state: number) => T): (state: number) => T {
  const known: T[] = [];
  return (state) => {
    known[state] ??= work(state);
    return known[state] as T;
  };
}

function bankFacts(sales: readonly LoggedSale[], rows: Rows): BankFacts {
  return {
    rows: sales.map(({ contract, recKey }) => {
      const row = saleRowIn(rows, contract.slip.tid);
      const recorded = rows.get(`recorded/${recKey}`) as BankTables["recorded"] | undefined;
      const phase = (row?.phase ?? "none") as Row["phase"];
      return { phase, cause: row?.cause ?? null, treeSize: recorded?.tree_size ?? 0 };
    }),
    fault: booksFault(sales, rows),
    isConvicting: sales.some(({ log }) => rows.has(`log_fault/${log.id}`)),
  };
}

/** Money is where the sales say that it is, and nowhere else. */
function booksFault(sales: readonly LoggedSale[], rows: Rows): string | null {
  const of = (table: string) => [...rows].flatMap(([place, row]) => (place.startsWith(`${table}/`) ? [row] : []));
  const sum = (column: "balance" | "held") => of("account").reduce((all, row) => all + (row[column] as bigint), 0n);
  if (sum("balance") !== 0n) return "money has come from nowhere, or gone there";
  const holds = of("hold") as unknown as readonly BankTables["hold"][];
  if (sum("held") !== holds.reduce((all, { price }) => all + price, 0n)) return "what is held is nobody's hold";
  const shop = sales[0]?.all.shopConfig.key.publicKey;
  const paid = of("sale").filter(({ phase }) => phase === "PAID").length;
  const credit = (rows.get(`account/${shop}`)?.balance ?? 0n) as bigint;
  if (BigInt(paid) * PRICE !== credit) return "paid and credited are not one";
  for (const sale of sales) {
    const fault = fundsFault(sale, rows);
    if (fault !== null) return fault;
  }
  return null;
}

function fundsFault({ contract, coins }: LoggedSale, rows: Rows): string | null {
  const { tid } = contract.slip;
  const phase = saleRowIn(rows, tid)?.phase;
  if (coins.length === 0) {
    const isHeld = rows.get(`hold/${tid}`)?.locked === true;
    return isHeld === (phase === "LOCKED") ? null : "a locked hold, and no locked sale";
  }
  const fates = coins.map(({ coinId }) => rows.get(`coin/${coinId}`));
  const ours = fates.map((row) => (row?.by === tid ? row.state : "another's"));
  if (ours.some((fate) => (fate === "SPENT") !== (phase === "PAID"))) return "spent and paid are not one";
  return ours.some((fate) => (fate === "LOCKED") !== (phase === "LOCKED")) ? "locked coins, and no locked sale" : null;
}

/** What has ever been said of a sale: that it is paid, that it is aborted, v, and what a trustee opened. */
export const PAID = 1;
export const ABORTED = 2;
export const OPENING = 4;
export const ANSWERED = 8;
/** Bits of each sale. */
export const MARKS = 4;

export function marksOf(words: Words, message: number): number {
  const sale = words.saleOf(message);
  return sale < 0 ? 0 : markOf(words, message) << (sale * MARKS);
}

/** @returns the four bits of one sale. */
export function marksIn(world: World, sale: number): number {
  return (world.marks >>> (sale * MARKS)) & 15;
}

function markOf(words: Words, message: number): number {
  const { from, to, bytes } = words.all.at(message);
  const word = words.wordOf(message);
  switch (from) {
    case "the shop":
      if (isCustomer(to)) return word === "settled" ? OPENING : 0;
      return peekTag(bytes) === "log-opened/1" ? OPENING : 0;
    case "the log":
      return isCustomer(to) && entriesShown(bytes).some(({ kind }) => kind === "opened") ? OPENING : 0;
    case "the bank":
      if (to === "the log") return 0;
      return word === "paid" ? PAID : word === "aborted" ? ABORTED : 0;
    case "the trustee":
      return ANSWERED;
    default:
      return 0;
  }
}
