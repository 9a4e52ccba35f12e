/** What the three parties durably hold, read from their own files while they run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSqliteReadOnly } from "@counterfoil/host";
import type { Shapes } from "@counterfoil/protocols";
import { type ItemRow, type ShopSale, shopShapes, walletShapes } from "@counterfoil/protocols/exchange";
import { type Account, type BankTables, bankShapes, type TrialBalance } from "@counterfoil/protocols/money";
import { allRows, auditBooks, type KnownPurchase, readPurchases } from "@counterfoil/sdk";
import type { Market, WalletName } from "./market.ts";

export interface Ledger {
  readonly buyerMinor: bigint;
  readonly shopMinor: bigint;
  readonly paid: ReadonlyMap<string, BankTables["sale"]>;
  readonly sales: ReadonlyMap<string, ShopSale>;
  readonly purchases: ReadonlyMap<string, KnownPurchase>;
  /** Of all items together. */
  readonly stock: number;
  readonly trial: TrialBalance;
}

type Reader = ReturnType<typeof openSqliteReadOnly>;

export async function readLedger(market: Market, wallet: WalletName): Promise<Ledger> {
  const { folder, accounts, shopKey } = market;
  const bankFolder = join(folder, "bank", "bank");
  const bank = await reading(join(bankFolder, "bank.db"), bankShapes, async (store) => ({
    accounts: new Map(await allRows<Account>(store, "account")),
    paid: new Map(await allRows<BankTables["sale"]>(store, "sale")),
  }));
  const shop = await reading(join(folder, "shop", "shop", "shop.db"), shopShapes, async (store) => ({
    sales: new Map(await allRows<ShopSale>(store, "sale")),
    items: await allRows<ItemRow>(store, "item"),
  }));
  const purchases = await reading(join(folder, wallet, "wallet", "wallet.db"), walletShapes, readPurchases);
  return {
    buyerMinor: bank?.accounts.get(accounts[wallet])?.balance ?? 0n,
    shopMinor: bank?.accounts.get(shopKey)?.balance ?? 0n,
    paid: bank?.paid ?? new Map(),
    sales: shop?.sales ?? new Map(),
    purchases: new Map((purchases ?? []).map((known) => [known.tid, known])),
    stock: (shop?.items ?? []).reduce((sum, [, item]) => sum + (item.stock ?? 0), 0),
    trial: (await auditBooks(bankFolder, Date.now())).trial,
  };
}

/** Endorsed and not answered: the shop will ask the bank again, so this is not yet what it holds in the end. */
export async function shopWaits(market: Market): Promise<boolean> {
  const path = join(market.folder, "shop", "shop", "shop.db");
  const sales = await reading(path, shopShapes, (store) => allRows<ShopSale>(store, "sale"));
  return (sales ?? []).some(([, sale]) => sale.phase === "endorsed" && sale.bank_answer === null);
}

/** null where the file is not there: a wallet has none before its first purchase. */
async function reading<T>(path: string, shapes: Shapes, read: (store: Reader) => Promise<T>): Promise<T | null> {
  if (!existsSync(path)) return null;
  const store = openSqliteReadOnly(path, shapes);
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}
