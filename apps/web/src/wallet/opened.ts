/** A wallet that is open in this worker, and the market that it belongs to. */

import type { Hex, Instant } from "@counterfoil/base";
import type { Vault } from "@counterfoil/browser";
import { Unreachable } from "@counterfoil/host/portable";
import type { Lease, Store } from "@counterfoil/protocols";
import {
  type GoodsRoom,
  type Holder,
  NO_MONEY_MOVED,
  type OpenWallet,
  openAccount,
  openWalletAt,
  type PurseTuning,
  Refusal,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk/portable";
import type { Watchers } from "./watching.ts";

export interface Opened {
  readonly vault: Vault;
  readonly wallet: OpenWallet;
  readonly ports: WalletPorts;
  readonly watchers: Watchers;
  readonly settings: KeptSettings;
  /** How far the clock is behind a time at which the wallet has written something: it was ahead then, or is behind now. */
  behindMs(): number;
  /** Aborted when the wallet is being locked: what could go on for long ends then. */
  readonly locking: AbortSignal;
  /** The purchases that are gone on with now. */
  readonly going: Set<Hex>;
  /** What was opened into a place since the wallet is open; null where that is not in memory any more. */
  contentAt(place: string): Blob | null;
}

/** What a wallet keeps beside its rows. */
export interface Settings {
  /** The bank whose customer this wallet is; no other one is ever paid through. */
  readonly bank: Hex;
  readonly unit: string;
  readonly hasAccount: boolean;
  /** Play money that was asked for and not answered yet. */
  readonly asked: { readonly amountMinor: string; readonly nonce: Hex } | null;
}

export interface KeptSettings {
  readonly now: Settings;
  /** Resolves when they are on disk. */
  save(changed: Partial<Settings>): Promise<void>;
}

/** What the worker itself has, with a wallet or without. */
export interface Outside {
  readonly ports: WalletPorts;
  readonly watchers: Watchers;
}

/** The bank of the market that these pages belong to, of which a new wallet becomes a customer. */
export type HomeBank = Pick<Settings, "bank" | "unit">;

export async function homeBank(ports: WalletPorts): Promise<HomeBank> {
  const market = await visit(ports, HERE, null);
  market.close();
  const { bank, unit } = market.bank.terms;
  return { bank, unit };
}

/** @param home for a vault that was made just now; another one remembers its bank. */
export async function openIn(
  vault: Vault,
  outside: Outside,
  tuning: Partial<PurseTuning>,
  home: HomeBank | null,
  locking: AbortSignal,
): Promise<Opened> {
  const { ports, watchers } = outside;
  const settings = await settingsOf(vault, ports, home);
  const contents = keptContents(vault);
  const place = vault.place();
  const watched = timed(place.store);
  const wallet = await openWalletAt({ ...place, store: watched.store, goods: contents.room }, ports, tuning);
  const behindMs = () => Math.max(0, watched.latestMs() - ports.clock());
  return { vault, wallet, ports, watchers, settings, behindMs, locking, going: new Set(), contentAt: contents.at };
}

/** @returns the same store, and the latest time that it knew of when it was taken. */
export function timed(store: Store): { readonly store: Store; latestMs(): Instant } {
  let latestMs = 0;
  async function acquire(): Promise<Lease> {
    const lease = await store.acquire();
    latestMs = lease.highWaterMs;
    return lease;
  }
  return { store: { ...store, acquire }, latestMs: () => latestMs };
}

async function settingsOf(vault: Vault, ports: WalletPorts, home: HomeBank | null): Promise<KeptSettings> {
  let now = vault.settings() as Settings | null;
  async function save(changed: Partial<Settings>): Promise<void> {
    now = { ...(now as Settings), ...changed };
    await vault.saveSettings({ trust: null, ...vault.settings(), ...now });
  }
  // Nothing was saved where the tab was closed between making the vault and this line.
  if (now === null) await save({ ...(home ?? (await homeBank(ports))), hasAccount: false, asked: null });
  return {
    get now() {
      return now as Settings;
    },
    save,
  };
}

/** Goods in memory, for whoever wants them right after they were opened: a browser's wallet keeps opened ones nowhere else. */
const CONTENTS = 4;

function keptContents({ goods }: Vault): { readonly room: GoodsRoom; at(place: string): Blob | null } {
  const contents = new Map<string, Blob>();
  const room: GoodsRoom = {
    ...goods,
    async open(crypto, certificate, opening) {
      const content = await goods.contentOf(crypto, certificate, opening);
      if (!content.ok) return content;
      contents.delete(opening.place);
      contents.set(opening.place, content.value);
      const [oldest] = contents.keys();
      if (contents.size > CONTENTS && oldest !== undefined) contents.delete(oldest);
      return { ok: true, value: null };
    },
  };
  return { room, at: (place) => contents.get(place) ?? null };
}

/** Opening an account again changes nothing. */
export async function withAccount(opened: Opened): Promise<void> {
  if (opened.settings.now.hasAccount) return;
  await withMarket(opened, (market) => openAccount(holderOf(opened, market)));
  await opened.settings.save({ hasAccount: true });
}

/**
 * Visits the market that these pages belong to, as a customer of this wallet's bank.
 * @throws Refusal where it does not answer: nothing has been begun then, and nothing goes on by itself.
 */
export async function withMarket<T>(
  { ports, settings, watchers }: Pick<Opened, "ports" | "settings" | "watchers">,
  use: (market: Visit) => Promise<T>,
): Promise<T> {
  const market = await visit(ports, HERE, settings.now.bank).catch((error: unknown) => {
    throw error instanceof Unreachable ? unreachable(error) : error;
  });
  watchers.meet(market);
  try {
    return await use(market);
  } finally {
    market.close();
  }
}

export function unreachable({ code }: Unreachable): Refusal {
  const detail = `The market does not answer (${code}).`;
  return new Refusal("unreachable", detail, NO_MONEY_MOVED, "Is it running? Trying again is safe.");
}

/** The market that the page belongs to, which makes its worker under that name. */
export const HERE = self.name;

export function holderOf({ ports, wallet }: Pick<Opened, "ports" | "wallet">, market: Visit): Holder {
  const { crypto, clock } = ports;
  return { crypto, clock, key: wallet.account, bank: market.bank.terms, client: market.bank.client };
}

export function noSuchPurchase(): Refusal {
  const detail = "This wallet has no such purchase.";
  return new Refusal("no-such-purchase", detail, NO_MONEY_MOVED, "The wallet's history lists its purchases.");
}
