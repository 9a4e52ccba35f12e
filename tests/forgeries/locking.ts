/** Logged contracts at the bank (P§2D, P§3C, P§7D "Logged mode"): money that waits for a log, and those who would not wait. */
import { type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { BankTables } from "@counterfoil/protocols/money";
import { aborting, holding, type Sale, settling } from "../../packages/protocols/src/money/bank.fixture.ts";
import { byCoins, type MadeCoin, refreshing, withdrawn } from "../../packages/protocols/src/money/coins.fixture.ts";
import {
  type LoggedBench,
  loggedBench,
  loggedSale,
  outcomeOf,
  testLog,
} from "../../packages/protocols/src/money/logged.fixture.ts";
import { never, swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { NOW, ORDER_MS, type World, worldOf } from "./world.ts";

const END = NOW + ORDER_MS;
/** Out of the same keys, so that what is locked is not all that there is. */
const SPARE = [128n, 64n];

interface Locking {
  readonly at: LoggedBench;
  readonly world: World;
  readonly sale: Sale;
  readonly coins: readonly MadeCoin[];
  /** The LOCK as it was asked for. */
  readonly message: Uint8Array;
}

/** 192 in coins, locked. */
function locking(crypto: Crypto): Locking {
  const at = loggedBench(crypto);
  const world = worldOf(crypto, at);
  const coins = withdrawn(at, "a", [128n, 64n]);
  const sale = loggedSale(at, "one", { priceMinor: 192n });
  const message = settling(sale, byCoins(crypto, coins, sale.slipHash));
  if (world.say(message) !== "locked") throw new Error("not locked");
  return { at, world, sale, coins, message };
}

function held(crypto: Crypto) {
  const at = loggedBench(crypto);
  const world = worldOf(crypto, at);
  const sale = loggedSale(at, "one");
  world.say(holding(at, at.payer, sale));
  const message = settling(sale, { kind: "hold" });
  return { at, world, sale, message };
}

const phaseOf = ({ desk }: LoggedBench, { slip }: Sale) => desk.view.get("sale", slip.tid)?.phase ?? "none";
const paidTo = (world: World, { slip }: Sale) => `${world.balance(slip.merchant)} to the merchant`;

function swept<N extends "hold" | "coin" | "sale">({ desk }: LoggedBench, table: N, id: Hex, now: Instant): string {
  const row = desk.view.get(table, id) as BankTables[N];
  const due = desk.authority.due?.[table]?.(id, row as never) ?? null;
  if (due !== null && due.atMs <= now) desk.decide(due.command, now);
  return desk.view.get(table, id) === undefined ? "gone" : "kept";
}

const deposited = (at: LoggedBench, coin: MadeCoin) =>
  refreshing(at, [coin], [], {
    deposit: { account: at.payer.publicKey, amountMinor: coin.key.denominationMinor },
  });

export const LOCKING: readonly Forgery[] = [
  {
    name: "locked coins are exchanged before the log has decided",
    held: "coin-locked",
    broken: "issued",
    without: [never("mint", 'if (lock !== undefined) return refuse(id, null, "coin-locked"', "lock !== undefined")],
    attempt(crypto) {
      const { at, world, coins } = locking(crypto);
      withdrawn(at, "spare", SPARE);
      return world.say(deposited(at, coins[0] as MadeCoin));
    },
  },
  {
    name: "locked coins pay for something else",
    held: "coin-locked, 0 to the merchant",
    broken: "paid, 192 to the merchant",
    without: [never("mint", 'if (locked.length > 0) return { reason: "coin-locked"', "locked.length > 0")],
    attempt(crypto) {
      const { at, world, coins } = locking(crypto);
      withdrawn(at, "spare", SPARE);
      const other = world.sale("two", 192n);
      return `${world.say(world.pays(other, coins))}, ${paidTo(world, other)}`;
    },
  },
  {
    name: "more coins of a key are locked than it ever made",
    held: "key-over-redeemed",
    broken: "locked",
    without: [swap("mint", "row.redeemed + row.locked + minor", "row.redeemed + minor")],
    attempt(crypto) {
      const { at, world } = locking(crypto);
      const stolen = world.stolen("s", 64n);
      const other = loggedSale(at, "two", { priceMinor: 64n });
      return world.say(settling(other, byCoins(crypto, [stolen], other.slipHash)));
    },
  },
  {
    name: "the row of a locked coin goes on its day",
    held: "kept",
    broken: "gone",
    without: [
      never("bankAuthority", 'row.state === "LOCKED" ? null', 'row.state === "LOCKED"'),
      swap("mint", "row !== undefined && !locked && now", "row !== undefined && now"),
    ],
    attempt(crypto) {
      const { at, coins } = locking(crypto);
      return swept(at, "coin", (coins[0] as MadeCoin).coinId, NOW + 1_000 * 24 * HOUR_MS);
    },
  },
  {
    name: "the buyer takes a locked price back by an abort",
    held: "locked",
    broken: "aborted",
    without: [
      swap(
        "settle",
        "  if (stands !== null) return { writes: [], outcome: stands };\n  const untilMs",
        "  const untilMs",
      ),
    ],
    attempt(crypto) {
      const { at, world, sale, message } = held(crypto);
      world.say(message);
      return world.say(aborting(at, sale));
    },
  },
  {
    name: "a locked hold ends at its time",
    held: "kept, 250 held",
    broken: "gone, 0 held",
    without: [
      never("bankAuthority", "(row.locked ? null", "row.locked"),
      swap("settle", "held !== undefined && !held.locked && (timeBy", "held !== undefined && (timeBy"),
      // Its log's clock would keep it as well, until the deadline is past there too.
      swap("settle", "(timeBy(held.log, view, now) ?? 0) > held.not_after_ms", "now > held.not_after_ms"),
    ],
    attempt(crypto) {
      const { at, world, sale, message } = held(crypto);
      world.say(message);
      const fate = swept(at, "hold", sale.slip.tid, END + 1);
      return `${fate}, ${at.desk.view.get("account", at.payer.publicKey)?.held} held`;
    },
  },
  {
    name: "a slip is locked whose time is over on the log, while the bank's clock is late",
    held: "expired",
    broken: "locked",
    without: [never("logged", "if (headMs >= slip.notAfterMs)", "headMs >= slip.notAfterMs")],
    attempt(crypto) {
      const { at, world, message } = held(crypto);
      at.log.enter([], END, NOW);
      return world.say(message, NOW);
    },
  },
  {
    name: "a slip is over by the bank's clock, while the log would still commit it",
    held: "nothing is final: aborted, then aborted",
    broken: "nothing is final: expired, then locked",
    without: [swap("logStanding", "const clockMs = timeBy(clockOf(slip), view, now);", "const clockMs = now;")],
    attempt(crypto) {
      const { at, world, sale } = held(crypto);
      const coins = withdrawn(at, "b", [128n, 64n]);
      const other = loggedSale(at, "two", { priceMinor: 192n, notAfterMs: END });
      const said = world.say(aborting(at, other), END + 1);
      const then = world.say(settling(other, byCoins(crypto, coins, other.slipHash)), END + 1);
      if (phaseOf(at, sale) !== "none") throw new Error("another sale");
      return `nothing is final: ${said}, then ${then}`;
    },
  },
  {
    name: "money is locked for longer than the bank looks after it",
    held: "too-far-ahead",
    broken: "no-such-hold",
    without: [swap("logged", 'slip.notAfterMs - headMs > longestHoldMs ? ("too-far-ahead" as const) : null', "null")],
    attempt(crypto) {
      const { at, world } = held(crypto);
      const far = loggedSale(at, "far", { notAfterMs: NOW + 24 * HOUR_MS + 1 });
      return world.say(settling(far, { kind: "hold" }));
    },
  },
  {
    name: "a deadline is judged by a head of days ago",
    held: "log-behind",
    broken: "no-such-hold",
    without: [never("logged", "headMs + longestHoldMs < now)", "headMs + longestHoldMs < now")],
    attempt(crypto) {
      const { at, world } = held(crypto);
      const sale = loggedSale(at, "late", { notAfterMs: NOW + 24 * HOUR_MS });
      return world.say(settling(sale, { kind: "hold" }), NOW + 48 * HOUR_MS);
    },
  },
  {
    name: "COMMITTED, then ABORTED, from a log that lies",
    held: "PAID, 192 to the merchant, SPENT, log-misbehaved",
    broken: "a bug",
    without: [never("logged", "if (record.outcome_index !== null)", "record.outcome_index !== null")],
    attempt(crypto) {
      const { at, world, sale, coins } = locking(crypto);
      return orBug(() => {
        at.log.enter([outcomeOf(at, "committed", sale), outcomeOf(at, "aborted", sale)], NOW + 1);
        const next = world.say(settling(loggedSale(at, "next"), { kind: "hold" }), NOW + 2);
        return `${phaseOf(at, sale)}, ${paidTo(world, sale)}, ${world.stateOf(coins[0] as MadeCoin)}, ${next}`;
      });
    },
  },
  {
    name: "ABORTED, then COMMITTED, from a log that lies",
    held: "ABORTED, 0 to the merchant, FREED, log-misbehaved",
    broken: "ABORTED, 0 to the merchant, FREED, no-such-hold",
    without: [swap("logStanding", 'return view.get("log_fault", log) === undefined ? null', "return true ? null")],
    attempt(crypto) {
      const { at, world, sale, coins } = locking(crypto);
      at.log.enter([outcomeOf(at, "aborted", sale), outcomeOf(at, "committed", sale)], NOW + 1);
      const next = world.say(settling(loggedSale(at, "next"), { kind: "hold" }), NOW + 2);
      return `${phaseOf(at, sale)}, ${paidTo(world, sale)}, ${world.stateOf(coins[0] as MadeCoin)}, ${next}`;
    },
  },
  {
    name: "another log says how a contract ended",
    held: "LOCKED, 0 to the merchant",
    broken: "PAID, 192 to the merchant",
    without: [swap("logged", "record === undefined || record.log !== log ||", "record === undefined ||")],
    attempt(crypto) {
      const { at, world, sale } = locking(crypto);
      testLog(at, "bc".repeat(32), at.log.descriptor).enter([outcomeOf(at, "committed", sale)], NOW + 1);
      return `${phaseOf(at, sale)}, ${paidTo(world, sale)}`;
    },
  },
  {
    name: "an outcome from before the LOCK decides",
    held: "LOCKED, 0 to the merchant",
    broken: "PAID, 192 to the merchant",
    without: [swap("logged", " || index < record.tree_size", "")],
    attempt(crypto) {
      const { at, world, sale } = locking(crypto);
      // A log that goes back: only a follower that has lost its place would be fed this.
      at.desk.rows.delete(`followed_log/${at.log.id}`);
      testLog(at, at.log.id, at.log.descriptor, { from: 2 }).enter([outcomeOf(at, "committed", sale)], NOW + 1);
      return `${phaseOf(at, sale)}, ${paidTo(world, sale)}`;
    },
  },
  {
    name: "what was freed is locked again by the same slip, after the bank's day and before the log's",
    held: "kept, aborted",
    broken: "gone, already-decided",
    without: [swap("settle", "(row.log === null || (headMsOf(row.log, view) ?? 0) > row.not_after_ms);", "true;")],
    attempt(crypto) {
      const { at, world, sale, message } = locking(crypto);
      at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 1);
      const untilMs = at.desk.view.get("sale", sale.slip.tid)?.not_after_ms ?? 0;
      const fate = swept(at, "sale", sale.slip.tid, untilMs + 1);
      return `${fate}, ${world.say(message, NOW + 2)}`;
    },
  },
  {
    name: "a log that has decided a contract is asked about it again",
    held: "already-decided",
    broken: "locked",
    without: [
      never("logged", 'if (view.get("recorded", recKey) !== undefined)', 'view.get("recorded", recKey) !== undefined'),
    ],
    attempt(crypto) {
      const { at, world, sale, message } = locking(crypto);
      at.log.enter([outcomeOf(at, "aborted", sale)], NOW + 1);
      at.desk.rows.delete(`sale/${sale.slip.tid}`);
      return world.say(message, NOW + 2);
    },
  },
  {
    name: "coins that a silent log has held past their last day",
    held: "issued",
    broken: "coin-expired",
    without: [
      swap(
        "mint",
        'row?.state === "FREED" ? Math.max(refreshUntilMs, row.keep_until_ms) : refreshUntilMs',
        "row === undefined ? refreshUntilMs : refreshUntilMs",
      ),
    ],
    attempt(crypto) {
      const { at, world, sale, coins } = locking(crypto);
      const [one] = coins as [MadeCoin];
      const after = one.key.refreshUntilMs + HOUR_MS;
      at.log.enter([outcomeOf(at, "aborted", sale)], after);
      return world.say(deposited(at, one), after + HOUR_MS);
    },
  },
  {
    name: "a log that the bank does not know holds the money",
    held: "unknown-log",
    broken: "log-behind",
    without: [never("logStanding", "if (!logs.has(log))", "!logs.has(log)")],
    attempt(crypto) {
      const { at, world } = held(crypto);
      return world.say(settling(loggedSale(at, "two", { log: "ab".repeat(32) }), { kind: "hold" }));
    },
  },
  {
    name: "a part of another order is paid for by itself",
    held: "wrong-mode",
    broken: "paid",
    without: [swap("bankAdmit", '"optimistic", "logged"]', '"optimistic", "logged", "part"]')],
    attempt(crypto) {
      const { at, world } = locking(crypto);
      const [coin] = withdrawn(at, "b", [64n]) as [MadeCoin];
      const part = loggedSale(at, "part", { mode: "part", log: null, priceMinor: 64n });
      return world.say(settling(part, byCoins(crypto, [coin], part.slipHash)));
    },
  },
  {
    name: "the leaf of a paid contract is forgotten",
    held: "PAID, a leaf owed",
    broken: "PAID, no leaf owed",
    without: [
      swap(
        "logged",
        '{ table: "sale", id: tid, row: paid }, ...owed.writes]',
        '{ table: "sale", id: tid, row: paid }]',
      ),
    ],
    attempt(crypto) {
      const { at, world, sale } = locking(crypto);
      at.log.enter([outcomeOf(at, "committed", sale)], NOW + 1);
      const owed = world.rows("log_owed").some(([, { kind }]) => kind === "paid");
      return `${phaseOf(at, sale)}, ${owed ? "a" : "no"} leaf owed`;
    },
  },
];

function orBug(attempt: () => string): string {
  try {
    return attempt();
  } catch {
    return "a bug";
  }
}
