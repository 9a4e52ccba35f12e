/** A wallet that is open in this worker, and the market that it belongs to. */
import type { Hex } from "@counterfoil/base";
import {
  type Holder,
  NO_MONEY_MOVED,
  type OpenWallet,
  Refusal,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk/portable";
import type { WatchedTransport } from "./watching.ts";

export interface Opened {
  readonly wallet: OpenWallet;
  readonly ports: WalletPorts & { readonly transport: WatchedTransport };
  readonly settings: KeptSettings;
  /** What was opened last under this name. @returns null where nothing was. */
  taken(place: string): Blob | null;
}

/** What a wallet keeps beside its rows. */
export interface Settings {
  /** The bank whose customer this wallet is; no other one is ever paid through. */
  readonly bank: Hex;
  readonly unit: string;
  /** Play money that was asked for and not answered yet. */
  readonly asked: { readonly amountMinor: bigint; readonly nonce: Hex } | null;
}

export interface KeptSettings {
  readonly now: Settings;
  /** Resolves when they are on disk. */
  save(settings: Settings): Promise<void>;
}

/** Visits the market that these pages belong to, as a customer of this wallet's bank. */
export async function withMarket<T>(
  { ports, settings }: Pick<Opened, "ports" | "settings">,
  use: (market: Visit) => Promise<T>,
): Promise<T> {
  const market = await visit(ports, HERE, settings.now.bank);
  ports.transport.meet(market);
  try {
    return await use(market);
  } finally {
    market.close();
  }
}

/** The pages' own server is the market. */
export const HERE = self.location.origin;

export function holderOf({ ports, wallet }: Pick<Opened, "ports" | "wallet">, market: Visit): Holder {
  const { crypto, clock } = ports;
  return { crypto, clock, key: wallet.account, bank: market.bank.terms, client: market.bank.client };
}

export function noSuchPurchase(): Refusal {
  const detail = "This wallet has no such purchase.";
  return new Refusal("no-such-purchase", detail, NO_MONEY_MOVED, "The wallet's history lists its purchases.");
}
