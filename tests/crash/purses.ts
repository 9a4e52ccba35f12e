/** Purses by the SDK, in the campaign's own process and never killed: made before a trial, and turned into money after it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  type CashDesk,
  cashDesk,
  depositCash,
  grant,
  learnKeys,
  makeFolder,
  newNonce,
  type OpenWallet,
  openAccount,
  openTransport,
  openWallet,
  sendCash,
  type Visit,
  visit,
  withdrawCash,
} from "@counterfoil/sdk";
import { readPurse } from "./ledger.ts";
import type { Market } from "./market.ts";

type Where = Pick<Market, "folder" | "url">;

const GOOD_MS = 10 * MINUTE_MS;
/** What a wallet has that is to be lost. */
const LOST_MINOR = 20n;

async function atPurse<T>(
  crypto: Crypto,
  { folder, url }: Where,
  name: string,
  use: (desk: CashDesk, market: Visit) => Promise<T>,
): Promise<T> {
  const fail = (error: unknown) => console.error(error);
  const ports = { crypto, clock: Date.now, onBug: fail, onFatal: fail, transport: openTransport(null) };
  const market = await visit(ports, url, null);
  const wallet = await openWallet(makeFolder(join(folder, name, "wallet")), ports);
  try {
    return await use(cashDesk(wallet, market, ports), market);
  } finally {
    await wallet.close();
    market.close();
  }
}

/** A wallet as `wallet create` and `sandbox grant` make it. @returns its account. */
export function makeWallet(crypto: Crypto, where: Where, name: string, grantedMinor: bigint): Promise<string> {
  return atPurse(crypto, where, name, async ({ wallet }, market) => {
    await openedAccount(crypto, wallet, market, grantedMinor);
    const { bank, unit } = market.bank.terms;
    writeFileSync(join(where.folder, name, "wallet", "wallet.json"), JSON.stringify({ bank, url: where.url, unit }));
    return wallet.account.publicKey;
  });
}

async function openedAccount(crypto: Crypto, { account: key }: OpenWallet, { bank }: Visit, minor: bigint) {
  const holder = { crypto, key, bank: bank.terms, client: bank.client, clock: Date.now };
  await openAccount(holder);
  if (minor > 0n) await grant(holder, minor, newNonce());
}

/** Coins of exactly these denominations, out of the account. */
export async function fill(crypto: Crypto, market: Market, name: string, plan: readonly bigint[]): Promise<void> {
  await atPurse(crypto, market, name, (desk) => withdrawn(desk, plan));
}

async function withdrawn(desk: CashDesk, plan: readonly bigint[]): Promise<void> {
  await learnKeys(desk);
  if (plan.length === 0) return;
  await finished(desk, { kind: "withdraw", bank: desk.bank, plan, notAfterMs: Date.now() + GOOD_MS });
}

async function finished({ wallet, patienceMs }: CashDesk, command: Parameters<CashDesk["wallet"]["run"]>[0]) {
  const outcome = await wallet.run(command);
  const row = outcome.kind === "errand" ? await wallet.errand(outcome.id, patienceMs) : null;
  if (row?.phase !== "done")
    throw new Error(`a purse could not be made: ${JSON.stringify(row?.reason ?? outcome.kind)}`);
}

/** @returns the token of all coins that make this sum. */
export function handOver(crypto: Crypto, market: Market, name: string, minor: bigint): Promise<string> {
  return atPurse(crypto, market, name, async (desk) => {
    const [handed] = await sendCash(desk, minor, Number.MAX_SAFE_INTEGER);
    return handed?.token as string;
  });
}

/**
 * A wallet with money, with coins of its account, with others that it has exchanged for, and with one that is used up; then
 * it is lost, all but its seed. Both names are its account's.
 */
export function makeLost(
  crypto: Crypto,
  market: Market,
  lost: string,
  found: string,
  plan: readonly bigint[],
): Promise<Uint8Array> {
  return atPurse(crypto, market, lost, async (desk, visited) => {
    await openedAccount(crypto, desk.wallet, visited, LOST_MINOR);
    await withdrawn(desk, plan);
    const { wallet, bank } = desk;
    const coins = [...(await wallet.coins())].sort(([, a], [, b]) => Number(a.amount - b.amount));
    const [least, most] = [coins[0], coins.at(-1)];
    if (least === undefined || most === undefined) throw new Error("a lost wallet has coins");
    const half = most[1].amount / 2n;
    await finished(desk, { kind: "refresh", bank, coinIds: [most[0]], plan: [half, half], deposit: null });
    await depositCash(desk, least[1].amount);
    for (const name of [lost, found]) market.accounts.set(name, wallet.account.publicKey);
    return wallet.seed;
  });
}

/** Turns every coin that the wallet says it may spend into account money. @returns what the bank has against it. */
export async function redeem(crypto: Crypto, market: Market, name: string): Promise<string | null> {
  const { report } = await readPurse(market, name);
  const claimedMinor = report?.standing.available ?? 0n;
  if (claimedMinor === 0n) return null;
  try {
    const row = await atPurse(crypto, market, name, (desk) => depositCash(desk, claimedMinor));
    return row.phase === "done" && row.amount === claimedMinor ? null : `${row.amount} of it: ${row.phase}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Takes money out once more and puts it back. @returns what is wrong with the coins that came. */
export async function takeAndReturn(
  crypto: Crypto,
  market: Market,
  name: string,
  minor: bigint,
): Promise<string | null> {
  await atPurse(crypto, market, name, (desk) => withdrawCash(desk, minor));
  const { report } = await readPurse(market, name);
  if (report?.standing.available !== minor) return `${minor} were withdrawn and ${report?.standing.available} came`;
  return redeem(crypto, market, name);
}
