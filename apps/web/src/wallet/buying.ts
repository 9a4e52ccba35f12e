/** Purchases of an open wallet: made, watched, gone on with, opened, proven. */
import type { Hex } from "@counterfoil/base";
import { RoomFailure } from "@counterfoil/browser";
import { Unreachable } from "@counterfoil/host/portable";
import { encodeEvidence } from "@counterfoil/protocols/exchange";
import {
  type Bought as BoughtOfSdk,
  type BuyOptions,
  buy,
  disputeOne,
  evidenceOfPayment,
  evidenceOfPurchase,
  finish,
  type ItemJson,
  identityOf,
  isUnfinished,
  type KnownPurchase,
  mediaTypeOf,
  NO_MONEY_MOVED,
  Refusal,
  resumeOne,
  sayTerms,
  shownBy,
  type Terms,
  type Visit,
} from "@counterfoil/sdk/portable";
import { boughtOf, fileNameOf, pidOf } from "./bought.ts";
import type { Bought, BuyOrder, BuyWatch, Desk, OpenedGoods, ShownTerms } from "./desk.ts";
import type { KeepWallet } from "./keeper.ts";
import { noSuchPurchase, type Opened, unreachable, withMarket } from "./opened.ts";
import { oneOf, type Whose } from "./watching.ts";

type Buying = Pick<Desk, "buy" | "resume" | "dispute" | "goods" | "evidence">;

export function buyingDesk({ use, change, ownersWord }: KeepWallet): Buying {
  const buyingNow = new Set<string>();

  /** Two clicks, or a page's mistake, are to pay once: an item is bought again only when its purchase has come to an end. */
  async function once<T>(pid: string, work: () => Promise<T>): Promise<T> {
    if (buyingNow.has(pid)) throw alreadyBuying();
    buyingNow.add(pid);
    try {
      return await work();
    } finally {
      buyingNow.delete(pid);
    }
  }

  return {
    buy: (order, watch) =>
      change((opened) =>
        once(order.pid, async () => {
          await demandDecided(opened, order.pid);
          return bought(opened, order, watch, ownersWord);
        }),
      ),
    resume: (tid) => change((opened) => goneOnWith(opened, tid)),
    dispute: (tid, watch) =>
      change(async (opened) => {
        const known = await purchaseOf(opened, tid);
        return watched(opened, whoseIs(opened, known), watch, async () => {
          await disputeOne(opened.wallet, known);
          return boughtOf(known.row.title, await resumeOne(opened.wallet, known, opened.ports, optionsOf(watch)));
        });
      }),
    goods: (tid) => use((opened) => goodsOf(opened, tid)),
    evidence: (tid, against) => use((opened) => evidenceOf(opened, tid, against)),
  };
}

/** Goes on with all that is begun and not finished; what one purchase lacks keeps no other one waiting. */
export async function goOn({ wallet, ports, going }: Opened): Promise<void> {
  const open = (await wallet.purchases()).filter((known) => isUnfinished(known) && !going.has(known.tid));
  const working = open.map(async (known) => {
    going.add(known.tid);
    try {
      await resumeOne(wallet, known, ports, {});
    } finally {
      going.delete(known.tid);
    }
  });
  await Promise.all(working);
}

/** Nobody knows whether it is paid. */
const UNDECIDED: ReadonlySet<string> = new Set(["paying", "settling", "aborting", "awaiting"]);

/** Also of an item whose purchase was begun before this tab was opened: both would be paid. */
async function demandDecided({ wallet }: Opened, pid: string): Promise<void> {
  const own = (await wallet.purchases()).filter(({ row }) => pidOf(row) === pid);
  if (own.some(({ state }) => state !== null && UNDECIDED.has(state.phase))) throw alreadyBuying();
}

function alreadyBuying(): Refusal {
  const detail = "This wallet is buying the item already.";
  const money = "As the purchase that is under way says; nothing was begun beside it.";
  return new Refusal("already-buying", detail, money, "Answer or await the purchase that is under way.");
}

function whoseIs({ ports, settings }: Opened, { tid, state }: KnownPurchase): Whose {
  const known = state === null ? null : { identity: identityOf(state.purchase), tid };
  return oneOf(ports.crypto, settings.now.bank, known);
}

async function watched<T>({ watchers }: Opened, whose: Whose, watch: BuyWatch, work: () => Promise<T>): Promise<T> {
  const stop = watchers.watch(whose, (message) => void watch.onMessage(message));
  try {
    return await work();
  } finally {
    stop();
  }
}

async function bought(
  opened: Opened,
  order: BuyOrder,
  watch: BuyWatch,
  ownersWord: KeepWallet["ownersWord"],
): Promise<Bought> {
  const whose = oneOf(opened.ports.crypto, opened.settings.now.bank, null);
  const asked = { shop: false };
  return watched(opened, whose, watch, async () => {
    try {
      return await boughtAt(opened, order, watch, { whose, asked, ownersWord });
    } catch (error) {
      // Before the shop is asked this wallet has sent nothing that moves money, also where no answer came.
      if (error instanceof Unreachable && !asked.shop) throw unreachable(error);
      // Goods are kept before anything is ordered; afterwards they are only opened.
      if (error instanceof RoomFailure && whose.tid === null) throw noRoom(error);
      throw error;
    }
  });
}

function noRoom({ message }: RoomFailure): Refusal {
  const detail = `The goods cannot be kept here: ${message}.`;
  return new Refusal("no-room", detail, NO_MONEY_MOVED, "Make room on this device, then try again.");
}

interface Way {
  readonly whose: Whose;
  /** Set once the shop is asked for anything. */
  readonly asked: { shop: boolean };
  readonly ownersWord: KeepWallet["ownersWord"];
}

async function boughtAt(
  opened: Opened,
  order: BuyOrder,
  watch: BuyWatch,
  { whose, asked, ownersWord }: Way,
): Promise<Bought> {
  return withMarket(opened, async (market) => {
    const item = await market.item(order.pid);
    if (item.certificate !== order.certificate) throw itemChanged();
    const { wallet } = opened;
    const ports = { ...opened.ports, transport: whose.through(opened.ports.transport) };
    const options: BuyOptions = {
      outPath: `${item.pid}/${item.fileName}`,
      maxPriceMinor: order.maxPriceMinor,
      bidMinor: order.bidMinor,
      payWith: order.payWith,
      ...(order.exchange === null ? {} : { exchange: order.exchange }),
      regular: order.regular,
      credential: null,
      agree: async (terms) => ownersWord(watch.agree(shownTerms(terms, order, item, market)), false),
      ...optionsOf(watch),
    };
    asked.shop = true;
    return boughtOf(item.title, await buy(market, wallet, item, options, ports));
  });
}

function itemChanged(): Refusal {
  const detail = "The shop has changed the item since this page has shown it.";
  return new Refusal("item-changed", detail, NO_MONEY_MOVED, "Reload the page and look at the item again.");
}

function optionsOf(watch: BuyWatch): Pick<BuyOptions, "onFetch" | "onOpen"> {
  return {
    onFetch: (bytes, ofBytes) => void watch.onProgress("fetching", bytes, ofBytes),
    onOpen: (bytes, ofBytes) => void watch.onProgress("opening", bytes, ofBytes),
  };
}

function shownTerms(terms: Terms, order: BuyOrder, item: ItemJson, market: Visit): ShownTerms {
  const { title, priceMinor, unit, fileBytes, parts, exchange } = terms;
  const { checked, seen } = sayTerms(terms, { coins: order.payWith === "coins", regular: order.regular });
  return {
    title,
    priceMinor,
    unit,
    fileBytes,
    mode: exchange.mode,
    why: exchange.why,
    checked: `Checked before anything is paid: every piece of the encrypted file against the ${checked}.`,
    seen,
    trusted: trustedIn(exchange.mode, item, market),
    parts,
  };
}

/** Whom the buyer relies on for what, by who moves the key. */
function trustedIn(mode: Terms["exchange"]["mode"], item: ItemJson, { groups }: Visit): string {
  if (item.delivery !== "sale") return "You trust nobody with money: nothing is paid.";
  const bank = "You trust the bank with your money";
  if (mode === "netbill") return `${bank}, and that it hands over the key in the moment it pays.`;
  const [group] = groups;
  const those =
    group === undefined ? "the trustees" : `${group.group.threshold} of ${group.group.trustees.length} trustees`;
  if (mode === "logged")
    return `${bank}, the log to say one thing to everybody, and ${those} if the shop falls silent.`;
  return `${bank}, and ${those} to release the key if the shop falls silent.`;
}

async function goneOnWith(opened: Opened, tid: Hex): Promise<Bought> {
  const known = await purchaseOf(opened, tid);
  return boughtOf(known.row.title, await resumeOne(opened.wallet, known, opened.ports, {}));
}

async function purchaseOf({ wallet }: Opened, tid: Hex): Promise<KnownPurchase> {
  const known = (await wallet.purchases()).find((each) => each.tid === tid);
  if (known === undefined) throw noSuchPurchase();
  return known;
}

async function goodsOf(opened: Opened, tid: Hex): Promise<OpenedGoods> {
  const known = await purchaseOf(opened, tid);
  const { wallet, ports } = opened;
  const again: BoughtOfSdk = await finish(known, wallet, ports, {});
  const content = again.kind === "delivered" ? opened.contentAt(again.row.out_path) : null;
  if (content !== null) {
    const fileName = fileNameOf(known.row.out_path);
    return { fileName, mediaType: mediaTypeOf(fileName), content };
  }
  const said = boughtOf(known.row.title, again);
  if (said.kind !== "delivered") {
    const { reason, detail, money, next } = said.trouble;
    throw new Refusal(reason, detail, money, next);
  }
  const detail = `"${known.row.title}" came free of charge and is no longer in this browser.`;
  throw new Refusal("not-here", detail, NO_MONEY_MOVED, "Get it again from the market.");
}

async function evidenceOf(opened: Opened, tid: Hex, against: Parameters<Desk["evidence"]>[1]): Promise<Uint8Array> {
  const { wallet, ports } = opened;
  const known = await purchaseOf(opened, tid);
  const { row, state } = known;
  const shown = state !== null && row.log_url !== null ? await shownBy(ports, row.log_url, state.purchase) : null;
  return encodeEvidence(
    against === "payment"
      ? evidenceOfPayment(known, shown)
      : evidenceOfPurchase(ports.crypto, wallet.seed, known, shown),
  );
}
