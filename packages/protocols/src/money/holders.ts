/** What account holders ask for themselves: to open, to be granted play money, to see their statement. */
import type { Hex, Instant } from "@counterfoil/base";
import { emptyAccount, postingId, SANDBOX_SOURCE, transfer } from "./accounts.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankTables,
  type BankView,
  refuse,
} from "./rows.ts";

export function open(config: BankConfig, id: Hex, view: BankView): BankDecision {
  const account = view.get("account", id);
  if (account !== undefined) return { writes: [], outcome: { kind: "account", id, account, lines: [] } };
  const fresh = emptyAccount(config.unit);
  return {
    writes: [{ table: "account", id, row: fresh }],
    outcome: { kind: "account", id, account: fresh, lines: [] },
  };
}

export function grant(
  config: BankConfig,
  command: Extract<BankCommand, { kind: "grant" }>,
  view: BankView,
  now: Instant,
): BankDecision {
  const { account: id, amountMinor, nonce } = command;
  if (config.sandbox === null) return refuse(id, null, "not-a-sandbox");
  const place = `${id}/${nonce}`;
  const account = view.get("account", id) ?? emptyAccount(config.unit);
  const earlier = view.get("granted", place);
  if (earlier !== undefined) {
    if (earlier.amount !== amountMinor) return refuse(id, null, "already-decided");
    return { writes: [], outcome: { kind: "account", id, account, lines: [] } };
  }
  const { grantLimitMinor, balanceLimitMinor } = config.sandbox;
  if (amountMinor < 1n || amountMinor > grantLimitMinor || account.balance + amountMinor > balanceLimitMinor) {
    return refuse(id, null, "above-grant-limit");
  }
  const moved = transfer(
    view,
    { transaction: `grant/${nonce}`, kind: "grant", from: SANDBOX_SOURCE, to: id, amountMinor, unit: config.unit },
    now,
  );
  const after = { ...account, balance: account.balance + amountMinor, sequence: account.sequence + 1 };
  return {
    writes: [...moved, { table: "granted", id: place, row: { account: id, amount: amountMinor, time_ms: now } }],
    outcome: { kind: "account", id, account: after, lines: [] },
  };
}

export function statement(
  config: BankConfig,
  command: Extract<BankCommand, { kind: "statement" }>,
  view: BankView,
): BankDecision {
  const account = view.get("account", command.account) ?? emptyAccount(config.unit);
  const lines: BankTables["posting"][] = [];
  const last = Math.min(account.sequence, command.from + command.most - 1);
  for (let sequence = Math.max(1, command.from); sequence <= last; sequence++) {
    const line = view.get("posting", postingId(command.account, sequence));
    if (line !== undefined) lines.push(line);
  }
  return { writes: [], outcome: { kind: "account", id: command.account, account, lines } };
}
