/**
 * The logged exchange in every order (P§3C, P§7A): locking, committing, declining, aborting and silence, the very machine,
 * shop, bank and log, over a network that loses, delays and repeats, with clocks that agree on nothing. Every state that can be
 * reached is looked at, and from each of them the customer comes to an end by itself.
 */
import { HOUR_MS } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { audit } from "../log/index.ts";
import { sourceOf } from "../log/log.fixture.ts";
import type { BankTables } from "../money/index.ts";
import { wordOf } from "./logged-over.fixture.ts";
import { BANKS, type Follower, LOGS, SAID, SHOPS, STATES } from "./logged-players.fixture.ts";
import { loggedSale, type Pays, type Terms } from "./logged-sale.fixture.ts";
import {
  ABORTED,
  endOf,
  OPENING,
  PAID,
  type Rules,
  type Setting,
  saidIn,
  searchSale,
  settingOf,
  type World,
} from "./logged-world.fixture.ts";
import type { Committing } from "./merchant-rows.ts";
import { PRICE } from "./parties.fixture.ts";

const crypto = await portableCrypto();

interface Explored {
  readonly worlds: number;
  readonly fault: string | null;
  /** Where it is over for the customer: its phase, the bank's row, the log's outcome, and whether v is out. */
  readonly outcomes: readonly string[];
  /** The bank's rows, wherever the customer is. */
  readonly rows: readonly string[];
  readonly coins: readonly string[];
  /** By what the customer comes to its end from somewhere, alone. */
  readonly releases: readonly string[];
}

/** @param look at each world, besides. */
function explore(at: Setting, look: (world: World) => string | null = () => null): Explored {
  const [outcomes, rows, coins, releases] = [
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ];
  const ends = new Map<string, string | null>();
  const endFault = (world: World) => {
    const key = `${world.customer} ${world.bank} ${world.log} ${world.clocks[2]} ${isLying(at) ? world.shop : ""}`;
    if (!ends.has(key)) ends.set(key, faultOfEnd(at, world, releases));
    return ends.get(key) as string | null;
  };
  const { worlds, fault } = searchSale(at, (world) => {
    const { phase } = STATES.at(world.customer);
    const row = saleIn(at, world);
    const is = row === undefined ? "none" : `${row.phase}${row.cause === null ? "" : ` by ${row.cause}`}`;
    rows.add(is);
    for (const { coinId } of at.sale.coins) coins.add(`${BANKS.at(world.bank).get(`coin/${coinId}`)?.state ?? "free"}`);
    if (phase === "paid" || phase === "ended") {
      outcomes.add(`${phase}, ${is}, ${decided(at, world) ?? "open"}${(world.words & OPENING) > 0 ? ", v" : ""}`);
    }
    return look(world) ?? moneyFault(at, world) ?? faultIn(at, world) ?? endFault(world);
  });
  const sorted = (set: ReadonlySet<string>) => [...set].sort();
  return {
    ...{ worlds, fault, outcomes: sorted(outcomes), rows: sorted(rows) },
    ...{ coins: sorted(coins), releases: sorted(releases) },
  };
}

const isLying = ({ rules }: Setting) => rules.isForgetful === true || rules.abortsFirst === true;

function saleIn({ sale }: Setting, { bank }: Pick<World, "bank">): BankTables["sale"] | undefined {
  return BANKS.at(bank).get(`sale/${sale.contract.slip.tid}`) as BankTables["sale"] | undefined;
}

function recordIn({ sale }: Setting, { bank }: Pick<World, "bank">): BankTables["recorded"] | undefined {
  return BANKS.at(bank).get(`recorded/${sale.recKey}`) as BankTables["recorded"] | undefined;
}

/** The first outcome that the log has at or after the LOCK's tree size. */
function decided(at: Setting, world: World): "committed" | "aborted" | null {
  const from = recordIn(at, world)?.tree_size ?? 0;
  return at.players.outcomesIn(world.log).find(({ index }) => index >= from)?.kind ?? null;
}

/** What is wrong with the books. */
function moneyFault(at: Setting, world: World): string | null {
  const { coins, all } = at.sale;
  const rows = [...BANKS.at(world.bank)];
  const of = (table: string) => rows.filter(([place]) => place.startsWith(`${table}/`)).map(([, row]) => row);
  const sum = (column: "balance" | "held") => of("account").reduce((all, row) => all + (row[column] as bigint), 0n);
  if (sum("balance") !== 0n) return "money has come from nowhere, or gone there";
  const holds = of("hold") as unknown as readonly BankTables["hold"][];
  if (sum("held") !== holds.reduce((all, { price }) => all + price, 0n)) return "what is held is nobody's hold";
  const phase = saleIn(at, world)?.phase;
  const credit = BANKS.at(world.bank).get(`account/${all.shopConfig.key.publicKey}`)?.balance ?? 0n;
  if ((phase === "PAID" ? PRICE : 0n) !== credit) return "paid and credited are not one";
  const fates = coins.map(({ coinId }) => BANKS.at(world.bank).get(`coin/${coinId}`)?.state ?? "free");
  if (fates.some((fate) => (fate === "SPENT") !== (phase === "PAID"))) return "spent and paid are not one";
  if (fates.some((fate) => (fate === "LOCKED") !== (phase === "LOCKED"))) return "locked coins, and no locked sale";
  const isHeld = holds.some(({ locked }) => locked);
  return coins.length === 0 && isHeld !== (phase === "LOCKED") ? "a locked hold, and no locked sale" : null;
}

/** What is wrong with who has what. */
function faultIn(at: Setting, world: World): string | null {
  const { phase } = STATES.at(world.customer);
  const row = saleIn(at, world);
  const outcome = decided(at, world);
  const isOut = (world.words & OPENING) > 0;
  if ((world.words & PAID) > 0 && (world.words & ABORTED) > 0) return "paid and aborted";
  if (row?.phase === "PAID" && outcome !== "committed") return "paid without a commit";
  if (row?.phase === "ABORTED" && row.cause === "log" && outcome !== "aborted") return "freed without an abort";
  if (isOut && outcome !== "committed") return "v without a commit";
  if (isOut && row?.phase !== "PAID" && row?.phase !== "LOCKED") return "v, and the money is free";
  if ((phase === "paid" || phase === "claiming") && row?.phase !== "PAID") return "goods or a receipt without payment";
  if (phase === "ended" && (row?.phase === "PAID" || row?.phase === "LOCKED"))
    return "ended, and the money is not free";
  const isConvicted = BANKS.at(world.bank).get(`log_fault/${at.sale.log.id}`) !== undefined;
  return isConvicted && !isLying(at) ? "an honest log is convicted" : null;
}

/** What is wrong with how it ends for the customer. A log that lies may have no leaf: then the shop must be there too. */
function faultOfEnd(at: Setting, world: World, releases: Set<string>): string | null {
  const end = endOf(at, world, isLying(at));
  if (end === null) return "no way to an end";
  const state = STATES.at(end.customer);
  const isPaid = saleIn(at, end)?.phase === "PAID";
  if (state.phase !== "paid") return isPaid ? "paid, and ended" : null;
  releases.add(state.release.kind);
  return isPaid && state.secret === at.sale.secret ? null : "a wrong key, or unpaid";
}

const settingBy = (terms: Terms, rules: Rules = {}) => settingOf(loggedSale(crypto, terms), rules);
const found = (name: string, { worlds, outcomes }: Explored) =>
  console.log(`${name}: ${worlds} worlds; ${outcomes.join("; ")}`);

const OUTCOMES = [
  "ended, ABORTED by buyer, open",
  "ended, ABORTED by log, aborted",
  "ended, none, open",
  "paid, PAID, committed, v",
];

describe("a logged sale in every order", () => {
  for (const pays of ["hold", "coins", "coins twice"] as const) {
    for (const isBankBehind of [false, true]) {
      const name = `paid by ${pays}${isBankBehind ? ", the bank behind the shop" : ""}`;
      test(name, { timeout: 240_000 }, () => {
        const explored = explore(settingBy({ pays, isBankBehind }));
        found(name, explored);
        expect(explored.fault).toBeNull();
        expect(explored.outcomes).toEqual(OUTCOMES);
        expect(explored.releases).toEqual(["answers", "opening"]);
        const coins = pays === "hold" ? [] : ["FREED", "LOCKED", "REFRESHED", "SPENT", "free"];
        expect(explored.coins).toEqual(coins);
      });
    }
  }
});
