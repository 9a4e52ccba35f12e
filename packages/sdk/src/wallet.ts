/**
 * A wallet as a program uses it. One durable attempt per purchase: what comes before the payment can be lost without loss,
 * what comes after is a row that sends again until it is answered, here or in a later process (`resume`).
 */
import { decode, type Hex, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, KDF, type SigningKey } from "@counterfoil/crypto";
import { type Hosted, hostAuthority, Unreachable, type WireClient } from "@counterfoil/host/portable";
import type { Send, Store } from "@counterfoil/protocols";
import {
  type Caps,
  type CustomerConfig,
  type Excess,
  type Purchase,
  type PurchaseRow,
  type PurchaseState,
  purchaseStateSchema,
  type WalletCommand,
  type WalletOutcome,
  type WalletTables,
  wallet,
} from "@counterfoil/protocols/exchange";
import {
  type CoinRow,
  type ErrandRow,
  type PurseCommand,
  type PurseConfig,
  type PurseOutcome,
  type PurseRow,
  SHORTEST_EPOCH_MS,
} from "@counterfoil/protocols/purse";
import { type Allowance, capRefusal, readSpending, type Spending } from "./caps.ts";
import type { Endorsed } from "./endorsed.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";
import { ACCOUNT, type Identity, identityOf, newIdentity, type WalletPorts } from "./transport.ts";
import { trusteeUrl } from "./trustee-lines.ts";
import type { GoodsRoom, WalletPlace } from "./wallet-place.ts";
import { watchers } from "./watching.ts";

export interface OpenWallet {
  readonly seed: Uint8Array;
  readonly account: SigningKey;
  readonly goods: GoodsRoom;
  /** Whom its owner trusts about goods; null where that is left to the bank. */
  readonly trust: Endorsed | null;
  readonly hosted: Hosted<WalletCommand, WalletOutcome>;
  /** One message under an identity, and its answer. */
  call(url: string, identity: Identity, message: Uint8Array): Promise<Uint8Array>;
  /**
   * Makes the purchase durable, with the coins that pay it, sends it, and waits as `settled` does.
   * @throws Refusal where the wallet itself says no: nothing was sent.
   */
  buy(
    purchase: Purchase,
    row: PurchaseRow,
    coins: PayingCoins | null,
    patienceMs: number,
    /** What it pays for besides: begun in the same commit. */
    parts?: readonly PartPurchase[],
  ): Promise<PurchaseState>;
  /** Resolves when the purchase is paid or ended, or with its open state when `patienceMs` is over. */
  settled(tid: Hex, patienceMs: number): Promise<PurchaseState>;
  /** Tells of each purchase that comes to its end while the wallet is open. */
  onOver(tell: (tid: Hex) => void): void;
  /** Tells of each errand that its bank has given a final answer to: coins may have become others. */
  onErrandOver(tell: () => void): void;
  purchases(): Promise<readonly KnownPurchase[]>;
  /** Whether the coins of its phrase have not all been looked for yet. */
  restoring(): boolean;
  /** All of them have been. */
  endRestoring(): Promise<void>;
  /** Tells the purse something. */
  run(command: PurseCommand): Promise<PurseOutcome>;
  /** Resolves when the bank has answered an errand, or with it as it stands when `patienceMs` is over. */
  errand(id: Hex, patienceMs: number): Promise<ErrandRow>;
  purse(bank: Hex): Promise<PurseRow | null>;
  coins(): Promise<readonly (readonly [Hex, CoinRow])[]>;
  errands(): Promise<readonly (readonly [Hex, ErrandRow])[]>;
  /** Counts towards the caps what leaves in another way than by a purchase. */
  readonly allowance: Allowance;
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

export interface PartPurchase {
  readonly purchase: Purchase;
  readonly row: PurchaseRow;
}

export interface PayingCoins {
  readonly bank: Hex;
  readonly coinIds: readonly Hex[];
}

export type PurseTuning = Pick<PurseConfig, "spreadMs" | "refillMs" | "shortestEpochMs" | "lateMs"> &
  Pick<CustomerConfig, "waitsMs">;

/**
 * Refunds go out within ten minutes, each at a time of its own. The standing purse is looked at once a day: a refill names the
 * account, and one that follows a large purchase within the hour tells of it (docs/money.md, "What still links").
 */
const PURSE: PurseTuning = {
  spreadMs: 10 * MINUTE_MS,
  refillMs: 24 * HOUR_MS,
  shortestEpochMs: SHORTEST_EPOCH_MS,
  lateMs: 5 * MINUTE_MS,
};

interface Party {
  readonly row: PurchaseRow;
  readonly identity: Identity;
}

const NO_CONTEXT = new Uint8Array(0);

export function accountKey(crypto: Crypto, seed: Uint8Array): SigningKey {
  return crypto.signingKey(KDF(crypto, seed, "account", NO_CONTEXT));
}

export async function openWalletAt(
  place: WalletPlace,
  ports: WalletPorts,
  tuning: Partial<PurseTuning> = {},
): Promise<OpenWallet> {
  const { seed, store, goods, trust } = place;
  const account = accountKey(ports.crypto, seed);
  const calls = new Set<WireClient>();
  const purchases = watchers(stateOf);
  const errands = watchers(errandOf);
  /** Where each purchase that is under way is dealt with, and as whom; only a memory of rows. */
  const open = new Map<Hex, Party>();
  const over: ((tid: Hex) => void)[] = [];
  const errandOver: (() => void)[] = [];
  let closing = false;

  const hosted: Hosted<WalletCommand, WalletOutcome> = await hostAuthority<
    WalletTables,
    WalletCommand,
    WalletOutcome,
    Send
  >(wallet({ ...PURSE, ...tuning, crypto: ports.crypto, seed, account }), store, {
    name: "wallet",
    clock: ports.clock,
    deliver: (send) => carry(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });

  async function carry(send: Send): Promise<void> {
    if (send.to === "account" || send.to === "mint") return carryErrand(send);
    return carryPurchase(send);
  }

  /** Carries a purse's request to its bank: as the account only what names the account, else as nobody. */
  async function carryErrand(send: Send): Promise<void> {
    const id = send.about as Hex;
    const row = await errandOf(id);
    const purse = row && (await rowAt<PurseRow>("purse", row.bank));
    if (purse === null || closing) return;
    let answer: Uint8Array;
    try {
      answer = await call(purse.url, send.to === "account" ? ACCOUNT : newIdentity(), send.bytes);
    } catch {
      return; // unknown: the errand's row sends it again
    }
    if (closing) return;
    const { outcome } = await hosted.submit({ kind: "purse", command: { kind: "heard", id, answer } });
    if (outcome.result !== "purse" || outcome.purse.kind !== "errand") return;
    if (!isErrandOver(outcome.purse.row)) return;
    errands.tell(id, outcome.purse.row);
    for (const tell of errandOver) tell();
  }

  /** Carries a message to the market or bank of its purchase and hands the answer to the session. */
  async function carryPurchase(send: Send): Promise<void> {
    const tid = send.about as Hex;
    const party = open.get(tid) ?? (await partyOf(tid));
    if (party === null || closing) return;
    open.set(tid, party);
    let answer: Uint8Array;
    try {
      answer = await carried(send, party);
    } catch {
      return; // unknown: the session's deadline sends it again
    }
    if (closing) return;
    const kind = send.to === "bank" || send.to === "merchant" || send.to === "log" ? send.to : "trustee";
    const { outcome } = await hosted.submit({ kind: "step", id: tid, input: { kind, answer } });
    announce(tid, outcome.state);
  }

  /**
   * A trustee hears from an identity of its own: it is not to learn who else was asked, nor where the goods came from. So does
   * the log, which is to learn no more than that somebody asks about a contract.
   */
  function carried(send: Send, { row, identity }: Party): Promise<Uint8Array> {
    if (send.to === "bank") return call(row.bank_url, identity, send.bytes);
    if (send.to === "merchant") return call(row.market_url, identity, send.bytes);
    if (send.to === "log") return call(logUrl(row), newIdentity(), send.bytes);
    return call(trusteeUrl(row.trustees, send.to), newIdentity(), send.bytes);
  }

  /** The bank too hears of a purchase from the purchase, never from the account. */
  async function call(url: string, identity: Identity, message: Uint8Array): Promise<Uint8Array> {
    if (closing) throw new Unreachable("CLOSED", false);
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
    const row = await rowAt<PurchaseRow>("purchase", tid);
    const state = await stateOf(tid);
    if (row === null || state === null) return null;
    return { row, identity: identityOf(state.purchase) };
  }

  function announce(tid: Hex, state: PurchaseState | null): void {
    if (state === null || !isOver(state)) return;
    open.delete(tid);
    purchases.tell(tid, state);
    for (const tell of over) tell(tid);
  }

  async function stateOf(tid: Hex): Promise<PurchaseState | null> {
    const row = await rowAt<WalletTables["session"]>("session", tid);
    return row && readState(row);
  }

  function errandOf(id: Hex): Promise<ErrandRow | null> {
    return rowAt<ErrandRow>("errand", id);
  }

  async function rowAt<R>(table: string, id: string): Promise<R | null> {
    const [found] = await store.read([{ table, id }]);
    return (found?.row as R | undefined) ?? null;
  }

  return {
    seed,
    account,
    goods,
    trust,
    hosted,
    call,
    async buy(purchase, row, coins, patienceMs, parts = []) {
      const { tid } = purchase;
      open.set(tid, { row, identity: identityOf(purchase) });
      const watching = purchases.watch(tid, patienceMs); // before the payment leaves: its answer may be quick
      try {
        const { outcome } = await hosted.submit({ kind: "buy", purchase, row, coins, parts });
        if (outcome.result === "refused") throw notStarted(outcome.excess, row.unit);
        announce(tid, outcome.state);
      } catch (error) {
        watching.stop();
        open.delete(tid);
        throw error;
      }
      return watching.state;
    },
    async settled(tid, patienceMs) {
      const watching = purchases.watch(tid, patienceMs);
      announce(tid, await stateOf(tid));
      return watching.state;
    },
    async run(command) {
      const { outcome } = await hosted.submit({ kind: "purse", command });
      if (outcome.result !== "purse") throw new Error("a purse answers as a purse");
      return outcome.purse;
    },
    async errand(id, patienceMs) {
      const watching = errands.watch(id, patienceMs);
      const row = await errandOf(id);
      if (row !== null && isErrandOver(row)) errands.tell(id, row);
      return watching.state;
    },
    restoring: place.isRestoring,
    endRestoring: place.endRestoring,
    purse: (bank) => rowAt<PurseRow>("purse", bank),
    coins: () => allRows<CoinRow>(store, "coin"),
    errands: () => allRows<ErrandRow>(store, "errand"),
    onOver: (tell) => over.push(tell),
    onErrandOver: (tell) => errandOver.push(tell),
    purchases: () => readPurchases(store),
    allowance: {
      async admit(spend, unit) {
        const { outcome } = await hosted.submit({ kind: "count", spend });
        if (outcome.result === "refused") throw notStarted(outcome.excess, unit);
      },
      async giveBack(key, keptMinor) {
        await hosted.submit({ kind: "uncount", key, keptMinor });
      },
    },
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

function logUrl({ log_url }: PurchaseRow): string {
  if (log_url === null) throw new Unreachable("NO_ADDRESS", false);
  return log_url;
}

/** A refused withdrawal rests until its notAfter, but its answer has come. */
function isErrandOver(row: ErrandRow): boolean {
  return row.phase !== "asked" || row.reason !== null;
}

function notStarted(excess: Excess | null, unit: string): Refusal {
  if (excess !== null) return capRefusal(excess, unit);
  const detail = "A coin of this payment was used for something else meanwhile.";
  return new Refusal("coin-not-available", detail, NO_MONEY_MOVED, "Buy again.");
}

export function isOver(state: PurchaseState): boolean {
  return state.phase === "paid" || state.phase === "ended" || state.phase === "forfeited";
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
