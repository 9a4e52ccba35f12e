/** What the three parties durably hold, read from their own files while they run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSqliteReadOnly } from "@counterfoil/host";
import type { Shapes } from "@counterfoil/protocols";
import { type ItemRow, type ShopSale, shopShapes, walletShapes } from "@counterfoil/protocols/exchange";
import { type Account, type BankTables, bankShapes } from "@counterfoil/protocols/money";
import type { CoinRow, ErrandRow, PurseRow } from "@counterfoil/protocols/purse";
import {
  allRows,
  auditBooks,
  type Books,
  type CashReport,
  cashReport,
  type KnownPurchase,
  readPurchases,
  readSeed,
} from "@counterfoil/sdk";
import type { Market } from "./market.ts";

export interface Ledger {
  /** In the account, and in coins as the wallet itself says. */
  readonly buyerMinor: bigint;
  readonly purse: Purse;
  readonly shopMinor: bigint;
  readonly paid: ReadonlyMap<string, BankTables["sale"]>;
  readonly sales: ReadonlyMap<string, ShopSale>;
  readonly purchases: ReadonlyMap<string, KnownPurchase>;
  /** null before the wallet is made. */
  readonly buyerSeed: Uint8Array | null;
  /** By tid: what the bank has set aside for orders. */
  readonly holds: ReadonlyMap<string, BankTables["hold"]>;
  /** Of all items together. */
  readonly stock: number;
  readonly books: Books;
}

/** A wallet's coins, by its own file. */
export interface Purse {
  readonly minor: bigint;
  readonly report: CashReport | null;
  /** State by name. */
  readonly coins: ReadonlyMap<string, string>;
  /** Asked of the bank and not answered. */
  readonly asked: number;
}

type Reader = ReturnType<typeof openSqliteReadOnly>;

/** @param wallet its folder's name. */
export async function readLedger(market: Market, wallet: string): Promise<Ledger> {
  const { folder, accounts, shopKey } = market;
  const bankFolder = join(folder, "bank", "bank");
  const bank = await reading(join(bankFolder, "bank.db"), bankShapes, async (store) => ({
    accounts: new Map(await allRows<Account>(store, "account")),
    paid: new Map(await allRows<BankTables["sale"]>(store, "sale")),
    holds: new Map(await allRows<BankTables["hold"]>(store, "hold")),
  }));
  const shop = await reading(join(folder, "shop", "shop", "shop.db"), shopShapes, async (store) => ({
    sales: new Map(await allRows<ShopSale>(store, "sale")),
    items: await allRows<ItemRow>(store, "item"),
  }));
  const purchases = await reading(join(folder, wallet, "wallet", "wallet.db"), walletShapes, readPurchases);
  const purse = await readPurse(market, wallet);
  return {
    buyerMinor: (bank?.accounts.get(accounts.get(wallet) ?? "")?.balance ?? 0n) + purse.minor,
    purse,
    shopMinor: bank?.accounts.get(shopKey)?.balance ?? 0n,
    paid: bank?.paid ?? new Map(),
    holds: bank?.holds ?? new Map(),
    sales: shop?.sales ?? new Map(),
    buyerSeed: readSeed(join(folder, wallet, "wallet")),
    purchases: new Map((purchases ?? []).map((known) => [known.tid, known])),
    stock: (shop?.items ?? []).reduce((sum, [, item]) => sum + (item.stock ?? 0), 0),
    books: await auditBooks(bankFolder, Date.now()),
  };
}

/** What a wallet says of its coins: each is in one state only, and what is unknown may be there. */
export async function readPurse({ folder, bankKey }: Market, wallet: string): Promise<Purse> {
  const rows = await reading(join(folder, wallet, "wallet", "wallet.db"), walletShapes, async (store) => ({
    coins: await allRows<CoinRow>(store, "coin"),
    purses: new Map(await allRows<PurseRow>(store, "purse")),
    errands: await allRows<ErrandRow>(store, "errand"),
  }));
  if (rows === null || !rows.purses.has(bankKey)) return { minor: 0n, report: null, coins: new Map(), asked: 0 };
  const source = { coins: async () => rows.coins, purse: async (of: string) => rows.purses.get(of) ?? null };
  const report = await cashReport(source, bankKey);
  const { available, reserved, refunding, handed } = report.standing;
  return {
    minor: available + reserved + refunding + handed + report.unknownMinor,
    report,
    coins: new Map(rows.coins.map(([id, row]) => [id, row.state])),
    asked: rows.errands.filter(([, row]) => row.phase === "asked").length,
  };
}

/** Whether `resume` or `wallet refresh` has anything to do. */
export function isOnItsWay({ report, asked }: Purse): boolean {
  if (report === null) return false;
  const { reserved, refunding, handed } = report.standing;
  return asked > 0 || reserved + refunding + handed + report.unknownMinor > 0n;
}

/** Endorsed and not answered: the shop will ask the bank again, so this is not yet what it holds in the end. */
export async function shopWaits(market: Market): Promise<boolean> {
  const path = join(market.folder, "shop", "shop", "shop.db");
  const sales = await reading(path, shopShapes, (store) => allRows<ShopSale>(store, "sale"));
  return (sales ?? []).some(([, sale]) => sale.phase === "endorsed" && sale.bank_answer === null);
}

/** Whether the bank has something left to say to a log, or waits for the log's word. */
export async function owesLog(market: Market): Promise<boolean> {
  const path = join(market.folder, "bank", "bank", "bank.db");
  const owed = await reading(path, bankShapes, async (store) => [
    ...(await allRows<BankTables["log_owed"]>(store, "log_owed")),
    ...(await allRows<BankTables["sale"]>(store, "sale")).filter(([, { phase }]) => phase === "LOCKED"),
  ]);
  return (owed ?? []).length > 0;
}

/** For which orders the bank has set money aside, and whether it has decided them all the same. */
export async function bankHolds(market: Market): Promise<ReadonlyMap<string, { readonly decided: boolean }>> {
  const path = join(market.folder, "bank", "bank", "bank.db");
  const holds = await reading(path, bankShapes, async (store) => {
    const sales = new Map(await allRows(store, "sale"));
    return (await allRows(store, "hold")).map(([tid]) => [tid, { decided: sales.has(tid) }] as const);
  });
  return new Map(holds ?? []);
}

/** null where the file is not there: a wallet has none before its first purchase. */
export async function reading<T>(path: string, shapes: Shapes, read: (store: Reader) => Promise<T>): Promise<T | null> {
  if (!existsSync(path)) return null;
  const store = openSqliteReadOnly(path, shapes);
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
