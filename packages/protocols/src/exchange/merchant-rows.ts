/** What a shop is configured with, keeps, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Order, Quote, Slip } from "../contract/index.ts";
import type { Decision, TablesOf, View } from "../index.ts";
import { type EntryKind, type FollowBatch, followShapes, type LogDescriptor, type LogReason } from "../log/index.ts";
import type { Funding } from "../money/index.ts";
import { bundleShapes } from "./bundle-rows.ts";
import type { Listing, MerchantReason, OwnerRequest } from "./messages.ts";

export interface ShopConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** From which every sale's v and every item's goods secret come. Whoever has it can open all that was ever sold. */
  readonly seed: Uint8Array;
  readonly bank: Hex;
  readonly unit: string;
  /** The logs that it sells by, by id: it follows each of them. */
  readonly logs: ReadonlyMap<Hex, LogDescriptor>;
  /** What time it is by those logs when it is `now` here: deadlines of contracts are on that clock. */
  readonly logTime: (now: Instant) => Instant;
  /** How long a quote binds the shop. */
  readonly quoteMs: number;
  /** How far ahead an order's notAfter may lie: an offer is the buyer's option until then. */
  readonly optionMs: number;
}

export const shopShapes = {
  ...followShapes,
  ...bundleShapes,
  /** By log: outcomes that went by lately (passed.ts). */
  passed_log: { older_from: "integer", older: "bytes", newer_from: "integer", newer: "bytes" },
  /** By recKey: what a log is told about a logged sale (committing.ts). */
  committing: {
    tid: "text",
    log: "text",
    /** From this entry on the shop would have seen an outcome. */
    from_size: "integer",
    lock: "bytes?",
    /** The LOCK's. */
    tree_size: "integer?",
    step: "text",
    /** The first one that counts. */
    outcome: "text?",
    tries: "integer",
    wake_ms: "integer?",
  },
  item: {
    slug: "text",
    title: "text",
    description: "text",
    media_type: "text",
    file_name: "text",
    price: "money",
    floor: "money?",
    unit: "text",
    delivery: "text",
    listed: "flag",
    stock: "integer?",
    registration: "text",
    content_bytes: "integer",
    cert_hash: "text",
    file_hash: "text",
    certificate: "bytes",
    /** Until when its trustees' group may be sold under, where it has one. */
    sell_until_ms: "integer?",
    added_ms: "integer",
  },
  /** Names are unique, so that `buy NAME` means one thing. */
  slug: { pid: "text" },
  discount: { pid: "text", issuer: "text", group_name: "text", price: "money" },
  /** One row, `all`: the hosts that have the shop's files besides itself. */
  mirrors: { urls: "bytes" },
  /** By pid: the groups of this shop's own that have a discount on the item, since rows cannot be searched. */
  own_groups: { names: "bytes" },
  /** By pid: the price for whoever has bought here `after` times. */
  repeat: { after: "integer", price: "money" },
  /** By pid: whoever buys the item belongs to the group for so many days. */
  subscription: { group_name: "text", days: "integer" },
  /** By pseudonym: what has been bought under it. */
  visitor: { visits: "integer", total: "money", unit: "text", first_ms: "integer", last_ms: "integer" },
  /** By pseudonym and group: until when it belongs. */
  member: { visitor: "text", group_name: "text", until_ms: "integer" },
  /** What the owner has told lately: a message that comes again, from whoever overheard it, changes nothing. */
  owner_session: { pid: "text", not_after_ms: "integer" },
  sale: {
    phase: "text",
    pid: "text",
    title: "text",
    buyer: "text",
    /** The pseudonym that the sale counts for. */
    visitor: "text?",
    slip_hash: "text?",
    price: "money",
    refunded: "money",
    unit: "text",
    delivery: "text",
    time_ms: "integer",
    not_after_ms: "integer",
    tries: "integer",
    wake_ms: "integer?",
    reason: "text?",
    purchase: "bytes",
    receipt: "bytes?",
    bank_answer: "bytes?",
  },
} as const;
export type ShopTables = TablesOf<typeof shopShapes>;
export type ItemRow = ShopTables["item"];
export type ShopSale = ShopTables["sale"];
export type Committing = ShopTables["committing"];

/** Message 5, checked as far as it proves itself. `message` is kept whole: it is the merchant's half of the evidence. */
export interface Payment {
  readonly pid: Hex;
  readonly order: Order;
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly message: Uint8Array;
  readonly parts: Endorsement["parts"];
  /** The pseudonym that the purchase is made under. It is none of the bank's business, so no part of `parts`. */
  readonly visitor: Hex | null;
}

export type ShopCommand =
  | {
      readonly kind: "price";
      readonly pid: Hex;
      readonly buyer: Hex;
      readonly session: Hex;
      readonly previous: Hex;
      readonly bidMinor: bigint | null;
      /** Who has lent itself to the buyer, and the group that its credential names. */
      readonly visitor: Hex | null;
      readonly group: { readonly issuer: Hex; readonly name: string } | null;
    }
  | {
      readonly kind: "order";
      readonly pid: Hex;
      readonly order: Order;
      readonly quote: { readonly terms: Quote; readonly notAfterMs: Instant } | null;
    }
  /** A part, beside the order that is to pay for it. */
  | {
      readonly kind: "order-part";
      readonly pid: Hex;
      readonly order: Order;
      readonly main: { readonly pid: Hex; readonly order: Order };
    }
  | { readonly kind: "pay"; readonly payment: Payment }
  /** The customer has settled by itself, and brings the receipt. */
  | { readonly kind: "release"; readonly payment: Payment; readonly receipt: Uint8Array }
  /** The order that it is a part of is paid. */
  | {
      readonly kind: "release-part";
      readonly payment: Payment;
      readonly receipt: Uint8Array;
      readonly releaseMs: Instant;
    }
  | {
      readonly kind: "acknowledge";
      readonly pid: Hex;
      readonly order: Order;
      readonly contractHash: Hex;
      readonly slip: Slip | null;
      readonly message: Uint8Array;
    }
  | { readonly kind: "settled"; readonly tid: Hex; readonly slipHash: Hex; readonly receipt: Uint8Array }
  | {
      readonly kind: "refused";
      readonly tid: Hex;
      readonly reason: string;
      /** Whether the bank can still pay this slip. Only what is final ends the sale. */
      readonly final: boolean;
      readonly bankAnswer: Uint8Array;
    }
  /** The bank has locked the money until the log decides. */
  | {
      readonly kind: "locked";
      readonly tid: Hex;
      readonly recKey: Hex;
      readonly lock: Uint8Array;
      readonly treeSize: number;
    }
  /** What a log says to a posting of ours. */
  | { readonly kind: "posted"; readonly recKey: Hex; readonly entry: EntryKind }
  | { readonly kind: "not-posted"; readonly recKey: Hex; readonly entry: EntryKind; readonly reason: LogReason }
  | { readonly kind: "followed"; readonly batch: FollowBatch }
  | { readonly kind: "repost"; readonly recKey: Hex }
  | { readonly kind: "resend"; readonly tid: Hex }
  | { readonly kind: "decline"; readonly about: Hex; readonly reason: MerchantReason }
  /** The bank has given this much of a sale back. Totals only grow, so a repeat changes nothing. */
  | { readonly kind: "refunded"; readonly tid: Hex; readonly totalMinor: bigint }
  /** A registration lists once. */
  | { readonly kind: "list"; readonly listing: Listing }
  /** What a repeat would undo: done once a session. */
  | { readonly kind: "change"; readonly session: Hex; readonly notAfterMs: Instant; readonly change: Change }
  | { readonly kind: "forget-session"; readonly session: Hex }
  | { readonly kind: "forget-member"; readonly id: string };

export type Change = Extract<
  OwnerRequest,
  { kind: "price" | "discount" | "listed" | "stock" | "mirror" | "repeat" | "subscription" | "bundle" }
>;

export type ShopOutcome =
  | {
      readonly kind: "quote";
      readonly quote: Quote;
      readonly buyer: Hex;
      readonly session: Hex;
      readonly previous: Hex;
    }
  | { readonly kind: "offer"; readonly order: Order; readonly item: ItemRow }
  | { readonly kind: "pending"; readonly tid: Hex }
  | { readonly kind: "settled"; readonly tid: Hex; readonly receipt: Uint8Array }
  | { readonly kind: "released"; readonly tid: Hex }
  | { readonly kind: "goods"; readonly order: Order; readonly item: ItemRow }
  | { readonly kind: "acknowledged"; readonly about: Hex }
  | {
      readonly kind: "declined";
      readonly about: Hex;
      readonly reason: MerchantReason;
      readonly bankAnswer: Uint8Array | null;
    }
  | { readonly kind: "done"; readonly pid: Hex }
  | { readonly kind: "nothing" };

/** The endorsement of one payment, owed to the bank. */
export interface Endorsement {
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly parts: { readonly slip: Uint8Array; readonly pay: Uint8Array; readonly funding: Funding };
}

/** One entry that a log is to make, and all that it asks for. */
export interface LogPosting {
  readonly log: Hex;
  readonly entry: Exclude<EntryKind, "paid">;
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly slipSigned: Uint8Array;
  readonly lock: Uint8Array;
}

export type ShopEffect = Endorsement | LogPosting;

export type ShopDecision = Decision<ShopTables, ShopOutcome, ShopEffect>;
export type ShopView = View<ShopTables>;

/** No, and why. Nothing moves. */
export function decline(about: Hex, reason: MerchantReason, bankAnswer: Uint8Array | null = null): ShopDecision {
  return { writes: [], outcome: { kind: "declined", about, reason, bankAnswer } };
}
