/** The buyer's tabs at the command line: open one, take pieces, close it. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { HOUR_MS, showMilli, showMoney } from "@counterfoil/base";
import { openSqliteReadOnly } from "@counterfoil/host";
import { tabWalletShapes } from "@counterfoil/protocols/tabs";
import {
  findMetered,
  type KnownTab,
  lockFolder,
  type MeteredJson,
  makeFolder,
  NO_MONEY_MOVED,
  type OpenTabs,
  openTabs,
  openWallet,
  type Ports,
  Refusal,
  readTabs,
  type Taken,
  unkeptPieces,
  type Visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import { type Place, settingsOf, visitMarket, walletFolder, walletPorts } from "./place.ts";
import { day, print, WrongUse, writeGoods } from "./terminal.ts";

/** Opens the wallet's tabs for writing: one process at a time. */
async function withTabs<T>(
  place: Place,
  use: (tabs: OpenTabs, market: Visit, own: WalletPorts) => Promise<T>,
): Promise<T> {
  settingsOf(place);
  const own = await walletPorts(place);
  const market = await visitMarket(place, own);
  const lock = lockFolder(makeFolder(walletFolder(place)));
  try {
    if (lock === null) {
      throw new Refusal("wallet-busy", "Another command is using this wallet.", NO_MONEY_MOVED, "Wait for it to end.");
    }
    const wallet = await openWallet(walletFolder(place), own);
    const tabs = await openTabs(walletFolder(place), market.bank, own, wallet.allowance);
    try {
      return await use(tabs, market, own);
    } finally {
      await tabs.close();
      await wallet.close();
    }
  } finally {
    lock?.release();
    market.close();
  }
}

export async function openTab(place: Place, limitMinor: bigint, flags: { hours: number }): Promise<void> {
  if (flags.hours < 1) throw new WrongUse("A tab is open for an hour at least.");
  await withTabs(place, async (tabs, market, own) => {
    // One that was asked for and not answered is asked for again: two answers to one wish would hold the money twice.
    const asked = (await tabs.tabs()).find(({ row }) => row.phase === "asked" && row.limit === limitMinor);
    // To the hour, so that the times of two tabs are alike and tell two shops nothing.
    const notAfterMs = asked?.row.not_after_ms ?? Math.ceil((own.clock() + flags.hours * HOUR_MS) / HOUR_MS) * HOUR_MS;
    const tab = await tabs.openTab(limitMinor, notAfterMs, asked?.row.nonce);
    const { unit } = market.bank.terms;
    print(place.json, { status: "done", tab: tab.id, limitMinor, unit, notAfterMs }, [
      `A tab of ${showMoney(limitMinor, unit)} is open until ${day(notAfterMs)} UTC. The money stays yours until it is spent.`,
      `tab ${tab.id}`,
    ]);
  });
}

export async function listTabs(place: Place): Promise<void> {
  settingsOf(place);
  const path = join(walletFolder(place), "tabs.db");
  const store = existsSync(path) ? openSqliteReadOnly(path, tabWalletShapes) : null;
  try {
    const known = store === null ? [] : await readTabs(store);
    const unkept = store === null ? 0 : await unkeptPieces(store);
    const tabs = known.map(shownTab);
    const lines = tabs.flatMap((tab) => [
      `  ${tab.tab.slice(0, 12)}  ${showMoney(tab.limitMinor, tab.unit)} until ${day(tab.notAfterMs)}  ${tab.phase}`,
      ...tab.slices.map(
        (slice) =>
          `    shop ${slice.merchant.slice(0, 12)}  ${showMilli(slice.totalMilli, tab.unit)} of ${showMoney(slice.limitMinor, tab.unit)}  ${slice.phase}`,
      ),
    ]);
    const waiting = unkept === 0 ? [] : [`${unkept} pieces are paid for and not in their file yet: tap them again.`];
    print(place.json, { status: "done", tabs, unkept }, [`${tabs.length} tabs:`, ...lines, ...waiting]);
  } finally {
    await store?.close();
  }
}

function shownTab({ id, row, slices }: KnownTab) {
  return {
    tab: id,
    phase: row.phase,
    limitMinor: row.limit,
    unit: row.unit,
    notAfterMs: row.not_after_ms,
    slices: slices.map(([slice, each]) => ({
      slice,
      merchant: each.merchant,
      phase: each.phase,
      limitMinor: each.limit,
      totalMilli: each.total_milli,
      paidMinor: each.paid,
    })),
  };
}

/** Closes every open tab, or the one whose id begins so. */
export async function closeTabs(place: Place, name: string | undefined): Promise<void> {
  await withTabs(place, async (tabs, market) => {
    const found = (await tabs.tabs()).filter(({ id, row, slices }) => {
      const open = row.phase !== "ended" || slices.some(([, slice]) => slice.phase !== "paid");
      return open && id.startsWith(name ?? "");
    });
    if (name !== undefined && found.length === 0) throw noTab(`No open tab begins with "${name}".`);
    const { unit } = market.bank.terms;
    const closed: object[] = [];
    const lines: string[] = [];
    for (const { id } of found) {
      const { paidMinor, heldMinor, closing } = await tabs.tab(id).close();
      closed.push({ tab: id, paidMinor, heldMinor, unit, closing });
      lines.push(`Tab ${id.slice(0, 12)} is closed: ${showMoney(paidMinor, unit)} paid, the rest is yours.`);
      for (const { totalMinor, settleAtMs } of closing) {
        const amount = showMoney(totalMinor, unit);
        lines.push(
          `  One shop did not answer: ${amount} is paid at ${day(settleAtMs)} UTC, or more if it shows more by then.`,
        );
      }
    }
    print(place.json, { status: "done", closed }, lines.length === 0 ? "No tab is open." : lines);
  });
}

interface TapFlags {
  readonly pieces: number;
  readonly from: number;
  readonly out: string;
  readonly maxPrice?: bigint;
  readonly atRisk?: number;
}

/** Buys pieces over the open tab into one file. What a crash left paid and not written comes first, and is not paid again. */
export async function tap(place: Place, name: string, flags: TapFlags): Promise<void> {
  if (flags.pieces < 1) throw new WrongUse("Take one piece at least.");
  if (flags.atRisk === 0) throw new WrongUse("One piece is at risk at least.");
  await withTabs(place, async (tabs, market, own) => {
    const item = await findMetered(market, name);
    checkWish(item, flags);
    const shop = shopOf(market);
    const known = await openTabIn(tabs, own);
    const tab = tabs.tab(known.id);
    const outPath = resolve(flags.out);
    // The same command again, because nobody saw how it ended, must not pay again for what is there.
    if (existsSync(outPath) && (await tab.missing(shop, item, { from: flags.from, pieces: flags.pieces })) > 0) {
      throw new Refusal(
        "file-exists",
        `${outPath} is there already.`,
        NO_MONEY_MOVED,
        "Take it away, or pass another --out.",
      );
    }
    const taken: Taken[] = [];
    const { from, pieces, atRisk } = flags;
    const range = { from, pieces, ...(atRisk === undefined ? {} : { atRisk }) };
    for await (const each of tab.take(shop, item, range)) taken.push(each);
    const bytes = wanted(taken, flags);
    writeGoods(outPath, bytes);
    await tab.keep(taken);
    const costMilli = BigInt(item.priceMilli) * BigInt(flags.pieces);
    print(
      place.json,
      {
        status: "done",
        item: item.item,
        pieces: flags.pieces,
        costMilli,
        unit: item.unit,
        bytes: bytes.length,
        outPath,
      },
      `${flags.pieces} pieces for ${showMilli(costMilli, item.unit)}: ${bytes.length} bytes in ${outPath}. The shop is paid when the tab closes.`,
    );
  });
}

function checkWish(item: MeteredJson, { from, pieces, maxPrice }: TapFlags): void {
  if (item.pieces === null) {
    throw new Refusal(
      "no-such-piece",
      `"${item.title}" answers questions; it has no pieces.`,
      NO_MONEY_MOVED,
      "Use the SDK.",
    );
  }
  if (from + pieces > item.pieces) {
    const detail = `"${item.title}" has ${item.pieces} pieces, counted from 0.`;
    throw new Refusal("no-such-piece", detail, NO_MONEY_MOVED, "Take fewer, or from an earlier one.");
  }
  if (maxPrice !== undefined && BigInt(item.priceMilli) > maxPrice) {
    const detail = `A piece of "${item.title}" costs ${showMilli(BigInt(item.priceMilli), item.unit)}.`;
    throw new Refusal("above-max-price", detail, NO_MONEY_MOVED, "Raise --max-price, or do not buy it.");
  }
}

function shopOf(market: Visit) {
  if (market.shop === null)
    throw new Refusal("no-shop", "There is no shop here.", NO_MONEY_MOVED, "Check COUNTERFOIL_URL.");
  return { merchant: market.shop.merchant, url: market.url, client: market.client };
}

/** The newest that is open and not over. */
async function openTabIn(tabs: OpenTabs, own: Ports): Promise<KnownTab> {
  const open = (await tabs.tabs()).filter(({ row }) => row.phase === "open" && row.not_after_ms > own.clock());
  const newest = open.at(-1);
  if (newest === undefined) throw noTab("No tab is open.");
  return newest;
}

function noTab(detail: string): Refusal {
  return new Refusal("no-such-tab", detail, NO_MONEY_MOVED, "counterfoil wallet tab open 1.00");
}

/** The bytes of exactly the pieces that were asked for, one behind the other. */
function wanted(taken: readonly Taken[], { from, pieces }: TapFlags): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { request, pieces: came } of taken) {
    if (request.kind !== "pieces") continue;
    came.forEach((piece, at) => {
      const number = request.from + at;
      if (number >= from && number < from + pieces) parts[number - from] = piece;
    });
  }
  return Buffer.concat(parts);
}
