/** A market of three roles in processes of their own. The campaign runs several side by side, trial after trial in each. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Pass, Plan, Role } from "./boundaries.ts";
import { command, type Running } from "./command.ts";
import { FAULTS } from "./planted.ts";
import { freePort, keepServers, SERVER_ROLES, type ServerRole } from "./servers.ts";

export type WalletName = "rich" | "poor";

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
  readonly shopKey: string;
  readonly goodsPath: string;
  readonly accounts: Readonly<Record<WalletName, string>>;
  /** Kills since the market was opened, whoever did them. */
  kills(): number;
  begin(watch: Watch): void;
  end(): void;
  /** Runs a buyer's command, as this incarnation of the wallet. */
  wallet(name: WalletName, words: readonly string[], life: number): Running;
  /** Resolves when these servers answer. */
  up(roles: readonly ServerRole[]): Promise<void>;
  /** Kills whoever plays this role just now, from outside. */
  strike(role: Role): void;
  close(): Promise<void>;
}

export const PRICE_MINOR = 100n;
const GOODS = "Paying and getting happen together or not at all.\n".repeat(40);
const IDLE: Plan = { name: "idle", life: 0, kills: [] };

export async function openMarket(folder: string, planted: string | null): Promise<Market> {
  mkdirSync(folder, { recursive: true });
  const ports = { bank: await freePort(), shop: await freePort() };
  const urls = { bank: `http://127.0.0.1:${ports.bank}`, shop: `http://127.0.0.1:${ports.shop}` };
  const environment = { NODE_COMPILE_CACHE: join(folder, "..", "compiled"), COUNTERFOIL_URL: urls.shop };
  let watch: Watch | null = null;
  let buyer: Running | null = null;
  let kills = 0;

  function start(role: Role, life: number, words: readonly string[], own: NodeJS.ProcessEnv = {}): Running {
    writePlan(folder, role, watch?.planFor(role, life) ?? IDLE);
    const fault = planted !== null && FAULTS[planted]?.role === role ? planted : null;
    const onPass = (pass: Pass) => watch?.onPass(pass);
    const running = command(words, { ...environment, ...own }, { role, folder, ports, planted: fault, onPass });
    writeFileSync(join(folder, `pid-${role}`), String(running.pid));
    running.exit.then(({ signal }) => {
      if (signal === "SIGKILL") kills += 1;
    });
    return running;
  }

  const servers = keepServers({
    start(role, life) {
      const words = [role, "serve", "--data", join(folder, role), "--port", String(ports[role])];
      return start(role, life, words, { COUNTERFOIL_URL: urls.bank });
    },
    mayReturn: async (role) => watch?.mayReturn(role),
  });
  await servers.up(SERVER_ROLES);
  const stocked = await stock(folder, environment);

  return {
    folder,
    ...stocked,
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
    wallet(name, words, life) {
      buyer = start("wallet", life, [...words, "--data", join(folder, name)]);
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

/** Something to sell, something to give away, a wallet with money and one without. */
async function stock(folder: string, environment: NodeJS.ProcessEnv) {
  const goodsPath = join(folder, "goods.txt");
  writeFileSync(goodsPath, GOODS);
  const shop = ["--data", join(folder, "shop"), "--stock", "100000"];
  await done(["shop", "add", goodsPath, "--title", "Sold", "--price", "1", ...shop], environment);
  await done(
    ["shop", "add", goodsPath, "--title", "Given", "--price", "0", "--free", "certified", ...shop],
    environment,
  );
  const rich = await done(["wallet", "create", "--data", join(folder, "rich")], environment);
  const poor = await done(["wallet", "create", "--data", join(folder, "poor")], environment);
  await done(["sandbox", "grant", "900", "--data", join(folder, "rich")], environment);
  return { goodsPath, accounts: { rich: rich.account as string, poor: poor.account as string } };
}

async function done(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
  const running = command(words, environment, null);
  const { code, output, errors } = await running.exit;
  if (code !== 0) throw new Error(`counterfoil ${words.join(" ")}: ${output}${errors}`);
  return (await running.answer) as Record<string, unknown>;
}
