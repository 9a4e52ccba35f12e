/**
 * A wallet's tabs as a program uses them: open one, take pieces from shops, close it. Everything that was signed is a row
 * in a store of its own before it leaves, so that a process that is killed loses neither count nor pieces.
 */
import { join } from "node:path";
import { type Hex, type Instant, sameBytes } from "@counterfoil/base";
import { hostAuthority, openSqlite, type WireClient } from "@counterfoil/host";
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
import type { Allowance } from "./caps.ts";
import { makeFolder, walletSeedIn } from "./folder.ts";
import type { MeteredJson } from "./metered.ts";
import { newNonce } from "./nonce.ts";
import { Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";
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
import { type Note, requestOf, type SliceLine, sliceLine, storedPieces, type Taken, UNDER_WAY } from "./tab-slice.ts";
import { newIdentity, type WalletPorts } from "./transport.ts";
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
  /** How many pieces of the range `take` would have to pay for. */
  missing(shop: TabShop, item: MeteredJson, range: PieceRange): Promise<number>;
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
  /**
   * How many pieces may be signed for and not have come, at any moment: what a shop that stops serving costs the buyer. Fewer
   * is slower; 1 waits for each piece before it pays for the next.
   */
  readonly atRisk?: number;
}

export interface KnownTab {
  readonly id: Hex;
  readonly row: OwnTab;
  readonly slices: readonly (readonly [Hex, OwnSlice])[];
}

/** Small pieces come many to a voucher; more would only make each answer later. */
const PIECES_A_VOUCHER = 64;

type Bank = { readonly terms: BankDescriptor; readonly client: WireClient };

/** @param allowance a tab counts whole when it is opened, at no shop but its bank; what it did not pay is given back at its close. */
export async function openTabs(
  folder: string,
  bank: Bank,
  ports: WalletPorts,
  allowance: Allowance,
): Promise<OpenTabs> {
  const { crypto } = ports;
  const seed = walletSeedIn(makeFolder(folder));
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
    // Each shop sees a connection of its own, which is not the account's.
    const known = doors.get(url) ?? ports.transport.client(url, newIdentity());
    doors.set(url, known);
    return known;
  };
  const desk: Desk = { config, hosted, store, bank: bank.client, door, busy: new Map() };
  const notes = await readNotes(store);
  const lines = new Map<Hex, SliceLine>();
  const lineOf = (slice: Hex, { merchant, client }: TabShop) => {
    const line = lines.get(slice) ?? sliceLine({ crypto, hosted, client, merchant, notes }, slice);
    lines.set(slice, line);
    return line;
  };

  return {
    async openTab(limitMinor, notAfterMs, nonce = newNonce()) {
      await allowance.admit({ key: nonce, merchant: bankKey, amountMinor: limitMinor }, unit);
      return tabAt(desk, lineOf, notes, await openAtBank(desk, { nonce, limitMinor, notAfterMs }), allowance);
    },
    tab: (id) => tabAt(desk, lineOf, notes, id, allowance),
    tabs: () => readTabs(store),
    async close() {
      await hosted.stop();
      for (const each of doors.values()) each.close();
      await store.close();
    },
  };
}

type LineOf = (slice: Hex, shop: TabShop) => SliceLine;
type Notes = ReadonlyMap<string, Note> & Pick<Map<string, Note>, "delete">;

function tabAt(desk: Desk, lineOf: LineOf, notes: Notes, id: Hex, allowance: Allowance): Tab {
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

  const notesAt = (shop: TabShop) => [...notes].filter(([, { merchant }]) => merchant === shop.merchant);

  /** Vouchers whose answer was lost come before new ones: the till remembers only so far back. */
  async function unkept(shop: TabShop, wanted: (note: Note) => boolean): Promise<readonly Taken[]> {
    const found = notesAt(shop).filter(([, note]) => wanted(note) || (!note.answered && note.coming === null));
    const taken = await Promise.all(
      found.map(async ([taken, { slice, answered, coming }]) => {
        if (coming !== null) return coming;
        if (!answered) return lineOf(slice, shop).again(taken);
        const [stored] = await store.read([{ table: "taken", id: taken }]);
        return storedPieces(config.crypto, shop.merchant, taken, stored?.row as TakenRow);
      }),
    );
    return taken.filter((_, at) => wanted((found[at] as (typeof found)[number])[1]));
  }

  return {
    id,
    async *take(shop, item, range) {
      const known = await unkept(shop, (note) => note.item === item.item);
      const coming: Promise<Taken>[] = [];
      const plan = planned(item, range, known);
      const missing = piecesIn(plan);
      if (missing > 0) await demandRoom(desk, id, shop.merchant, BigInt(item.priceMilli) * BigInt(missing));
      const { ahead } = paceOf(item, range);
      for (const part of plan) {
        const taken = "id" in part ? Promise.resolve(part) : buy(shop, item, part);
        taken.catch(() => {}); // whoever stops taking does not wait for the rest
        coming.push(taken);
        if (coming.length >= ahead) yield await (coming.shift() as Promise<Taken>);
      }
      for (const taken of coming) yield await taken;
    },
    async missing(shop, item, range) {
      const known = notesAt(shop).map(([taken, { item: of, request }]) => ({ id: taken, of, request }));
      return piecesIn(
        planned(
          item,
          range,
          known.filter(({ of }) => of === item.item),
        ),
      );
    },
    async ask(shop, item, question) {
      const [known] = await unkept(shop, ({ item: of, request }) => {
        return of === item.item && request.kind === "question" && sameBytes(request.question, question);
      });
      return known ?? buy(shop, item, { kind: "question", question });
    },
    async keep(taken) {
      await hosted.submit({ kind: "kept", ids: taken.map((each) => each.id) });
      for (const each of taken) notes.delete(each.id);
    },
    async close() {
      const closed = await closeTab(desk, id);
      const [found] = await store.read([{ table: "tab", id }]);
      const row = found?.row as OwnTab | undefined;
      // What a shop may still be paid stays counted.
      const open = closed.closing.length > 0 || closed.heldMinor > 0n;
      if (!open && row !== undefined) await allowance.giveBack(row.nonce, closed.paidMinor);
      return closed;
    },
  };
}

/** Pieces that a plan has to pay for. */
function piecesIn(plan: readonly (object | PieceRequest)[]): number {
  return plan.reduce<number>((sum, part) => sum + ("kind" in part && part.kind === "pieces" ? part.pieces : 0), 0);
}

/** Pieces a voucher, and vouchers under way. */
function paceOf(item: MeteredJson, { atRisk }: PieceRange): { aVoucher: number; ahead: number } {
  const fitting = Math.floor(ANSWER_LIMIT_BYTES / Math.max(1, item.longestBytes));
  const most = atRisk ?? PIECES_A_VOUCHER * UNDER_WAY;
  // As many vouchers as pieces in each: few of one wait for the other.
  const aVoucher = Math.max(
    1,
    Math.min(PIECES_A_VOUCHER, fitting, atRisk === undefined ? fitting : Math.ceil(Math.sqrt(most))),
  );
  return { aVoucher, ahead: Math.max(1, Math.min(UNDER_WAY, Math.floor(most / aVoucher))) };
}

/** The range in order: what is known as it is, the rest in requests of as many pieces as one answer takes. */
function planned<Known extends Pick<Taken, "id" | "request">>(
  item: MeteredJson,
  range: PieceRange,
  known: readonly Known[],
): (Known | PieceRequest)[] {
  const { from, pieces } = range;
  const { aVoucher: most } = paceOf(item, range);
  const own = known.flatMap((taken) => (taken.request.kind === "pieces" ? [{ taken, at: taken.request }] : []));
  own.sort((a, b) => a.at.from - b.at.from);
  const plan: (Known | PieceRequest)[] = [];
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

/** Of what earlier processes signed for and did not keep. */
async function readNotes(store: Pick<Store, "page">): Promise<Map<string, Note>> {
  const slices = new Map(await allRows<OwnSlice>(store, "slice"));
  const rows = await allRows<TakenRow>(store, "taken");
  return new Map(
    rows.map(([id, row]) => {
      const { merchant } = slices.get(row.slice) as OwnSlice;
      const { slice, item, answer } = row;
      return [id, { merchant, slice, item, request: requestOf(row), answered: answer !== null, coming: null }];
    }),
  );
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
