/** A market, each role a process of its own. The campaign runs several side by side, trial after trial in each. */
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode, HOUR_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { coinKeysRequest } from "@counterfoil/protocols/money";
import { addShown, MINT_TERMS, openBank, SANDBOX_BANK } from "@counterfoil/sdk";
import { freePort } from "../ports.ts";
import { type Pass, type Plan, type Role, TRUSTEES, type TrusteeRole } from "./boundaries.ts";
import { command, type Running } from "./command.ts";
import { groupPath, numberOf, placeLog, prepareHouse, watchedBy, withCertifier } from "./house.ts";
import { DENOMINATIONS, type EditName, FAULTS, FEW_KEYS } from "./planted.ts";
import { makeWallet } from "./purses.ts";
import type { Kind } from "./scenarios.ts";
import { keepServers, type ServerRole } from "./servers.ts";

/** With money and without, for purchases from the account; for coins, who has them and who is handed them. */
export type WalletName = "rich" | "poor" | "holder" | "friend";
export const WALLETS: readonly WalletName[] = ["rich", "poor", "holder", "friend"];

/** What a trial hears of, and what it decides. */
export interface Watch {
  readonly onPass: (pass: Pass) => void;
  /** Whom to kill, and where, as long as this incarnation of the role runs. */
  readonly planFor: (role: Role, life: number) => Plan;
  /** What is planted into the wallet beside a fault, because the scenario is so. */
  readonly edits: readonly EditName[];
  /** Resolves when the killed server may come back. */
  readonly mayReturn: (role: ServerRole) => Promise<void>;
}

export interface Market {
  readonly folder: string;
  readonly servers: readonly ServerRole[];
  /** Of the trustees that it has. */
  readonly trusteeUrls: ReadonlyMap<TrusteeRole, string>;
  /** Where its log answers; null where it has none. */
  readonly logUrl: string | null;
  /** Where buyers go. */
  readonly url: string;
  readonly bankKey: string;
  readonly shopKey: string;
  readonly goodsPath: string;
  /** Of each wallet by its folder's name; trials add those that they make. */
  readonly accounts: Map<string, string>;
  /** Kills since the market was opened, whoever did them. */
  kills(): number;
  begin(watch: Watch): void;
  end(): void;
  /** Runs a buyer's command, as this incarnation of the wallet. @param folder under the market's. */
  wallet(folder: string, words: readonly string[], life: number, input?: string): Running;
  /** Resolves when these servers answer. */
  up(roles: readonly ServerRole[]): Promise<void>;
  /** Kills whoever plays this role just now, from outside. */
  strike(role: Role): void;
  /** Kills a server and waits until it is back. */
  restart(role: ServerRole): Promise<void>;
  close(): Promise<void>;
}

/** As much as the bank grants at once. */
const GRANTED_MINOR = 90_000n;
/** In coins, with which little is paid. */
export const COINED_MINOR = 5n;
const GOODS = "Paying and getting happen together or not at all.\n".repeat(40);
const IDLE: Plan = { name: "idle", life: 0, kills: [] };

/**
 * A market's folder, to be copied: a bank with the keys of its first epoch, and trustees where there are to be any. The epoch
 * is two hours old: one that is opened now is withdrawn under at once, an hour after the one before being the earliest.
 */
export async function prepareMarket(crypto: Crypto, folder: string, kind: Kind): Promise<void> {
  const bankFolder = join(folder, "bank", "bank");
  mkdirSync(bankFolder, { recursive: true, mode: 0o700 });
  const fail = (error: unknown) => {
    throw error;
  };
  const ports = { crypto, clock: () => Date.now() - 2 * HOUR_MS, onBug: fail, onFatal: fail };
  const coins = { ...MINT_TERMS, denominations: DENOMINATIONS };
  const bank = await openBank(bankFolder, { ...SANDBOX_BANK, coins }, ports);
  await bank.role.handle(encode(coinKeysRequest, { bank: bank.key }));
  await bank.close();
  if (kind !== "plain") await prepareHouse(crypto, folder, bankFolder);
}

/** @param prepared a market's folder, to begin with. */
export async function openMarket(
  crypto: Crypto,
  folder: string,
  prepared: string,
  kind: Kind,
  planted: string | null,
): Promise<Market> {
  cpSync(prepared, folder, { recursive: true });
  const roles = rolesOf(kind);
  const ports = new Map<ServerRole, number>();
  for (const role of kind === "plain" ? roles : [...roles, ...TRUSTEES])
    ports.set(role, ports.get(role) ?? (await freePort()));
  const roleAt = new Map([...ports].map(([role, port]) => [port, role]));
  const urlOf = (role: ServerRole) => `http://127.0.0.1:${ports.get(role)}`;
  const urls = { bank: urlOf("bank"), shop: urlOf("shop") };
  const environment = {
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(folder, "..", "compiled"),
    COUNTERFOIL_URL: urls.shop,
  };
  const trusteeUrls = new Map(kind === "trusteed" ? TRUSTEES.map((role) => [role, urlOf(role)]) : []);
  if (kind !== "plain") {
    showTrustees(folder, TRUSTEES.map(urlOf));
    await placeLog(crypto, folder, urlOf("log"), urlOf("witness"));
  }
  let watch: Watch | null = null;
  let buyer: Running | null = null;
  let kills = 0;

  const faults = (role: Role) => [
    ...(role === "bank" ? [FEW_KEYS] : []),
    ...(role === "wallet" ? (watch?.edits ?? []) : []),
    ...(planted !== null && FAULTS[planted]?.role === role ? [planted] : []),
  ];

  function start(role: Role, life: number, words: readonly string[], input = "", bankUrl?: string): Running {
    writePlan(folder, role, watch?.planFor(role, life) ?? IDLE);
    const onPass = (pass: Pass) => watch?.onPass(pass);
    const own = bankUrl === undefined ? environment : { ...environment, COUNTERFOIL_URL: bankUrl };
    const running = command(words, own, { role, folder, ports: roleAt, planted: faults(role), onPass }, input);
    writeFileSync(join(folder, `pid-${role}`), String(running.pid));
    running.exit.then(({ signal }) => {
      if (signal === "SIGKILL") kills += 1;
    });
    return running;
  }

  const servers = keepServers({
    roles,
    start(role, life) {
      const words = wordsOf(crypto, folder, role);
      return start(role, life, [...words, "--port", String(ports.get(role))], "", urls.bank);
    },
    mayReturn: async (role) => watch?.mayReturn(role),
  });
  await servers.up(roles);
  const goodsPath = await stock(folder, environment, kind);
  const accounts = new Map<string, string>();
  for (const name of WALLETS) {
    accounts.set(
      name,
      await makeWallet(crypto, { folder, url: urls.shop }, name, name === "poor" ? 0n : GRANTED_MINOR),
    );
  }

  return {
    folder,
    servers: roles,
    trusteeUrls,
    logUrl: kind === "plain" ? null : urlOf("log"),
    url: urls.shop,
    goodsPath,
    accounts,
    bankKey: (await servers.running("bank")?.answer)?.bank as string,
    shopKey: (await servers.running("shop")?.answer)?.shop as string,
    kills: () => kills,
    begin(next) {
      watch = next;
      servers.countAnew();
      for (const role of roles) writePlan(folder, role, next.planFor(role, 0));
    },
    end() {
      watch = null;
      for (const role of roles) writePlan(folder, role, IDLE);
    },
    wallet(name, words, life, input) {
      buyer = start("wallet", life, [...words, "--data", join(folder, name)], input);
      return buyer;
    },
    up: servers.up,
    strike: (role) => (role === "wallet" ? buyer : servers.running(role))?.kill("SIGKILL"),
    async restart(role) {
      const running = servers.running(role);
      running?.kill("SIGKILL");
      await running?.exit;
      await servers.up([role]);
    },
    close: servers.close,
  };
}

/** A log's witness before it, and both before those who follow it. */
function rolesOf(kind: Kind): readonly ServerRole[] {
  const recorded: readonly ServerRole[] = kind === "plain" ? [] : ["witness", "log"];
  return [...recorded, "bank", "shop", ...(kind === "trusteed" ? TRUSTEES : [])];
}

function wordsOf(crypto: Crypto, folder: string, role: ServerRole): readonly string[] {
  switch (role) {
    case "bank":
    case "shop":
      return [role, "serve", "--data", join(folder, role)];
    case "log":
      return ["log", "serve", "--data", folder];
    case "witness":
      return ["log", "witness", "--data", folder, ...watchedBy(crypto, folder)];
    default:
      return ["trustee", "serve", "--data", folder, "--folder", String(numberOf(role))];
  }
}

/** What `bank trust --trustees` does: the bank, which runs alone, shows where they are now. */
function showTrustees(folder: string, urls: readonly string[]): void {
  const { group } = JSON.parse(readFileSync(groupPath(folder), "utf8")) as { group: string };
  addShown(join(folder, "bank", "bank"), { group, urls: [...urls] });
}

/** Whole or not at all: a server may be reading it. */
function writePlan(folder: string, role: Role, plan: Plan): void {
  const path = join(folder, `plan-${role}.json`);
  writeFileSync(`${path}.next`, JSON.stringify(plan));
  renameSync(`${path}.next`, path);
}

/** Something to sell for account money and for coins, and something to give away; or what a certifier has seen. */
async function stock(folder: string, environment: NodeJS.ProcessEnv, kind: Kind): Promise<string> {
  const goodsPath = join(folder, "goods.txt");
  writeFileSync(goodsPath, GOODS);
  const shop = ["--data", join(folder, "shop"), "--stock", "100000"];
  const price = showMinor(COINED_MINOR);
  if (kind !== "plain") {
    const words = ["shop", "add", goodsPath, "--title", "Vouched", "--price", price, ...shop, "--yes"];
    await withCertifier(folder, environment, (url) => done([...words, "--certify", url], environment));
    return goodsPath;
  }
  await done(["shop", "add", goodsPath, "--title", "Sold", "--price", "1", ...shop], environment);
  await done(["shop", "add", goodsPath, "--title", "Coined", "--price", price, ...shop], environment);
  await done(
    ["shop", "add", goodsPath, "--title", "Given", "--price", "0", "--free", "certified", ...shop],
    environment,
  );
  return goodsPath;
}

/** As the command line takes an amount. */
export function showMinor(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, "0")}`;
}

async function done(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
  const running = command(words, environment, null);
  const { code, output, errors } = await running.exit;
  if (code !== 0) throw new Error(`counterfoil ${words.join(" ")}: ${output}${errors}`);
  return (await running.answer) as Record<string, unknown>;
}
