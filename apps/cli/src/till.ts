/** The seller by the piece at the command line. A running till is told by signed message; without one, the command opens it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { decode, type Hex, showMilli, showMoney } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import { openSqliteReadOnly, wireClient } from "@counterfoil/host";
import { type TillRequest, type TillRow, tillAnswer, tillDeclineSchema, tillShapes } from "@counterfoil/protocols/tabs";
import {
  allRows,
  discardMetered,
  NO_MONEY_MOVED,
  openTill,
  prepareMetered,
  Refusal,
  tillConfig,
  tillMessage,
} from "@counterfoil/sdk";
import type { Place } from "./place.ts";
import { shopFolder, withCounter } from "./seller.ts";
import { day, print, showBytes, WrongUse } from "./terminal.ts";

interface TillCounter {
  readonly config: ReturnType<typeof tillConfig>;
  /** @returns the word of the answer. */
  tell(request: TillRequest): Promise<string>;
}

async function withTill<T>(place: Place, use: (counter: TillCounter) => Promise<T>): Promise<T> {
  return withCounter(place, async ({ own, config: shop, bankUrl, running }) => {
    const config = tillConfig(shop);
    const client = wireClient(running ?? bankUrl);
    const till =
      running === null ? await openTill(shopFolder(place), shop, (message) => client.post(message), own) : null;
    const tell = async (request: TillRequest) => {
      const message = tillMessage(config, request, own.clock());
      const bytes = till === null ? await client.post(message) : await till.role.handle(message);
      return wordOf(config, bytes);
    };
    try {
      return await use({ config, tell });
    } finally {
      await till?.close();
      client.close();
    }
  });
}

function wordOf({ crypto, key }: TillCounter["config"], bytes: Uint8Array): string {
  const answer = decode(tillAnswer, bytes);
  if (!answer.ok) return "not-an-answer";
  if (answer.value.kind !== "declined") return answer.value.kind;
  const decline = open(crypto, tillDeclineSchema, answer.value.decline, () => key.publicKey);
  return decline.ok ? decline.value.value.reason : "not-an-answer";
}

interface MeterFlags {
  readonly title: string;
  readonly piecePrice: bigint;
  readonly pieceBytes: number;
  readonly lines?: boolean;
}

export async function meterFile(place: Place, path: string, flags: MeterFlags): Promise<void> {
  if (flags.title.trim() === "") throw new WrongUse("An item needs a title.");
  if (flags.piecePrice < 1n) throw new WrongUse("A piece costs a thousandth of a minor unit at least: 0.00001.");
  if (flags.pieceBytes < 1) throw new WrongUse("A piece has a byte at least.");
  await withTill(place, async ({ config, tell }) => {
    const by = flags.lines === true ? ("lines" as const) : { bytes: flags.pieceBytes };
    const item = { path, title: flags.title, priceMilli: flags.piecePrice, by };
    const metered = await prepareMetered(shopFolder(place), config, item);
    const said = await tell({ kind: "meter", metered });
    if (said !== "done") {
      await discardMetered(shopFolder(place), config, metered);
      throw declined(said);
    }
    const { slug, pieces, priceMilli, unit, longestBytes } = metered;
    print(
      place.json,
      { status: "done", slug, pieces, priceMilli, unit, longestBytes },
      `"${metered.title}" is sold in ${pieces} pieces of up to ${showBytes(longestBytes)} as ${slug}, ${showMilli(priceMilli, unit)} each.`,
    );
  });
}

function declined(reason: string): Refusal {
  const detail =
    reason === "already-listed"
      ? "The shop sells something of that name by the piece already."
      : `The till refused: ${reason}.`;
  return new Refusal(reason, detail, NO_MONEY_MOVED, "counterfoil browse lists what there is.");
}

export async function shopTabs(place: Place, flags: { close?: boolean }): Promise<void> {
  let rows = await tillRows(place);
  if (flags.close === true) {
    const open = rows.filter(([, row]) => row.phase === "open" || row.phase === "closing");
    await withTill(place, async ({ tell }) => {
      for (const [slice] of open) await tell({ kind: "close", slice });
    });
    rows = await tillRows(place);
  }
  const tabs = rows.map(([slice, row]) => ({
    slice,
    phase: row.phase,
    openedMs: row.opened_ms,
    notAfterMs: row.not_after_ms,
    pieces: row.pieces,
    totalMilli: row.total_milli,
    limitMinor: row.limit,
    paidMinor: row.paid,
    unit: row.unit,
    reason: row.reason,
  }));
  tabs.sort((a, b) => a.openedMs - b.openedMs);
  const lines = tabs.map((tab) => {
    const paid = tab.paidMinor === null ? "" : `, ${showMoney(tab.paidMinor, tab.unit)} received`;
    return `  ${day(tab.openedMs)}  ${tab.slice.slice(0, 12)}  ${tab.pieces} pieces, ${showMilli(tab.totalMilli, tab.unit)}  ${tab.phase}${paid}`;
  });
  print(place.json, { status: "done", tabs }, [`${tabs.length} tabs:`, ...lines]);
}

async function tillRows(place: Place): Promise<(readonly [Hex, TillRow])[]> {
  const path = join(shopFolder(place), "till.db");
  if (!existsSync(path)) return [];
  const store = openSqliteReadOnly(path, tillShapes);
  try {
    return await allRows<TillRow>(store, "till");
  } finally {
    await store.close();
  }
}
