/**
 * A wallet as a program uses it. One durable attempt per purchase: what comes before the payment can be lost without loss,
 * what comes after is a row that sends again until it is answered, here or in a later process (`resume`).
 */
import { join } from "node:path";
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, KDF, type SigningKey } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, openSqlite, type WireClient } from "@counterfoil/host";
import type { Send, Store } from "@counterfoil/protocols";
import {
  type Caps,
  type Purchase,
  type PurchaseRow,
  type PurchaseState,
  purchaseStateSchema,
  type WalletCommand,
  type WalletOutcome,
  type WalletTables,
  wallet,
  walletShapes,
} from "@counterfoil/protocols/exchange";
import { allRows } from "./bank.ts";
import { capRefusal, readSpending, type Spending } from "./caps.ts";
import { makeFolder, walletSeedIn } from "./folder.ts";
import { type Identity, identityOf, type WalletPorts } from "./transport.ts";

export interface OpenWallet {
  readonly seed: Uint8Array;
  readonly account: SigningKey;
  readonly goodsFolder: string;
  readonly hosted: Hosted<WalletCommand, WalletOutcome>;
  /**
   * Makes the purchase durable, sends it, and waits as `settled` does.
   * @throws Refusal when it is above a cap: nothing is kept and nothing sent.
   */
  buy(purchase: Purchase, row: PurchaseRow, patienceMs: number): Promise<PurchaseState>;
  /** Resolves when the purchase is paid or ended, or with its open state when `patienceMs` is over. */
  settled(tid: Hex, patienceMs: number): Promise<PurchaseState>;
  purchases(): Promise<readonly KnownPurchase[]>;
  spending(): Promise<Spending>;
  setCaps(caps: Caps): Promise<void>;
  close(): Promise<void>;
}

export interface KnownPurchase {
  readonly tid: Hex;
  readonly row: PurchaseRow;
  /** null for free deliveries that needed no bank. */
  readonly state: PurchaseState | null;
}

interface Watch {
  readonly state: Promise<PurchaseState>;
  /** Nobody waits for it any more. */
  stop(): void;
}

interface Party {
  readonly row: PurchaseRow;
  readonly identity: Identity;
}

const NO_CONTEXT = new Uint8Array(0);

export function accountKey(crypto: Crypto, seed: Uint8Array): SigningKey {
  return crypto.signingKey(KDF(crypto, seed, "account", NO_CONTEXT));
}

export async function openWallet(folder: string, ports: WalletPorts): Promise<OpenWallet> {
  const { crypto } = ports;
  const seed = walletSeedIn(makeFolder(folder));
  const goodsFolder = makeFolder(join(folder, "goods"));
  const store = openSqlite(join(folder, "wallet.db"), walletShapes);
  const calls = new Set<WireClient>();
  const watchers = new Map<Hex, Set<(state: PurchaseState) => void>>();
  /** Where each purchase that is under way is dealt with, and as whom; only a memory of rows. */
  const open = new Map<Hex, Party>();
  let closing = false;

  const hosted: Hosted<WalletCommand, WalletOutcome> = await hostAuthority<
    WalletTables,
    WalletCommand,
    WalletOutcome,
    Send
  >(wallet(crypto), store, {
    name: "wallet",
    clock: ports.clock,
    deliver: (send) => carry(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  /** Carries a message to the market or bank of its purchase and hands the answer to the session. */
  async function carry(send: Send): Promise<void> {
    const tid = send.about as Hex;
    const party = open.get(tid) ?? (await partyOf(tid));
    if (party === null || closing) return;
    open.set(tid, party);
    let answer: Uint8Array;
    try {
      answer = await call(send.to === "bank" ? party.row.bank_url : party.row.market_url, party.identity, send.bytes);
    } catch {
      return; // unknown: the session's deadline sends it again
    }
    if (closing) return;
    const kind = send.to === "bank" ? "bank" : "merchant";
    const { outcome } = await hosted.submit({ kind: "step", id: tid, input: { kind, answer } });
    announce(tid, outcome.state);
  }

  /** The bank too hears of a purchase from the purchase, never from the account. */
  async function call(url: string, identity: Identity, message: Uint8Array): Promise<Uint8Array> {
    const client = ports.transport.client(url, identity);
    calls.add(client);
    try {
      return await client.post(message);
    } finally {
      calls.delete(client);
      client.close();
    }
  }

  async function partyOf(tid: Hex): Promise<Party | null> {
    const [found] = await store.read([{ table: "purchase", id: tid }]);
    const state = await stateOf(tid);
    if (found?.row === undefined || state === null) return null;
    return { row: found.row as PurchaseRow, identity: identityOf(state.purchase) };
  }

  function announce(tid: Hex, state: PurchaseState | null): void {
    if (state === null || !isOver(state)) return;
    open.delete(tid);
    for (const tell of [...(watchers.get(tid) ?? [])]) tell(state);
  }

  /** The state when it is over, or as it stands after a while. */
  function watch(tid: Hex, patienceMs: number): Watch {
    const { promise: state, resolve, reject } = Promise.withResolvers<PurchaseState>();
    const watching = watchers.get(tid) ?? new Set();
    watchers.set(tid, watching);
    const stop = () => {
      clearTimeout(timer);
      watching.delete(finish);
      if (watching.size === 0) watchers.delete(tid);
    };
    const finish = (state: PurchaseState) => {
      stop();
      resolve(state);
    };
    const look = () =>
      stateOf(tid).then((state) => (state === null ? reject(new Error("no such purchase")) : finish(state)), reject);
    const timer = setTimeout(look, patienceMs);
    watching.add(finish);
    return { state, stop };
  }

  async function stateOf(tid: Hex): Promise<PurchaseState | null> {
    const [found] = await store.read([{ table: "session", id: tid }]);
    return found?.row === undefined ? null : readState(found.row as WalletTables["session"]);
  }

  return {
    seed,
    account: accountKey(crypto, seed),
    goodsFolder,
    hosted,
    async buy(purchase, row, patienceMs) {
      const { tid } = purchase;
      open.set(tid, { row, identity: identityOf(purchase) });
      const watching = watch(tid, patienceMs); // before the payment leaves: its answer may be quick
      try {
        const { outcome } = await hosted.submit({ kind: "buy", purchase, row });
        if (outcome.result === "refused") throw capRefusal(outcome.excess, row.unit);
        announce(tid, outcome.state);
      } catch (error) {
        watching.stop();
        open.delete(tid);
        throw error;
      }
      return watching.state;
    },
    async settled(tid, patienceMs) {
      const watching = watch(tid, patienceMs);
      announce(tid, await stateOf(tid));
      return watching.state;
    },
    purchases: () => readPurchases(store),
    spending: () => readSpending(store, hosted.now()),
    async setCaps(caps) {
      await hosted.submit({ kind: "cap", caps });
    },
    async close() {
      closing = true;
      await hosted.stop();
      for (const each of calls) each.close();
      await store.close();
    },
  };
}

export function isOver(state: PurchaseState): boolean {
  return state.phase === "paid" || state.phase === "ended";
}

/** Everything a wallet ever bought, also read while another process uses it. */
export async function readPurchases(store: Pick<Store, "page" | "read">): Promise<readonly KnownPurchase[]> {
  const rows = await allRows<PurchaseRow>(store, "purchase");
  const sessions = new Map(await allRows<WalletTables["session"]>(store, "session"));
  return rows
    .map(([tid, row]) => {
      const session = sessions.get(tid);
      return { tid, row, state: session === undefined ? null : readState(session) };
    })
    .sort((a, b) => a.row.started_ms - b.row.started_ms);
}

function readState(row: WalletTables["session"]): PurchaseState {
  const state = decode(purchaseStateSchema, row.state);
  if (!state.ok) throw new Error("a session row does not decode");
  return state.value;
}
