/** What became of a run, read from the parties' own files: who has the goods, who has the money, and who still waits. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ShopSale, shopShapes, walletShapes } from "@counterfoil/protocols/exchange";
import { type Account, type BankTables, bankShapes } from "@counterfoil/protocols/money";
import type { CoinRow, ErrandRow, PurseRow } from "@counterfoil/protocols/purse";
import { allRows, auditBooks, cashReport, isOver, readPurchases } from "@counterfoil/sdk";
import { type Buyer, FUNDS_MINOR } from "./buying.ts";
import { reading, until } from "./reading.ts";
import { GOODS, PRICE_MINOR, type World } from "./world.ts";

export interface Verdict {
  /** Whether the buyer has the very goods. */
  readonly goods: boolean;
  /** Whether the shop has the price. */
  readonly money: boolean;
  /** Whoever still waits for something. */
  readonly open: readonly string[];
  /** What may never be, whoever lies. */
  readonly faults: readonly string[];
}

export const BOTH: Verdict = { goods: true, money: true, open: [], faults: [] };
export const NEITHER: Verdict = { goods: false, money: false, open: [], faults: [] };

export interface Parties {
  /** Of a lying shop only the account is looked at: its rows are its own affair. */
  readonly shopLies?: boolean;
  /** Where the buyer lies, whether it could open the goods; else its file tells. */
  readonly goods?: boolean;
  /** Whether the buyer's process is gone for now: what its file says is then not its last word. */
  readonly buyerAway?: boolean;
  /** What the buyer has paid to others. */
  readonly spentElsewhere?: bigint;
  readonly boundMs?: number;
}

/** Waits, within the bound, until nobody waits any more. */
export function judge(world: World, buyer: Buyer, parties: Parties = {}): Promise<Verdict> {
  return until(
    () => look(world, buyer, parties),
    ({ open }) => open.length === 0,
    parties.boundMs,
  );
}

async function look(
  world: World,
  buyer: Buyer,
  { shopLies = false, goods, buyerAway = false, spentElsewhere = 0n }: Parties,
): Promise<Verdict> {
  const bank = await readBank(world);
  const wallet = await readWallet(buyer);
  const shopMinor = bank.accounts.get(world.shopKey)?.balance ?? 0n;
  const buyerMinor = (bank.accounts.get(buyer.account)?.balance ?? 0n) + wallet.coinsMinor;
  const paid = bank.sales.filter(([, row]) => row.phase === "PAID" && row.merchant === world.shopKey).length;
  const own = shopLies ? { open: [], faults: [] } : await readShop(world, new Map(bank.sales));
  return {
    goods: goods ?? (existsSync(buyer.outPath) && readFileSync(buyer.outPath, "utf8") === GOODS),
    money: shopMinor >= PRICE_MINOR,
    open: [...bank.open, ...(buyerAway ? [] : wallet.open), ...own.open],
    faults: [
      ...bank.faults,
      ...own.faults,
      ...(shopMinor === PRICE_MINOR * BigInt(paid) ? [] : [`the shop has ${shopMinor} of ${paid} sales`]),
      ...(buyerAway || FUNDS_MINOR - buyerMinor === shopMinor + spentElsewhere
        ? []
        : [`the buyer has ${buyerMinor}, the shop ${shopMinor}`]),
    ],
  };
}

async function readBank(world: World) {
  const folder = join(world.folder, "market", "bank");
  const { trial, coins } = await auditBooks(folder, Date.now());
  const { accounts, holds, sales } = await reading(join(folder, "bank.db"), bankShapes, async (store) => ({
    accounts: new Map(await allRows<Account>(store, "account")),
    holds: await allRows<BankTables["hold"]>(store, "hold"),
    sales: await allRows<BankTables["sale"]>(store, "sale"),
  }));
  return {
    accounts,
    sales,
    open: holds.map(([tid]) => `a hold of ${tid}`),
    faults: [...trial.faults, ...coins.faults],
  };
}

async function readWallet(buyer: Buyer) {
  const path = join(buyer.folder, "wallet", "wallet.db");
  if (!existsSync(path)) return { coinsMinor: 0n, open: [] };
  return reading(path, walletShapes, async (store) => {
    const purchases = await readPurchases(store);
    const purses = new Map(await allRows<PurseRow>(store, "purse"));
    const coins = await allRows<CoinRow>(store, "coin");
    const errands = await allRows<ErrandRow>(store, "errand");
    let coinsMinor = 0n;
    for (const bank of purses.keys()) {
      const { standing, unknownMinor } = await cashReport(
        { coins: async () => coins, purse: async (of) => purses.get(of) ?? null },
        bank,
      );
      coinsMinor += standing.available + standing.reserved + standing.refunding + standing.handed + unknownMinor;
    }
    return {
      coinsMinor,
      open: [
        ...purchases.flatMap(({ tid, state }) => (state && !isOver(state) ? [`a wallet: ${tid} ${state.phase}`] : [])),
        ...errands.filter(([, { phase }]) => phase === "asked").map(([id]) => `an errand: ${id}`),
      ],
    };
  });
}

async function readShop({ folder }: World, bank: ReadonlyMap<string, BankTables["sale"]>) {
  const sales = await reading(join(folder, "shop", "shop", "shop.db"), shopShapes, (store) =>
    allRows<ShopSale>(store, "sale"),
  );
  const isPaid = (tid: string) => bank.get(tid)?.phase === "PAID";
  return {
    // What the bank has refused is over for now: the shop asks once more when the slip has ended, minutes later.
    open: sales
      .filter(([, { phase, bank_answer }]) => phase === "endorsed" && bank_answer === null)
      .map(([tid]) => `the shop: ${tid} endorsed`),
    faults: sales.flatMap(([tid, { phase }]) => {
      if (phase === "sold" && !isPaid(tid)) return [`the shop calls ${tid} sold and the bank does not`];
      return phase === "lost" && isPaid(tid) ? [`the shop calls ${tid} lost and the bank paid`] : [];
    }),
  };
}
