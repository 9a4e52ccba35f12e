/** What holds after every step, whatever happened: at the bank, at every purse, and between them. */
import { encode, type Hex } from "@counterfoil/base";
import {
  type Account,
  type BankCommand,
  type BankTables,
  type CoinKey,
  coinAudit,
  refreshIdOf,
  refreshRequest,
  signDigest,
  trialBalance,
} from "@counterfoil/protocols/money";
import { type CoinRow, readIds, signingKeyOf } from "@counterfoil/protocols/purse";
import type { TestPurse } from "../../packages/protocols/src/purse/market.fixture.ts";
import type { World } from "./world.ts";

export function checkWorld(world: World): void {
  checkBooks(world);
  for (const [by, purse] of world.purses.entries()) {
    for (const [id] of purse.coins()) {
      if ((world.firstSeen.get(id) ?? by) !== by) world.shared.add(id);
      else world.firstSeen.set(id, by);
    }
  }
  for (const [by, purse] of world.purses.entries()) checkPurse(world, by, purse);
}

type Rows<N extends keyof BankTables> = readonly (readonly [string, BankTables[N]])[];

function tablesOf(world: World): { [N in keyof BankTables]?: [string, BankTables[N]][] } {
  const tables: Record<string, [string, unknown][]> = {};
  for (const [place, row] of world.at.desk.rows) {
    const slash = place.indexOf("/");
    const table = place.slice(0, slash);
    tables[table] ??= [];
    tables[table].push([place.slice(slash + 1), row]);
  }
  return tables as ReturnType<typeof tablesOf>;
}

/** Double entry, the audit of coins, one sum for all money there is, and the reference's figures. */
function checkBooks(world: World): void {
  const { model, at } = world;
  const tables = tablesOf(world);
  const accounts: Rows<"account"> = tables.account ?? [];
  const [postings, issued, coins] = [tables.posting ?? [], tables.issued ?? [], tables.coin ?? []];
  const trial = trialBalance(accounts, values(postings), values(tables.hold ?? []));
  const isOver = (keyId: Hex) =>
    world.now > (at.config.mint?.find(keyId)?.refreshUntilMs ?? 0) + at.config.claimWindowMs;
  const audit = coinAudit(accounts, tables.coin_count ?? [], values(issued), values(coins), isOver);
  expectNone([...trial.faults, ...audit.faults], "the books");
  let money = 0n;
  for (const [id, { kind, balance }] of accounts as readonly (readonly [string, Account])[]) {
    if (kind !== "account") continue;
    money += balance;
    if (balance !== (model.accounts.get(id) ?? 0n)) throw new Error(`an account has ${balance}, not as the reference`);
  }
  for (const [keyId, row] of tables.coin_count ?? []) {
    money += row.issued - row.redeemed;
    if (row.issued - row.redeemed !== (model.out.get(keyId) ?? 0n)) throw new Error("more or less is out of a key");
  }
  if (money !== model.granted) throw new Error(`there is ${money} of ${model.granted}`);
  if (coins.length !== model.used.size || issued.length !== model.issued.size) throw new Error("rows too many or few");
  for (const [id, { by }] of coins) if (model.used.get(id)?.by !== by) throw new Error("a coin's use has changed");
}

function checkPurse(world: World, by: number, purse: TestPurse): void {
  const row = purse.desk.view.get("purse", purse.bank);
  let [available, pending] = [0n, 0n];
  for (const [, errand] of purse.errands())
    if (errand.kind === "withdraw" && errand.phase === "asked") pending += errand.amount;
  for (const [id, coin] of purse.coins()) {
    if (coin.state === "available") available += coin.amount;
    const fault = faultOf(world, by, purse, id, coin);
    if (fault !== null) throw new Error(`${coin.state}, ${fault}`);
  }
  if (row?.available !== available) throw new Error(`a purse says ${row?.available} of ${available}`);
  if (row?.pending !== pending) throw new Error(`a purse awaits ${row?.pending} of ${pending}`);
}

/** What a purse believes of a coin, and what the bank has: they differ only by what the purse has not heard yet. */
function faultOf(world: World, by: number, purse: TestPurse, id: Hex, coin: CoinRow): string | null {
  const { model } = world;
  const key = world.at.config.mint?.find(coin.key_id) as CoinKey;
  if (model.now > key.refreshUntilMs + world.at.config.claimWindowMs) return null; // nobody knows any more
  const used = model.used.get(id)?.by;
  const ours = used === undefined || world.shared.has(id);
  const errand = used === undefined ? undefined : purse.desk.view.get("errand", used);
  const payment = used === undefined ? undefined : purse.desk.view.get("payment", used);
  const paid = payment !== undefined && readIds(payment.coins).includes(id);
  switch (coin.state) {
    case "available":
      if (!ours) return "and used";
      return used !== undefined || model.now >= key.refreshUntilMs || isCash(world, purse, id, coin)
        ? null
        : "and the bank gives nothing for it";
    case "reserved":
      return ours || used === coin.about ? null : "and used for something else";
    case "refunding":
    case "handed":
      return ours || errand !== undefined || paid ? null : "and used by nobody here";
    case "spent":
      if (used === coin.about) return null;
      // Used under the same phrase elsewhere: an errand was refused for it, and the bank showed by what.
      return purse.desk.view.get("errand", coin.about ?? "")?.phase === "refused" &&
        used !== undefined &&
        errand === undefined
        ? null
        : "and not by that payment";
    case "lost": {
      if (world.shared.has(id) || paid) return null;
      if (used !== undefined) return errand === undefined ? null : "and its own errand has it";
      return world.clock(by) >= key.refreshUntilMs ? null : "and nothing proves it";
    }
    default:
      return "which is no state";
  }
}

const deposits = new Map<Hex, BankCommand>();

/** For every coin that may be spent there is a way to its money: the bank would take it now (P§7A "Cash property"). */
function isCash({ at, now }: World, { config, bank }: TestPurse, id: Hex, coin: CoinRow): boolean {
  const command = deposits.get(id) ?? depositOf(at, config, bank, id, coin);
  deposits.set(id, command);
  return at.desk.authority.decide(command, at.desk.view, now).outcome.kind === "issued";
}

function depositOf(at: World["at"], config: TestPurse["config"], bank: Hex, id: Hex, row: CoinRow): BankCommand {
  const { crypto, seed, account } = config;
  const deposit = { account: account.publicKey, amountMinor: row.amount };
  const refresh = { bank, inputs: [id], outputs: [], deposit };
  const statement = signDigest(crypto, signingKeyOf(crypto, seed, row), refreshIdOf(crypto, refresh));
  const coin = { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature };
  const admitted = at.desk.authority.admit(encode(refreshRequest, { refresh, coins: [{ coin, statement }] }), 0);
  if (!admitted.ok) throw new Error(admitted.reason);
  return admitted.value;
}

/** When nothing is on its way any more: every errand has ended, and no coin that lives is in nobody's purse. */
export function checkRest(world: World): void {
  const known = new Set<Hex>();
  for (const purse of world.purses) {
    for (const [, { phase }] of purse.errands()) if (phase === "asked") throw new Error("an errand never ends");
    for (const [id, { state }] of purse.coins()) {
      if (state === "refunding" || state === "reserved") throw new Error(`a coin stays ${state}`);
      if (state === "available" || state === "handed") known.add(id);
    }
  }
  for (const [id, { key }] of world.model.issued) {
    const coinId = world.coinOf.get(id);
    if (coinId === undefined) throw new Error("issued what nobody asked for");
    if (world.now < key.refreshUntilMs && !world.model.used.has(coinId) && !known.has(coinId))
      throw new Error(`a coin of ${key.denominationMinor} is out and nobody has it`);
  }
}

function values<T>(rows: readonly (readonly [string, T])[]): readonly T[] {
  return rows.map(([, row]) => row);
}

function expectNone(faults: readonly string[], where: string): void {
  if (faults.length > 0) throw new Error(`${where}: ${faults.join("; ")}`);
}
