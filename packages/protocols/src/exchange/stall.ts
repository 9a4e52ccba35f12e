/** What the owner decides: which items there are, at what price, for whom. */
import type { Hex, Instant } from "@counterfoil/base";
import { hashFile, sign } from "@counterfoil/crypto";
import { certHashOf, certificateSchema, descriptionHashOf, pidOf } from "../contract/index.ts";
import {
  decline,
  type ItemRow,
  type ShopCommand,
  type ShopConfig,
  type ShopDecision,
  type ShopView,
} from "./merchant-rows.ts";
import type { Listing } from "./messages.ts";

export function discountId(pid: Hex, issuer: Hex, group: string): string {
  return `${pid}/${issuer}/${group}`;
}

/** A registration lists once; listing it again changes nothing. The merchant certifies what it lists. */
export function list(config: ShopConfig, listing: Listing, view: ShopView, now: Instant): ShopDecision {
  const { crypto, key } = config;
  const pid = pidOf(crypto, key.publicKey, listing.registration);
  if (view.get("item", pid) !== undefined) return { writes: [], outcome: { kind: "done", pid } };
  if (!describes(config, listing, pid)) return decline(pid, "item-changed");
  if ((listing.delivery === "sale") !== listing.priceMinor > 0n) return decline(pid, "wrong-mode");
  if (listing.unit !== config.unit) return decline(pid, "wrong-unit");
  if (view.get("slug", listing.slug) !== undefined) return decline(pid, "already-listed");
  const { certificate } = listing;
  const row: ItemRow = {
    slug: listing.slug,
    title: listing.title,
    description: listing.description,
    media_type: listing.mediaType,
    file_name: listing.fileName,
    price: listing.priceMinor,
    floor: listing.floorMinor,
    unit: listing.unit,
    delivery: listing.delivery,
    listed: true,
    stock: listing.stock,
    registration: listing.registration,
    content_bytes: certificate.contentBytes,
    cert_hash: certHashOf(crypto, certificate),
    file_hash: hashFile(crypto, certificate),
    certificate: sign(crypto, key, certificateSchema, certificate),
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

function describes({ crypto, key }: ShopConfig, listing: Listing, pid: Hex): boolean {
  const { certificate, title, description, mediaType } = listing;
  return (
    certificate.pid === pid &&
    certificate.merchant === key.publicKey &&
    certificate.certifier === key.publicKey &&
    certificate.descriptionHash === descriptionHashOf(crypto, title, description, mediaType)
  );
}

export function change(pid: Hex, view: ShopView, fields: Partial<ItemRow>): ShopDecision {
  const item = view.get("item", pid);
  if (item === undefined) return decline(pid, "no-such-item");
  // A free item is delivered in another way than a sold one, and its certificate names the price to nobody: keep the kind.
  if (fields.price !== undefined && (item.delivery === "sale") !== fields.price > 0n) return decline(pid, "wrong-mode");
  return { writes: [{ table: "item", id: pid, row: { ...item, ...fields } }], outcome: { kind: "done", pid } };
}

/** Sets or, with null, removes the price that an issuer's group pays. */
export function discount(command: Extract<ShopCommand, { kind: "discount" }>, view: ShopView): ShopDecision {
  const { pid, issuer, group, priceMinor } = command;
  if (view.get("item", pid) === undefined) return decline(pid, "no-such-item");
  const row = priceMinor === null ? null : { pid, issuer, group_name: group, price: priceMinor };
  return {
    writes: [{ table: "discount", id: discountId(pid, issuer, group), row }],
    outcome: { kind: "done", pid },
  };
}
