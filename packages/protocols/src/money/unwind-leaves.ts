/** Paid contracts against the leaves that logs have of them (P§2D *Record*): each has one, and none is of nothing. */
import type { Hex } from "@counterfoil/base";
import { open, read } from "@counterfoil/crypto";
import { contentHashOf, leafSchema, postedSchema, recKeyOf } from "../log/index.ts";
import { owedId } from "./owing.ts";
import type { SaleRow } from "./rows.ts";
import type { FoundLeaves, Ledger, UnwindFault, UnwindTerms } from "./unwind-terms.ts";

export function leafFaults(
  terms: UnwindTerms,
  ledger: Ledger,
  found: ReadonlyMap<Hex, FoundLeaves>,
): { readonly leaves: number; readonly faults: readonly UnwindFault[] } {
  const { crypto, bank, now } = terms;
  const rows = paidRows(terms, ledger.sales);
  const underWay = postedLately(ledger);
  const faults: UnwindFault[] = [];
  let count = 0;
  for (const [log, { leaves, retentionMs }] of found) {
    const seen = new Set<Hex>();
    for (const bytes of leaves) {
      const leaf = open(crypto, leafSchema, bytes, () => bank);
      if (!leaf.ok || leaf.value.value.log !== log) continue; // another bank's
      count += 1;
      const { recKey, contentHash, timeMs } = leaf.value.value;
      seen.add(recKey);
      const row = rows.get(recKey);
      if (row === undefined) {
        faults.push({
          kind: "leaf-without-row",
          about: recKey,
          says: `the log ${log} has a leaf, and no sale is paid`,
        });
      } else if (row.log !== log || contentHash !== contentHashOf(crypto, "paid", bank, row.slip_hash as Hex)) {
        faults.push({ kind: "wrong-leaf", about: recKey, says: `the leaf in ${log} is of another slip` });
      } else if (timeMs !== row.time_ms) {
        faults.push({ kind: "wrong-leaf", about: recKey, says: `the leaf says ${timeMs}, the sale ${row.time_ms}` });
      }
    }
    for (const [recKey, row] of rows) {
      const due = row.log === log && now <= row.time_ms + retentionMs;
      if (!due || seen.has(recKey) || underWay.has(owedId(log, "paid", recKey))) continue;
      faults.push({
        kind: "row-without-leaf",
        about: recKey,
        says: `a sale is paid, and the log ${log} has no leaf of it`,
      });
    }
  }
  return { leaves: count, faults };
}

/** By recKey: paid sales that name a log. */
function paidRows({ crypto, bank }: UnwindTerms, sales: Ledger["sales"]): ReadonlyMap<Hex, SaleRow> {
  const rows = new Map<Hex, SaleRow>();
  for (const [tid, row] of sales) {
    if (row.phase === "PAID" && row.log !== null) rows.set(recKeyOf(crypto, bank, tid), row);
  }
  return rows;
}

/** Leaves that the bank still owes, and those that a log has signed for and may not have shown yet. */
function postedLately({ owed, accepted }: Ledger): ReadonlySet<string> {
  const ids = new Set([...owed].map(([id]) => id));
  for (const [, { log, answer }] of accepted) {
    const posted = read(postedSchema, answer);
    if (!posted.ok) continue;
    for (const { recKey } of posted.value.value.postings) ids.add(owedId(log, "paid", recKey));
  }
  return ids;
}
