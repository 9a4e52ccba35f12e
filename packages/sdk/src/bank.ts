/** A bank as a program runs it: its authority over a durable store, its door, and its books. */
import { join } from "node:path";
import { type Hex, HOUR_MS, PLAY_UNIT } from "@counterfoil/base";
import { type Crypto, KDF, type SigningKey, sign } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, openSqliteReadOnly, type WireRole } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import {
  type Account,
  BANK_TAGS,
  type BalanceSheet,
  type BankCommand,
  type BankConfig,
  type BankOutcome,
  type BankTables,
  balanceSheet,
  bank,
  bankDescriptorSchema,
  bankShapes,
  heldByTabs,
  type TrialBalance,
  tabFaults,
  trialBalance,
} from "@counterfoil/protocols/money";
import { makeFolder, seedIn } from "./folder.ts";
import { type Ports, roleDoor } from "./role.ts";

export interface OpenBank {
  readonly key: Hex;
  readonly unit: string;
  /** [“bank/1”, …]bank: who this bank is, to be shown to anyone. */
  readonly descriptor: Uint8Array;
  readonly role: WireRole;
  readonly hosted: Hosted<BankCommand, BankOutcome>;
  close(): Promise<void>;
}

export interface BankOptions {
  /** false for a bank of real money: no grants. No adapter for real money ships yet, so `start` runs a sandbox. */
  readonly sandbox: boolean;
  readonly unit: string;
}

export const SANDBOX_BANK: BankOptions = { sandbox: true, unit: PLAY_UNIT };

/** A day: long enough to resume after a night, short enough that an abandoned order frees its hold. */
const LONGEST_HOLD_MS = 24 * HOUR_MS;
const HOLDS_PER_ACCOUNT = 64;
/** A shop looks at the bank three times within it, so one that is down for half an hour still answers. */
const NOTICE_MS = HOUR_MS;
/** Shops that one tab of a day can visit; each costs the bank a row. */
const SLICES_PER_TAB = 256;
/** Play money is free, so these only keep the numbers readable. */
const GRANT_LIMIT_MINOR = 100_000n;
const BALANCE_LIMIT_MINOR = 100_000_000n;
const PAGE = 1_000;

const NO_CONTEXT = new Uint8Array(0);

export function bankConfig(crypto: Crypto, seed: Uint8Array, options: BankOptions): BankConfig {
  return {
    crypto,
    key: crypto.signingKey(KDF(crypto, seed, "bank signing key", NO_CONTEXT)),
    box: crypto.boxKey(KDF(crypto, seed, "bank box key", NO_CONTEXT)),
    unit: options.unit,
    sandbox: options.sandbox ? { grantLimitMinor: GRANT_LIMIT_MINOR, balanceLimitMinor: BALANCE_LIMIT_MINOR } : null,
    longestHoldMs: LONGEST_HOLD_MS,
    holdsPerAccount: HOLDS_PER_ACCOUNT,
    noticeMs: NOTICE_MS,
    slicesPerTab: SLICES_PER_TAB,
  };
}

export async function openBank(folder: string, options: BankOptions, ports: Ports): Promise<OpenBank> {
  const config = bankConfig(ports.crypto, seedIn(makeFolder(folder)), options);
  const store = openSqlite(join(folder, "bank.db"), bankShapes);
  const hosted = await hostAuthority<BankTables, BankCommand, BankOutcome>(bank(config), store, {
    name: "bank",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  return {
    key: config.key.publicKey,
    unit: config.unit,
    descriptor: describeBank(ports.crypto, config.key, config),
    hosted,
    role: roleDoor("bank", BANK_TAGS, hosted),
    async close() {
      await hosted.stop();
      await store.close();
    },
  };
}

function describeBank(crypto: Crypto, key: SigningKey, config: BankConfig): Uint8Array {
  return sign(crypto, key, bankDescriptorSchema, {
    bank: key.publicKey,
    box: config.box.publicKey,
    unit: config.unit,
    sandbox: config.sandbox !== null,
    longestHoldMs: config.longestHoldMs,
  });
}

export interface Books {
  readonly trial: TrialBalance;
  readonly sheets: readonly BalanceSheet[];
}

/** Adds up the whole of a bank's books from its file, also while the bank runs. */
export async function auditBooks(folder: string): Promise<Books> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  try {
    const accounts = await allRows<Account>(store, "account");
    const postings = await allRows<BankTables["posting"]>(store, "posting");
    const holds = await allRows<BankTables["hold"]>(store, "hold");
    const tabs = await allRows<BankTables["tab"]>(store, "tab");
    const slices = await allRows<BankTables["slice"]>(store, "slice");
    const rows = accounts.map(([, row]) => row);
    const trial = trialBalance(
      accounts,
      postings.map(([, row]) => row),
      [...holds.map(([, row]) => row), ...heldByTabs(tabs.map(([, row]) => row))],
    );
    const faults = [...trial.faults, ...tabFaults(tabs, slices)];
    return { trial: { ...trial, faults }, sheets: balanceSheet(rows) };
  } finally {
    await store.close();
  }
}

/** Every row of a table, a page at a time. For reports, which hold a whole table in memory. */
export async function allRows<R>(store: Pick<Store, "page">, table: string): Promise<(readonly [string, R])[]> {
  const rows: (readonly [string, R])[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.page({ table, limit: PAGE, ...(after === undefined ? {} : { after }) });
    rows.push(...page.map(({ id, row }) => [id, row as R] as const));
    if (page.length < PAGE) return rows;
    after = page.at(-1)?.id;
  }
}
