/** What an open wallet has done: purchases, the account's statement, errands to the bank about coins. */
import { statement } from "@counterfoil/sdk/portable";
import { fileNameOf, pidOf } from "./bought.ts";
import type { History } from "./desk.ts";
import { holderOf, type Opened, withMarket } from "./opened.ts";

export async function historyOf(opened: Opened): Promise<History> {
  const { wallet, settings } = opened;
  const purchases = (await wallet.purchases()).map(({ tid, row, state }) => ({
    tid,
    pid: pidOf(row),
    title: row.title,
    priceMinor: row.price,
    unit: row.unit,
    phase: state?.phase ?? "received",
    fileName: fileNameOf(row.out_path),
    startedMs: row.started_ms,
    delivered: row.delivered,
    fault: row.fault,
  }));
  const errands = (await wallet.errands()).map(([id, { kind, phase, amount, reason, time_ms }]) => {
    return { id, kind, phase: reason === null ? phase : "refused", minor: amount, timeMs: time_ms };
  });
  return {
    unit: settings.now.unit,
    purchases: purchases.toReversed(),
    statement: await statementOf(opened),
    errands: errands.toSorted((a, b) => b.timeMs - a.timeMs).map(({ timeMs: _, ...errand }) => errand),
  };
}

/** What the wallet knows by itself is shown also where its bank does not answer. */
async function statementOf(opened: Opened): Promise<History["statement"]> {
  try {
    const lines = await withMarket(opened, (market) => statement(holderOf(opened, market)));
    return lines.toReversed().map(({ timeMs, credit, amountMinor, kind, balanceMinor }) => {
      return { timeMs, credit, amountMinor, kind, balanceMinor };
    });
  } catch {
    return null;
  }
}
