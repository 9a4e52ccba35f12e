/**
 * Recording and reporting against an oracle that reads nothing but the postings: under random sequences of whatever moves a
 * holder's money, every movement above is told of once, a repeat adds nothing, and the books are those of a bank that
 * records nothing. And what is told of a withdrawal is nothing that anybody sees who is paid with its coins.
 */
import { DAY_MS, dayOf, type Hex, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell, Row } from "../index.ts";
import { debitFor, keyNamed, NOW, type Sale, saleOf, settling } from "./bank.fixture.ts";
import { trialBalance } from "./books.ts";
import {
  blankOf,
  byCoins,
  coinOf,
  keyOf,
  type MintBench,
  mintBench,
  refreshing,
  withdrawing,
  withdrawn,
} from "./coins.fixture.ts";
import { LEVELS, type Movement, type Thresholds } from "./reporting.ts";
import type { BankCommand, BankTables } from "./rows.ts";

const crypto = await portableCrypto();
const THRESHOLDS: Thresholds = { recordAboveMinor: 100n, reportAboveMinor: 300n, perDay: true };
/** Of the first day of UTC that movements fall on. */
const DAY_ENDS = Math.ceil(NOW / DAY_MS) * DAY_MS;

function opened(thresholds: Thresholds | null): MintBench {
  const at = mintBench(crypto);
  at.desk.decide({ kind: "set-thresholds", thresholds, after: 0 }, NOW);
  return at;
}

function rowsOf<N extends keyof BankTables & string>({ desk }: MintBench, table: N): [string, BankTables[N]][] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as BankTables[N]]);
}

function told(at: MintBench): string[] {
  return rowsOf(at, "movement").map(([id, row]) => `${id} ${row.level} ${row.amount} of ${row.day_total}`);
}

/** What ought to have been told, from the postings alone. */
function expected(
  at: MintBench,
  { recordAboveMinor, reportAboveMinor, perDay }: Thresholds,
  since: ReadonlySet<string>,
) {
  const sums = new Map<string, bigint>();
  return rowsOf(at, "posting").flatMap(([id, { account, amount, time_ms }]) => {
    if (since.has(id) || !/^[0-9a-f]{64}$/.test(account)) return [];
    const size = amount < 0n ? -amount : amount;
    const sum = `${account} ${dayOf(time_ms)} ${amount < 0n}`;
    const total = (sums.get(sum) ?? 0n) + size;
    sums.set(sum, total);
    const compared = perDay ? total : size;
    if (compared <= recordAboveMinor) return [];
    return [`${id} ${compared > reportAboveMinor ? "reported" : "recorded"} ${amount} of ${total}`];
  });
}

type Step =
  | { readonly kind: "grant"; readonly to: number; readonly amount: bigint; readonly nonce: number }
  | { readonly kind: "sell"; readonly sale: number; readonly by: number }
  | { readonly kind: "refund"; readonly sale: number }
  | { readonly kind: "withdraw" | "pay" | "deposit"; readonly coins: number }
  | { readonly kind: "advance"; readonly ms: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("grant" as const),
    to: fc.nat(1),
    amount: fc.constantFrom(40n, 60n, 100n, 101n, 301n),
    nonce: fc.nat(9),
  }),
  fc.record({ kind: fc.constant("sell" as const), sale: fc.nat(3), by: fc.nat(1) }),
  fc.record({ kind: fc.constant("refund" as const), sale: fc.nat(3) }),
  fc.record({
    kind: fc.constantFrom("withdraw" as const, "pay" as const, "deposit" as const),
    coins: fc.nat(3),
  }),
  fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(MINUTE_MS, HOUR_MS, 5 * HOUR_MS) }),
);

/** Commands are admitted once: it depends on the bytes alone, and checking coins takes time. */
const world = mintBench(crypto);
const HOLDERS = [world.payer, keyNamed(crypto, "other payer")] as const;
const SALES = [250n, 60n, 101n, 40n].map((priceMinor, i) => {
  return saleOf(world, `sale ${i}`, { priceMinor, notAfterMs: NOW + 20 * HOUR_MS });
});
/** Each group is withdrawn together; one that pays makes the price of a sale of its own. */
const GROUPS = [[64n, 32n], [128n], [256n, 64n], [32n]].map((minors, group) => {
  const priceMinor = minors.reduce((sum, each) => sum + each, 0n);
  const named = minors.map((minor, i) => [keyOf(world.mint, minor), `group ${group} ${i}`] as const);
  const sale = saleOf(world, `for coins ${group}`, { priceMinor, notAfterMs: NOW + 20 * HOUR_MS });
  const coins = named.map(([key, word]) => coinOf(world, key, word));
  return { sale, coins, blanks: named.map(([key, word]) => blankOf(crypto, key, word)), priceMinor };
});

function admitted(message: Uint8Array): BankCommand {
  const command = world.desk.authority.admit(message, NOW);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

const commands = new Map<string, BankCommand>();

function commandOf(step: Exclude<Step, { kind: "advance" }>): BankCommand {
  const name = Object.values(step).join(" ");
  const command = commands.get(name) ?? newCommand(step);
  commands.set(name, command);
  return command;
}

function newCommand(step: Exclude<Step, { kind: "advance" }>): BankCommand {
  if (step.kind === "grant") {
    const account = (HOLDERS[step.to] as (typeof HOLDERS)[number]).publicKey;
    return { kind: "grant", account, amountMinor: step.amount, nonce: `0${step.nonce}`.repeat(32) };
  }
  if (step.kind === "sell" || step.kind === "refund") {
    const sale = SALES[step.sale] as Sale;
    const { tid, merchant, priceMinor } = sale.slip;
    if (step.kind === "refund")
      return { kind: "refund", tid, merchant, totalMinor: priceMinor, statement: new Uint8Array(0) };
    return admitted(settling(sale, debitFor(world, HOLDERS[step.by] ?? world.payer, sale.slipHash)));
  }
  const { sale, coins, blanks, priceMinor } = GROUPS[step.coins] as (typeof GROUPS)[number];
  if (step.kind === "withdraw") return admitted(withdrawing(world, blanks, { notAfterMs: NOW + 20 * HOUR_MS }));
  if (step.kind === "pay") return admitted(settling(sale, byCoins(crypto, coins, sale.slipHash)));
  const deposit = { account: HOLDERS[1].publicKey, amountMinor: priceMinor };
  return admitted(refreshing(world, coins, [], { deposit }));
}

const OWN_TABLES = ["thresholds/", "moved/", "movement/"];

/** Everything but what is written for the operator. */
function booksOf({ desk }: MintBench): Map<string, Row> {
  return new Map([...desk.rows].filter(([place]) => !OWN_TABLES.some((own) => place.startsWith(own))));
}

type Fault = (rows: MintBench["desk"]["rows"]) => void;

function run(steps: readonly Step[], thresholds: Thresholds, seen: Set<string>, spoil: Fault = () => {}): void {
  const [at, silent] = [opened(thresholds), opened(null)];
  const before = new Set(rowsOf(at, "posting").map(([id]) => id)); // the fixture's own grant came before any threshold
  let now = NOW;
  for (const step of steps) {
    if (step.kind === "advance") {
      now += step.ms;
      for (const [id, row] of rowsOf(at, "moved")) {
        const due = at.desk.authority.due?.moved?.(id, row);
        if (due && due.atMs <= now) at.desk.decide(due.command, now);
      }
      continue;
    }
    const command = commandOf(step);
    const { writes } = at.desk.decide(command, now);
    silent.desk.decide(command, now);
    if (writes.length > 0) seen.add(step.kind);
    spoil(at.desk.rows);
    expect(at.desk.decide(command, now).writes).toEqual([]);
    expect(told(at)).toEqual(expected(at, thresholds, before));
    for (const { level } of rowsOf(at, "movement").map(([, row]) => row)) seen.add(level);
  }
  expect(booksOf(at)).toEqual(booksOf(silent));
  expect(rowsOf(silent, "movement")).toEqual([]);
  const postings = rowsOf(at, "posting").map(([, row]) => row);
  expect(trialBalance(rowsOf(at, "account"), postings, []).faults).toEqual([]);
}

describe("against an oracle over the postings", () => {
  test.each([true, false])("each movement above is told of once, and the books stay (by the day: %s)", (perDay) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30, size: "max" }), (steps) =>
        run(steps, { ...THRESHOLDS, perDay }, seen),
      ),
      { numRuns: 150 },
    );
    // What never moved was not compared.
    const all = ["grant", "sell", "refund", "withdraw", "pay", "deposit", ...LEVELS];
    expect([...seen].sort()).toEqual(all.sort());
  });

  const grantTwice: readonly Step[] = [
    { kind: "grant", to: 1, amount: 60n, nonce: 0 },
    { kind: "grant", to: 1, amount: 60n, nonce: 1 },
  ];
  const planted: [string, Fault][] = [
    ["leaves a movement out", (rows) => deleteFirst(rows, "movement/")],
    ["forgets what moved before on that day", (rows) => deleteFirst(rows, "moved/")],
  ];
  test.each(planted)("a bank that %s is found out", (_, spoil) => {
    expect(() => run(grantTwice, THRESHOLDS, new Set())).not.toThrow();
    expect(() => run(grantTwice, THRESHOLDS, new Set(), spoil)).toThrow();
  });
});

function deleteFirst(rows: Map<string, unknown>, prefix: string): void {
  const place = [...rows.keys()].find((each) => each.startsWith(prefix));
  if (place !== undefined) rows.delete(place);
}

const LAST = HOLDERS[1].publicKey;
const granting = (at: MintBench, amountMinor: bigint, nonce: string, now = NOW) =>
  at.desk.decide({ kind: "grant", account: LAST, amountMinor, nonce: nonce.repeat(64) }, now);

describe("thresholds", () => {
  test("what comes to a threshold is not above it", () => {
    const at = opened({ ...THRESHOLDS, perDay: false });
    for (const [i, amount] of [100n, 101n, 300n, 301n].entries()) granting(at, amount, `${i}`);
    expect(rowsOf(at, "movement").map(([, row]) => `${row.level} ${row.amount}`)).toEqual([
      "recorded 101",
      "recorded 300",
      "reported 301",
    ]);
  });

  test("a sum split into parts is told of from the part on that brings it above, and a new day begins anew", () => {
    const at = opened(THRESHOLDS);
    for (const nonce of ["1", "2", "3", "4", "5", "6", "7"]) granting(at, 50n, nonce);
    expect(told(at).map((each) => each.slice(LAST.length + "/0000000000 ".length))).toEqual([
      "recorded 50 of 150",
      "recorded 50 of 200",
      "recorded 50 of 250",
      "recorded 50 of 300",
      "reported 50 of 350",
    ]);
    granting(at, 50n, "8", DAY_ENDS);
    expect(told(at)).toHaveLength(5);
  });

  test("hold for later movements, and none are told of once they are gone", () => {
    const at = opened(null);
    granting(at, 500n, "1");
    expect(told(at)).toEqual([]);
    at.desk.decide({ kind: "set-thresholds", thresholds: THRESHOLDS, after: 0 }, NOW);
    granting(at, 500n, "2");
    at.desk.decide({ kind: "set-thresholds", thresholds: null, after: 1 }, NOW);
    granting(at, 500n, "3");
    expect(told(at)).toEqual([`${LAST}/0000000002 reported 500 of 500`]);
  });

  test("are set once: what comes again changes nothing, and what others have set since is not undone", () => {
    const at = opened(null);
    const set = (thresholds: Thresholds | null, after: number) =>
      at.desk.decide({ kind: "set-thresholds", thresholds, after }, NOW);
    expect(set(THRESHOLDS, 0).outcome).toEqual({
      kind: "thresholds",
      standing: { sequence: 1, thresholds: THRESHOLDS },
    });
    expect(set(THRESHOLDS, 0).writes).toEqual([]);
    set(null, 1);
    expect(set(THRESHOLDS, 0)).toMatchObject({ writes: [], outcome: { kind: "refused", reason: "already-decided" } });
  });

  test("the sums of a day are deleted when it is over, what was told is not", () => {
    const at = opened(THRESHOLDS);
    granting(at, 500n, "1");
    const forget = { kind: "forget-moved", account: LAST } as const;
    expect(at.desk.decide(forget, DAY_ENDS - 1).writes).toEqual([]);
    expect(at.desk.decide(forget, DAY_ENDS).writes).toEqual([{ table: "moved", id: LAST, row: null }]);
    expect(rowsOf(at, "movement")).toHaveLength(1);
  });
});

test("what is told of a withdrawal stands in nothing that is seen where its coins go", () => {
  const at = opened(THRESHOLDS);
  const [first, second] = withdrawn(at, "coin", [256n, 128n]) as [ReturnType<typeof coinOf>, ReturnType<typeof coinOf>];
  const [movement] = rowsOf(at, "movement") as [[string, Movement]];
  expect(movement[1]).toMatchObject({
    account: at.payer.publicKey,
    kind: "withdraw",
    amount: -384n,
    level: "reported",
  });
  const before = new Set(at.desk.rows.keys());
  const sale = saleOf(at, "paid by coins", { priceMinor: 256n });
  const messages = [
    settling(sale, byCoins(crypto, [first], sale.slipHash)),
    refreshing(at, [second], [blankOf(crypto, keyOf(at.mint, 128n), "fresh")]),
  ];
  for (const message of messages) {
    const command = at.desk.authority.admit(message, NOW);
    if (command.ok) at.desk.decide(command.value, NOW);
  }
  const spending = [...at.desk.rows].filter(([place]) => !before.has(place));
  expect(spending.map(([place]) => place.split("/")[0])).toEqual(
    expect.arrayContaining(["sale", "coin", "issued", "posting", "movement"]),
  );
  const seen = [
    ...spending.flatMap(([place, row]) => [place, ...textsIn(row)]),
    ...messages.map(toHex),
    ...[first, second].flatMap(({ coinId, unsigned, keyId, output }) => [
      coinId,
      unsigned.publicKey,
      unsigned.prefix,
      keyId,
      toHex(output.blinded),
    ]),
  ].join(" ");
  const texts = [movement[0], ...textsIn(movement[1])].filter((text) => !PLAIN.has(text));
  expect(texts).toHaveLength(3); // its posting, its account and its transaction: the words, sums and times are anybody's
  for (const text of texts.flatMap((each) => each.split("/"))) {
    if (text === "withdraw" || /^\d{10}$/.test(text)) continue;
    expect(text).toMatch(/^[0-9a-f]{64}$/);
    expect(seen).not.toContain(text);
  }
});

const PLAIN = new Set<Hex>(["withdraw", "reported", "XTS"]);

function textsIn(row: Row): string[] {
  return Object.values(row).flatMap((cell: Cell) => {
    if (typeof cell === "string") return [cell];
    return cell instanceof Uint8Array ? [toHex(cell)] : [];
  });
}
