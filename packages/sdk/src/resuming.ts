/** Purchases that were begun and are not finished: what a wallet goes on with when it is opened again. */
import { SECOND_MS } from "@counterfoil/base";
import type { PurchaseState } from "@counterfoil/protocols/exchange";
import { type Bought, type DeliverOptions, finish } from "./delivery.ts";
import { Refusal } from "./refusal.ts";
import type { WalletPorts } from "./transport.ts";
import { isOver, type KnownPurchase, type OpenWallet } from "./wallet.ts";

/** Nobody has answered yet, or it is paid and its goods are not in their place. */
export function isUnfinished({ row, state }: KnownPurchase): boolean {
  return state !== null && (!isOver(state) || (state.phase === "paid" && !row.delivered && row.fault === null));
}

/** Long enough for a shop to answer and, failing that, for the bank to be asked to end it. */
export const RESUME_PATIENCE_MS = 60 * SECOND_MS;

/** Waits for what is open, then opens what is paid. */
export async function resumeOne(
  wallet: OpenWallet,
  { tid, row }: KnownPurchase,
  ports: WalletPorts,
  options: DeliverOptions,
): Promise<Bought> {
  const standing = await wallet.settled(tid, 0);
  const state = isNotDue(standing, ports.clock()) ? standing : await wallet.settled(tid, RESUME_PATIENCE_MS);
  return finish({ tid, row, state }, wallet, ports, options);
}

/** A part that nobody is asked for yet. */
function isNotDue(state: PurchaseState, now: number): boolean {
  return state.phase === "scheduled" && (state.main === null || state.wakeMs > now);
}

/**
 * The extended protocol without waiting for the wallet's own timer (S1 §5): settles by itself where the shop has not, asks the
 * shop once more for the key, and the trustees.
 * @throws Refusal where there is nothing to dispute, or nobody to ask.
 */
export async function disputeOne(wallet: OpenWallet, { tid, row, state }: KnownPurchase): Promise<void> {
  if (state === null || state.phase === "paid" || state.phase === "ended") {
    const detail = `"${row.title}" is finished: there is nothing to dispute.`;
    const next = `counterfoil evidence ${tid.slice(0, 12)} --out proof.evidence proves what was sold.`;
    throw new Refusal("nothing-to-dispute", detail, "As it was.", next);
  }
  const { outcome } = await wallet.hosted.submit({ kind: "step", id: tid, input: { kind: "dispute" } });
  if (outcome.result === "ignored" && state.phase === "paying") {
    const detail = `"${row.title}" is bought by NetBill: the bank releases the key, and no trustee has one.`;
    const next = `counterfoil resume ${tid.slice(0, 12)} waits for the bank.`;
    throw new Refusal("no-trustees", detail, "Nothing is known yet; nothing is paid twice.", next);
  }
}
