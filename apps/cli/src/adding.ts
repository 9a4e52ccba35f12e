/** From a file to an item for sale: certified by the shop itself, or by a certifier, which sees the goods. */
import { createInterface } from "node:readline/promises";
import { type WireClient, wireClient } from "@counterfoil/host";
import type { CertifierDescriptor } from "@counterfoil/protocols/certifying";
import type { Delivery } from "@counterfoil/protocols/contract";
import type { ItemRow, Listing } from "@counterfoil/protocols/exchange";
import {
  byTheShopItself,
  CERTIFIER_TIMEOUT_MS,
  type Certification,
  certificateOfListing,
  certificationBy,
  certifierAt,
  certifierDoor,
  certifyGoods,
  type Draft,
  discardListing,
  NO_MONEY_MOVED,
  prepareListing,
  Refusal,
  readDrafts,
  removeDraft,
  saveDraft,
  slugOf,
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

/** The shop's own word: buyers who believe it are paid back by nobody, so the bank releases the key. */
async function addOwn(place: Place, counter: Counter, path: string, flags: Priced): Promise<void> {
  const listing = await prepare(place, counter, path, flags, byTheShopItself(counter.config));
  await list(place, counter, listing);
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
  await refuseTaken(place, flags.title);
  await agree(place, terms, client.baseUrl, flags.yes === true);
  const listing = await prepare(place, counter, path, flags, by);
  const draft = { url: client.baseUrl, certifier: terms.certifier, listing };
  saveDraft(shopFolder(place), draft);
  await finishDraft(place, counter, client, terms, draft);
}

/** Found out before anything is sent: a certificate for goods that cannot be listed is of no use. */
async function refuseTaken(place: Place, title: string): Promise<void> {
  const slug = slugOf(title, "");
  const rows = await shopRows<ItemRow>(place, "item");
  if (slug === "" || !rows.some(([, row]) => row.slug === slug)) return;
  const detail = "The shop has an item of that name already.";
  throw new Refusal("already-listed", detail, NO_MONEY_MOVED, "Choose another --title.");
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

async function prepare(
  place: Place,
  { config }: Counter,
  path: string,
  flags: Priced,
  by: Certification,
): Promise<Listing> {
  const encrypting = bar("Encrypting", place.json);
  const item = {
    path,
    title: flags.title,
    description: flags.description,
    priceMinor: flags.price,
    delivery: flags.delivery,
    floorMinor: flags.floor ?? null,
    stock: flags.stock ?? null,
  };
  return prepareListing(shopFolder(place), config, item, encrypting.at, by).finally(encrypting.end);
}

/** Sends what the certifier has not got, and lists what it has certified. */
async function finishDraft(
  place: Place,
  counter: Counter,
  client: WireClient,
  terms: CertifierDescriptor,
  draft: Draft,
): Promise<void> {
  const folder = shopFolder(place);
  const shelf = { folder, config: counter.config, clock: counter.own.clock };
  const sending = bar("Sending", place.json);
  const certified = await certifyGoods(shelf, terms, draft.listing, certifierDoor(client), sending.at).finally(
    sending.end,
  );
  switch (certified.kind) {
    case "certified":
      await list(place, counter, certified.listing, draft);
      removeDraft(folder, draft);
      return sayListed(place, certified.listing, terms);
    case "refused": {
      await discardListing(folder, counter.config, draft.listing);
      removeDraft(folder, draft);
      const why = certified.words === "" ? "" : ` It says: ${certified.words}`;
      const detail = `The certifier refused the goods: ${certified.reason.replaceAll("-", " ")}.${why}`;
      throw new Refusal(certified.reason, detail, NO_MONEY_MOVED, "Nothing is listed. Mend it and add it again.");
    }
    default: {
      const { pid } = certificateOfListing(draft.listing);
      const waiting =
        certified.kind === "pending" ? "A person there has still to look." : "It could not look just now.";
      print(place.json, { status: "pending", reason: certified.kind, pid, certifier: terms.certifier }, [
        `"${draft.listing.title}" is with the certifier and not for sale yet. ${waiting}`,
        "counterfoil shop certify asks again, and lists it when it is certified.",
      ]);
    }
  }
}

async function list(place: Place, { config, tell }: Counter, listing: Listing, draft?: Draft): Promise<void> {
  try {
    await tell({ kind: "list", listing });
  } catch (error) {
    if (error instanceof Refusal) {
      await discardListing(shopFolder(place), config, listing);
      if (draft !== undefined) removeDraft(shopFolder(place), draft);
    }
    throw error;
  }
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
        if (terms.certifier !== draft.certifier) throw another(draft.url);
        await finishDraft(place, counter, client, terms, draft);
      });
    }
  });
}

function another(url: string): Refusal {
  const detail = `Another certifier than the one that was asked answers at ${url}.`;
  return new Refusal("another-certifier", detail, NO_MONEY_MOVED, "Add the item again if you trust this one.");
}

async function withCertifier<T>(url: string, use: (client: WireClient) => Promise<T>): Promise<T> {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) throw new WrongUse(`${url} is no address of a certifier.`);
  const client = wireClient(url, { timeoutMs: CERTIFIER_TIMEOUT_MS });
  return use(client).finally(() => client.close());
}
