/** What the owner decides: which items there are, at what price, for whom. */
import type { Hex, Instant } from "@counterfoil/base";
import { hashFile, sign } from "@counterfoil/crypto";
import { certHashOf, certificateSchema, descriptionHashOf, pidOf } from "../contract/index.ts";
import {
  type Change,
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

/** The owner may change a price and change it back: each message counts once, whoever sends it again. */
export function changeOnce(command: Extract<ShopCommand, { kind: "change" }>, view: ShopView): ShopDecision {
  const { session, notAfterMs, change: wanted } = command;
  const before = view.get("owner_session", session);
  if (before !== undefined) return { writes: [], outcome: { kind: "done", pid: before.pid } };
  const decided = change(wanted, view);
  if (decided.outcome.kind !== "done") return decided;
  const row = { pid: wanted.pid, not_after_ms: notAfterMs };
  return { ...decided, writes: [...decided.writes, { table: "owner_session", id: session, row }] };
}

/** Its message has expired, so nobody can send it again. */
export function forgetSession(session: Hex, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("owner_session", session);
  const over = row !== undefined && now > row.not_after_ms;
  return { writes: over ? [{ table: "owner_session", id: session, row: null }] : [], outcome: { kind: "nothing" } };
}

function change(wanted: Change, view: ShopView): ShopDecision {
  const { pid } = wanted;
  const item = view.get("item", pid);
  if (item === undefined) return decline(pid, "no-such-item");
  const outcome = { kind: "done", pid } as const;
  switch (wanted.kind) {
    case "listed":
      return { writes: [{ table: "item", id: pid, row: { ...item, listed: wanted.listed } }], outcome };
    case "price": {
      const { priceMinor: price, floorMinor: floor } = wanted;
      // A free item is delivered in another way than a sold one: keep the kind.
      if ((item.delivery === "sale") !== price > 0n) return decline(pid, "wrong-mode");
      return { writes: [{ table: "item", id: pid, row: { ...item, price, floor } }], outcome };
    }
    case "discount": {
      const { issuer, group, priceMinor } = wanted;
      const row = priceMinor === null ? null : { pid, issuer, group_name: group, price: priceMinor };
      return { writes: [{ table: "discount", id: discountId(pid, issuer, group), row }], outcome };
    }
  }
}
