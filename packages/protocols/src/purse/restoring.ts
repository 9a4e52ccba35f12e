/**
 * Finding the coins of a lost purse again (P§2D): the paths under the seed are walked, the bank says once more what it
 * signed, and every coin found is exchanged for one of the new device. Nobody is asked whether a coin is spent: the
 * exchange shows it, for each coin alone.
 */
import { decode, encode } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { StoredWrite } from "../index.ts";
import { bankAnswer, type CoinKey, keyIdOf, reissueRequest } from "../money/index.ts";
import { GAP_LIMIT } from "./errands.ts";
import { type Adopted, UNKNOWN_DEVICE } from "./rows.ts";
import { type BlindedCoin, blindCoins, type Path, unblindCoin } from "./secrets.ts";

export interface Question {
  readonly request: Uint8Array;
  readonly asked: readonly BlindedCoin[];
}

/**
 * The values at some places of one path.
 * @returns null where the key is one that nothing can be blinded under.
 * @param from the first place. Of the `refresh` stream ask for one at a time, over a connection of its own: together they
 * would tell the bank which of its refreshes were one person's.
 */
export function questionFor(
  crypto: Crypto,
  seed: Uint8Array,
  key: CoinKey,
  device: number,
  stream: Path["stream"],
  from: number,
  many: number,
): Question | null {
  const keyId = keyIdOf(crypto, key);
  const places = Array.from({ length: many }, (_, i) => ({ path: { device, stream, keyId, place: from + i }, key }));
  const asked = blindCoins(crypto, seed, places);
  if (asked === null) return null;
  return { asked, request: encode(reissueRequest, { bank: key.bank, outputs: asked.map(({ output }) => output) }) };
}

/** @returns for each place the coin, or null where the bank never signed; null altogether where that is no answer. */
export function coinsFound(
  crypto: Crypto,
  { asked }: Question,
  answer: Uint8Array,
): readonly (Adopted | null)[] | null {
  const heard = decode(bankAnswer, answer);
  if (!heard.ok || heard.value.kind !== "reissued" || heard.value.signatures.length !== asked.length) return null;
  const found: (Adopted | null)[] = [];
  for (const [i, signature] of heard.value.signatures.entries()) {
    const blinded = asked[i] as BlindedCoin;
    if (signature === null) {
      found.push(null);
      continue;
    }
    const coin = unblindCoin(crypto, blinded, signature);
    if (coin === null) return null; // the bank signs wrongly, or somebody else answers
    const { path, key } = blinded.place;
    const { denominationMinor: amountMinor, epoch, depositUntilMs } = key;
    found.push({ coin, amountMinor, epoch, depositUntilMs, from: { path } });
  }
  return found;
}

/**
 * The rows of a copy of a wallet, for whoever goes on with the copy. What the wallet did after it was copied, these rows do not know:
 * a place that they call fresh may have been used, a coin that they call free may be spent. So the copy takes a device number of
 * its own, and has its coins exchanged, as a wallet restored from its phrase.
 */
export function rowsOfCopy<R extends Pick<StoredWrite, "table" | "row">>(rows: readonly R[]): readonly R[] {
  return rows.map((each) =>
    each.table === "purse" ? { ...each, row: { ...each.row, device: UNKNOWN_DEVICE } } : each,
  );
}

/** How one path is walked: asks from the first place on until so many in a row were never signed. */
export async function walk(
  crypto: Crypto,
  seed: Uint8Array,
  key: CoinKey,
  device: number,
  stream: Path["stream"],
  ask: (question: Question) => Promise<readonly (Adopted | null)[]>,
): Promise<readonly Adopted[]> {
  const coins: Adopted[] = [];
  const many = stream === "withdraw" ? WITHDRAW_PLACES : 1;
  for (let from = 0, gap = 0; gap < GAP_LIMIT; from += many) {
    const question = questionFor(crypto, seed, key, device, stream, from, many);
    if (question === null) break;
    const found = await ask(question);
    for (const each of found) {
      gap = each === null ? gap + 1 : 0;
      if (each !== null) coins.push(each);
    }
  }
  return coins;
}

/** Values of the `withdraw` stream in one question: the bank knows whose they are anyway. */
const WITHDRAW_PLACES = 32;
