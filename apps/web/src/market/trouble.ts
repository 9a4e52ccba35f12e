/** What went wrong, as a page says it: the cause, what happened to the money, and what to do. */
import { WalletTrouble } from "../wallet/client.ts";
import type { Trouble } from "../wallet/desk.ts";

export const NO_MONEY = "No money has moved.";

/** Where the page has lost its wallet after asking it for something. */
export const MONEY_KNOWN_BY_WALLET = "Not known to this page; the wallet knows, and its history says so.";

/** @param money what is known of it wherever this can be thrown. */
export function troubleOf(error: unknown, money: string = NO_MONEY): Trouble {
  if (error instanceof WalletTrouble) return error.trouble;
  const detail = error instanceof Error ? error.message : String(error);
  const next = "Reload the page; what the wallet has begun goes on by itself.";
  return { reason: "page-fault", detail, money, next, isOpen: money === MONEY_KNOWN_BY_WALLET };
}
