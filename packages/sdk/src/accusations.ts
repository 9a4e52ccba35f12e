/** Accusations out of a party's own rows: what came to light against a merchant, bank or trustee, as bytes that convict by themselves. */
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import {
  type Accusation,
  accusationSchema,
  bankContradiction,
  paymentMessage,
  type ShopSale,
  statementsIn,
  type WalletTables,
  walletShapes,
} from "@counterfoil/protocols/exchange";
import { type BankTables, bankShapes } from "@counterfoil/protocols/money";
import { allRows } from "./rows.ts";

export interface KnownAccusation {
  readonly tid: Hex;
  readonly against: string;
  readonly accusation: Accusation;
}

/** What a wallet has kept, also while another process uses it. */
export async function readAccusations(folder: string): Promise<readonly KnownAccusation[]> {
  const store = openSqliteReadOnly(join(folder, "wallet.db"), walletShapes);
  try {
    return (await allRows<WalletTables["accusation"]>(store, "accusation")).map(([, { tid, against, accusation }]) => {
      const known = decode(accusationSchema, accusation);
      if (!known.ok) throw new Error("an accusation row does not decode");
      return { tid, against, accusation: known.value };
    });
  } finally {
    await store.close();
  }
}

/** The bank's against a merchant: the slip that is paid, and another that it was shown under the same tid. */
export async function readEquivocations(folder: string): Promise<readonly KnownAccusation[]> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  try {
    const rows = await allRows<BankTables["equivocation"]>(store, "equivocation");
    const found = await store.read(rows.map(([tid]) => ({ table: "sale", id: tid })));
    return rows.flatMap(([tid, { slip: second }], at): KnownAccusation[] => {
      const first = (found[at]?.row as BankTables["sale"] | undefined)?.slip ?? null;
      return first === null ? [] : [{ tid, against: "merchant", accusation: { kind: "two-slips", first, second } }];
    });
  } finally {
    await store.close();
  }
}

/** A shop's against its bank: a receipt, and a final no about the same slip. */
export function accusationOfSale(crypto: Crypto, tid: Hex, sale: ShopSale): KnownAccusation | null {
  const message = decode(paymentMessage, sale.purchase);
  if (!message.ok || sale.receipt === null || sale.bank_answer === null) return null;
  const statements = [{ kind: "receipt", signed: sale.receipt } as const, ...statementsIn(sale.bank_answer)];
  const accusation = bankContradiction(crypto, tid, message.value.slip, statements);
  return accusation && { tid, against: "bank", accusation };
}
