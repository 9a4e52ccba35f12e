/**
 * A small ledger of its own beside the bank's: what accounts, holds, coins and sales must be, given what the bank has committed
 * to by its outcomes (P§2D, P§3C). It knows no code of the bank's, so that the two can disagree; then one of them is wrong.
 */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { recKeyOf } from "@counterfoil/protocols/log";
import type { BankCommand, BankOutcome, KnownCoin, NamedOutput, Settle } from "@counterfoil/protocols/money";

export interface LedgerSale {
  readonly phase: "LOCKED" | "PAID" | "ABORTED";
  readonly slipHash: Hex | null;
  readonly merchant: Hex | null;
  readonly priceMinor: bigint;
}

export interface Ledger {
  readonly balances: ReadonlyMap<Hex, bigint>;
  readonly sales: ReadonlyMap<Hex, LedgerSale>;
  readonly coins: ReadonlyMap<Hex, "SPENT" | "REFRESHED" | "LOCKED" | "FREED">;
  readonly holds: ReadonlyMap<Hex, { readonly account: Hex; readonly priceMinor: bigint; readonly isLocked: boolean }>;
  heldOf(account: Hex): bigint;
  /** All the play money ever granted, and what of it is out as coins. */
  totals(): { readonly issuedMinor: bigint; readonly coinsMinor: bigint };
  /** What the bank has just done. @returns what of it must not be, or null. */
  heed(command: BankCommand, outcome: BankOutcome): string | null;
  /** The bank has given back what was set aside. @returns why it may not, or null. */
  endHold(tid: Hex, now: Instant): string | null;
  /** What the last commands have touched, by table and id; emptied by reading. */
  takeTouched(): readonly string[];
}

interface Locked {
  readonly tid: Hex;
  readonly treeSize: number;
  readonly coins: readonly KnownCoin[];
}

/** The bank has done what must not be. */
class Wrong extends Error {}

export function ledgerOf(crypto: Crypto, granted: readonly (readonly [Hex, bigint])[]): Ledger {
  const balances = new Map<Hex, bigint>(granted);
  const held = new Map<Hex, bigint>();
  const sales = new Map<Hex, LedgerSale>();
  const coins = new Map<Hex, "SPENT" | "REFRESHED" | "LOCKED" | "FREED">();
  const holds = new Map<Hex, { account: Hex; priceMinor: bigint; isLocked: boolean; notAfterMs: Instant }>();
  const locked = new Map<Hex, Locked>();
  const outputs = new Set<Hex>();
  const requests = new Set<Hex>();
  const touched = new Set<string>();
  const issuedMinor = granted.reduce((sum, [, amount]) => sum + amount, 0n);
  let coinsMinor = 0n;
  const must = (holdsTrue: boolean, what: string): void => {
    if (!holdsTrue) throw new Wrong(what);
  };

  const move = (account: Hex, change: bigint): void => {
    balances.set(account, (balances.get(account) ?? 0n) + change);
    touched.add(`account/${account}`);
    must(
      (balances.get(account) ?? 0n) >= (held.get(account) ?? 0n),
      `money: account ${account.slice(0, 8)} pays what it does not have`,
    );
  };
  const release = (tid: Hex): Hex | null => {
    const hold = holds.get(tid);
    if (hold === undefined) return null;
    holds.delete(tid);
    held.set(hold.account, (held.get(hold.account) ?? 0n) - hold.priceMinor);
    touched.add(`hold/${tid}`).add(`account/${hold.account}`);
    return hold.account;
  };
  const put = (tid: Hex, sale: LedgerSale): void => {
    sales.set(tid, sale);
    touched.add(`sale/${tid}`);
  };
  const take = (taken: readonly KnownCoin[], into: "SPENT" | "REFRESHED" | "LOCKED"): bigint => {
    let sum = 0n;
    for (const { coinId, key } of taken) {
      const is = coins.get(coinId);
      must(is === undefined || is === "FREED", `money: coin ${coinId.slice(0, 8)} is used again, and is ${is}`);
      coins.set(coinId, into);
      touched.add(`coin/${coinId}`);
      sum += key.denominationMinor;
    }
    return sum;
  };
  const issue = (made: readonly NamedOutput[]): bigint => {
    const fresh = made.filter(({ id }) => !outputs.has(id));
    for (const { id } of fresh) outputs.add(id);
    return fresh.reduce((sum, { key }) => sum + key.denominationMinor, 0n);
  };

  function paid(command: Settle): void {
    const { slip, slipHash, fundedBy, payer } = command;
    const { tid, merchant, priceMinor } = slip;
    put(tid, { phase: "PAID", slipHash, merchant, priceMinor });
    const account = release(tid);
    if (fundedBy === "coins") {
      must(take(command.coins, "SPENT") === priceMinor, `money: ${tid.slice(0, 8)} is paid by coins of another sum`);
      coinsMinor -= priceMinor;
    } else {
      const from = fundedBy === "hold" ? account : payer;
      must(from !== null, `money: ${tid.slice(0, 8)} is paid by a hold that is not there`);
      move(from as Hex, -priceMinor);
    }
    move(merchant, priceMinor);
  }

  function lock(command: Settle, treeSize: number): void {
    const { slip, slipHash, fundedBy } = command;
    const { tid, merchant, priceMinor, bank } = slip;
    put(tid, { phase: "LOCKED", slipHash, merchant, priceMinor });
    const hold = holds.get(tid);
    if (fundedBy === "hold") {
      must(hold !== undefined, `money: ${tid.slice(0, 8)} is locked by a hold that is not there`);
      if (hold !== undefined) hold.isLocked = true;
      touched.add(`hold/${tid}`);
    } else {
      release(tid);
      must(take(command.coins, "LOCKED") === priceMinor, `money: ${tid.slice(0, 8)} locks coins of another sum`);
    }
    locked.set(recKeyOf(crypto, bank, tid), { tid, treeSize, coins: fundedBy === "coins" ? command.coins : [] });
  }

  function settle(command: Settle, outcome: BankOutcome): void {
    const { tid } = command.slip;
    const sale = sales.get(tid);
    if (outcome.kind === "paid") {
      if (sale === undefined) {
        paid(command);
        return;
      }
      must(sale.phase === "PAID", `consistent: ${tid.slice(0, 8)} is paid, and was ${sale.phase}`);
      must(sale.slipHash === outcome.row.slip_hash, `consistent: ${tid.slice(0, 8)} is paid under two slips`);
    }
    if (outcome.kind === "locked" && sale === undefined) lock(command, outcome.row.tree_size as number);
    if (outcome.kind === "aborted") aborted(tid);
  }

  function aborted(tid: Hex): void {
    const sale = sales.get(tid);
    if (sale !== undefined) {
      must(sale.phase === "ABORTED", `consistent: ${tid.slice(0, 8)} is aborted, and was ${sale.phase}`);
      return;
    }
    release(tid);
    put(tid, { phase: "ABORTED", slipHash: null, merchant: null, priceMinor: 0n });
  }

  /** The first outcome at or after the LOCK's tree size says whose the money is. */
  function followed({ batch }: Extract<BankCommand, { kind: "followed" }>): void {
    for (const { index, entry } of batch.entries) {
      const found = entry.kind === "committed" || entry.kind === "aborted" ? locked.get(entry.recKey) : undefined;
      if (found === undefined || index < found.treeSize) continue;
      const sale = sales.get(found.tid);
      if (sale?.phase !== "LOCKED") continue;
      const isPaid = entry.kind === "committed";
      for (const { coinId } of found.coins) {
        coins.set(coinId, isPaid ? "SPENT" : "FREED");
        touched.add(`coin/${coinId}`);
      }
      const account = release(found.tid);
      put(found.tid, isPaid ? { ...sale, phase: "PAID" } : { ...sale, phase: "ABORTED", merchant: null });
      if (!isPaid) continue;
      if (account === null) coinsMinor -= sale.priceMinor;
      else move(account, -sale.priceMinor);
      move(sale.merchant as Hex, sale.priceMinor);
    }
  }

  function heedOne(command: BankCommand, outcome: BankOutcome): void {
    switch (command.kind) {
      case "settle":
        settle(command, outcome);
        break;
      case "abort":
      case "query":
        if (outcome.kind === "paid") {
          must(sales.get(command.tid)?.phase === "PAID", `consistent: ${command.tid.slice(0, 8)} is said to be paid`);
        }
        if (outcome.kind === "aborted") aborted(command.tid);
        break;
      case "hold": {
        const { tid, account, priceMinor, notAfterMs } = command.hold;
        if (outcome.kind !== "held" || holds.has(tid)) return;
        must(!sales.has(tid), `consistent: money is set aside for ${tid.slice(0, 8)}, which is decided`);
        holds.set(tid, { account, priceMinor, notAfterMs, isLocked: false });
        held.set(account, (held.get(account) ?? 0n) + priceMinor);
        touched.add(`hold/${tid}`);
        move(account, 0n);
        break;
      }
      case "withdraw": {
        if (outcome.kind !== "issued") return;
        const sum = issue(command.outputs);
        coinsMinor += sum;
        move(command.account, -sum);
        break;
      }
      case "refresh": {
        if (outcome.kind !== "issued" || requests.has(command.id)) return;
        requests.add(command.id);
        const given = take(command.inputs, "REFRESHED");
        must(given === issue(command.outputs), "money: coins are exchanged for others of another sum");
        break;
      }
      case "followed":
        followed(command);
        break;
      default: // nothing else is asked here, or it moves no money
    }
  }

  const guarded = (work: () => void): string | null => {
    try {
      work();
      return null;
    } catch (error) {
      if (error instanceof Wrong) return error.message;
      throw error;
    }
  };

  return {
    ...{ balances, sales, coins, holds },
    heldOf: (account) => held.get(account) ?? 0n,
    totals: () => ({ issuedMinor, coinsMinor }),
    heed: (command, outcome) => guarded(() => heedOne(command, outcome)),
    endHold: (tid, now) =>
      guarded(() => {
        const hold = holds.get(tid);
        must(hold === undefined || !hold.isLocked, `money: the locked hold of ${tid.slice(0, 8)} is ended`);
        must(hold === undefined || now > hold.notAfterMs, `money: the hold of ${tid.slice(0, 8)} is ended early`);
        release(tid);
      }),
    takeTouched() {
      const all = [...touched];
      touched.clear();
      return all;
    },
  };
}
