/**
 * The coins of a lost wallet, from its phrase alone (P§2D): walk the paths of each device number, take the first number
 * that has none, and exchange every coin found for one of the new device, each alone and at a time of its own. Killed at
 * any point, it starts again and finds the same.
 */
import { SECOND_MS } from "@counterfoil/base";
import { Unreachable } from "@counterfoil/host/portable";
import { type Adopted, coinsFound, type Question, readKeys, UNKNOWN_DEVICE, walk } from "@counterfoil/protocols/purse";
import { abreast } from "./abreast.ts";
import { type CashDesk, learnKeys } from "./cash.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { newIdentity } from "./transport.ts";

export interface Restored {
  readonly device: number;
  /** Signed once for this phrase; which of them are still unspent, their exchange shows. */
  readonly coins: number;
  readonly minor: bigint;
}

/** One more device number than anybody has restored a wallet, on top of which the search ends in any case. */
const DEVICES_LIMIT = 256;
const QUESTION_TRIES = 5;
/** Most of a question's time is the way to the bank and back; more at once would be too many connections for some banks' doors. */
const PATHS_AT_ONCE = 8;
const STREAMS = ["withdraw", "refresh"] as const;

/** @param onAsked how many questions were put so far, for whoever watches. */
export async function restoreCash(desk: CashDesk, onAsked?: (asked: number) => void): Promise<Restored> {
  const { wallet, bank, ports } = desk;
  const purse = await learnKeys(desk);
  const now = ports.clock();
  const keys = readKeys(ports.crypto, purse.keys).list.keys.filter((key) => now < key.refreshUntilMs);
  let asked = 0;
  const ask = async (question: Question) => {
    const answer = await persistently(desk, question);
    asked += 1;
    onAsked?.(asked);
    return answer;
  };
  const paths = keys.flatMap((key) => STREAMS.map((stream) => ({ key, stream })));
  const all: Adopted[] = [];
  let device = 0;
  for (; device < DEVICES_LIMIT; device++) {
    const walked = await abreast(paths, PATHS_AT_ONCE, ({ key, stream }) =>
      walk(ports.crypto, wallet.seed, key, device, stream, ask),
    );
    const found = walked.flat();
    if (found.length === 0) break;
    all.push(...found);
  }
  if (purse.device === UNKNOWN_DEVICE) await wallet.run({ kind: "device", bank, device });
  for (let i = 0; i < all.length; i += ADOPTED_AT_ONCE) {
    await wallet.run({ kind: "adopt", bank, coins: all.slice(i, i + ADOPTED_AT_ONCE), atOnce: false });
  }
  await wallet.endRestoring();
  return { device, coins: all.length, minor: all.reduce((sum, { amountMinor }) => sum + amountMinor, 0n) };
}

/** Coins written in one commit. */
const ADOPTED_AT_ONCE = 64;

/** Every question over a connection of its own: two over one would tell the bank that one person asks both. */
async function persistently(
  { wallet, url, ports }: CashDesk,
  question: Question,
): Promise<readonly (Adopted | null)[]> {
  let last: unknown = null;
  for (let tries = 0; tries < QUESTION_TRIES; tries++) {
    try {
      const found = coinsFound(ports.crypto, question, await wallet.call(url, newIdentity(), question.request));
      if (found !== null) return found;
    } catch (error) {
      last = error;
      if (error instanceof Unreachable && error.code === "CLOSED") break; // the wallet: nobody waits for the answer
    }
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS * tries));
  }
  throw last ?? new Refusal("not-an-answer", "The bank's answer is not one.", NO_MONEY_MOVED, "Try again.");
}

/** Resolves when every coin that was found has been exchanged, or `patienceMs` is over. @returns how many still wait. */
export async function exchanged(
  { wallet, bank }: CashDesk,
  patienceMs: number,
  onLeft?: (left: number) => void,
): Promise<number> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const left = (await wallet.coins()).filter(([, row]) => row.bank === bank && row.state === "refunding").length;
    onLeft?.(left);
    if (left === 0 || performance.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const LOOK_MS = 250;
