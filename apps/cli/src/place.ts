/** Where things are: the data folder, the market's address, and the parts of a wallet that commands share. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Hex, PLAY_UNIT } from "@counterfoil/base";
import { nodeCrypto, openSqliteReadOnly, type ProxyReason, parseProxy } from "@counterfoil/host";
import { walletShapes } from "@counterfoil/protocols/exchange";
import type { CoinRow, PurseRow } from "@counterfoil/protocols/purse";
import {
  accountKey,
  allRows,
  type CashReport,
  cashReport,
  type Holder,
  type KnownPurchase,
  lockFolder,
  makeFolder,
  NO_MONEY_MOVED,
  type OpenWallet,
  openTransport,
  openWallet,
  type Ports,
  type PurseTuning,
  Refusal,
  readPurchases,
  readSeed,
  type Visit,
  visit,
  type WalletPorts,
  writeDurably,
} from "@counterfoil/sdk";
import { EXIT, WrongUse } from "./terminal.ts";

export const DEFAULT_PORT = 8440;

export interface Place {
  readonly data: string;
  readonly url: string;
  readonly json: boolean;
  /** What was given, not looked at yet; null for none. */
  readonly proxy: string | null;
}

export function placeOf(options: { data?: string; json?: boolean; proxy?: string }): Place {
  const url = process.env.COUNTERFOIL_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw new WrongUse(`COUNTERFOIL_URL is no address: ${url}`);
  return {
    data: resolve(options.data ?? process.env.COUNTERFOIL_DATA ?? join(homedir(), ".counterfoil")),
    url: url.replace(/\/+$/, ""),
    json: options.json === true,
    proxy: options.proxy ?? process.env.COUNTERFOIL_PROXY ?? null,
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

/** What every command of a wallet that asks anybody anything starts from: its one way out. */
export async function walletPorts(place: Place): Promise<WalletPorts> {
  if (place.proxy === null) return { ...(await ports()), transport: openTransport(null) };
  const proxy = parseProxy(place.proxy);
  // What was given may hold a password, so it is not repeated.
  if (!proxy.ok) throw new WrongUse(`The proxy is not taken: ${NO_PROXY[proxy.reason]}`);
  return { ...(await ports()), transport: openTransport(proxy.value) };
}

const NO_PROXY: Readonly<Record<ProxyReason, string>> = {
  "resolves-here":
    "with that scheme this machine would look up the names of shops, which tells on you. Write socks5h://HOST:PORT.",
  "not-socks5h": "only SOCKS5 with names looked up by the proxy is. Write socks5h://HOST:PORT.",
  "not-an-address":
    "it is no address. Write socks5h://HOST:PORT or socks5h://USER:PASSWORD@HOST:PORT; unset COUNTERFOIL_PROXY for none.",
};

export function walletFolder(place: Place): string {
  return join(place.data, "wallet");
}

interface WalletSettings {
  /** The bank whose customer this wallet is; no other one is ever paid through. */
  readonly bank: Hex;
  readonly url: string;
  /** Not in wallets that were made when there was play money alone. */
  readonly unit?: string;
  /** Asked for and not answered yet. */
  readonly grant?: { readonly amountMinor: string; readonly nonce: Hex };
}

export function saveSettings(place: Place, settings: WalletSettings): void {
  writeDurably(settingsPath(place), `${JSON.stringify(settings, null, 2)}\n`, "wallet.json");
}

/** The first visit fixes whose customer this wallet is; later ones keep to it. */
export function pinMarket(place: Place, { bank }: Visit): void {
  if (!hasSettings(place)) saveSettings(place, { bank: bank.terms.bank, url: place.url, unit: bank.terms.unit });
}

function hasSettings(place: Place): boolean {
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

/** What the wallet's money is counted in. */
export function unitOf(place: Place): string {
  return settingsOf(place).unit ?? PLAY_UNIT;
}

export async function visitMarket(place: Place, own: WalletPorts): Promise<Visit> {
  return visit(own, place.url, settingsOf(place).bank);
}

export function holderOf(place: Place, own: Ports, market: Visit): Holder {
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const { crypto, clock } = own;
  return { crypto, clock, key: accountKey(crypto, seed), bank: market.bank.terms, client: market.bank.client };
}

/** Opens the wallet for writing: one process at a time. */
export async function withWallet<T>(
  place: Place,
  own: WalletPorts,
  use: (wallet: OpenWallet) => Promise<T>,
  tuning: Partial<PurseTuning> = {},
): Promise<T> {
  settingsOf(place);
  const lock = lockFolder(makeFolder(walletFolder(place)));
  if (lock === null) {
    throw new Refusal("wallet-busy", "Another command is using this wallet.", NO_MONEY_MOVED, "Wait for it to end.");
  }
  try {
    const wallet = await openWallet(walletFolder(place), own, tuning);
    try {
      return await use(wallet);
    } finally {
      await wallet.close();
    }
  } finally {
    lock.release();
  }
}

/** The coins of the wallet, also while another command uses it; null where there never were any. */
export async function cashIn(place: Place): Promise<CashReport | null> {
  const path = join(walletFolder(place), "wallet.db");
  if (!existsSync(path)) return null;
  const store = openSqliteReadOnly(path, walletShapes);
  try {
    const { bank } = settingsOf(place);
    const coins = await allRows<CoinRow>(store, "coin");
    const purses = new Map(await allRows<PurseRow>(store, "purse"));
    return purses.has(bank)
      ? cashReport({ coins: async () => coins, purse: async (of) => purses.get(of) ?? null }, bank)
      : null;
  } finally {
    await store.close();
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
