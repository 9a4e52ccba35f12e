/** The writes of one decision of a purse, as they grow: what was put is read back, and the sums follow the coins. */
import { DAY_MS, type Hex, type Instant } from "@counterfoil/base";
import type { Write } from "../index.ts";
import type { CoinRow, CoinState, PurseRow, PurseTables, PurseView } from "./rows.ts";

/** What became of a coin is remembered until no bank honours its key any more, and is then deleted. */
const KEPT_MS = 400 * DAY_MS;

/** Nothing more becomes of it. */
export function isOver(state: string): boolean {
  return state === "exchanged" || state === "spent" || state === "lost";
}

export interface Draft {
  get<N extends keyof PurseTables & string>(table: N, id: string): Readonly<PurseTables[N]> | undefined;
  put<N extends keyof PurseTables & string>(table: N, id: string, row: PurseTables[N] | null): void;
  /** Puts a coin into another state; nothing where there is no such coin. */
  move(coinId: Hex, state: CoinState, about: string | null, wakeMs: Instant | null, now: Instant): void;
  changePurse(bank: Hex, change: Partial<PurseRow>): void;
  writes(): readonly Write<PurseTables>[];
}

export function draftOf(view: PurseView): Draft {
  const rows = new Map<string, Write<PurseTables>>();
  const draft: Draft = {
    get(table, id) {
      const write = rows.get(`${table}/${id}`);
      if (write === undefined) return view.get(table, id);
      return (write.row ?? undefined) as Readonly<PurseTables[typeof table]> | undefined;
    },
    put(table, id, row) {
      if (table === "coin") tally(draft, draft.get("coin", id), row as CoinRow | null);
      rows.set(`${table}/${id}`, { table, id, row } as Write<PurseTables>);
    },
    move(coinId, state, about, wakeMs, now) {
      const row = draft.get("coin", coinId);
      if (row === undefined) return;
      const wake_ms = isOver(state) ? row.deposit_until_ms + KEPT_MS : wakeMs;
      draft.put("coin", coinId, { ...row, state, about, wake_ms, time_ms: now });
    },
    changePurse(bank, change) {
      const row = draft.get("purse", bank);
      if (row !== undefined) rows.set(`purse/${bank}`, { table: "purse", id: bank, row: { ...row, ...change } });
    },
    writes: () => [...rows.values()],
  };
  return draft;
}

function tally(draft: Draft, before: Readonly<CoinRow> | undefined, after: CoinRow | null): void {
  const bank = (after ?? before)?.bank;
  const change = worth(after) - worth(before ?? null);
  if (bank === undefined || change === 0n) return;
  const available = (draft.get("purse", bank)?.available ?? 0n) + change;
  draft.changePurse(bank, { available });
}

function worth(row: Readonly<CoinRow> | null): bigint {
  return row?.state === "available" ? row.amount : 0n;
}
