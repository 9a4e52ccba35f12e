/** A market of three roles in processes of their own. The campaign runs several side by side, trial after trial in each. */
import { cpSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode, HOUR_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { coinKeysRequest } from "@counterfoil/protocols/money";
import { MINT_TERMS, openBank, SANDBOX_BANK } from "@counterfoil/sdk";
import type { Pass, Plan, Role } from "./boundaries.ts";
import { command, type Running } from "./command.ts";
import { DENOMINATIONS, FAULTS, FEW_KEYS } from "./planted.ts";
import { makeWallet } from "./purses.ts";
import { freePort, keepServers, SERVER_ROLES, type ServerRole } from "./servers.ts";

/** With money and without, for purchases from the account; for coins, who has them and who is handed them. */
export type WalletName = "rich" | "poor" | "holder" | "friend";
export const WALLETS: readonly WalletName[] = ["rich", "poor", "holder", "friend"];

/** What a trial hears of, and what it decides. */
export interface Watch {
  readonly onPass: (pass: Pass) => void;
  /** Whom to kill, and where, as long as this incarnation of the role runs. */
  readonly planFor: (role: Role, life: number) => Plan;
  /** Resolves when the killed server may come back. */
  readonly mayReturn: (role: ServerRole) => Promise<void>;
}

export interface Market {
  readonly folder: string;
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
  close(): Promise<void>;
}

/** As much as the bank grants at once. */
const GRANTED_MINOR = 90_000n;
/** In coins, with which little is paid. */
export const COINED_MINOR = 5n;
const GOODS = "Paying and getting happen together or not at all.\n".repeat(40);
const IDLE: Plan = { name: "idle", life: 0, kills: [] };

/**
 * A bank's folder with the keys of its first epoch, to be copied. The epoch is two hours old: one that is opened now is
 * withdrawn under at once, an hour after the one before being the earliest.
 */
export async function prepareBank(crypto: Crypto, folder: string): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  const ports = { crypto, clock: () => Date.now() - 2 * HOUR_MS, onBug: fail, onFatal: fail };
  const coins = { ...MINT_TERMS, denominations: DENOMINATIONS };
  const bank = await openBank(folder, { ...SANDBOX_BANK, coins }, ports);
  await bank.role.handle(encode(coinKeysRequest, { bank: bank.key }));
  await bank.close();
}

/** @param prepared a bank's folder, to begin with. */
export async function openMarket(
  crypto: Crypto,
  folder: string,
  prepared: string,
  planted: string | null,
): Promise<Market> {
  mkdirSync(folder, { recursive: true });
  cpSync(prepared, join(folder, "bank", "bank"), { recursive: true });
  const ports = { bank: await freePort(), shop: await freePort() };
  const urls = { bank: `http://127.0.0.1:${ports.bank}`, shop: `http://127.0.0.1:${ports.shop}` };
  const environment = { NODE_COMPILE_CACHE: join(folder, "..", "compiled"), COUNTERFOIL_URL: urls.shop };
  let watch: Watch | null = null;
  let buyer: Running | null = null;
  let kills = 0;

  const faults = (role: Role) => [
    ...(role === "bank" ? [FEW_KEYS] : []),
    ...(planted !== null && FAULTS[planted]?.role === role ? [planted] : []),
  ];

  function start(role: Role, life: number, words: readonly string[], input = "", bankUrl?: string): Running {
    writePlan(folder, role, watch?.planFor(role, life) ?? IDLE);
    const onPass = (pass: Pass) => watch?.onPass(pass);
    const own = bankUrl === undefined ? environment : { ...environment, COUNTERFOIL_URL: bankUrl };
    const running = command(words, own, { role, folder, ports, planted: faults(role), onPass }, input);
    writeFileSync(join(folder, `pid-${role}`), String(running.pid));
    running.exit.then(({ signal }) => {
      if (signal === "SIGKILL") kills += 1;
    });
    return running;
  }

  const servers = keepServers({
    start(role, life) {
      const words = [role, "serve", "--data", join(folder, role), "--port", String(ports[role])];
      return start(role, life, words, "", urls.bank);
    },
    mayReturn: async (role) => watch?.mayReturn(role),
  });
  await servers.up(SERVER_ROLES);
  const goodsPath = await stock(folder, environment);
  const accounts = new Map<string, string>();
  for (const name of WALLETS) {
    accounts.set(
      name,
      await makeWallet(crypto, { folder, url: urls.shop }, name, name === "poor" ? 0n : GRANTED_MINOR),
    );
  }

  return {
    folder,
    url: urls.shop,
    goodsPath,
    accounts,
    bankKey: (await servers.running("bank")?.answer)?.bank as string,
    shopKey: (await servers.running("shop")?.answer)?.shop as string,
    kills: () => kills,
    begin(next) {
      watch = next;
      servers.countAnew();
      for (const role of SERVER_ROLES) writePlan(folder, role, next.planFor(role, 0));
    },
    end() {
      watch = null;
      for (const role of SERVER_ROLES) writePlan(folder, role, IDLE);
    },
    wallet(name, words, life, input) {
      buyer = start("wallet", life, [...words, "--data", join(folder, name)], input);
      return buyer;
    },
    up: servers.up,
    strike: (role) => (role === "wallet" ? buyer : servers.running(role))?.kill("SIGKILL"),
    close: servers.close,
  };
}

/** Whole or not at all: a server may be reading it. */
function writePlan(folder: string, role: Role, plan: Plan): void {
  const path = join(folder, `plan-${role}.json`);
  writeFileSync(`${path}.next`, JSON.stringify(plan));
  renameSync(`${path}.next`, path);
}

/** Something to sell for account money and for coins, and something to give away. */
async function stock(folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const goodsPath = join(folder, "goods.txt");
  writeFileSync(goodsPath, GOODS);
  const shop = ["--data", join(folder, "shop"), "--stock", "100000"];
  const price = showMinor(COINED_MINOR);
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
