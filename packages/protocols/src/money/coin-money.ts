/** Coins as tokens (P§2D): free → LOCKED(tid) → SPENT(tid) | free. What of each key is locked is counted with what came back. */
import { assert, type Hex, toHex } from "@counterfoil/base";
import { raw } from "@counterfoil/crypto";
import type { Write } from "../index.ts";
import { transferAll } from "./accounts.ts";
import type { SignedCoin } from "./coin.ts";
import type { CoinReason } from "./messages.ts";
import { type CoinFault, type CountedPart, circulationOf, counting, keepUntil, mark, spendFault } from "./mint.ts";
import { coinFunding } from "./mint-admit.ts";
import type { BankConfig, BankTables, BankView, KnownCoin } from "./rows.ts";
import type { TokenMoney } from "./token.ts";

export type CoinMoney = TokenMoney<BankTables, readonly SignedCoin[], readonly KnownCoin[], CoinReason, CoinFault>;

export function coinMoney(config: BankConfig): CoinMoney {
  return {
    verify: (signed, { slip, slipHash }) => coinFunding(config, signed, slipHash, slip.priceMinor),

    lock(coins, { slip }, view, now) {
      const kept = idsOf(coins);
      if (coins.every(({ coinId }) => isLockedBy(slip.tid, coinId, view))) return { kind: "done", writes: [], kept };
      const fault = spendFault(coins, view, now);
      if (fault !== null) return { kind: "refused", ...fault };
      const marked = coins.map((coin): Write<BankTables> => {
        const keepUntilMs = Math.max(keepUntil(config, coin.key), view.get("coin", coin.coinId)?.keep_until_ms ?? 0);
        return mark(coin, "LOCKED", slip.tid, null, now, keepUntilMs);
      });
      return { kind: "done", writes: [...marked, ...counting(view, { locked: coins })], kept };
    },

    settle(kept, { slip }, view, now) {
      const { tid, merchant, unit, priceMinor } = slip;
      const locked = lockedCoins(kept, tid, view);
      const legs = [
        ...locked.map(({ row, key }) => ({ account: circulationOf(key), changeMinor: -row.amount })),
        { account: merchant, changeMinor: priceMinor },
      ];
      const spent = locked.map(
        ({ id, row }): Write<BankTables> => ({
          table: "coin",
          id,
          row: { ...row, state: "SPENT", merchant, time_ms: now },
        }),
      );
      return {
        kind: "done",
        writes: [
          ...transferAll(view, { transaction: tid, kind: "sale", unit, legs }, now),
          ...spent,
          ...counting(view, { unlocked: locked, redeemed: locked }),
        ],
      };
    },

    free(kept, { slip }, view, now) {
      const locked = lockedCoins(kept, slip.tid, view);
      const freed = locked.map(({ id, row }): Write<BankTables> => {
        // Its owner may have slept through its last day while the log was silent.
        const keepUntilMs = Math.max(row.keep_until_ms, now + config.claimWindowMs);
        return { table: "coin", id, row: { ...row, state: "FREED", time_ms: now, keep_until_ms: keepUntilMs } };
      });
      return { kind: "done", writes: [...freed, ...counting(view, { unlocked: locked })] };
    },
  };
}

interface LockedCoin extends CountedPart {
  readonly id: Hex;
  readonly row: BankTables["coin"];
}

function lockedCoins(kept: Uint8Array, tid: Hex, view: BankView): readonly LockedCoin[] {
  return idsIn(kept).map((id) => {
    const row = view.get("coin", id);
    assert(row?.state === "LOCKED" && row.by === tid, "a locked contract has its coins");
    const count = view.get("coin_count", row.key_id);
    assert(count !== undefined, "a locked coin is counted");
    const { epoch, denomination: denominationMinor, unit } = count;
    return { id, row, keyId: row.key_id, key: { epoch, denominationMinor, unit } };
  });
}

function isLockedBy(tid: Hex, coinId: Hex, view: BankView): boolean {
  const row = view.get("coin", coinId);
  return row?.state === "LOCKED" && row.by === tid;
}

const ID_BYTES = 32;

/** Their names, one after the other: 2 kB of 64 coins. */
function idsOf(coins: readonly KnownCoin[]): Uint8Array {
  const ids = new Uint8Array(coins.length * ID_BYTES);
  for (const [i, { coinId }] of coins.entries()) ids.set(raw(coinId), i * ID_BYTES);
  return ids;
}

/** @param kept by a LOCKED row. */
export function idsIn(kept: Uint8Array): readonly Hex[] {
  return Array.from({ length: kept.length / ID_BYTES }, (_, i) =>
    toHex(kept.subarray(i * ID_BYTES, (i + 1) * ID_BYTES)),
  );
}
