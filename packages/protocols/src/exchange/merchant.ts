/**
 * The merchant of NetBill (P§4): quotes, offers, endorses, and releases when the bank has paid. A shop is an authority over
 * its items, stock and sales. Until a payment comes it keeps nothing about a buyer: quote, slip and key are all made again
 * from its seed. A payment is written down before the bank hears of it, and the row owes the endorsement until answered.
 */
import { type Hex, type Instant, never } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Order, Quote, Slip } from "../contract/index.ts";
import type { Authority, Decision, TablesOf, View } from "../index.ts";
import type { Funding } from "../money/index.ts";
import { admit } from "./merchant-admit.ts";
import { answer, endorse } from "./merchant-answer.ts";
import type { Listing, MerchantReason } from "./messages.ts";
import { acknowledge, decline, offer, pay, quote, refunded, refused, resend, settled } from "./selling.ts";
import { change, discount, list } from "./stall.ts";

export interface ShopConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** From which every sale's v and every item's goods secret come. Whoever has it can open all that was ever sold. */
  readonly seed: Uint8Array;
  readonly bank: Hex;
  readonly unit: string;
  /** How long a quote binds the shop. */
  readonly quoteMs: number;
  /** How far ahead an order's notAfter may lie: an offer is the buyer's option until then. */
  readonly optionMs: number;
}

export const shopShapes = {
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
    added_ms: "integer",
  },
  /** Names are unique, so that `buy NAME` means one thing. */
  slug: { pid: "text" },
  discount: { pid: "text", issuer: "text", group_name: "text", price: "money" },
  sale: {
    phase: "text",
    pid: "text",
    title: "text",
    buyer: "text",
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

/** Message 5, checked as far as it proves itself. `message` is kept whole: it is the merchant's half of the evidence. */
export interface Payment {
  readonly pid: Hex;
  readonly order: Order;
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly message: Uint8Array;
  readonly parts: Endorsement["parts"];
}

export type ShopCommand =
  | {
      readonly kind: "price";
      readonly pid: Hex;
      readonly buyer: Hex;
      readonly session: Hex;
      readonly previous: Hex;
      readonly bidMinor: bigint | null;
      readonly group: { readonly issuer: Hex; readonly name: string } | null;
    }
  | {
      readonly kind: "order";
      readonly pid: Hex;
      readonly order: Order;
      readonly quote: { readonly terms: Quote; readonly notAfterMs: Instant } | null;
    }
  | { readonly kind: "pay"; readonly payment: Payment }
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
  | { readonly kind: "resend"; readonly tid: Hex }
  | { readonly kind: "refunded"; readonly tid: Hex; readonly totalMinor: bigint }
  | { readonly kind: "decline"; readonly about: Hex; readonly reason: MerchantReason }
  | { readonly kind: "list"; readonly listing: Listing }
  | { readonly kind: "reprice"; readonly pid: Hex; readonly priceMinor: bigint; readonly floorMinor: bigint | null }
  | {
      readonly kind: "discount";
      readonly pid: Hex;
      readonly issuer: Hex;
      readonly group: string;
      readonly priceMinor: bigint | null;
    }
  | { readonly kind: "show"; readonly pid: Hex; readonly listed: boolean };

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

export type ShopDecision = Decision<ShopTables, ShopOutcome, Endorsement>;
export type ShopView = View<ShopTables>;

export function shop(config: ShopConfig): Authority<ShopTables, ShopCommand, ShopOutcome, Endorsement> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome, now) => answer(config, outcome, now),
    send: (endorsement) => endorse(config, endorsement),
    due: {
      sale: (tid, row) => (row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "resend", tid } }),
    },
  };
}

function reads(command: ShopCommand) {
  switch (command.kind) {
    case "price":
    case "order":
      return [{ table: "item", id: command.pid } as const];
    case "pay":
      return [
        { table: "sale", id: command.payment.slip.tid } as const,
        { table: "item", id: command.payment.pid } as const,
      ];
    case "settled":
      return [{ table: "sale", id: command.tid } as const];
    default:
      return [];
  }
}

function decide(config: ShopConfig, command: ShopCommand, view: ShopView, now: Instant): ShopDecision {
  switch (command.kind) {
    case "price":
      return quote(command, view);
    case "order":
      return offer(config, command, view, now);
    case "pay":
      return pay(config, command.payment, view, now);
    case "acknowledge":
      return acknowledge(config, command, view, now);
    case "settled":
      return settled(command, view);
    case "refused":
      return refused(command, view);
    case "resend":
      return resend(command.tid, view, now);
    case "refunded":
      return refunded(command, view);
    case "decline":
      return decline(command.about, command.reason);
    case "list":
      return list(config, command.listing, view, now);
    case "reprice":
      return change(command.pid, view, { price: command.priceMinor, floor: command.floorMinor });
    case "show":
      return change(command.pid, view, { listed: command.listed });
    case "discount":
      return discount(command, view);
    default:
      return never(command);
  }
}
