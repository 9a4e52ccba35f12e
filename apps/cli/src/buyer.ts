/** The buyer at the command line: browse, buy, resume. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { type Hex, showMilli, showMoney } from "@counterfoil/base";
import {
  type Bought,
  buy,
  finishErrands,
  type ItemJson,
  isDonationItem,
  isUnfinished,
  type KnownPurchase,
  meteredAt,
  NO_MONEY_MOVED,
  type OpenWallet,
  RESUME_PATIENCE_MS,
  Refusal,
  resumeOne,
  sayTerms,
  type Terms,
  visit,
  type WalletPorts,
  type Wanted,
} from "@counterfoil/sdk";
import { tellBought } from "./bought.ts";
import { type Place, visitMarket, walletPorts, withWallet } from "./place.ts";
import { bar, day, EXIT, type ExitStatus, harmless, print, STATUS_WORDS, showBytes, WrongUse } from "./terminal.ts";

export async function browse(place: Place): Promise<void> {
  const own = await walletPorts(place);
  const market = await visit(own, place.url, null);
  try {
    const items = await market.items();
    const shop = market.shop?.name ?? "no shop";
    const lines = items.map(
      (item) =>
        `  ${item.slug.padEnd(28)} ${price(item).padStart(24)}  ${showBytes(item.contentBytes).padStart(10)}  ${item.title}`,
    );
    const metered = await meteredAt(market);
    const byThePiece = metered.map((item) => {
      const each = `${showMilli(BigInt(item.priceMilli), item.unit)} a piece`;
      return `  ${item.slug.padEnd(28)} ${each.padStart(24)}  ${item.pieces === null ? "answers" : `${item.pieces} pieces`}  ${item.title}`;
    });
    if (byThePiece.length > 0) lines.push("By the piece, over a tab:", ...byThePiece);
    print(place.json, { status: "done", shop, items, metered }, [`${shop} sells ${items.length} items:`, ...lines]);
  } finally {
    market.close();
  }
}

function price(item: ItemJson): string {
  if (isDonationItem(item)) return "give what you like";
  const shown = item.delivery === "sale" ? showMoney(BigInt(item.priceMinor), item.unit) : `free, ${item.delivery}`;
  return item.takesBids ? `${shown}, bids` : shown;
}

interface BuyFlags {
  readonly out: string;
  readonly yes?: boolean;
  readonly maxPrice?: bigint;
  readonly bid?: bigint;
  readonly credential?: string;
  readonly cash?: boolean;
  readonly anonymous?: boolean;
  readonly exchange?: Wanted;
  readonly regular?: boolean;
  readonly certified?: boolean;
}

export async function buyItem(place: Place, name: string, flags: BuyFlags): Promise<void> {
  if (flags.certified === true && flags.credential !== undefined) {
    throw new WrongUse("--certified is a credential already: leave out --credential.");
  }
  const own = await walletPorts(place);
  const market = await visitMarket(place, own);
  try {
    const item = await market.find(name);
    await withWallet(place, own, async (wallet) => {
      const fetching = bar("Fetching", place.json);
      const opening = bar("Opening ", place.json);
      const options = {
        outPath: flags.out,
        maxPriceMinor: flags.maxPrice ?? null,
        bidMinor: flags.bid ?? null,
        payWith: byCash(flags) ? ("coins" as const) : ("account" as const),
        ...(flags.exchange === undefined ? {} : { exchange: flags.exchange }),
        regular: flags.regular === true,
        credential: credentialIn(flags),
        agree: (terms: Terms) => agree(terms, flags, place.json),
        onFetch: fetching.at,
        onOpen: opening.at,
      };
      const bought = await buy(market, wallet, item, options, own).finally(() => {
        fetching.end();
        opening.end();
      });
      process.exitCode = tellBought(place, item.title, flags.out, bought);
    });
  } finally {
    market.close();
  }
}

function credentialIn({ certified, credential }: BuyFlags): Uint8Array | "certified" | null {
  if (certified === true) return "certified";
  return credential === undefined ? null : new Uint8Array(readFileSync(credential));
}

/** `--anonymous` says what `--cash` does. */
function byCash({ cash, anonymous }: Pick<BuyFlags, "cash" | "anonymous">): boolean {
  return cash === true || anonymous === true;
}

/** One line before anything is paid: the price, the exchange, what is checked, who can see what. */
export async function agree(
  terms: Terms,
  flags: Pick<BuyFlags, "yes" | "regular" | "cash" | "anonymous">,
  json: boolean,
): Promise<boolean> {
  const cost = terms.delivery === "sale" ? showMoney(terms.priceMinor, terms.unit) : "free";
  const { yes, regular } = flags;
  const { checked, seen } = sayTerms(terms, { coins: byCash(flags), regular: regular === true });
  const chosen = terms.delivery === "sale" ? ` Exchange: ${terms.exchange.mode}. ${terms.exchange.why}` : "";
  const before = terms.delivery === "sale" ? "Checked before paying" : "Checked";
  const line = `"${terms.title}" for ${cost}. ${before}: every piece of the encrypted file (${showBytes(terms.fileBytes)}) against the ${checked}.${chosen} ${seen}`;
  if (!json) console.error([line, ...scheduleLines(terms)].map(harmless).join("\n"));
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    throw new Refusal(
      "not-agreed",
      "Nobody is here to agree to the price.",
      NO_MONEY_MOVED,
      "Pass --yes, and --max-price to be safe.",
    );
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question("Buy it? [y/N] ");
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** What the price pays for besides, from when on, and whose clock says so. */
function scheduleLines({ parts, time }: Terms): string[] {
  if (parts.length === 0) return [];
  const lines = parts.map(({ title, releaseMs }) => `  ${day(releaseMs)} UTC  ${title}`);
  return [`It pays for ${parts.length} more, each from its time on by the clock of the log (${time}):`, ...lines];
}

/**
 * Waits for what is open, then opens what is paid and not delivered yet. One that cannot be finished does not stop the rest.
 * Without a tid it also waits for what was asked of the bank about coins.
 */
export async function resume(place: Place, tid: string | undefined, flags: { out?: string }): Promise<void> {
  if (flags.out !== undefined && tid === undefined) throw new WrongUse("--out needs the tid of one purchase.");
  const own = await walletPorts(place);
  await withWallet(place, own, async (wallet) => {
    const open = (await wallet.purchases()).filter((known) => isUnfinished(known) && known.tid.startsWith(tid ?? ""));
    if (flags.out !== undefined && open.length > 1)
      throw new WrongUse("--out takes one purchase: write more of its tid.");
    const results: { tid: Hex; title: string; result: Bought["kind"] }[] = [];
    let worst: ExitStatus = EXIT.done;
    for (const known of open) {
      const bought = await resumeShown(wallet, known, own, flags.out, place.json);
      results.push({ tid: known.tid, title: known.row.title, result: bought.kind });
      if (!place.json) tellBought(place, known.row.title, flags.out ?? known.row.out_path, bought);
      worst = worse(worst, RESUMED[bought.kind]);
    }
    const errands = tid === undefined ? await finishErrands(wallet, RESUME_PATIENCE_MS) : [];
    const unanswered = errands.filter(({ phase, reason }) => phase === "asked" && reason === null).length;
    if (unanswered > 0) worst = worse(worst, EXIT.unknown);
    const coins = { answered: errands.length - unanswered, unanswered };
    if (place.json) print(true, { status: STATUS_WORDS[worst], resumed: results, coins }, "");
    else if (errands.length > 0) console.log(coinsSaid(coins));
    else if (open.length === 0) console.log("Nothing to resume: every purchase is finished.");
    process.exitCode = worst;
  });
}

function coinsSaid({ answered, unanswered }: { answered: number; unanswered: number }): string {
  const open = `; ${unanswered} more have no answer yet. Nothing is paid twice, whatever is repeated.`;
  return `Asked of the bank about coins, and answered now: ${answered}${unanswered > 0 ? open : "."}`;
}

/** A purchase that ended without payment is finished too: resuming it reports no failure. */
const RESUMED: Readonly<Record<Bought["kind"], ExitStatus>> = {
  delivered: EXIT.done,
  ended: EXIT.done,
  undelivered: EXIT.refused,
  faulty: EXIT.refused,
  forfeited: EXIT.refused,
  scheduled: EXIT.done,
  awaiting: EXIT.unknown,
  claiming: EXIT.unknown,
  unknown: EXIT.unknown,
};

function worse(a: ExitStatus, b: ExitStatus): ExitStatus {
  return a > b ? a : b;
}

/** With a bar while the goods are opened. */
export async function resumeShown(
  wallet: OpenWallet,
  known: KnownPurchase,
  own: WalletPorts,
  outPath: string | undefined,
  json: boolean,
): Promise<Bought> {
  const opening = bar("Opening ", json);
  try {
    const options = { onOpen: opening.at, ...(outPath === undefined ? {} : { outPath }) };
    return await resumeOne(wallet, known, own, options);
  } finally {
    opening.end();
  }
}
