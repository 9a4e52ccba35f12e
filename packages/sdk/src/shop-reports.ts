/** What a shop's own file says of its sales: the list of them, what they earned, and the shop's half of the evidence. */
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  type Evidence,
  type ItemRow,
  type LoggedAbout,
  paymentMessage,
  type ShopConfig,
  type ShopSale,
  shopShapes,
} from "@counterfoil/protocols/exchange";
import { evidenceOfSale } from "./evidence.ts";
import { shownOf } from "./log-shown.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { WalletPorts } from "./transport.ts";

type ShopRows = ReturnType<typeof openSqliteReadOnly>;

/** Also while the shop runs: everything as it is at the first read. */
export async function readShop<T>(folder: string, use: (rows: ShopRows) => Promise<T>): Promise<T> {
  const store = openSqliteReadOnly(join(folder, "shop.db"), shopShapes);
  return use(store).finally(() => store.close());
}

/** One sale as lists show it. */
export interface SaleLine {
  readonly tid: Hex;
  readonly timeMs: number;
  readonly title: string;
  readonly priceMinor: bigint;
  readonly refundedMinor: bigint;
  readonly unit: string;
  readonly phase: string;
  readonly delivery: string;
}

function saleLine(tid: Hex, row: ShopSale): SaleLine {
  return {
    tid,
    timeMs: row.time_ms,
    title: row.title,
    priceMinor: row.price,
    refundedMinor: row.refunded,
    unit: row.unit,
    phase: row.phase,
    delivery: row.delivery,
  };
}

/** Oldest first. */
export function saleLines(sales: readonly (readonly [Hex, ShopSale])[]): readonly SaleLine[] {
  return sales.map(([tid, row]) => saleLine(tid, row)).sort((a, b) => a.timeMs - b.timeMs);
}

/** Sold, or released as a part of what was. */
export const HANDED_OVER: ReadonlySet<string> = new Set(["sold", "released"]);

export interface Earned {
  readonly sales: number;
  /** What was paid, of which `refundedMinor` has been given back. */
  readonly paidMinor: bigint;
  readonly refundedMinor: bigint;
}

export interface Earnings {
  readonly total: Earned;
  /** By day of UTC, oldest first; a day without a sale is not there. */
  readonly days: readonly (Earned & { readonly day: string })[];
  /** By title, the most earned first. */
  readonly items: readonly (Earned & { readonly title: string })[];
}

/** Of what was paid; a sale that is under way or came to nothing earned nothing. */
export function earningsOf(lines: readonly SaleLine[]): Earnings {
  const days = new Map<string, Earned>();
  const items = new Map<string, Earned>();
  let total = NOTHING;
  for (const line of lines) {
    if (!HANDED_OVER.has(line.phase)) continue;
    total = plus(total, line);
    const day = new Date(line.timeMs).toISOString().slice(0, 10);
    days.set(day, plus(days.get(day) ?? NOTHING, line));
    items.set(line.title, plus(items.get(line.title) ?? NOTHING, line));
  }
  const kept = ({ paidMinor, refundedMinor }: Earned) => paidMinor - refundedMinor;
  return {
    total,
    days: [...days].map(([day, each]) => ({ day, ...each })).sort((a, b) => (a.day < b.day ? -1 : 1)),
    items: [...items].map(([title, each]) => ({ title, ...each })).sort((a, b) => (kept(a) > kept(b) ? -1 : 1)),
  };
}

const NOTHING: Earned = { sales: 0, paidMinor: 0n, refundedMinor: 0n };

function plus({ sales, paidMinor, refundedMinor }: Earned, line: SaleLine): Earned {
  return {
    sales: sales + 1,
    paidMinor: paidMinor + line.priceMinor,
    refundedMinor: refundedMinor + line.refundedMinor,
  };
}

/** The merchant's half of the evidence. @param logs where the logs answer that the shop sells by. */
export async function saleEvidenceOf(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  config: ShopConfig,
  tid: Hex,
  sale: ShopSale,
  item: ItemRow | undefined,
  logs: readonly string[],
): Promise<Evidence> {
  if (item === undefined) {
    const detail = "The item of this sale is gone.";
    throw new Refusal("no-such-sale", detail, NO_MONEY_MOVED, "Restore the shop's folder.");
  }
  return evidenceOfSale(config, tid, sale, item, await shownToShop(ports, sale, logs));
}

/** Any log that the shop sells by may be the sale's; each answers about its own contracts alone. */
async function shownToShop(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  { purchase }: ShopSale,
  logs: readonly string[],
): Promise<LoggedAbout | null> {
  const message = decode(paymentMessage, purchase);
  if (!message.ok) return null;
  for (const url of logs) {
    const shown = await shownOf(ports, url, message.value.slip);
    if (shown !== null && (shown.paid !== null || shown.revealed !== null)) return shown;
  }
  return null;
}
