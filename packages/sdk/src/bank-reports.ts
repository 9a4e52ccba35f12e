/** What a bank's own file says for its operator: coins by epoch, movements above a threshold, bonds, who signed two slips. */
import { join } from "node:path";
import type { Hex, Instant } from "@counterfoil/base";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  type BankTables,
  type BondRow,
  bankShapes,
  type CoinKeys,
  type CoinStanding,
  type Movement,
} from "@counterfoil/protocols/money";
import { allRows } from "./rows.ts";

export interface EpochStanding {
  readonly epoch: number;
  readonly issuedMinor: bigint;
  readonly redeemedMinor: bigint;
}

export function epochsOf(standings: readonly CoinStanding[]): readonly EpochStanding[] {
  const epochs = new Map<number, EpochStanding>();
  for (const { epoch, issuedMinor, redeemedMinor } of standings) {
    const sum = epochs.get(epoch) ?? { epoch, issuedMinor: 0n, redeemedMinor: 0n };
    const issued = sum.issuedMinor + issuedMinor;
    epochs.set(epoch, { epoch, issuedMinor: issued, redeemedMinor: sum.redeemedMinor + redeemedMinor });
  }
  return [...epochs.values()];
}

/** The keys of one epoch, one a denomination, which have the same dates. */
export interface KeyEpoch {
  readonly epoch: number;
  readonly keys: number;
  readonly withdrawFromMs: Instant;
  readonly withdrawUntilMs: Instant;
  readonly depositUntilMs: Instant;
  readonly refreshUntilMs: Instant;
}

/** @param list null before a bank's first. */
export function keyEpochs(list: CoinKeys | null): readonly KeyEpoch[] {
  const epochs = new Map<number, KeyEpoch>();
  for (const key of list?.keys ?? []) {
    const { epoch, withdrawFromMs, withdrawUntilMs, depositUntilMs, refreshUntilMs } = key;
    const keys = (epochs.get(epoch)?.keys ?? 0) + 1;
    epochs.set(epoch, { epoch, keys, withdrawFromMs, withdrawUntilMs, depositUntilMs, refreshUntilMs });
  }
  return [...epochs.values()];
}

export interface BankNotes {
  /** Oldest first. */
  readonly movements: readonly Movement[];
  readonly bonds: readonly (readonly [Hex, BondRow])[];
  /** Sales whose merchant has signed two slips under one tid. */
  readonly equivocations: readonly Hex[];
}

/** Also while the bank runs. */
export async function readBankNotes(folder: string): Promise<BankNotes> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  try {
    const movements = (await allRows<Movement>(store, "movement")).map(([, row]) => row);
    const equivocations = await allRows<BankTables["equivocation"]>(store, "equivocation");
    return {
      movements: movements.sort((a, b) => a.time_ms - b.time_ms),
      bonds: await allRows<BondRow>(store, "bond"),
      equivocations: equivocations.map(([tid]) => tid),
    };
  } finally {
    await store.close();
  }
}
