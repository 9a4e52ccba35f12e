/** A mint that goes on for a season: an epoch a day, and of each day a list in which the ended keys are no more. */
import { encode, HOUR_MS, type Instant } from "@counterfoil/base";
import { type Crypto, H, ZERO_HASH } from "@counterfoil/crypto";
import { coinKeysSchema } from "@counterfoil/protocols/money";
import { keyNamed, NOW, UNIT } from "../../packages/protocols/src/money/bank.fixture.ts";
import { EPOCH_MS, type TestMint, testMint } from "../../packages/protocols/src/money/mint.fixture.ts";

const DENOMINATIONS = [1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n];
const DAYS = 160;

export interface Season {
  readonly mint: TestMint;
  /** The list of that time: keys ahead by one epoch, and those that can still be refreshed. */
  listAt(now: Instant): Uint8Array;
  /** When the next epoch opens. */
  nextDay(now: Instant): Instant;
}

export function seasonOf(crypto: Crypto): Season {
  const bank = keyNamed(crypto, "bank");
  const opens = (epoch: number) => NOW - HOUR_MS + epoch * EPOCH_MS;
  const epochOf = (epoch: number) => ({ epoch, from: opens(epoch), denominations: DENOMINATIONS });
  const mint = testMint(
    crypto,
    bank,
    UNIT,
    Array.from({ length: DAYS + 2 }, (_, epoch) => epochOf(epoch)),
    { keys: [] },
  );
  const lists: { readonly signed: Uint8Array; readonly hash: string }[] = [];
  const listOf = (day: number) => {
    for (let next = lists.length; next <= day; next++) {
      const alive = Array.from({ length: next + 2 }, (_, epoch) => epoch).filter((epoch) => epoch + 5 > next);
      const list = { sequence: next, previous: lists.at(-1)?.hash ?? ZERO_HASH, issuedMs: opens(next) };
      const made = testMint(crypto, bank, UNIT, alive.map(epochOf), list);
      const body = encode(coinKeysSchema, { ...list, bank: bank.publicKey, unit: UNIT, keys: made.keys });
      lists.push({ signed: made.list(), hash: H(crypto, "coin-keys-hash/1", body) });
    }
    return (lists[day] as { readonly signed: Uint8Array }).signed;
  };
  const dayOf = (now: Instant) => Math.floor((now - opens(0)) / EPOCH_MS);
  return { mint, listAt: (now) => listOf(dayOf(now)), nextDay: (now) => opens(dayOf(now) + 1) };
}
