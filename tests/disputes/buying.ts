/** Honest buyers: a wallet with money, and the command line that buys with it. */
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { cashDesk, coinsFor, finishErrands, grant, newNonce, openWallet, visit, withdrawCash } from "@counterfoil/sdk";
import { writeFileSync } from "node:fs";
import { HOUR_MS } from "@counterfoil/base";
import type { Edit } from "../refusals/scenario.ts";
import { command, type Ran } from "./processes.ts";
import { ITEM, PRICE_MINOR, type World } from "./world.ts";

export const FUNDS_MINOR = 1_000n;

export interface Buyer {
  /** Its data folder. */
  readonly folder: string;
  readonly account: Hex;
  readonly outPath: string;
}

const WAITING = "packages/protocols/src/exchange/waiting.ts";
const PURCHASE = "packages/sdk/src/purchase.ts";
const WALLET = "packages/sdk/src/wallet.ts";

/** How long a buyer waits is no part of what it does: half a minute of it would be half a minute of every test. */
export const HASTY: readonly Edit[] = [
  {
    file: WAITING,
    find: "const WAITS_MS = [2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS, 16 * SECOND_MS];",
    replace: "const WAITS_MS = [SECOND_MS / 2, SECOND_MS / 2, SECOND_MS / 2];",
  },
  { file: WAITING, find: "const LONGEST_WAIT_MS = 60 * SECOND_MS;", replace: "const LONGEST_WAIT_MS = SECOND_MS / 2;" },
  { file: WALLET, find: "  spreadMs: 10 * MINUTE_MS,", replace: "  spreadMs: 1," },
];

/** A buyer that is not to be answered would wait for as long as the others. */
export function patientFor(seconds: number): Edit {
  return { file: PURCHASE, find: "const PATIENCE_MS = 45 * SECOND_MS;", replace: `const PATIENCE_MS = ${seconds} * SECOND_MS;` };
}

/** @param coined how much of its money is in coins, among them the very coins that the price takes. */
export async function makeBuyer(world: World, name: string, coined = 0n): Promise<Buyer> {
  const { ports, folder, shopUrl } = world;
  const data = join(folder, name);
  const market = await visit(ports, shopUrl, null);
  const wallet = await openWallet(join(data, "wallet"), ports);
  try {
    const { terms: bank, client } = market.bank;
    const holder = { ...ports, key: wallet.account, bank, client };
    await grant(holder, FUNDS_MINOR, newNonce());
    if (coined > 0n) {
      const desk = cashDesk(wallet, market, ports);
      await withdrawCash(desk, coined);
      await coinsFor(desk, PRICE_MINOR, ports.clock() + HOUR_MS);
      await finishErrands(wallet, 30_000);
    }
    const settings = { bank: bank.bank, url: shopUrl, unit: bank.unit };
    writeFileSync(join(data, "wallet", "wallet.json"), JSON.stringify(settings), { mode: 0o600 });
    return { folder: data, account: wallet.account.publicKey, outPath: join(data, "goods.txt") };
  } finally {
    await wallet.close();
    market.close();
  }
}

export interface BuyFlags {
  readonly cash?: boolean;
  readonly patience?: number;
  readonly onStart?: (kill: () => void) => void;
  readonly url?: string;
  readonly edits?: readonly Edit[];
}

/** One `buy`, in a process of its own. */
export async function buy(world: World, { folder, outPath }: Buyer, flags: BuyFlags = {}): Promise<Ran> {
  const words = ["buy", ITEM, "--out", outPath, "--yes", "--data", folder, ...(flags.cash === true ? ["--cash"] : [])];
  const edits = flags.edits ?? [...HASTY, ...(flags.patience === undefined ? [] : [patientFor(flags.patience)])];
  const around = { url: flags.url ?? world.shopUrl, edits: [...edits, ...(world.edits.buyer ?? [])] };
  return command(words, around, flags.onStart);
}

/** What a wallet does when it is started again: nobody tells it what. */
export async function resume(world: World, { folder }: Buyer): Promise<Ran> {
  const edits = [...HASTY, ...(world.edits.buyer ?? [])].filter(({ file }) => file !== PURCHASE);
  return command(["resume", "--data", folder], { url: world.shopUrl, edits });
}
