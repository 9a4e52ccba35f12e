/** Where things are: the data folder, the market's address, and the parts of a wallet that commands share. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Hex } from "@counterfoil/base";
import { nodeCrypto, openSqliteReadOnly } from "@counterfoil/host";
import { walletShapes } from "@counterfoil/protocols/exchange";
import {
  accountKey,
  type Holder,
  type KnownPurchase,
  lockFolder,
  makeFolder,
  NO_MONEY_MOVED,
  type OpenWallet,
  openWallet,
  type Ports,
  Refusal,
  readPurchases,
  readSeed,
  type Visit,
  visit,
} from "@counterfoil/sdk";
import { EXIT, WrongUse, writePrivately } from "./terminal.ts";

export const DEFAULT_PORT = 8440;

export interface Place {
  readonly data: string;
  readonly url: string;
  readonly json: boolean;
}

export function placeOf(options: { data?: string; json?: boolean }): Place {
  const url = process.env.COUNTERFOIL_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw new WrongUse(`COUNTERFOIL_URL is no address: ${url}`);
  return {
    data: resolve(options.data ?? process.env.COUNTERFOIL_DATA ?? join(homedir(), ".counterfoil")),
    url: url.replace(/\/+$/, ""),
    json: options.json === true,
  };
}

export async function ports(): Promise<Ports> {
  return {
    crypto: await nodeCrypto(),
    clock: Date.now,
    onBug: (bug) => console.error(bug),
    onFatal(failure) {
      console.error(`${failure.message}: stopping. What was decided is kept; starting again finishes it.`);
      process.exit(EXIT.unknown);
    },
  };
}

export function walletFolder(place: Place): string {
  return join(place.data, "wallet");
}

interface WalletSettings {
  /** The bank whose customer this wallet is; no other one is ever paid through. */
  readonly bank: Hex;
  readonly url: string;
  /** Asked for and not answered yet. */
  readonly grant?: { readonly amountMinor: string; readonly nonce: Hex };
}

export function saveSettings(place: Place, settings: WalletSettings): void {
  writePrivately(settingsPath(place), `${JSON.stringify(settings, null, 2)}\n`);
}

export function hasSettings(place: Place): boolean {
  return existsSync(settingsPath(place));
}

function settingsPath(place: Place): string {
  return join(walletFolder(place), "wallet.json");
}

export function settingsOf(place: Place): WalletSettings {
  const path = settingsPath(place);
  if (!hasSettings(place) || readSeed(walletFolder(place)) === null) {
    throw new Refusal("no-wallet", `There is no wallet in ${place.data}.`, NO_MONEY_MOVED, "counterfoil wallet create");
  }
  return JSON.parse(readFileSync(path, "utf8")) as WalletSettings;
}

export async function visitMarket(place: Place, own: Ports): Promise<Visit> {
  return visit(own.crypto, place.url, settingsOf(place).bank);
}

export function holderOf(place: Place, own: Ports, market: Visit): Holder {
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const { crypto, clock } = own;
  return { crypto, clock, key: accountKey(crypto, seed), bank: market.bank.terms, client: market.bank.client };
}

/** Opens the wallet for writing: one process at a time. */
export async function withWallet<T>(place: Place, own: Ports, use: (wallet: OpenWallet) => Promise<T>): Promise<T> {
  settingsOf(place);
  const lock = lockFolder(makeFolder(walletFolder(place)));
  if (lock === null) {
    throw new Refusal("wallet-busy", "Another command is using this wallet.", NO_MONEY_MOVED, "Wait for it to end.");
  }
  try {
    const wallet = await openWallet(walletFolder(place), own);
    try {
      return await use(wallet);
    } finally {
      await wallet.close();
    }
  } finally {
    lock.release();
  }
}

/** What the wallet bought, also while another command uses it. */
export async function purchasesIn(place: Place): Promise<readonly KnownPurchase[]> {
  const path = join(walletFolder(place), "wallet.db");
  if (!existsSync(path)) return [];
  const store = openSqliteReadOnly(path, walletShapes);
  try {
    return await readPurchases(store);
  } finally {
    await store.close();
  }
}
