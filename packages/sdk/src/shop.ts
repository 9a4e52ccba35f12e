/** A shop as a program runs it: its catalogue and sales over a durable store, its goods on disk, its way to the bank. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { type Hex, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import { type Crypto, KDF, sign } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireRole } from "@counterfoil/host";
import type { Send } from "@counterfoil/protocols";
import {
  hearBank,
  type ItemRow,
  mirrorsIn,
  type Part,
  partsIn,
  SHOP_TAGS,
  type ShopCommand,
  type ShopConfig,
  type ShopOutcome,
  type ShopSale,
  type ShopTables,
  shop,
  shopDescriptorSchema,
  shopShapes,
} from "@counterfoil/protocols/exchange";
import { logIdOf } from "@counterfoil/protocols/log";
import { makeFolder, seedIn } from "./folder.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { isToLog, type NamedLog } from "./log-lines.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";
import { openShopClock } from "./shop-clock.ts";
import { goodsFolder, leavesPathOf, shopGoodsPath } from "./shop-goods.ts";
import { openShopLogs, type ShopLogs } from "./shop-logs.ts";

/** How the shop reaches the bank: by HTTP, or by a call where both live in one process. */
export type BankDoor = (message: Uint8Array) => Promise<Uint8Array>;

export interface ShopIdentity {
  readonly name: string;
  readonly bank: Hex;
  readonly unit: string;
}

export interface OpenShop {
  readonly key: Hex;
  readonly config: ShopConfig;
  readonly descriptor: Uint8Array;
  /** Those that it sells by, and where they answer. */
  readonly logs: readonly NamedLog[];
  readonly role: WireRole;
  readonly hosted: Hosted<ShopCommand, ShopOutcome>;
  /** A page of items, listed or not, after `after`. */
  page(after: Hex | null, limit: number): Promise<readonly ShopItem[]>;
  item(pid: Hex): Promise<ShopItem | null>;
  /** Of these items, those whose price pays for others too. */
  bundles(pids: readonly Hex[]): Promise<ReadonlyMap<Hex, readonly Part[]>>;
  /** Other hosts that have the shop's goods. */
  mirrors(): Promise<readonly string[]>;
  goods(fileHash: string): { readonly path: string; readonly bytes: number; readonly leavesPath: string } | null;
  sales(): Promise<readonly (readonly [Hex, ShopSale])[]>;
  close(): Promise<void>;
}

export interface ShopItem {
  readonly pid: Hex;
  readonly row: ItemRow;
}

const QUOTE_MS = 5 * MINUTE_MS;
/** An offer is the buyer's option until its notAfter: minutes, not days. */
const OPTION_MS = 30 * MINUTE_MS;
/** A payment's answer waits this long for the bank before it says "pending". */
const BANK_WAIT_MS = 10 * SECOND_MS;
const NO_CONTEXT = new Uint8Array(0);

export function shopConfig(
  crypto: Crypto,
  seed: Uint8Array,
  identity: Pick<ShopIdentity, "bank" | "unit">,
  by: Pick<ShopConfig, "logs" | "logTime"> = NO_LOGS,
): ShopConfig {
  return {
    crypto,
    key: crypto.signingKey(KDF(crypto, seed, "shop signing key", NO_CONTEXT)),
    seed: KDF(crypto, seed, "shop sales", NO_CONTEXT),
    bank: identity.bank,
    unit: identity.unit,
    quoteMs: QUOTE_MS,
    optionMs: OPTION_MS,
    ...by,
  };
}

const NO_LOGS: Pick<ShopConfig, "logs" | "logTime"> = { logs: new Map(), logTime: (now) => now };

export async function openShop(
  folder: string,
  identity: ShopIdentity,
  bank: BankDoor,
  ports: Ports,
  named: readonly NamedLog[] = [],
): Promise<OpenShop> {
  const { crypto } = ports;
  makeFolder(folder);
  makeFolder(goodsFolder(folder));
  const time = await openShopClock(ports, named[0] ?? null);
  const logs = new Map(named.map(({ descriptor }) => [logIdOf(crypto, descriptor), descriptor]));
  const config = shopConfig(crypto, seedIn(folder), identity, { logs, logTime: time.logTime });
  const store = openSqlite(join(folder, "shop.db"), shopShapes);
  const isListed = async (pid: Hex) => (await store.read([{ table: "item", id: pid }]))[0]?.row !== undefined;
  await sweepLeftovers({ folder, config, now: ports.clock(), isListed }).catch(ports.onBug);
  const waiting = waiters();
  let shopLogs: ShopLogs | null = null;
  const hosted = await hostAuthority(shop(config), store, {
    name: "shop",
    clock: ports.clock,
    deliver: (send) => (isToLog(send) ? shopLogs?.deliver(send) : tellBank(send)),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const opened = openShopLogs({ config, store, hosted, onBug: ports.onBug }, named);
  shopLogs = opened;

  /** Message 6 out, message 7 back. What is lost on the way, the sale's row sends again. */
  async function tellBank(send: Send): Promise<void> {
    let answer: Uint8Array;
    try {
      answer = await bank(send.bytes);
    } catch {
      return; // unknown: the row still owes the endorsement
    }
    const command = hearBank(config, send.bytes, answer);
    if (command === null) return;
    const heard = await hosted.submit(command);
    if (heard.outcome.kind === "settled") waiting.tell(heard.outcome.tid, heard.answer);
    if (heard.outcome.kind === "declined") waiting.tell(heard.outcome.about, heard.answer);
  }

  const role: WireRole = {
    name: "shop",
    tags: SHOP_TAGS,
    async handle(message) {
      const { outcome, answer } = await hosted.submit(admitted(hosted.admit(message)));
      return outcome.kind === "pending" ? waiting.wait(outcome.tid, answer) : answer;
    },
  };

  return {
    key: config.key.publicKey,
    config,
    descriptor: sign(crypto, config.key, shopDescriptorSchema, { ...identity, merchant: config.key.publicKey }),
    logs: named,
    role,
    hosted,
    async page(after, limit) {
      const rows = await store.page({ table: "item", limit, ...(after === null ? {} : { after }) });
      return rows.map(({ id, row }) => ({ pid: id, row: row as ItemRow }));
    },
    async item(pid) {
      const [found] = await store.read([{ table: "item", id: pid }]);
      return found?.row === undefined ? null : { pid, row: found.row as ItemRow };
    },
    async bundles(pids) {
      const found = await store.read(pids.map((id) => ({ table: "bundle", id })));
      return new Map(
        found.map(({ row }, at) => [pids[at] as Hex, partsIn((row as ShopTables["bundle"] | undefined)?.parts)]),
      );
    },
    async mirrors() {
      const [found] = await store.read([{ table: "mirrors", id: "all" }]);
      return mirrorsIn((found?.row as ShopTables["mirrors"] | undefined)?.urls);
    },
    goods: goodsIn(folder),
    sales: () => allRows<ShopSale>(store, "sale"),
    async close() {
      time.close();
      await opened.close();
      await hosted.stop();
      waiting.end();
      await store.close();
    },
  };
}

interface Waiters {
  /** Resolves with what is told about the tid, or with `otherwise` when nothing is for a while. */
  wait(tid: Hex, otherwise: Uint8Array): Promise<Uint8Array>;
  tell(tid: Hex, answer: Uint8Array): void;
  end(): void;
}

/**
 * Payments whose answer waits for the bank. An answer may be told before anyone waits, in the same turn; it is kept for as
 * long as a wait would take.
 */
function waiters(): Waiters {
  const told = new Map<Hex, Uint8Array>();
  const waiting = new Map<Hex, Set<(answer: Uint8Array | null) => void>>();
  return {
    wait(tid, otherwise) {
      const already = told.get(tid);
      if (already !== undefined) return Promise.resolve(already);
      return new Promise((resolve) => {
        const waitersOfTid = waiting.get(tid) ?? new Set();
        waiting.set(tid, waitersOfTid);
        const finish = (answer: Uint8Array | null) => {
          clearTimeout(timer);
          waitersOfTid.delete(finish);
          if (waitersOfTid.size === 0) waiting.delete(tid);
          resolve(answer ?? otherwise);
        };
        const timer = setTimeout(() => finish(null), BANK_WAIT_MS);
        waitersOfTid.add(finish);
      });
    },
    tell(tid, answer) {
      const waitersOfTid = waiting.get(tid);
      if (waitersOfTid === undefined) {
        told.set(tid, answer);
        setTimeout(() => told.delete(tid), SECOND_MS).unref();
        return;
      }
      for (const finish of [...waitersOfTid]) finish(answer);
    },
    end() {
      for (const each of waiting.values()) for (const finish of [...each]) finish(null);
    },
  };
}

const HASH_NAME = /^[0-9a-f]{64}$/;

/** Goods lie under their file hash, so a request's path can name nothing else. */
function goodsIn(folder: string): OpenShop["goods"] {
  return (fileHash) => {
    if (!HASH_NAME.test(fileHash)) return null;
    const path = shopGoodsPath(folder, fileHash);
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : { path, bytes: found.size, leavesPath: leavesPathOf(folder, fileHash) };
  };
}
