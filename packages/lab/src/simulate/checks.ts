/**
 * What is checked after every step, of what that step has changed: the bank's rows against the ledger, the sum of all money, and
 * the claims of P§7A about each sale that it touches. At the end, with nobody left to wait for, the claims of the exchange itself.
 */
import { decode, type Hex } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import type { Row, Tables, Write } from "@counterfoil/protocols";
import {
  consistent,
  goodsAtomic,
  merchantAnswer,
  type PurchaseState,
  type Quiescent,
  type ShopTables,
  timely,
  validatedReceipt,
  type WalletOutcome,
} from "@counterfoil/protocols/exchange";
import {
  type Account,
  type BankCommand,
  type BankOutcome,
  type BankTables,
  bankAnswer,
  COINS,
  receiptSchema,
} from "@counterfoil/protocols/money";
import { type Ledger, ledgerOf } from "./ledger.ts";
import type { Market, Sale } from "./market.ts";
import type { Batch, Packet } from "./node.ts";

export interface Checks {
  readonly ledger: Ledger;
  /** What was written. @returns what is wrong, `property: in words`, or null. */
  afterBatch(batch: Batch): string | null;
  /** What has become visible. */
  afterSaying(packet: Packet): string | null;
  /** Once nobody has anything left to do. */
  atEnd(): string | null;
  readonly states: ReadonlyMap<Hex, PurchaseState>;
  /** Sessions that have not ended. */
  readonly open: ReadonlySet<Hex>;
}

const OVER: ReadonlySet<PurchaseState["phase"]> = new Set(["paid", "ended", "forfeited"]);

export function checksOf(market: Market): Checks {
  const accounts = [...market.bank.rows].filter(([place]) => place.startsWith("account/"));
  const rows = accounts.map(([place, row]) => [place.slice("account/".length), row as Account] as const);
  const ledger = ledgerOf(
    market.crypto,
    rows.filter(([, row]) => row.kind === "account").map(([id, row]) => [id, row.balance]),
  );
  const states = new Map<Hex, PurchaseState>();
  const open = new Set<Hex>();
  const outcomes = new Map<Hex, string>();
  /** Of every account of every kind: each transaction sums to zero, so this never moves. */
  let sum = rows.reduce((total, [, { balance }]) => total + balance, 0n);

  /** What is out as coins, by the bank's own accounts. */
  let coins = 0n;

  function bankWrote({ decided, writes, now }: Batch): string | null {
    for (const { command, outcome } of decided) {
      const wrong = ledger.heed(command as BankCommand, outcome as BankOutcome);
      if (wrong !== null) return wrong;
    }
    for (const { table, id, row, before } of writes) {
      if (table === "hold" && row === null && ledger.holds.has(id)) {
        const wrong = ledger.endHold(id, now);
        if (wrong !== null) return wrong;
      }
      if (table !== "account") continue;
      if ((row as Account | null)?.kind === COINS) coins += changeOf(row, before);
      sum += changeOf(row, before);
    }
    if (sum !== 0n) return `money: all accounts together have ${sum}`;
    const { coinsMinor } = ledger.totals();
    if (coins !== coinsMinor) return `money: the bank says that ${coins} is out as coins, and ${coinsMinor} is`;
    const places = new Set([...ledger.takeTouched(), ...writes.map(({ table, id }) => `${table}/${id}`)]);
    for (const place of places) {
      const wrong = compared(place) ?? unkept(place);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  /** One row of the bank's and what the ledger says of it. */
  function compared(place: string): string | null {
    const at = place.indexOf("/");
    const [table, id] = [place.slice(0, at), place.slice(at + 1)];
    const row = market.bank.rows.get(place);
    const differs = (bank: unknown, own: unknown) =>
      bank === own ? null : `money: ${table} ${id.slice(0, 8)} is ${bank}, and must be ${own}`;
    switch (table) {
      case "account": {
        const account = row as Account | undefined;
        if (account !== undefined && account.kind !== "account") return null;
        return (
          differs(account?.balance ?? 0n, ledger.balances.get(id) ?? 0n) ??
          differs(account?.held ?? 0n, ledger.heldOf(id))
        );
      }
      case "sale": {
        const own = ledger.sales.get(id);
        const sale = row as BankTables["sale"] | undefined;
        if (sale === undefined) return own?.phase === "ABORTED" ? null : differs("gone", own?.phase);
        return (
          differs(sale.phase, own?.phase) ?? differs(sale.slip_hash, own?.phase === "ABORTED" ? null : own?.slipHash)
        );
      }
      case "hold":
        return differs((row as BankTables["hold"] | undefined)?.price, ledger.holds.get(id)?.priceMinor);
      case "coin":
        return differs((row as BankTables["coin"] | undefined)?.state, ledger.coins.get(id));
      default:
        return null;
    }
  }

  /** A sale that is decided against what somebody has been told for good. */
  function unkept(place: string): string | null {
    if (!place.startsWith("sale/")) return null;
    const tid = place.slice("sale/".length);
    if (ledger.sales.get(tid)?.phase !== "PAID") return null;
    const name = tid.slice(0, 8);
    if (states.get(tid)?.phase === "ended")
      return `consistent: ${name} is paid, and its customer was told that it never is`;
    const sold = market.sales.get(tid)?.shop.node.rows.get(place);
    return sold?.phase === "lost" ? `consistent: ${name} is paid, and its shop was told that it never is` : null;
  }

  function walletWrote({ decided }: Batch): string | null {
    for (const { outcome } of decided) {
      const { result, state } = outcome as WalletOutcome;
      if (result !== "stepped" || state === null) continue;
      const { tid } = state.purchase;
      const before = states.get(tid);
      states.set(tid, state);
      if (OVER.has(state.phase)) open.delete(tid);
      else open.add(tid);
      const wrong = (before === undefined ? unvalidated(state) : null) ?? faultOf(tid, state);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  /** What leaves as a payment has been checked: the offer holds what the certificate says. */
  function unvalidated({ purchase }: PurchaseState): string | null {
    const wrong = validatedReceipt.refute({ crypto: market.crypto, purchase });
    return wrong && `validated: ${wrong}`;
  }

  function faultOf(tid: Hex, state: PurchaseState): string | null {
    const phase = ledger.sales.get(tid)?.phase;
    const name = tid.slice(0, 8);
    if (state.phase === "ended" && phase === "PAID")
      return `consistent: ${name} is paid, and its customer believes that it never is`;
    if (state.phase !== "paid") return null;
    if (phase !== "PAID") return `goods: ${name} is not paid, and its customer has the goods`;
    if (state.secret !== market.sales.get(tid)?.secret)
      return `goods: ${name} is paid, and what its customer has does not open the goods`;
    return null;
  }

  function shopWrote({ writes }: Batch): string | null {
    for (const { table, id, row } of writes) {
      if (table !== "sale" || row === null) continue;
      const { phase } = row as ShopTables["sale"];
      const decided = ledger.sales.get(id)?.phase;
      if (phase === "sold" && decided !== "PAID")
        return `consistent: the shop calls ${id.slice(0, 8)} sold, and it is ${decided}`;
      if (phase === "lost" && decided === "PAID")
        return `consistent: the shop calls ${id.slice(0, 8)} lost, and it is paid`;
    }
    return null;
  }

  /** The first outcome of a contract is its only one. */
  function logWrote(writes: readonly Write<Tables>[]): string | null {
    for (const { table, id, row } of writes) {
      if (table !== "log_record" || row === null || row.outcome === null) continue;
      const first = outcomes.get(id) ?? (row.outcome as string);
      outcomes.set(id, first);
      if (first !== row.outcome) return `consistent: the log has ${row.outcome} after ${first} of ${id.slice(0, 8)}`;
    }
    return null;
  }

  /** A receipt is out, and no row says that it is paid. */
  function unwritten(bytes: Uint8Array): string | null {
    const said = decode(bankAnswer, bytes);
    const receipt = said.ok && said.value.kind === "paid" ? read(receiptSchema, said.value.receipt) : null;
    if (!receipt?.ok) return null;
    const { tid } = receipt.value.value;
    if (ledger.sales.get(tid)?.phase === "PAID") return null;
    return `consistent: the bank gives a receipt for ${tid.slice(0, 8)}, which it has not written down as paid`;
  }

  /** v is out before anybody has paid: the goods go to whoever kept the offer. */
  function afterSaying({ from, bytes, re }: Packet): string | null {
    if (re === null) return null;
    if (from === "bank") return unwritten(bytes);
    if (!from.startsWith("shop")) return null;
    const said = decode(merchantAnswer, bytes);
    if (!said.ok || (said.value.kind !== "settled" && said.value.kind !== "released")) return null;
    const sale = market.sales.get(market.openings.get(said.value.opening) ?? "");
    if (sale === undefined) return null;
    const isPaid = ledger.sales.get(sale.tid)?.phase === "PAID" || outcomes.get(sale.recKey) === "committed";
    return isPaid
      ? null
      : `goods: ${sale.shop.node.name} gives the key of ${sale.tid.slice(0, 8)} away, which nobody has paid`;
  }

  return {
    ...{ ledger, states, open, afterSaying },
    afterBatch(batch) {
      switch (batch.node.kind) {
        case "bank":
          return bankWrote(batch);
        case "wallet":
          return walletWrote(batch);
        case "shop":
          return shopWrote(batch);
        case "log":
          return logWrote(batch.writes);
        case "trustee":
          return null;
      }
    },
    atEnd() {
      for (const sale of market.sales.values()) {
        const wrong = endOf(market, sale, states.get(sale.tid));
        if (wrong !== null) return wrong;
      }
      return null;
    },
  };
}

function changeOf(after: Row | null, before: Row | undefined): bigint {
  return ((after as Account | null)?.balance ?? 0n) - ((before as Account | undefined)?.balance ?? 0n);
}

function endOf({ bank }: Market, sale: Sale, customer: PurchaseState | undefined): string | null {
  const { tid, shop, secret } = sale;
  const quiet: Quiescent = {
    ...{ tid, customer },
    bank: bank.rows.get(`sale/${tid}`) as Quiescent["bank"],
    merchant: shop.node.rows.get(`sale/${tid}`) as Quiescent["merchant"],
    goodsDelivered: customer?.phase === "paid" && customer.secret === secret,
  };
  const late = timely.refute(quiet);
  if (late !== null) return `timely: ${late}`;
  const apart = consistent.refute(quiet);
  if (apart !== null) return `consistent: ${apart}`;
  const undone = sale.isForfeit ? null : goodsAtomic.refute(quiet);
  return undone && `goods: ${undone}`;
}
