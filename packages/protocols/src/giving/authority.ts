/**
 * The authority that gifts are proven to: which items it knows as donations, and one row for each gift that was claimed. So a
 * gift counts once, and for whoever claimed it first.
 */
import { encode, type Hex, type Instant, type Result } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Authority, Decision, TablesOf, View } from "../index.ts";
import { type AuthorityKeys, authorityIdOf, openGift, type ProvenGift } from "./gift.ts";
import { type GiftAuthority, type GiftReason, giftAnswer } from "./messages.ts";

export interface GiftAuthorityConfig {
  readonly crypto: Crypto;
  readonly keys: AuthorityKeys;
  readonly descriptor: GiftAuthority;
}

export const giftShapes = {
  /** By certHash: an item that is a donation, whose, and at which bank it is paid. */
  recipient: { merchant: "text", bank: "text", unit: "text", name: "text", title: "text", added_ms: "integer" },
  /** By tid. For ever: a gift forgotten could be claimed again. */
  gift: {
    recipient: "text",
    name: "text",
    purpose: "text",
    amount: "money",
    unit: "text",
    paid_ms: "integer",
    claimed_ms: "integer",
  },
} as const;
export type GiftTables = TablesOf<typeof giftShapes>;
export type Recipient = GiftTables["recipient"];
export type ClaimedGift = GiftTables["gift"];

export type GiftCommand =
  | { readonly kind: "claim"; readonly gift: ProvenGift }
  | { readonly kind: "unproven"; readonly reason: GiftReason }
  /** Only the authority itself says so: whoever could would make a purchase a gift. */
  | { readonly kind: "recognise"; readonly certHash: Hex; readonly recipient: Omit<Recipient, "added_ms"> };

export type GiftOutcome =
  | { readonly kind: "accepted"; readonly tid: Hex; readonly gift: ClaimedGift; readonly recipient: Recipient }
  | { readonly kind: "refused"; readonly reason: GiftReason; readonly before: ClaimedGift | null }
  | { readonly kind: "recognised"; readonly certHash: Hex };

type GiftDecision = Decision<GiftTables, GiftOutcome>;

export function giftAuthority(config: GiftAuthorityConfig): Authority<GiftTables, GiftCommand, GiftOutcome> {
  const { crypto, keys, descriptor } = config;
  const id = authorityIdOf(crypto, descriptor);
  return {
    admit(message): Result<GiftCommand> {
      const gift = openGift(crypto, keys, id, message);
      const command = gift.ok
        ? ({ kind: "claim", gift: gift.value } as const)
        : ({ kind: "unproven", reason: gift.reason } as const);
      return { ok: true, value: command };
    },
    decide,
    answer: (outcome) => encode(giftAnswer, answerOf(outcome)),
  };
}

function decide(command: GiftCommand, view: View<GiftTables>, now: Instant): GiftDecision {
  switch (command.kind) {
    case "claim":
      return claim(command.gift, view, now);
    case "unproven":
      return no(command.reason);
    case "recognise": {
      const { certHash, recipient } = command;
      const outcome = { kind: "recognised", certHash } as const;
      if (view.get("recipient", certHash) !== undefined) return { writes: [], outcome };
      return { writes: [{ table: "recipient", id: certHash, row: { ...recipient, added_ms: now } }], outcome };
    }
  }
}

/** A bank that anybody made up signs receipts too, so the item says which bank counts. First come; a repeat is the same claim. */
function claim(gift: ProvenGift, view: View<GiftTables>, now: Instant): GiftDecision {
  const { tid, certHash, merchant, bank, priceMinor, unit, paidAtMs, name, purpose } = gift;
  const recipient = view.get("recipient", certHash);
  if (recipient?.merchant !== merchant || recipient.bank !== bank || recipient.unit !== unit) {
    return no("unknown-recipient");
  }
  const before = view.get("gift", tid);
  if (before !== undefined) {
    const same = before.name === name && before.purpose === purpose;
    return same
      ? { writes: [], outcome: { kind: "accepted", tid, gift: before, recipient } }
      : no("claimed-already", before);
  }
  const row = {
    recipient: certHash,
    name,
    purpose,
    amount: priceMinor,
    unit,
    paid_ms: paidAtMs,
    claimed_ms: now,
  };
  return {
    writes: [{ table: "gift", id: tid, row }],
    outcome: { kind: "accepted", tid, gift: row, recipient },
  };
}

function no(reason: GiftReason, before: ClaimedGift | null = null): GiftDecision {
  return { writes: [], outcome: { kind: "refused", reason, before } };
}

function answerOf(outcome: GiftOutcome) {
  switch (outcome.kind) {
    case "accepted":
      return { kind: "accepted", tid: outcome.tid, claimedMs: outcome.gift.claimed_ms } as const;
    case "refused":
      return { kind: "refused", reason: outcome.reason } as const;
    case "recognised":
      return outcome;
  }
}
