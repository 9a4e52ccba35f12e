/** A wallet's dealings with its bank about a tab: open it, allot slices as they are needed, close it. */
import type { Hex, Instant } from "@counterfoil/base";
import { type Hosted, retrying, type WireClient } from "@counterfoil/host";
import type { Store } from "@counterfoil/protocols";
import { MILLI_PER_MINOR } from "@counterfoil/protocols/money";
import {
  type HeardOfTab,
  hearTabBank,
  type OwnSlice,
  type OwnTab,
  settleUpFor,
  type TabWalletCommand,
  type TabWalletConfig,
  type TabWalletOutcome,
} from "@counterfoil/protocols/tabs";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { allRows } from "./rows.ts";

export interface TabShop {
  readonly merchant: Hex;
  readonly url: string;
  readonly client: WireClient;
}

export interface Desk {
  readonly config: TabWalletConfig;
  readonly hosted: Hosted<TabWalletCommand, TabWalletOutcome>;
  readonly store: Store;
  readonly bank: WireClient;
  door(url: string): WireClient;
  /** What is being asked of the bank, by tab and shop or by slice: many vouchers that want the same ask once. */
  readonly busy: Map<string, Promise<Hex>>;
}

/** A bank that restarts gets some three seconds. */
const TRIES = { attempts: 5, baseDelayMs: 200 };
/** The least that is allotted at a time, so that a slice of tenths of a cent does not ask for every cent. */
const STEP_MINOR = 10n;
/** Slices that a shop has closed meanwhile, one after another, before we stop asking. */
export const CLOSED_MEANWHILE = 3;

export async function openAtBank(
  desk: Desk,
  wanted: { readonly nonce: Hex; readonly limitMinor: bigint; readonly notAfterMs: Instant },
): Promise<Hex> {
  const { outcome, answer } = await desk.hosted.submit({ kind: "open", ...wanted });
  if (outcome.kind !== "ask-tab") throw refusal("no-such-tab");
  const heard = await askBank(desk, outcome.tab, answer);
  if (heard.kind === "note") {
    await desk.hosted.submit(heard.command);
    return outcome.tab;
  }
  // Signed, and no money is set aside under it: it will never be a tab that anything is taken from.
  await desk.hosted.submit({ kind: "ended", tab: outcome.tab });
  throw refusal(heard.kind === "refused" ? heard.reason : "tab-ended");
}

/** The open slice at this shop, holding at least so much. */
export function sliceFor(desk: Desk, tab: Hex, shop: TabShop, neededMinor: bigint): Promise<Hex> {
  const place = `${tab}/${shop.merchant}`;
  const before = desk.busy.get(place) ?? Promise.resolve("");
  const asked = before.catch(() => "").then(() => sufficient(desk, tab, shop, neededMinor));
  desk.busy.set(place, asked);
  const forget = () => desk.busy.get(place) === asked && desk.busy.delete(place);
  asked.then(forget, forget);
  return asked;
}

async function sufficient(desk: Desk, tab: Hex, shop: TabShop, neededMinor: bigint): Promise<Hex> {
  for (let round = 0; round < CLOSED_MEANWHILE; round++) {
    const current = await currentSlice(desk, tab, shop.merchant);
    const row = current?.row.phase === "open" ? current.row : null;
    if (current !== null && row !== null && row.limit >= neededMinor) return current.slice;
    const limitMinor = await nextLimit(desk, tab, current?.slice ?? null, row, neededMinor);
    const wanted = { kind: "allot", tab, merchant: shop.merchant, marketUrl: shop.url, limitMinor } as const;
    const { outcome, answer } = await desk.hosted.submit(wanted);
    if (outcome.kind !== "ask-slice") throw refusal(outcome.kind === "refused" ? outcome.reason : "no-such-slice");
    const heard = await askBank(desk, outcome.slice, answer);
    if (heard.kind === "refused") throw refusal(heard.reason);
    if (heard.kind === "ended") throw refusal("tab-ended");
    await desk.hosted.submit(heard.command);
    if (heard.command.kind === "allotted") return outcome.slice;
  }
  throw refusal("no-such-slice");
}

async function currentSlice(
  { store }: Desk,
  tab: Hex,
  merchant: Hex,
): Promise<{ readonly slice: Hex; readonly row: OwnSlice } | null> {
  const [current] = await store.read([{ table: "current", id: `${tab}/${merchant}` }]);
  const slice = (current?.row as { slice: Hex } | undefined)?.slice;
  if (slice === undefined) return null;
  const [found] = await store.read([{ table: "slice", id: slice }]);
  return found?.row === undefined ? null : { slice, row: found.row as OwnSlice };
}

/** What would not fit the tab as a whole is refused before a part of it is bought. */
export async function demandRoom(desk: Desk, tab: Hex, merchant: Hex, costMilli: bigint): Promise<void> {
  const current = await currentSlice(desk, tab, merchant);
  const row = current?.row.phase === "open" ? current.row : null;
  const room = await roomOf(desk, tab, row === null ? null : (current?.slice ?? null));
  const signed = row === null ? 0n : row.total_milli - row.credit_milli;
  if (signed + costMilli > room * MILLI_PER_MINOR) throw refusal("above-tab");
}

/** Twice as much each time, within what the tab still has. */
async function nextLimit(
  desk: Desk,
  tab: Hex,
  slice: Hex | null,
  row: OwnSlice | null,
  neededMinor: bigint,
): Promise<bigint> {
  const room = await roomOf(desk, tab, row === null ? null : slice);
  if (neededMinor > room) throw refusal("above-tab");
  const doubled = 2n * (row?.limit ?? 0n);
  const wished = [neededMinor, doubled, STEP_MINOR].reduce((a, b) => (a > b ? a : b));
  return wished < room ? wished : room;
}

/** All that this slice, or a new one, could be allotted: the tab less what the others have paid or may take. */
async function roomOf({ store }: Desk, tab: Hex, slice: Hex | null): Promise<bigint> {
  const [found] = await store.read([{ table: "tab", id: tab }]);
  const own = found?.row as OwnTab | undefined;
  if (own === undefined) throw refusal("no-such-tab");
  let room = own.limit;
  for (const [id, each] of await allRows<OwnSlice>(store, "slice")) {
    if (each.tab !== tab || id === slice) continue;
    room -= each.phase === "paid" ? (each.paid ?? 0n) : each.wanted > each.limit ? each.wanted : each.limit;
  }
  return room;
}

export interface Closed {
  readonly paidMinor: bigint;
  /** Slices whose shop did not answer: paid then, unless it shows a higher voucher before. */
  readonly closing: readonly { readonly slice: Hex; readonly totalMinor: bigint; readonly settleAtMs: Instant }[];
  /** What is still set aside, for those. */
  readonly heldMinor: bigint;
}

/** The shop has closed this slice: what the bank has paid for it is noted, and the next one is another. */
export function closedByShop(desk: Desk, tab: Hex, slice: Hex): Promise<Hex> {
  const known = desk.busy.get(slice);
  if (known !== undefined) return known;
  const asked = (async () => {
    const [[foundTab], [found]] = await Promise.all([
      desk.store.read([{ table: "tab", id: tab }]),
      desk.store.read([{ table: "slice", id: slice }]),
    ]);
    if (foundTab?.row === undefined || found?.row === undefined) throw refusal("no-such-slice");
    await closeSlice(desk, foundTab.row as OwnTab, slice, found.row as OwnSlice);
    return slice;
  })();
  desk.busy.set(slice, asked);
  return asked;
}

/** Each shop is told, so that it may settle at once; then each slice is closed at the bank, whoever answered. */
export async function closeTab(desk: Desk, tab: Hex): Promise<Closed> {
  const { hosted, store } = desk;
  const [found] = await store.read([{ table: "tab", id: tab }]);
  const row = found?.row as OwnTab | undefined;
  if (row === undefined) throw refusal("no-such-tab");
  const slices = (await allRows<OwnSlice>(store, "slice")).filter(([, slice]) => slice.tab === tab);
  await Promise.all(slices.map(([id, slice]) => closeSlice(desk, row, id, slice)));
  const { outcome, answer } = await hosted.submit({ kind: "end", tab });
  if (outcome.kind !== "end") throw refusal("no-such-tab");
  const heard = await askBank(desk, tab, answer);
  // The bank forgets a tab at its end, when everything has been given back.
  if (heard.kind === "refused" && heard.reason !== "no-such-tab") throw refusal(heard.reason);
  await hosted.submit({ kind: "ended", tab });
  return closedAs(desk, tab, heard.kind === "ended" ? heard.heldMinor : 0n);
}

async function closeSlice(desk: Desk, tab: OwnTab, slice: Hex, row: OwnSlice): Promise<void> {
  const { config, hosted } = desk;
  if (row.phase === "paid") return;
  const { outcome, answer } = await hosted.submit({ kind: "close", slice });
  if (outcome.kind !== "close") throw refusal("no-such-slice");
  // Only a courtesy: a shop that is away has the notice to answer in.
  if (row.sequence > 0) {
    await desk
      .door(row.market_url)
      .post(settleUpFor(config, slice, tab, row))
      .catch(() => {});
  }
  const heard = await askBank(desk, slice, answer);
  if (heard.kind === "note") await hosted.submit(heard.command);
  else if (heard.kind === "refused" && OVER.has(heard.reason)) await hosted.submit({ kind: "lapsed", slice });
  else throw refusal(heard.kind === "refused" ? heard.reason : "not-an-answer");
}

/** The bank will pay nothing for it any more, or never heard of it. */
const OVER: ReadonlySet<string> = new Set(["expired", "no-such-slice"]);

async function closedAs({ store }: Desk, tab: Hex, heldMinor: bigint): Promise<Closed> {
  let paidMinor = 0n;
  const closing: Closed["closing"][number][] = [];
  for (const [slice, row] of await allRows<OwnSlice>(store, "slice")) {
    if (row.tab !== tab) continue;
    paidMinor += row.paid ?? 0n;
    if (row.phase !== "closing" || row.settle_ms === null) continue;
    closing.push({ slice, totalMinor: row.total_milli / MILLI_PER_MINOR, settleAtMs: row.settle_ms });
  }
  return { paidMinor, closing, heldMinor };
}

async function askBank({ config, bank }: Desk, about: Hex, message: Uint8Array): Promise<HeardOfTab> {
  const answer = await retrying(() => bank.post(message), TRIES);
  const heard = hearTabBank(config.crypto, config.bank, about, answer);
  if (heard.ok) return heard.value;
  const unknown = "Not known; asking again moves nothing twice.";
  throw new Refusal("not-an-answer", "The bank's answer is not one.", unknown, "Try again.");
}

function refusal(reason: string): Refusal {
  const [detail, next] = WORDS[reason] ?? [`The bank refused: ${reason}.`, "counterfoil wallet tab list"];
  return new Refusal(reason, detail, NO_MONEY_MOVED, next);
}

const WORDS: Readonly<Record<string, readonly [detail: string, next: string]>> = {
  "insufficient-funds": [
    "There is not enough money in the account for such a tab.",
    "Get more, or open a smaller one.",
  ],
  "no-such-account": ["The account is not open.", "counterfoil wallet create, then get money."],
  "too-many-holds": ["The account has as many tabs and holds as the bank allows.", "Close one."],
  "too-far-ahead": ["The bank keeps no tab open that long.", "Pass fewer --hours."],
  "above-tab": ["The tab has not that much left.", "Take fewer pieces, or close it and open a larger one."],
  "tab-ended": ["The tab has been closed.", "counterfoil wallet tab open"],
  "no-such-tab": ["There is no such tab.", "counterfoil wallet tab list"],
  "payer-is-payee": ["A shop cannot buy from itself.", "Use another wallet."],
  expired: ["The tab's time is over.", "counterfoil wallet tab open"],
};
