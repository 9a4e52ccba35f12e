/** Parties with one thing wrong in each, which the simulator must find: a check that never fails checks nothing. */
import type { Write } from "@counterfoil/protocols";
import type { ShopCommand, ShopDecision, ShopView } from "@counterfoil/protocols/exchange";
import type { Account, BankCommand, BankDecision, BankTables, BankView } from "@counterfoil/protocols/money";
import { KINDS, type Kind } from "./market.ts";
import type { AnyAuthority, Node } from "./node.ts";
import type { Rates } from "./rates.ts";

export interface PlantedFault {
  readonly id: string;
  readonly who: Node["kind"];
  readonly what: string;
  /** The exchanges in which it shows. */
  readonly kinds: readonly Kind[];
  /** What it takes to show itself soon. */
  readonly rates?: Partial<Rates>;
  /** Its decisions, changed. */
  readonly wrap?: (authority: AnyAuthority) => AnyAuthority;
  /** It speaks before it writes. */
  readonly sendsFirst?: true;
  /** It forgets which instant it has committed to. */
  readonly forgetsTime?: true;
}

const byCoins = KINDS.filter(({ pays }) => pays === "coins");
const byHold = KINDS.filter(({ pays }) => pays === "hold");
const byDebit = KINDS.filter(({ pays }) => pays === "debit");

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    ...{ id: "forgets-spent", who: "bank", kinds: byCoins },
    what: "the bank forgets which coins are spent",
    wrap: bankThat((_command, decision) => ({
      ...decision,
      writes: decision.writes.filter(({ table }) => table !== "coin"),
    })),
  },
  {
    ...{ id: "pays-without-funds", who: "bank", kinds: byDebit },
    what: "the bank pays the shop where the customer's account is empty",
    wrap: bankThat(payAnyway),
  },
  {
    ...{ id: "keeps-hold", who: "bank", kinds: byHold },
    what: "the bank gives the money of an aborted sale back, and keeps its hold",
    wrap: bankThat((command, decision) =>
      command.kind === "abort"
        ? { ...decision, writes: decision.writes.filter(({ table }) => table !== "hold") }
        : decision,
    ),
  },
  {
    ...{ id: "revives-aborted", who: "bank", kinds: [...byDebit, ...byHold] },
    what: "the bank does not write down that a sale was aborted",
    wrap: bankThat((command, decision) =>
      command.kind === "abort"
        ? { ...decision, writes: decision.writes.filter(({ table }) => table !== "sale") }
        : decision,
    ),
  },
  {
    ...{ id: "bank-speaks-first", who: "bank", kinds: KINDS },
    what: "the bank answers before it has written",
    sendsFirst: true,
  },
  {
    ...{ id: "bank-forgets-time", who: "bank", kinds: [...byDebit, ...byHold] },
    what: "the bank's time steps back behind what it has refused for being late",
    rates: { clock: 0.3, duplicate: 0.5, lie: 0.1 },
    forgetsTime: true,
  },
  {
    ...{ id: "releases-unpaid", who: "shop", kinds: KINDS },
    what: "the shop gives the key away before anybody has paid",
    wrap: shopThat((command, decision) =>
      command.kind === "pay" && decision.outcome.kind === "pending"
        ? { ...decision, outcome: { kind: "released", tid: command.payment.slip.tid } }
        : decision,
    ),
  },
  {
    ...{ id: "sells-refused", who: "shop", kinds: [...byDebit, ...byCoins] },
    what: "the shop calls a sale sold whose money the bank refused",
    wrap: shopThat((command, decision) => {
      if (command.kind !== "refused") return decision;
      const writes = decision.writes.map((write) =>
        write.table === "sale" && write.row !== null ? { ...write, row: { ...write.row, phase: "sold" } } : write,
      );
      return { ...decision, writes };
    }),
  },
];

function bankThat(
  change: (command: BankCommand, decision: BankDecision, view: BankView, now: number) => BankDecision,
): (authority: AnyAuthority) => AnyAuthority {
  return changing(change as unknown as Change);
}

function shopThat(
  change: (command: ShopCommand, decision: ShopDecision, view: ShopView, now: number) => ShopDecision,
): (authority: AnyAuthority) => AnyAuthority {
  return changing(change as unknown as Change);
}

type Decide = AnyAuthority["decide"];
type Change = (
  command: unknown,
  decision: ReturnType<Decide>,
  view: Parameters<Decide>[1],
  now: number,
) => ReturnType<Decide>;

function changing(change: Change): (authority: AnyAuthority) => AnyAuthority {
  return (authority) => ({
    ...authority,
    decide: (command, view, now) => change(command, authority.decide(command, view, now), view, now),
  });
}

/** The shop's account grows, and nobody's shrinks. */
function payAnyway(command: BankCommand, decision: BankDecision, view: BankView, now: number): BankDecision {
  const { outcome } = decision;
  if (command.kind !== "settle" || outcome.kind !== "aborted" || decision.writes.length === 0) return decision;
  const { slip, slipHash, fundingHash, evidence, opening } = command;
  const aborted = decision.writes.find(({ table }) => table === "sale")?.row as BankTables["sale"];
  const row: BankTables["sale"] = {
    ...aborted,
    ...{ phase: "PAID", slip_hash: slipHash, merchant: slip.merchant, account: command.payer, price: slip.priceMinor },
    ...{ refunded: 0n, unit: slip.unit, funding_hash: fundingHash, time_ms: now, opening, cause: null, ...evidence },
  };
  const account = view.get("account", slip.merchant);
  const paid: Write<BankTables>[] = [{ table: "sale", id: slip.tid, row }];
  if (account !== undefined) {
    const richer: Account = { ...account, balance: account.balance + slip.priceMinor };
    paid.push({ table: "account", id: slip.merchant, row: richer });
  }
  return { writes: paid, outcome: { kind: "paid", tid: slip.tid, row } };
}
