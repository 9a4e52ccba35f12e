/** Honest buyers: a wallet with money, and the command line that buys with it. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Hex, HOUR_MS } from "@counterfoil/base";
import { type PurchaseState, walletShapes } from "@counterfoil/protocols/exchange";
import {
  cashDesk,
  coinsFor,
  finishErrands,
  grant,
  isOver,
  newNonce,
  openWallet,
  readPurchases,
  visit,
  type Wanted,
  withdrawCash,
} from "@counterfoil/sdk";
import type { Edit } from "../refusals/scenario.ts";
import { command, type Ran } from "./processes.ts";
import { reading, until } from "./reading.ts";
import { ITEM, PRICE_MINOR, type World } from "./world.ts";

export const FUNDS_MINOR = 1_000n;

export interface Buyer {
  /** Its data folder. */
  readonly folder: string;
  readonly account: Hex;
  readonly outPath: string;
}

const WAITING = "packages/protocols/src/exchange/waiting.ts";
const WALLET = "packages/sdk/src/wallet.ts";

/** How long a buyer waits is no part of what it does: half a minute of it would be half a minute of every test. */
export const HASTY: readonly Edit[] = [
  {
    file: WAITING,
    find: "const WAITS_MS = [2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS, 16 * SECOND_MS];",
    replace: "const WAITS_MS = [SECOND_MS / 2, SECOND_MS / 2, SECOND_MS / 2];",
  },
  { file: WAITING, find: "const LONGEST_WAIT_MS = 60 * SECOND_MS;", replace: "const LONGEST_WAIT_MS = SECOND_MS / 2;" },
  { file: WALLET, find: "  spreadMs: 10 * MINUTE_MS,", replace: "  spreadMs: 1," },
];

/** @param coined how much of its money is in coins, among them the very coins that the price takes. */
export async function makeBuyer(world: World, name: string, coined = 0n): Promise<Buyer> {
  const { ports, folder, shopUrl } = world;
  const data = join(folder, name);
  const market = await visit(ports, shopUrl, null);
  const wallet = await openWallet(join(data, "wallet"), ports);
  try {
    const { terms: bank, client } = market.bank;
    const holder = { ...ports, key: wallet.account, bank, client };
    await grant(holder, FUNDS_MINOR, newNonce());
    if (coined > 0n) {
      const desk = cashDesk(wallet, market, ports);
      await withdrawCash(desk, coined);
      await coinsFor(desk, PRICE_MINOR, ports.clock() + HOUR_MS);
      await finishErrands(wallet, 30_000);
    }
    const settings = { bank: bank.bank, url: shopUrl, unit: bank.unit };
    writeFileSync(join(data, "wallet", "wallet.json"), JSON.stringify(settings), { mode: 0o600 });
    return { folder: data, account: wallet.account.publicKey, outPath: join(data, "goods.txt") };
  } finally {
    await wallet.close();
    market.close();
  }
}

export interface BuyFlags {
  readonly cash?: boolean;
  readonly exchange?: Wanted;
  readonly onStart?: (kill: () => void) => void;
  readonly edits?: readonly Edit[];
}

/** One `buy`, in a process of its own. */
export async function buy(world: World, { folder, outPath }: Buyer, flags: BuyFlags = {}): Promise<Ran> {
  const exchange = flags.exchange === undefined ? [] : ["--exchange", flags.exchange];
  const words = [
    "buy",
    ITEM,
    "--out",
    outPath,
    "--yes",
    "--data",
    folder,
    ...(flags.cash === true ? ["--cash"] : []),
    ...exchange,
  ];
  const edits = [...(flags.edits ?? HASTY), ...(world.edits.buyer ?? [])];
  const around = { url: world.shopUrl, edits, aheadMs: world.aheadMs.buyer ?? 0 };
  return command(words, around, flags.onStart);
}

/** Says at once how things stand, where it would wait a minute for them to change. */
export const BRIEF: Edit = {
  file: "packages/sdk/src/resuming.ts",
  find: "const RESUME_PATIENCE_MS = 60 * SECOND_MS;",
  replace: "const RESUME_PATIENCE_MS = 1;",
};

type Start = (world: World, buyer: Buyer, onStart: (kill: () => void) => void) => Promise<Ran>;

/** The same, killed -9 once its purchase is so far; whoever ends by itself is left to it. */
export async function buyUntil(
  world: World,
  buyer: Buyer,
  reached: (state: State) => boolean,
  start: Start = (at, who, onStart) => buy(at, who, { onStart }),
): Promise<Ran> {
  const started = Promise.withResolvers<() => void>();
  let ended = false;
  const ran = start(world, buyer, started.resolve).finally(() => {
    ended = true;
  });
  const kill = await started.promise;
  const state = await until(
    () => purchaseOf(buyer),
    (each) => ended || reached(each) || (each !== null && isOver(each)),
  );
  if (reached(state)) kill();
  return ran;
}

export type State = PurchaseState | null;

/** The buyer's one purchase, by its own file. */
export async function purchaseOf({ folder }: Buyer): Promise<State> {
  const path = join(folder, "wallet", "wallet.db");
  const [known] = existsSync(path) ? await reading(path, walletShapes, readPurchases) : [];
  return known?.state ?? null;
}

/** Whoever has answered by now has answered. */
export function hasAskedOften(state: State): boolean {
  return state?.phase === "claiming" && state.tries >= 10;
}

/** What a wallet does when it is started again: nobody tells it what. */
export async function resume(
  world: World,
  { folder }: Buyer,
  onStart: (kill: () => void) => void = () => {},
  more: readonly Edit[] = [],
): Promise<Ran> {
  const edits = [...HASTY, ...more, ...(world.edits.buyer ?? [])];
  const around = { url: world.shopUrl, edits, aheadMs: world.aheadMs.buyer ?? 0 };
  return command(["resume", "--data", folder], around, onStart);
}
