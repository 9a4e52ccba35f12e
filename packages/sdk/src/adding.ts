/**
 * An item comes onto the shelf: encrypted, certified by the shop itself or by a certifier, listed. A registration that waits is
 * a file (drafts.ts), so that whatever broke it off, it goes on.
 */
import type { Hex } from "@counterfoil/base";
import type { Progress } from "@counterfoil/host";
import type { CertifierDescriptor } from "@counterfoil/protocols/certifying";
import type { Listing, ShopConfig } from "@counterfoil/protocols/exchange";
import { type CertifierDoor, certifyGoods, type Shelf } from "./certify.ts";
import { type Draft, removeDraft, saveDraft } from "./drafts.ts";
import {
  byTheShopItself,
  type Certification,
  discardListing,
  type NewItem,
  prepareListing,
  settleListing,
  slugOf,
} from "./listing.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** Where goods are added: the shop's shelf, and the way to have something listed. @throws Refusal where the shop declines. */
export interface AddingTo extends Shelf {
  list(listing: Listing): Promise<void>;
}

export interface AddingWatch {
  readonly onEncrypting?: Progress;
  readonly onSending?: Progress;
  /** The draft is on disk: it goes on from here whatever happens to this process. */
  readonly onDraft?: (draft: Draft) => void;
}

/** Who is to look at the goods, and how it is reached. */
export interface CertifyingBy {
  readonly terms: CertifierDescriptor;
  readonly by: Certification;
  readonly url: string;
  readonly door: CertifierDoor;
}

export type Added =
  | { readonly kind: "listed"; readonly listing: Listing }
  /** Not for sale yet. - `pending`: a person there has still to look.  - `unchecked`: it could not look just now. */
  | { readonly kind: "pending" | "unchecked"; readonly listing: Listing };

/** Under the shop's own word: buyers who believe it are paid back by nobody, so the bank releases the key. */
export async function addOwnGoods(to: AddingTo, item: NewItem, watch: AddingWatch = {}): Promise<Listing> {
  const listing = await prepareListing(to.folder, to.config, item, watch.onEncrypting, byTheShopItself(to.config));
  await listOrDiscard(to, listing);
  settleListing(to.folder, listing);
  return listing;
}

/** @throws Refusal where the certifier refuses the goods, which are then forgotten here. */
export async function addCertifiedGoods(
  to: AddingTo,
  certifier: CertifyingBy,
  item: NewItem,
  watch: AddingWatch = {},
): Promise<Added> {
  const listing = await prepareListing(to.folder, to.config, item, watch.onEncrypting, certifier.by);
  const draft = { url: certifier.url, certifier: certifier.terms.certifier, listing };
  saveDraft(to.folder, draft);
  settleListing(to.folder, listing);
  watch.onDraft?.(draft);
  return finishDraft(to, certifier, draft, watch);
}

/** Sends what the certifier has not got, and lists what it has certified. */
export async function finishDraft(
  to: AddingTo,
  { terms, door }: Pick<CertifyingBy, "terms" | "door">,
  draft: Draft,
  { onSending }: AddingWatch = {},
): Promise<Added> {
  const { folder } = to;
  const certified = await certifyGoods(to, terms, draft.listing, door, onSending);
  switch (certified.kind) {
    case "certified":
      await listOrDiscard(to, certified.listing, draft);
      removeDraft(folder, draft);
      return { kind: "listed", listing: certified.listing };
    case "refused": {
      await discardDraft(folder, to.config, draft);
      const why = certified.words === "" ? "" : ` It says: ${certified.words}`;
      const detail = `The certifier refused the goods: ${certified.reason.replaceAll("-", " ")}.${why}`;
      throw new Refusal(certified.reason, detail, NO_MONEY_MOVED, "Nothing is listed. Mend it and add it again.");
    }
    default:
      return { kind: certified.kind, listing: draft.listing };
  }
}

/** Its encrypted file goes with it. */
export async function discardDraft(folder: string, config: ShopConfig, draft: Draft): Promise<void> {
  await discardListing(folder, config, draft.listing);
  removeDraft(folder, draft);
}

/** What answers at the address of a draft's certifier must be the one that was asked. */
export function demandCertifier({ certifier }: Pick<CertifierDescriptor, "certifier">, wanted: Hex, url: string): void {
  if (certifier === wanted) return;
  const detail = `Another certifier than the one that was asked answers at ${url}.`;
  throw new Refusal("another-certifier", detail, NO_MONEY_MOVED, "Add the item again if you trust this one.");
}

/** Found out before anything is sent: a certificate for goods that cannot be listed is of no use. */
export async function demandFreeName(title: string, isTaken: (slug: string) => Promise<boolean>): Promise<void> {
  const slug = slugOf(title, "");
  if (slug === "" || !(await isTaken(slug))) return;
  const detail = "The shop has an item of that name already.";
  throw new Refusal("already-listed", detail, NO_MONEY_MOVED, "Choose another title.");
}

async function listOrDiscard(to: AddingTo, listing: Listing, draft?: Draft): Promise<void> {
  try {
    await to.list(listing);
  } catch (error) {
    if (error instanceof Refusal) {
      await discardListing(to.folder, to.config, listing);
      if (draft !== undefined) removeDraft(to.folder, draft);
    }
    throw error;
  }
}
