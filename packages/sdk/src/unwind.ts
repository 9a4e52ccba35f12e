/** A bank's books made again from its folder and its logs, by whoever has to find out what somebody has done to them. */
import { join } from "node:path";
import { decode, type Hex, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  audit,
  ENTRY_LIMIT_BYTES,
  entrySchema,
  type LogDescriptor,
  logIdOf,
  type TileSource,
} from "@counterfoil/protocols/log";
import {
  type BankConfig,
  type BankTables,
  bankShapes,
  type FoundLeaves,
  type Ledger,
  type Unwound,
  unwind,
} from "@counterfoil/protocols/money";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";

/** A log by its tiles, wherever they are. */
export interface LogSource {
  readonly descriptor: LogDescriptor;
  readonly source: TileSource;
}

/** Also while the bank runs. */
export async function unwindBank(
  folder: string,
  { crypto, key, box, claimWindowMs }: BankConfig,
  logs: readonly LogSource[],
  now: Instant,
): Promise<Unwound> {
  const found = new Map<Hex, FoundLeaves>();
  for (const { descriptor, source } of logs) {
    const leaves = await paidLeavesIn(crypto, { descriptor, source });
    found.set(logIdOf(crypto, descriptor), { retentionMs: descriptor.retentionMs, leaves });
  }
  // After the logs: what was entered meanwhile is a row by then.
  const ledger = await ledgerIn(folder);
  return unwind({ crypto, bank: key.publicKey, box, claimWindowMs, now }, ledger, found);
}

async function ledgerIn(folder: string): Promise<Ledger> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  const rows = <N extends keyof BankTables & string>(table: N) => allRows<BankTables[N]>(store, table);
  try {
    return {
      accounts: await rows("account"),
      postings: await rows("posting"),
      sales: await rows("sale"),
      coins: await rows("coin"),
      counts: await rows("coin_count"),
      granted: await rows("granted"),
      tabs: await rows("tab"),
      slices: await rows("slice"),
      bonds: await rows("bond"),
      claims: await rows("claim"),
      owed: await rows("log_owed"),
      accepted: await rows("log_accepted"),
    };
  } finally {
    await store.close();
  }
}

/**
 * Every PAID leaf that there is, of a log whose tiles all lead to its head: one that hides a leaf is found out first. Entries that
 * a log has deleted are past its retention, when nobody looks for them any more.
 */
async function paidLeavesIn(crypto: Crypto, { descriptor, source }: LogSource): Promise<readonly Uint8Array[]> {
  const bundles = new Map<number, readonly Uint8Array[]>();
  const reading: TileSource = {
    ...source,
    async entries(bundle, width) {
      const entries = await source.entries(bundle, width);
      if (entries !== null) bundles.set(bundle, entries);
      return entries;
    },
  };
  const { faults } = await audit(crypto, descriptor, reading);
  const fault = faults.find(({ kind }) => kind !== "missing-entries");
  if (fault !== undefined) {
    const detail = `The log ${logIdOf(crypto, descriptor)} does not hold by itself (${fault.kind}).`;
    throw new Refusal("unsound-log", detail, NO_MONEY_MOVED, "counterfoil log audit says all that is wrong with it.");
  }
  return [...bundles.values()].flat().flatMap((bytes) => {
    const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
    return entry.ok && entry.value.kind === "paid" ? [entry.value.leaf] : [];
  });
}
