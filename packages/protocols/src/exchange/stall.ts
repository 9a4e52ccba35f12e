/** What the owner decides: which items there are, at what price, for whom. */
import { decode, encode, type Hex, type Instant, list as listOf, text } from "@counterfoil/base";
import { hashFile, open, ZERO_HASH } from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  descriptionHashOf,
  escrowHolds,
  noTrustees,
  pidOf,
} from "../contract/index.ts";
import type { Write } from "../index.ts";
import { bundle } from "./bundle.ts";
import { isDonation, isPricedRightly } from "./donation.ts";
import {
  type Change,
  decline,
  type ItemRow,
  type ShopCommand,
  type ShopConfig,
  type ShopDecision,
  type ShopTables,
  type ShopView,
} from "./merchant-rows.ts";
import { type Listing, MIRRORS_LIMIT, mirrorsSchema } from "./messages.ts";

export function discountId(pid: Hex, issuer: Hex, group: string): string {
  return `${pid}/${issuer}/${group}`;
}

/** Each is a row that a regular customer's price request looks at. */
const OWN_GROUPS_LIMIT = 16;
const namesSchema = listOf(text(64), OWN_GROUPS_LIMIT);

/** The groups of this shop's own that pay another price for the item. */
export function ownGroups(pid: Hex, view: ShopView): readonly string[] {
  const row = view.get("own_groups", pid);
  if (row === undefined) return [];
  const names = decode(namesSchema, row.names);
  if (!names.ok) throw new Error("an item's own groups do not decode");
  return names.value;
}

/** A registration lists once; listing it again changes nothing. */
export function list(config: ShopConfig, listing: Listing, view: ShopView, now: Instant): ShopDecision {
  const { crypto, key } = config;
  const pid = pidOf(crypto, key.publicKey, listing.registration);
  if (view.get("item", pid) !== undefined) return { writes: [], outcome: { kind: "done", pid } };
  const certificate = certificateFor(config, listing, pid);
  if (certificate === null) return decline(pid, "item-changed");
  const { delivery, priceMinor: price, floorMinor: floor } = listing;
  if (!isPricedRightly({ delivery, price, floor })) return decline(pid, "wrong-mode");
  if (listing.unit !== config.unit) return decline(pid, "wrong-unit");
  if (view.get("slug", listing.slug) !== undefined) return decline(pid, "already-listed");
  const row: ItemRow = {
    slug: listing.slug,
    title: listing.title,
    description: listing.description,
    media_type: listing.mediaType,
    file_name: listing.fileName,
    price,
    floor,
    unit: listing.unit,
    delivery,
    listed: true,
    stock: listing.stock,
    registration: listing.registration,
    content_bytes: certificate.contentBytes,
    cert_hash: certHashOf(crypto, certificate),
    file_hash: hashFile(crypto, certificate),
    certificate: listing.certificate,
    sell_until_ms: listing.sellUntilMs,
    added_ms: now,
  };
  return {
    writes: [
      { table: "item", id: pid, row },
      { table: "slug", id: listing.slug, row: { pid } },
    ],
    outcome: { kind: "done", pid },
  };
}

/** The certificate, where it is one for this very listing that buyers would accept as well; whose it is, they judge. */
function certificateFor({ crypto, key }: ShopConfig, listing: Listing, pid: Hex): Certificate | null {
  const opened = open(crypto, certificateSchema, listing.certificate, ({ certifier }) => certifier);
  if (!opened.ok) return null;
  const { value: certificate } = opened.value;
  const nobody = noTrustees(crypto);
  const escrowed = certificate.group !== nobody.group;
  const fits =
    certificate.pid === pid &&
    certificate.merchant === key.publicKey &&
    certificate.descriptionHash === descriptionHashOf(crypto, listing.title, listing.description, listing.mediaType) &&
    escrowed === (listing.sellUntilMs !== null) &&
    (escrowed || certificate.groupKey === nobody.groupKey) &&
    escrowHolds(crypto, certificate);
  return fits ? certificate : null;
}

/** The owner may change a price and change it back: each message counts once, whoever sends it again. */
export function changeOnce(
  config: ShopConfig,
  command: Extract<ShopCommand, { kind: "change" }>,
  view: ShopView,
): ShopDecision {
  const { session, notAfterMs, change: wanted } = command;
  const before = view.get("owner_session", session);
  if (before !== undefined) return { writes: [], outcome: { kind: "done", pid: before.pid } };
  const decided = change(config, wanted, view);
  if (decided.outcome.kind !== "done") return decided;
  const row = { pid: decided.outcome.pid, not_after_ms: notAfterMs };
  return { ...decided, writes: [...decided.writes, { table: "owner_session", id: session, row }] };
}

/** Its message has expired, so nobody can send it again. */
export function forgetSession(session: Hex, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("owner_session", session);
  const over = row !== undefined && now > row.not_after_ms;
  return { writes: over ? [{ table: "owner_session", id: session, row: null }] : [], outcome: { kind: "nothing" } };
}

const ALL = "all";

/** @param urls of the row, where there is one. */
export function mirrorsIn(urls: Uint8Array | undefined): readonly string[] {
  if (urls === undefined) return [];
  const read = decode(mirrorsSchema, urls);
  if (!read.ok) throw new Error("a shop's own mirrors do not decode");
  return read.value;
}

/** Of all items, so about none of them. */
function mirror({ url, used }: Extract<Change, { kind: "mirror" }>, view: ShopView): ShopDecision {
  const others = mirrorsIn(view.get("mirrors", ALL)?.urls).filter((each) => each !== url);
  const urls = used ? [...others, url] : others;
  if (urls.length > MIRRORS_LIMIT) return decline(ZERO_HASH, "too-many-mirrors");
  const row = urls.length === 0 ? null : { urls: encode(mirrorsSchema, urls) };
  return { writes: [{ table: "mirrors", id: ALL, row }], outcome: { kind: "done", pid: ZERO_HASH } };
}

function change(config: ShopConfig, wanted: Change, view: ShopView): ShopDecision {
  if (wanted.kind === "mirror") return mirror(wanted, view);
  const { pid } = wanted;
  const item = view.get("item", pid);
  if (item === undefined) return decline(pid, "no-such-item");
  const outcome = { kind: "done", pid } as const;
  switch (wanted.kind) {
    case "listed":
      return { writes: [{ table: "item", id: pid, row: { ...item, listed: wanted.listed } }], outcome };
    case "stock": {
      // What nobody pays for and no trustee certifies is handed over without counting.
      const counted = item.delivery === "sale" || item.delivery === "certified";
      if (!counted) return decline(pid, "wrong-mode");
      return { writes: [{ table: "item", id: pid, row: { ...item, stock: wanted.stock } }], outcome };
    }
    case "price": {
      const { priceMinor: price, floorMinor: floor } = wanted;
      const row = { ...item, price, floor };
      // A free item is delivered in another way than a sold one, and a gift is no purchase: keep the kind.
      const kept = isPricedRightly(row) && isDonation(row) === isDonation(item);
      return kept ? { writes: [{ table: "item", id: pid, row }], outcome } : decline(pid, "wrong-mode");
    }
    case "discount":
      return isDonation(item) ? decline(pid, "wrong-mode") : discount(config, wanted, view);
    case "bundle":
      return bundle(wanted, view);
    case "repeat": {
      // What costs nothing, or what its buyer says, costs no less for anybody.
      if (item.delivery !== "sale" || isDonation(item)) return decline(pid, "wrong-mode");
      const row = wanted.rule && { after: wanted.rule.after, price: wanted.rule.priceMinor };
      return { writes: [{ table: "repeat", id: pid, row }], outcome };
    }
    case "subscription": {
      if (item.delivery !== "sale") return decline(pid, "wrong-mode");
      const row = wanted.rule && { group_name: wanted.rule.group, days: wanted.rule.days };
      return { writes: [{ table: "subscription", id: pid, row }], outcome };
    }
  }
}

/** A group of the shop's own is also noted at the item: its members are known by rows, and may show no credential. */
function discount(config: ShopConfig, wanted: Extract<Change, { kind: "discount" }>, view: ShopView): ShopDecision {
  const { pid, issuer, group, priceMinor } = wanted;
  const row = priceMinor === null ? null : { pid, issuer, group_name: group, price: priceMinor };
  const writes: Write<ShopTables>[] = [{ table: "discount", id: discountId(pid, issuer, group), row }];
  if (issuer === config.key.publicKey) {
    const others = ownGroups(pid, view).filter((name) => name !== group);
    const names = row === null ? others : [...others, group];
    if (names.length > OWN_GROUPS_LIMIT) return decline(pid, "too-many-groups");
    const noted = names.length === 0 ? null : { names: encode(namesSchema, names) };
    writes.push({ table: "own_groups", id: pid, row: noted });
  }
  return { writes, outcome: { kind: "done", pid } };
}
