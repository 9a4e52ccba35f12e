/** From a file to an item for sale: certified by the shop itself, or by a certifier, which sees the goods. */
import { createInterface } from "node:readline/promises";
import { type WireClient, wireClient } from "@counterfoil/host";
import type { CertifierDescriptor } from "@counterfoil/protocols/certifying";
import type { Delivery } from "@counterfoil/protocols/contract";
import type { ItemRow, Listing } from "@counterfoil/protocols/exchange";
import {
  type Added,
  type AddingTo,
  addCertifiedGoods,
  addOwnGoods,
  CERTIFIER_TIMEOUT_MS,
  certificateOfListing,
  certificationBy,
  certifierAt,
  certifierDoor,
  demandCertifier,
  demandFreeName,
  finishDraft,
  type NewItem,
  NO_MONEY_MOVED,
  Refusal,
  readDrafts,
} from "@counterfoil/sdk";
import { tellMirror } from "./mirrors.ts";
import type { Place } from "./place.ts";
import { type Counter, costOf, shopFolder, shopRows, withCounter } from "./seller.ts";
import { bar, harmless, print, showBytes, WrongUse } from "./terminal.ts";

interface AddFlags {
  readonly title: string;
  readonly description: string;
  /** Not of a donation, whose buyer names it. */
  readonly price?: bigint;
  readonly donation?: boolean;
  readonly floor?: bigint;
  readonly stock?: number;
  readonly free: Delivery;
  /** The certifier's address; true for the one of COUNTERFOIL_URL. */
  readonly certify?: string | true;
  readonly group?: string;
  readonly mirror?: string;
  readonly yes?: boolean;
}

/** How it is sold, of what the flags say. */
interface Priced extends AddFlags {
  readonly price: bigint;
  readonly delivery: Delivery;
}

/** A donation has no price of its own; one minor unit is the least that can be given. */
function priced(flags: AddFlags): Priced {
  const { price, donation, floor, free } = flags;
  if (donation === true) {
    if (price !== undefined) throw new WrongUse("Whoever gives names the amount: leave out --price, and say --floor.");
    if (floor === 0n) throw new WrongUse("A gift is of something: leave out --floor, or say more than nothing.");
    return { ...flags, price: 0n, floor: floor ?? 1n, delivery: "sale" };
  }
  if (price === undefined) throw new WrongUse("An item needs a --price, 0 for free, or is a --donation.");
  return { ...flags, price, delivery: price > 0n ? "sale" : free };
}

export async function addItem(place: Place, path: string, given: AddFlags): Promise<void> {
  if (given.title.trim() === "") throw new WrongUse("An item needs a title.");
  const flags = priced(given);
  const counted = flags.delivery === "sale" || flags.delivery === "certified";
  if (flags.stock !== undefined && !counted) throw new WrongUse("Only what is sold or certified can run out of stock.");
  await withCounter(place, async (counter) => {
    if (flags.mirror !== undefined) await tellMirror(counter, flags.mirror, true);
    if (flags.certify === undefined) return addOwn(place, counter, path, flags);
    const url = flags.certify === true ? place.url : flags.certify;
    await withCertifier(url, (client) => addCertified(place, counter, client, path, flags));
  });
}

async function addOwn(place: Place, counter: Counter, path: string, flags: Priced): Promise<void> {
  const encrypting = bar("Encrypting", place.json);
  const listing = await addOwnGoods(shelfOf(place, counter), newItem(path, flags), {
    onEncrypting: encrypting.at,
  }).finally(encrypting.end);
  sayListed(place, listing, null);
}

async function addCertified(
  place: Place,
  counter: Counter,
  client: WireClient,
  path: string,
  flags: Priced,
): Promise<void> {
  const { crypto } = counter.config;
  const terms = await certifierAt(crypto, client);
  const by = certificationBy(crypto, terms, counter.own.clock(), flags.group ?? null);
  await demandFreeName(flags.title, async (slug) =>
    (await shopRows<ItemRow>(place, "item")).some(([, row]) => row.slug === slug),
  );
  await agree(place, terms, client.baseUrl, flags.yes === true);
  const certifier = { terms, by, url: client.baseUrl, door: certifierDoor(client) };
  const [encrypting, sending] = [bar("Encrypting", place.json), bar("Sending", place.json)];
  const watch = { onEncrypting: encrypting.at, onDraft: encrypting.end, onSending: sending.at };
  const added = await addCertifiedGoods(shelfOf(place, counter), certifier, newItem(path, flags), watch).finally(() => {
    encrypting.end();
    sending.end();
  });
  sayAdded(place, added, terms);
}

/** What a shop is to know before its goods leave the house. */
async function agree(place: Place, terms: CertifierDescriptor, url: string, yes: boolean): Promise<void> {
  const lines = [
    `The certifier "${terms.name}" at ${url}, key ${terms.certifier.slice(0, 16)}…, will see the goods and the key that opens them.`,
    `It says: ${terms.policy}`,
  ];
  if (!place.json) console.error(lines.map(harmless).join("\n"));
  if (yes) return;
  if (!process.stdin.isTTY) {
    const detail = "Nobody is here to agree that the certifier sees the goods.";
    throw new Refusal("not-agreed", detail, NO_MONEY_MOVED, "Pass --yes where you trust it with them.");
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question("Send them? [y/N] ");
  asking.close();
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new Refusal("not-agreed", "You said no.", NO_MONEY_MOVED, "Nothing was sent, and nothing needs to be undone.");
}

function newItem(path: string, flags: Priced): NewItem {
  const { title, description, price: priceMinor, delivery, floor, stock } = flags;
  return { path, title, description, priceMinor, delivery, floorMinor: floor ?? null, stock: stock ?? null };
}

function shelfOf(place: Place, { config, own, tell }: Counter): AddingTo {
  const list = (listing: Listing) => tell({ kind: "list", listing });
  return { folder: shopFolder(place), config, clock: own.clock, list };
}

function sayAdded(place: Place, { kind, listing }: Added, terms: CertifierDescriptor): void {
  if (kind === "listed") {
    sayListed(place, listing, terms);
    return;
  }
  const { pid } = certificateOfListing(listing);
  const waiting = kind === "pending" ? "A person there has still to look." : "It could not look just now.";
  print(place.json, { status: "pending", reason: kind, pid, certifier: terms.certifier }, [
    `"${listing.title}" is with the certifier and not for sale yet. ${waiting}`,
    "counterfoil shop certify asks again, and lists it when it is certified.",
  ]);
}

function sayListed(place: Place, listing: Listing, terms: CertifierDescriptor | null): void {
  const { slug, title, priceMinor, unit } = listing;
  const { pid, contentBytes, fileBytes } = certificateOfListing(listing);
  const by = terms === null ? "" : `, certified by "${terms.name}"`;
  print(
    place.json,
    { status: "done", slug, pid, priceMinor, unit, fileBytes, certifier: terms?.certifier ?? null },
    `"${title}" (${showBytes(contentBytes)}) is for sale as ${slug}, ${costOf(listing)}${by}.`,
  );
}

/** Goes on with every registration that waits or broke off. */
export async function certifyDrafts(place: Place): Promise<void> {
  await withCounter(place, async (counter) => {
    const drafts = readDrafts(shopFolder(place));
    if (drafts.length === 0) print(place.json, { status: "done", drafts: 0 }, "Nothing waits for a certificate.");
    for (const draft of drafts) {
      await withCertifier(draft.url, async (client) => {
        const terms = await certifierAt(counter.config.crypto, client);
        demandCertifier(terms, draft.certifier, draft.url);
        const sending = bar("Sending", place.json);
        const door = certifierDoor(client);
        const added = await finishDraft(shelfOf(place, counter), { terms, door }, draft, {
          onSending: sending.at,
        }).finally(sending.end);
        sayAdded(place, added, terms);
      });
    }
  });
}

async function withCertifier<T>(url: string, use: (client: WireClient) => Promise<T>): Promise<T> {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw new WrongUse(`${url} is no address of a certifier.`);
  const client = wireClient(url, { timeoutMs: CERTIFIER_TIMEOUT_MS });
  return use(client).finally(() => client.close());
}
