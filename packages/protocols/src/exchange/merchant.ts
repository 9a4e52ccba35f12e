/**
 * The merchant of the exchanges that pay (P§4, P§2C, P§3C): quotes, offers, settles, and releases when the bank has paid. A
 * shop is an authority over its items, stock and sales. Until a payment comes it keeps nothing about a buyer: quote, slip and key are all made again
 * from its seed. A payment is written down before the bank hears of it, and the row owes the endorsement until answered.
 */
import { type Instant, never } from "@counterfoil/base";
import type { Authority } from "../index.ts";
import { bundleReads, offerPart, releasePart } from "./bundle.ts";
import { followed, locked, notPosted, posted, repost } from "./committing.ts";
import { admit } from "./merchant-admit.ts";
import { answer, send } from "./merchant-answer.ts";
import {
  decline,
  type ShopCommand,
  type ShopConfig,
  type ShopDecision,
  type ShopEffect,
  type ShopOutcome,
  type ShopTables,
  type ShopView,
} from "./merchant-rows.ts";
import { forgetMember } from "./regulars.ts";
import { acknowledge, offer, pay, quote, refunded, refused, release, resend, settled } from "./selling.ts";
import { changeOnce, forgetSession, list } from "./stall.ts";

export function shop(config: ShopConfig): Authority<ShopTables, ShopCommand, ShopOutcome, ShopEffect> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome, now) => answer(config, outcome, now),
    send: (effect) => send(config, effect),
    due: {
      committing: (recKey, row) =>
        row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "repost", recKey } },
      member: (id, row) => ({ atMs: row.until_ms, command: { kind: "forget-member", id } }),
      owner_session: (session, row) => ({
        atMs: row.not_after_ms + 1,
        command: { kind: "forget-session", session },
      }),
      sale: (tid, row) => (row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "resend", tid } }),
    },
  };
}

function reads(command: ShopCommand) {
  switch (command.kind) {
    case "price":
      return pricing(command);
    case "order":
      return [{ table: "item", id: command.pid } as const];
    case "order-part":
      return bundleReads(command);
    case "pay":
    case "release":
      return [
        { table: "sale", id: command.payment.slip.tid } as const,
        { table: "item", id: command.payment.pid } as const,
      ];
    case "settled":
      return [{ table: "sale", id: command.tid } as const];
    case "locked":
      return [{ table: "committing", id: command.recKey } as const, { table: "sale", id: command.tid } as const];
    case "posted":
    case "not-posted":
    case "repost":
      return [{ table: "committing", id: command.recKey } as const];
    default:
      return [];
  }
}

/** A stranger's price is the item's own; a customer whom the shop knows may have earned another. */
function pricing({ pid, visitor }: Extract<ShopCommand, { kind: "price" }>) {
  const item = { table: "item", id: pid } as const;
  if (visitor === null) return [item];
  return [
    item,
    { table: "own_groups", id: pid } as const,
    { table: "repeat", id: pid } as const,
    { table: "visitor", id: visitor } as const,
  ];
}

function decide(config: ShopConfig, command: ShopCommand, view: ShopView, now: Instant): ShopDecision {
  switch (command.kind) {
    case "price":
      return quote(config, command, view, now);
    case "order":
      return offer(config, command, view, now);
    case "order-part":
      return offerPart(config, command, view, now);
    case "release-part":
      return releasePart(config, command, view, now);
    case "pay":
      return pay(config, command.payment, view, now);
    case "release":
      return release(command, view, now);
    case "acknowledge":
      return acknowledge(config, command, view, now);
    case "settled":
      return settled(command, view, now);
    case "refused":
      return refused(command, view, now);
    case "locked":
      return locked(command, view, now);
    case "posted":
      return posted(command, view, now);
    case "not-posted":
      return notPosted(command, view, now);
    case "followed":
      return followed(command, view, now);
    case "repost":
      return repost(command.recKey, view, now);
    case "resend":
      return resend(command.tid, view, now);
    case "refunded":
      return refunded(command, view);
    case "decline":
      return decline(command.about, command.reason);
    case "list":
      return list(config, command.listing, view, now);
    case "change":
      return changeOnce(config, command, view);
    case "forget-session":
      return forgetSession(command.session, view, now);
    case "forget-member":
      return forgetMember(command.id, view, now);
    default:
      return never(command);
  }
}
