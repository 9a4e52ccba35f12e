/**
 * The logged exchange in every order (P§3C, P§7A): locking, committing, declining, aborting and silence, the very machine,
 * shop, bank and log, over a network that loses, delays and repeats, with clocks that agree on nothing. Every state that can be
 * reached is looked at, and from each of them the customer comes to an end by itself.
 */
import { HOUR_MS, peekTag } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { audit } from "../log/index.ts";
import { sourceOf } from "../log/log.fixture.ts";
import type { BankTables } from "../money/index.ts";
import { BANKS, LOGS, STATES } from "./logged-parts.fixture.ts";
import type { Follower } from "./logged-players.fixture.ts";
import { loggedSale, type Terms } from "./logged-sale.fixture.ts";
import {
  ABORTED,
  endOf,
  OPENING,
  PAID,
  type Rules,
  type Setting,
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

/** Search and properties under rules of its own; nothing may be wrong. */
function holds(name: string, terms: Terms, rules: Rules, look?: Parameters<typeof explore>[1]): Explored {
  const explored = explore(settingBy(terms, rules), look);
  found(name, explored);
  expect(explored.fault).toBeNull();
  return explored;
}

const tagged = (tag: string) => (bytes: Uint8Array) => peekTag(bytes) === tag;
const [isOpen, isAbort, isOpened] = [tagged("log-open/1"), tagged("log-abort/1"), tagged("log-opened/1")];

describe("who is silent", () => {
  test("one lost abort notice decides nothing: ours delays", { timeout: 240_000 }, () => {
    // The printed layer credits here (packages/lab, camp.test.ts). The bank hears of no outcome; its own postings are lost too.
    const lost = (_to: string, bytes: Uint8Array) => isAbort(bytes);
    const { rows, outcomes, releases } = holds("abort lost", { pays: "hold" }, { blind: ["bank"], lost });
    expect(rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
    expect(outcomes).toEqual(["ended, ABORTED by buyer, open"]);
    // When it does hear, and of COMMITTED, the goods come as ever.
    expect(releases).toEqual(["answers", "opening"]);
  });

  test("bank dead before OPEN", { timeout: 240_000 }, () => {
    const lost = (to: string, bytes: Uint8Array) => to === "log for bank" && isOpen(bytes);
    expect(holds("OPEN by the shop", { pays: "coins" }, { lost }).outcomes).toEqual(OUTCOMES);
    // Nobody opens it: ABORTED needs no OPEN.
    const never = (_to: string, bytes: Uint8Array) => isOpen(bytes);
    expect(holds("never OPEN", { pays: "coins" }, { lost: never }).outcomes).toEqual(UNSOLD);
  });

  test("silence of the merchant", { timeout: 240_000 }, () => {
    const lost = (to: string) => to.startsWith("shop");
    const { outcomes } = holds("silent merchant", { pays: "coins" }, { lost, blind: ["shop"] });
    expect(outcomes).toEqual(UNSOLD);
  });

  test("a shop that commits and hides v", { timeout: 240_000 }, () => {
    const lost = (to: string, bytes: Uint8Array) => to === "customer from shop" || isOpened(bytes);
    const { rows, outcomes, releases } = holds("v hidden", { pays: "hold" }, { lost });
    expect(rows).toContain("PAID");
    expect(outcomes).toEqual(UNSOLD);
    expect(releases).toEqual(["answers"]);
  });

  test("a log that withholds", { timeout: 240_000 }, () => {
    // Nobody gets a word of it: the money stays locked, and nobody has anything.
    const mute = (to: string) => to.includes("log");
    const silent = holds("mute log", { pays: "coins" }, { lost: mute, blind: ["bank", "shop"] });
    expect(silent.rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
    expect(silent.coins).toEqual(["LOCKED", "REFRESHED", "free"]);
    // It shows the shop everything and the bank nothing: v may be out, and the bank pays once it hears.
    const partial = holds("a log mute to the bank", { pays: "coins" }, { blind: ["bank"] });
    expect(partial.rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
    expect(partial.releases).toEqual(["answers", "opening"]);
  });
});

const UNSOLD = OUTCOMES.filter((outcome) => outcome.startsWith("ended"));

describe("clocks", () => {
  const hour = HOUR_MS;
  const skewed: readonly (readonly [string, NonNullable<Terms["aheadMs"]>])[] = [-hour, hour].flatMap((ms) => {
    const word = ms > 0 ? "ahead" : "behind";
    return [
      [`the bank ${word}`, { bank: ms }],
      [`the shop ${word}`, { shop: ms }],
      [`the customer ${word}`, { customer: ms }],
      [`the log ${word}`, { bank: -ms, shop: -ms, customer: -ms }],
    ] as const;
  });

  test("clock skew of an hour between any two parties changes no outcome", { timeout: 240_000 }, () => {
    const rules = { isOneClock: true };
    const { outcomes } = holds("one clock", { pays: "coins" }, rules);
    expect(outcomes).toEqual(OUTCOMES);
    for (const [name, aheadMs] of skewed) {
      expect(holds(name, { pays: "coins", aheadMs }, rules).outcomes, name).toEqual(outcomes);
    }
  });

  test("nor does it of a sale out of an account: the hold's time is the log's too", { timeout: 240_000 }, () => {
    const rules = { isOneClock: true };
    const { outcomes } = holds("one clock, by hold", { pays: "hold" }, rules);
    expect(outcomes).toEqual(OUTCOMES);
    for (const ms of [-hour, hour]) {
      const terms = { pays: "hold", aheadMs: { bank: ms } } as const;
      expect(holds(`by hold, the bank ${ms} ms ahead`, terms, rules).outcomes).toEqual(outcomes);
    }
  });
});

describe("a log that lies", () => {
  for (const pays of ["hold", "coins"] as const) {
    const name = `COMMITTED then ABORTED and the reverse from a lying log, paid by ${pays}: the first decides, and the lie convicts`;
    test(name, { timeout: 240_000 }, async () => {
      const at = settingBy({ pays }, { isOneClock: true, isForgetful: true });
      const lies = new Map<string, World>();
      const explored = explore(at, (world) => {
        const said = at.players.outcomesIn(world.log);
        if (said.length < 2) return null;
        lies.set(said.map(({ kind }) => kind).join(" then "), world);
        const row = BANKS.at(world.bank).get(`followed_log/${at.sale.log.id}`);
        const hasSeen = recordIn(at, world) !== undefined && Number(row?.size) >= (said[1]?.index as number) + 1;
        return hasSeen && !isConvicting(at, world) ? "the bank has seen a lie, and says nothing" : null;
      });
      found(name, explored);
      expect(explored.fault).toBeNull();
      expect(explored.outcomes).toEqual(OUTCOMES);
      expect([...lies.keys()].sort()).toEqual(["aborted then committed", "committed then aborted"]);
      for (const world of lies.values()) {
        const { rows, heads } = LOGS.at(world.log);
        const { faults } = await audit(crypto, at.sale.log.descriptor, sourceOf(rows, heads.at(-1) as Uint8Array));
        expect(faults.map(({ kind }) => kind)).toContain("two-outcomes");
      }
    });
  }

  test("ABORTED before anything is locked counts for nothing", { timeout: 240_000 }, () => {
    const { outcomes } = holds("ABORTED first", { pays: "hold" }, { isOneClock: true, abortsFirst: true });
    expect(outcomes).toEqual(expect.arrayContaining(OUTCOMES));
  });
});

function isConvicting({ sale }: Setting, { bank }: World): boolean {
  return BANKS.at(bank).get(`log_fault/${sale.log.id}`) !== undefined;
}

describe("found out", () => {
  const locked = ({ rows }: Follower) =>
    [...rows].find(([place, row]) => place.startsWith("sale/") && row.phase === "LOCKED")?.[1];
  const sizeOf = (at: Follower) => Number(locked(at)?.tree_size);
  const isLate = (at: Follower) => at.now > Number(locked(at)?.not_after_ms);
  const committing = ({ rows }: Follower) =>
    [...rows].find(([place]) => place.startsWith("committing/"))?.[1] as Committing | undefined;

  const planted: readonly (readonly [string, string, Rules])[] = [
    [
      "a bank that pays in absence of an abort",
      "paid without a commit",
      {
        bank: (at) =>
          locked(at) && isLate(at) && at.outcomes.length === 0 ? [{ kind: "committed", index: sizeOf(at) }] : [],
      },
    ],
    [
      "a bank that judges the deadline by its own clock and frees",
      "freed without an abort",
      { bank: (at) => (locked(at) && isLate(at) ? [{ kind: "aborted", index: sizeOf(at) }] : []) },
    ],
    [
      "a bank that trusts an inclusion proof",
      "freed without an abort",
      { isOneClock: true, isForgetful: true, bank: (at) => (locked(at) ? at.outcomes : []) },
    ],
    [
      "a merchant that trusts an inclusion proof",
      "v without a commit",
      {
        isOneClock: true,
        isForgetful: true,
        shop: (at) => (committing(at)?.lock && committing(at)?.outcome === null ? at.outcomes : []),
      },
    ],
    [
      "a merchant that posts v before COMMITTED",
      "v without a commit",
      {
        shop: (at) => {
          const row = committing(at);
          return row?.step === "committing" ? [{ kind: "committed", index: row.tree_size as number }] : [];
        },
      },
    ],
    [
      "a bank that frees coins on ABORTED before LOCK.treeSize",
      "freed without an abort",
      {
        isOneClock: true,
        abortsFirst: true,
        bank: (at) =>
          at.outcomes
            .filter(({ index }) => locked(at) && index < sizeOf(at))
            .map((each) => ({ ...each, index: sizeOf(at) })),
      },
    ],
    [
      "a merchant that takes a LOCK of a smaller treeSize than its row's",
      "v without a commit",
      {
        isOneClock: true,
        abortsFirst: true,
        shopHears(command, rows) {
          const from = Number(committing({ rows, outcomes: [], now: 0 })?.from_size);
          return command.kind === "locked" ? { ...command, treeSize: Math.max(command.treeSize, from) } : command;
        },
      },
    ],
  ];
  for (const [name, wrong, rules] of planted) {
    test(name, { timeout: 240_000 }, () => {
      const { fault, worlds } = explore(settingBy({ pays: "coins" }, rules));
      console.log(`${name}: ${worlds} worlds; ${fault}`);
      expect(fault).toContain(wrong);
    });
  }

  test("a log that accepts COMMITTED after ABORTED", { timeout: 240_000 }, () => {
    const at = settingBy({ pays: "coins" }, { isOneClock: true, isForgetful: true });
    const { fault } = explore(at, (world) => {
      const [first, second] = at.players.outcomesIn(world.log);
      return first?.kind === "aborted" && second?.kind === "committed" ? "COMMITTED after ABORTED" : null;
    });
    expect(fault).toContain("COMMITTED after ABORTED");
  });
});
