/** What the bank does with an honest customer's money or order only on that customer's own word. */
import type { Hex } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { type BankTables, holdSchema } from "@counterfoil/protocols/money";
import type { Market, Session } from "./market.ts";
import type { CustomerState, Rows } from "./players.ts";

type SaleRow = BankTables["sale"];

/** @returns what the bank has done without its word, or null. */
export function withoutWord(
  { sessions }: Market,
  { tid, coins, payer, contract }: Session,
  { phase }: CustomerState,
  rows: Rows,
): string | null {
  const sale = rows.get(`sale/${tid}`) as SaleRow | undefined;
  if (sale?.phase === "ABORTED" && sale.cause === "buyer" && NOT_GIVEN_UP.has(phase))
    return "consistent: given up without the customer's word";
  if (sale?.phase === "PAID" && sale.price !== contract.order.priceMinor)
    return `money: ${sale.price} paid for what was ordered at ${contract.order.priceMinor}`;
  const own = new Set<string>(sessions.map((session) => session.tid));
  const isStolen = coins.some(({ coinId }) => {
    const coin = rows.get(`coin/${coinId}`);
    return coin?.state === "SPENT" && !own.has(coin.by as string);
  });
  if (isStolen) return "money: a coin has paid for what its owner has not ordered";
  for (const [place, row] of rows) {
    const isPaidBy = place.startsWith("sale/") && row.phase === "PAID" && row.account === payer.publicKey;
    if (isPaidBy && !own.has(place.slice("sale/".length))) return "money: an account has paid for what was not ordered";
  }
  return null;
}

const NOT_GIVEN_UP: ReadonlySet<string> = new Set(["ordering", "paying", "settling", "claiming"]);

/** Whoever set money aside has signed how much. */
export function aboveHold(sale: Pick<SaleRow, "price" | "hold_statement">): string | null {
  if (sale.hold_statement === null) return null;
  const hold = read(holdSchema, sale.hold_statement);
  const heldMinor: bigint | null = hold.ok ? hold.value.value.priceMinor : null;
  return heldMinor === sale.price ? null : `money: a hold of ${heldMinor} has paid ${sale.price}`;
}

/** A piece that nobody has, and nobody is about to pay for, is on the shelf. */
export function missingPiece(rows: Rows, pid: Hex, stock: number): string | null {
  const left = rows.get(`item/${pid}`)?.stock as number;
  const gone = [...rows].filter(([place, { phase }]) => {
    return place.startsWith("sale/") && (phase === "sold" || phase === "endorsed");
  });
  return left + gone.length < stock ? `consistent: ${stock - left - gone.length} of ${stock} pieces is gone` : null;
}
