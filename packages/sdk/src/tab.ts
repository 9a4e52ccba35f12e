/**
 * A wallet's tabs as a program uses them: open one, take pieces from shops, close it. Everything that was signed is a row
 * in a store of its own before it leaves, so that a process that is killed loses neither count nor pieces.
 */
import { join } from "node:path";
import { type Hex, type Instant, sameBytes } from "@counterfoil/base";
import { hostAuthority, openSqlite, type WireClient, wireClient } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import type { BankDescriptor } from "@counterfoil/protocols/money";
import {
  ANSWER_LIMIT_BYTES,
  type OwnSlice,
  type OwnTab,
  type PieceRequest,
  type TabWalletCommand,
  type TabWalletConfig,
  type TabWalletOutcome,
  type TabWalletTables,
  type TakenRow,
  tabWallet,
  tabWalletShapes,
} from "@counterfoil/protocols/tabs";
import { newNonce } from "./account.ts";
import { allRows } from "./bank.ts";
import { makeFolder, Refusal, seedIn } from "./folder.ts";
import type { MeteredJson } from "./metered.ts";
import type { Ports } from "./role.ts";
import {
  CLOSED_MEANWHILE,
  type Closed,
  closedByShop,
  closeTab,
  type Desk,
  demandRoom,
  openAtBank,
  sliceFor,
  type TabShop,
} from "./tab-desk.ts";
import { requestOf, type SliceLine, sliceLine, storedPieces, type Taken } from "./tab-slice.ts";
import { accountKey } from "./wallet.ts";

export interface OpenTabs {
  /** Sets money aside at the bank. @param nonce makes a repeat the same tab. */
  openTab(limitMinor: bigint, notAfterMs: Instant, nonce?: Hex): Promise<Tab>;
  tab(id: Hex): Tab;
  tabs(): Promise<readonly KnownTab[]>;
  close(): Promise<void>;
}

export interface Tab {
  readonly id: Hex;
  /**
   * Buys pieces, in order. What was paid for and not kept comes first from the wallet, and is not paid for again. The slice
   * for the shop is asked for and grows as it is needed.
   */
  take(shop: TabShop, item: MeteredJson, range: PieceRange): AsyncGenerator<Taken>;
  /** Buys one answer. */
  ask(shop: TabShop, item: MeteredJson, question: Uint8Array): Promise<Taken>;
  /** The pieces are where they belong: the wallet forgets them. */
  keep(taken: readonly Taken[]): Promise<void>;
  /** Settles with every shop and gives back the rest. */
  close(): Promise<Closed>;
}

export interface PieceRange {
  readonly from: number;
  readonly pieces: number;
}

export interface KnownTab {
  readonly id: Hex;
  readonly row: OwnTab;
  readonly slices: readonly (readonly [Hex, OwnSlice])[];
}

/** Small pieces come many to a voucher; more would only make each answer later. */
const PIECES_A_VOUCHER = 64;
/** Vouchers that one `take` has under way: as many as its slice lets begin. */
const AHEAD = 32;

type Bank = { readonly terms: BankDescriptor; readonly client: WireClient };

export async function openTabs(folder: string, bank: Bank, ports: Ports): Promise<OpenTabs> {
  const { crypto } = ports;
  const seed = seedIn(makeFolder(folder));
  const { bank: bankKey, box: bankBox, unit } = bank.terms;
  const config: TabWalletConfig = { crypto, seed, account: accountKey(crypto, seed), bank: bankKey, bankBox, unit };
  const store = openSqlite(join(folder, "tabs.db"), tabWalletShapes);
  const hosted = await hostAuthority<TabWalletTables, TabWalletCommand, TabWalletOutcome>(tabWallet(config), store, {
    name: "tabs",
    clock: ports.clock,
    deliver: () => {},
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const doors = new Map<string, WireClient>();
  const door = (url: string) => {
    const known = doors.get(url) ?? wireClient(url);
    doors.set(url, known);
    return known;
  };
  const desk: Desk = { config, hosted, store, bank: bank.client, door, busy: new Map() };
  const lines = new Map<Hex, SliceLine>();
  const lineOf = (slice: Hex, { merchant, client }: TabShop) => {
    const line = lines.get(slice) ?? sliceLine({ crypto, hosted, client, merchant }, slice);
    lines.set(slice, line);
    return line;
  };

  return {
    async openTab(limitMinor, notAfterMs, nonce = newNonce()) {
      return tabAt(desk, lineOf, await openAtBank(desk, { nonce, limitMinor, notAfterMs }));
    },
    tab: (id) => tabAt(desk, lineOf, id),
    tabs: () => readTabs(store),
    async close() {
      await hosted.stop();
      for (const each of doors.values()) each.close();
      await store.close();
    },
  };
}

type LineOf = (slice: Hex, shop: TabShop) => SliceLine;

function tabAt(desk: Desk, lineOf: LineOf, id: Hex): Tab {
  const { config, hosted, store } = desk;

  /** The slice that was last spent from at each shop. */
  const current = new Map<Hex, Hex>();

  /** Signs, growing the slice until it suffices, and going on in another where the shop has closed it. */
  async function buy(shop: TabShop, item: MeteredJson, request: PieceRequest): Promise<Taken> {
    const pieces = request.kind === "pieces" ? request.pieces : 1;
    const costMilli = BigInt(item.priceMilli) * BigInt(pieces);
    let needed = 1n;
    for (let closed = 0; ; ) {
      const known = needed === 1n ? current.get(shop.merchant) : undefined;
      const slice = known ?? (await sliceFor(desk, id, shop, needed));
      current.set(shop.merchant, slice);
      try {
        const taken = await lineOf(slice, shop).take(item.item, request, costMilli);
        if ("id" in taken) return taken;
        needed = taken.neededMinor;
      } catch (error) {
        if (!(error instanceof Refusal) || error.reason !== "closing" || ++closed > CLOSED_MEANWHILE) throw error;
        await closedByShop(desk, id, slice);
        if (current.get(shop.merchant) === slice) current.delete(shop.merchant);
        needed = 1n;
      }
    }
  }

  /** What was paid for at this shop and not kept; what has not come is asked for again first. */
  async function unkept(shop: TabShop, item: Hex): Promise<readonly Taken[]> {
    const slices = new Map(await allRows<OwnSlice>(store, "slice"));
    const rows = (await allRows<TakenRow>(store, "taken")).filter(
      ([, row]) => slices.get(row.slice)?.merchant === shop.merchant,
    );
    const asked = await Promise.all(
      rows.map(([taken, row]) =>
        row.answer === null
          ? lineOf(row.slice, shop).again(taken)
          : storedPieces(config.crypto, shop.merchant, taken, row),
      ),
    );
    return asked.filter((taken) => taken.item === item);
  }

  return {
    id,
    async *take(shop, item, range) {
      const known = await unkept(shop, item.item);
      const coming: Promise<Taken>[] = [];
      const plan = planned(item, range, known);
      const missing = plan.reduce((sum, part) => sum + ("kind" in part && part.kind === "pieces" ? part.pieces : 0), 0);
      if (missing > 0) await demandRoom(desk, id, shop.merchant, BigInt(item.priceMilli) * BigInt(missing));
      for (const part of plan) {
        const taken = "id" in part ? Promise.resolve(part) : buy(shop, item, part);
        taken.catch(() => {}); // whoever stops taking does not wait for the rest
        coming.push(taken);
        if (coming.length >= AHEAD) yield await (coming.shift() as Promise<Taken>);
      }
      for (const taken of coming) yield await taken;
    },
    async ask(shop, item, question) {
      const known = (await unkept(shop, item.item)).find(
        ({ request }) => request.kind === "question" && sameBytes(request.question, question),
      );
      return known ?? buy(shop, item, { kind: "question", question });
    },
    async keep(taken) {
      await hosted.submit({ kind: "kept", ids: taken.map((each) => each.id) });
    },
    close: () => closeTab(desk, id),
  };
}

/** The range in order: what is known as it is, the rest in requests of as many pieces as one answer takes. */
function planned(item: MeteredJson, { from, pieces }: PieceRange, known: readonly Taken[]): (Taken | PieceRequest)[] {
  const most = Math.max(1, Math.min(PIECES_A_VOUCHER, Math.floor(ANSWER_LIMIT_BYTES / Math.max(1, item.longestBytes))));
  const own = known.flatMap((taken) => (taken.request.kind === "pieces" ? [{ taken, at: taken.request }] : []));
  own.sort((a, b) => a.at.from - b.at.from);
  const plan: (Taken | PieceRequest)[] = [];
  for (let next = from; next < from + pieces; ) {
    const covering = own.find(({ at }) => at.from <= next && next < at.from + at.pieces);
    if (covering !== undefined) {
      plan.push(covering.taken);
      next = covering.at.from + covering.at.pieces;
      continue;
    }
    const gapEnd = own.find(({ at }) => at.from > next)?.at.from ?? from + pieces;
    const count = Math.min(most, gapEnd - next, from + pieces - next);
    plan.push({ kind: "pieces", from: next, pieces: count });
    next += count;
  }
  return plan;
}

/** Everything about a wallet's tabs, also read while another process uses them. */
export async function readTabs(store: Pick<Store, "page">): Promise<readonly KnownTab[]> {
  const slices = await allRows<OwnSlice>(store, "slice");
  const tabs = (await allRows<OwnTab>(store, "tab")).map(([id, row]) => {
    return { id, row, slices: slices.filter(([, slice]) => slice.tab === id) };
  });
  return tabs.sort((a, b) => a.row.opened_ms - b.row.opened_ms);
}

/** What is paid for and not kept: it is to be had again, and only once. */
export async function unkeptPieces(store: Pick<Store, "page">): Promise<number> {
  let pieces = 0;
  for (const [, row] of await allRows<TakenRow>(store, "taken")) {
    const request = requestOf(row);
    pieces += request.kind === "pieces" ? request.pieces : 1;
  }
  return pieces;
}
