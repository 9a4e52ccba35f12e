/** The logged exchange over real processes (P§3B, P§3C, P§7D): each party silent, dead, lying or an hour late in its turn. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { HOUR_MS } from "@counterfoil/base";
import { hashFile } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import { unsealPoint } from "@counterfoil/protocols/contract";
import {
  type Committing,
  certificateIn,
  type Purchase,
  type ShopTables,
  shopShapes,
  slipIn,
} from "@counterfoil/protocols/exchange";
import { readLogged, recKeyOf } from "@counterfoil/protocols/log";
import { type BankTables, bankShapes } from "@counterfoil/protocols/money";
import { allRows, logClient, openGoods, visit } from "@counterfoil/sdk";
import {
  type Buyer,
  type BuyFlags,
  buy,
  buyUntil,
  HASTY,
  makeBuyer,
  purchaseOf,
  resume,
  type State,
} from "../buying.ts";
import { BOTH, judge, NEITHER, type Verdict } from "../judge.ts";
import { logOf } from "../liar.ts";
import { command, type Ran } from "../processes.ts";
import { reading, until } from "../reading.ts";
import { edit, type Scenario } from "../scenario.ts";
import { makeRoom, type World } from "../world.ts";
import { ASKS_NO_TRUSTEE, SETTLES_AND_IS_SILENT } from "./shops.ts";

const SHOP_LOGS = "sdk/src/shop-logs.ts";
const BANK_LOGS = "sdk/src/bank-logs.ts";
const COMMITTING = "protocols/src/exchange/committing.ts";
const LOGGED = "protocols/src/money/logged.ts";
const CARRIED = "    carry(bytes: Uint8Array): void {\n";

/** What a shop or a bank does not say to its log. */
function unsaid(file: string, tag: string) {
  return edit(file, CARRIED, `${CARRIED}      if (Buffer.from(bytes).includes("${tag}")) return;\n`);
}
const HIDES_V = unsaid(SHOP_LOGS, "log-opened/1");
const TELLS_NO_LOG = unsaid(SHOP_LOGS, "log-");
const NEVER_OPENS = unsaid(BANK_LOGS, "log-open/1");

const ADMITTED = "      const command = admitted(await doorkeepers.admit(message));\n";
/** It hears the commit, and is not heard of again. */
const FALLS_SILENT = edit(
  "sdk/src/log.ts",
  ADMITTED,
  `${ADMITTED}      if (command.kind === "post" && command.entry.kind === "committed") return new Promise<never>(() => {});\n`,
);

const ENTERED = "append(config.crypto, view, [{ entry: bytes, keepUntilMs }]);";
const ABORTED =
  '{ kind: "aborted", recKey, contentHash: contentHashOf(config.crypto, "aborted", contract.bank, slipHash), timeMs: now }';
/** With the commit it enters the other outcome too, and signs for both. */
function entersBoth(places: string) {
  return edit(
    "protocols/src/log/posting.ts",
    `  const { from, writes } = ${ENTERED}\n`,
    `  const own = { entry: bytes, keepUntilMs };
  const other = { entry: encode(entrySchema, ${ABORTED}), keepUntilMs };
  const { from, writes } = append(config.crypto, view, entry.kind === "committed" ? ${places} : [own]);\n`,
  );
}

const NEVER_POSTS_AGAIN = edit(
  COMMITTING,
  "  return post(recKey, { ...row, tries: row.tries + 1 }, view, now);\n",
  '  return just([{ table: "committing", id: recKey, row: { ...row, wake_ms: null } }]);\n',
);
const LEAVES_OPENING_TO_THE_BANK = [
  edit(COMMITTING, 'step: stands ? "opening" : "declining"', 'step: stands ? "committing" : "declining"'),
  edit(COMMITTING, '  if (reason === "not-open") return post(', '  if (reason === "too-late") return post('),
];
const ENDS_NOTHING = edit(LOGGED, "      ...aborting.writes,\n", "");
const ANY_OUTCOME_REVEALS = edit(
  COMMITTING,
  "  if (row === undefined || row.outcome !== null) return null;\n",
  "  if (row === undefined) return null;\n",
);
const ANY_OUTCOME_DECIDES = edit(
  LOGGED,
  "  if (record.outcome_index !== null) {\n",
  "  if (record.outcome_index === index) {\n",
);
const OWN_CLOCK = edit(
  LOGGED,
  '  if (headMs >= slip.notAfterMs) return "expired" as const;\n',
  '  if (now >= slip.notAfterMs) return "expired" as const;\n',
);

const SHORT_ORDERS = [
  ...HASTY,
  {
    file: "packages/sdk/src/purchase.ts",
    find: "const ORDER_MS = 10 * MINUTE_MS;",
    replace: "const ORDER_MS = 12_000;",
  },
];

function committingOf(world: World): Promise<readonly (readonly [string, Committing])[]> {
  const path = join(world.folder, "shop", "shop", "shop.db");
  return reading(path, shopShapes, (store) => allRows<ShopTables["committing"]>(store, "committing"));
}

function reaches(world: World, holds: (row: Committing) => boolean) {
  return until(
    () => committingOf(world),
    (rows) => rows.some(([, row]) => holds(row)),
  );
}

const hasAwaited =
  (tries: number) =>
  (state: State): boolean =>
    state?.phase === "awaiting" && state.tries >= tries;

/** One `buy` by the log; without the check it is given up once it has awaited the log so often. */
function boughtByLog(flags: BuyFlags & { readonly coined?: bigint; readonly shopLies?: boolean }, given: number) {
  return async (world: World, planted: boolean): Promise<Verdict> => {
    const { coined = 0n, shopLies = false, ...rest } = flags;
    const buyer = await makeBuyer(world, "buyer", coined);
    const start = (at: World, who: Buyer, onStart: (kill: () => void) => void) =>
      buy(at, who, { ...rest, exchange: "logged", onStart });
    if (planted) await buyUntil(world, buyer, (state) => isLong(state, given), start);
    else
      await ended(
        world,
        buyer,
        start(world, buyer, () => {}),
        planted,
      );
    return judge(world, buyer, { shopLies, ...(planted ? { boundMs: 0 } : {}) });
  };
}

function isLong(state: State, tries: number): boolean {
  return (state?.phase === "awaiting" || state?.phase === "claiming") && state.tries >= tries;
}

/** The log dies with the money locked; nothing moves until it is back. */
async function silentLog(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  const { promise, resolve } = Promise.withResolvers<() => void>();
  const bought = buy(world, buyer, { exchange: "logged", onStart: resolve });
  const kill = await promise;
  await until(() => purchaseOf(buyer), hasAwaited(1));
  await world.log?.kill();
  await until(() => purchaseOf(buyer), hasAwaited(4));
  const [sale] = await salesOf(world);
  const moved = sale?.[1].phase === "LOCKED" ? [] : [`the bank calls it ${sale?.[1].phase}`];
  await world.log?.start([]);
  if (planted) {
    await until(() => purchaseOf(buyer), hasAwaited(24));
    kill();
  }
  await ended(world, buyer, bought, planted);
  const verdict = await judge(world, buyer, planted ? { boundMs: 0 } : {});
  return { ...verdict, faults: [...verdict.faults, ...moved] };
}

/** `buy` waits for a minute; what is not decided by then, a later `resume` goes on with. */
async function ended(world: World, buyer: Buyer, bought: Promise<Ran>, planted: boolean): Promise<void> {
  const { code } = await bought;
  if (code !== 0 && !planted) await resume(world, buyer);
}

function salesOf(world: World) {
  const path = join(world.folder, "market", "bank", "bank.db");
  return reading(path, bankShapes, (store) => allRows<BankTables["sale"]>(store, "sale"));
}

/** It has locked and never says OPEN; the merchant has the LOCK and needs no more. */
async function deadBank(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  const { promise, resolve } = Promise.withResolvers<() => void>();
  const bought = buy(world, buyer, { exchange: "logged", onStart: resolve });
  const kill = await promise;
  await reaches(world, ({ lock }) => lock !== null);
  await world.bank?.kill();
  if (!planted) await reaches(world, ({ outcome }) => outcome === "committed");
  await world.bank?.start();
  if (planted) {
    await until(() => purchaseOf(buyer), hasAwaited(12));
    kill();
  }
  await ended(world, buyer, bought, planted);
  return judge(world, buyer, planted ? { boundMs: 0 } : {});
}

/** The shop has looked at its log's clock while that was everybody's. */
async function hoursApart(world: World, planted: boolean): Promise<Verdict> {
  await world.restartShop();
  return boughtByLog({ coined: 256n, cash: true }, 12)(world, planted);
}

/** Both outcomes are in the log, ABORTED first: whoever has its friend's v has goods and refund. */
async function abortedThenCommitted(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  await buy(world, buyer, { exchange: "logged" });
  await reaches(world, ({ step }) => step === "over");
  const state = await purchaseOf(buyer);
  const goods = state !== null && (await opensByLog(world, state.purchase, planted));
  const verdict = await judge(world, buyer, { goods });
  return { ...verdict, faults: [...verdict.faults, ...(await unconvicted(world))] };
}

async function committedThenAborted(world: World, planted: boolean): Promise<Verdict> {
  const verdict = await boughtByLog({}, 12)(world, planted);
  return planted ? verdict : { ...verdict, faults: [...verdict.faults, ...(await unconvicted(world))] };
}

/** Whether v is in the log, and opens what lies at the shop for anybody to fetch. */
async function opensByLog(world: World, purchase: Purchase, patient: boolean): Promise<boolean> {
  const { crypto } = world.ports;
  const market = await visit(world.ports, world.marketUrl, null);
  const { descriptor, url, id } = logOf(market);
  const client = logClient(crypto, descriptor, wireClient(url));
  const { bank, tid } = slipIn(purchase);
  const look = async () => {
    const entries = await client.query(recKeyOf(crypto, bank, tid));
    const read = entries.map((each) => readLogged(crypto, id, each)?.entry);
    return read.flatMap((entry) => (entry?.kind === "opened" ? [entry.opening] : []));
  };
  const [v] = await until(look, (found) => !patient || found.length > 0);
  client.close();
  market.close();
  if (v === undefined) return false;
  const certificate = certificateIn(purchase);
  const file = join(world.folder, "shop", "shop", "goods", `${hashFile(crypto, certificate)}.age`);
  const out = join(makeRoom(world, "by-log"), "goods");
  const opened = await openGoods(crypto, certificate, unsealPoint(crypto, v, purchase.sealed), file, out);
  return opened.ok && existsSync(out);
}

/** The bank believes that log no more, and any auditor says why. */
async function unconvicted(world: World): Promise<readonly string[]> {
  const path = join(world.folder, "market", "bank", "bank.db");
  const faults = await until(
    () => reading(path, bankShapes, (store) => allRows<BankTables["log_fault"]>(store, "log_fault")),
    (found) => found.length > 0,
  );
  const market = await visit(world.ports, world.marketUrl, null);
  const audited = await command(["log", "audit", logOf(market).url], { url: null, edits: [] });
  market.close();
  const said = JSON.stringify(audited.json.faults ?? []);
  return [
    ...(faults.length > 0 ? [] : ["the bank has not seen that the log lies"]),
    ...(said.includes("two-outcomes") ? [] : [`the auditor says ${said}`]),
  ];
}

export const LOGS: readonly Scenario[] = [
  {
    name: "P§3C: the shop commits, is paid, and hides v",
    lies: { shop: [SETTLES_AND_IS_SILENT, HIDES_V] },
    check: { at: "buyer", without: [ASKS_NO_TRUSTEE] },
    act: boughtByLog({ shopLies: true }, 10),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "P§7D: the shop is silent after LOCK, and the coins are the buyer's again after the deadline",
    lies: { shop: [TELLS_NO_LOG] },
    check: { at: "market", without: [ENDS_NOTHING] },
    act: boughtByLog({ coined: 256n, cash: true, edits: SHORT_ORDERS }, 36),
    ends: NEITHER,
    wrong: { goods: false, money: false },
  },
  {
    name: "P§2E: the log falls silent after LOCK, and comes back",
    lies: { log: [FALLS_SILENT] },
    check: { at: "shop", without: [NEVER_POSTS_AGAIN] },
    apart: "record",
    act: silentLog,
    ends: BOTH,
    wrong: { goods: false, money: false },
  },
  {
    name: "P§7D: the bank is dead before OPEN",
    lies: { market: [NEVER_OPENS] },
    check: { at: "shop", without: LEAVES_OPENING_TO_THE_BANK },
    apart: "record",
    act: deadBank,
    ends: BOTH,
    wrong: { goods: false, money: false },
  },
  {
    name: "P§7D: a lying log: ABORTED, then COMMITTED",
    lies: { market: [entersBoth("[other, own]")] },
    check: { at: "shop", without: [ANY_OUTCOME_REVEALS] },
    act: abortedThenCommitted,
    ends: NEITHER,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§7D: a lying log: COMMITTED, then ABORTED",
    lies: { market: [entersBoth("[own, other]")] },
    check: { at: "market", without: [ANY_OUTCOME_DECIDES] },
    act: committedThenAborted,
    ends: BOTH,
    wrong: { goods: false, money: false },
  },
  {
    name: "P§3B-4: the clocks of any two are an hour apart",
    check: { at: "market", without: [OWN_CLOCK] },
    apart: "record",
    // No clock that a store has seen goes back, so all are ahead, and the bank of the log whose clock alone counts.
    aheadMs: { log: HOUR_MS, market: 2 * HOUR_MS, shop: 3 * HOUR_MS, buyer: 4 * HOUR_MS },
    act: hoursApart,
    ends: BOTH,
    wrong: { goods: false, money: false },
  },
];
