/** Account money as tokens: what an account has set aside for one order, by a hold that its owner signed. */
import { assert, done, type Hex } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Write } from "../index.ts";
import { type Account, releaseHold, transfer } from "./accounts.ts";
import { clockOf } from "./log-standing.ts";
import { over } from "./over.ts";
import type { BankTables, BankView } from "./rows.ts";
import type { TokenMoney } from "./token.ts";

/** The hold is found by the contract's tid: nothing more needs to be kept of it. */
const NOTHING_KEPT = new Uint8Array(0);

/** The hold's own row is the token. What it was signed for, only the row knows, so `lock` compares. */
export const holdMoney: TokenMoney<BankTables, null, null, "no-such-hold"> = {
  verify: () => done(null),

  lock(_token, { slip }, view) {
    const { tid } = slip;
    const held = view.get("hold", tid);
    if (held === undefined || !covers(held, slip)) return { kind: "refused", reason: "no-such-hold" };
    const writes = held.locked ? [] : [{ table: "hold", id: tid, row: { ...held, locked: true } } as const];
    return { kind: "done", writes, kept: NOTHING_KEPT };
  },

  settle(_kept, { slip }, view, now) {
    const { tid, merchant: to, priceMinor: amountMinor, unit } = slip;
    const held = lockedHold(tid, view);
    const freed = releasing(tid, held, view);
    const order = { transaction: tid, kind: "sale", from: held.account, to, amountMinor, unit } as const;
    return { kind: "done", writes: [...freed, ...transfer(over(view, freed), order, now)] };
  },

  free(_kept, { slip }, view) {
    return { kind: "done", writes: releasing(slip.tid, lockedHold(slip.tid, view), view) };
  },
};

/** The hold's row goes, and its money is the account's to spend again. */
export function releasing(tid: Hex, held: BankTables["hold"], view: BankView): Write<BankTables>[] {
  const account = view.get("account", held.account) as Account;
  return [
    { table: "hold", id: tid, row: null },
    { table: "account", id: held.account, row: releaseHold(account, held.price) },
  ];
}

/** A hold on a tid that is paid for otherwise, or never will be. */
export function freeUnused(tid: Hex, view: BankView): Write<BankTables>[] {
  const held = view.get("hold", tid);
  return held === undefined ? [] : releasing(tid, held, view);
}

function lockedHold(tid: Hex, view: BankView): BankTables["hold"] {
  const held = view.get("hold", tid);
  assert(held?.locked === true, "a locked contract has its hold");
  return held;
}

function covers(held: BankTables["hold"], slip: Slip): boolean {
  return (
    held.price === slip.priceMinor &&
    held.unit === slip.unit &&
    held.merchant === slip.merchant &&
    held.buyer === slip.buyer &&
    held.po_hash === slip.poHash &&
    held.not_after_ms === slip.notAfterMs &&
    held.log === clockOf(slip)
  );
}
