/** What goes over the wallet's way out while somebody watches: each message when it leaves, and again when it has ended. */
import type { Hex } from "@counterfoil/base";
import type { CarriedEnd, CarriedMessage } from "@counterfoil/browser";
import { type Crypto, tagOf } from "@counterfoil/crypto";
import { Refused, Unreachable } from "@counterfoil/host/portable";
import { recKeyOf } from "@counterfoil/protocols/log";
import type { Identity, Transport, Visit } from "@counterfoil/sdk/portable";
import { tidIn } from "../diagram/purchase.ts";
import type { Field } from "../diagram/sequence.ts";
import type { WatchedMessage } from "./desk.ts";
import { readAnswer, readMessage } from "./reading.ts";

export interface Watchers {
  /** Of one purchase alone: others of the same wallet send again meanwhile. @returns how to stop telling. */
  watch(whose: Whose, tell: (message: WatchedMessage) => void): () => void;
  onMessage(message: CarriedMessage): void;
  /** Which trustee or log answers at an address; told by whoever has visited the market. */
  meet(visit: Visit): void;
}

/**
 * Tells a purchase's messages from others': shop and bank hear it under its own identity; log and trustees hear each message
 * under a new one, and are asked by what names the purchase.
 */
export interface Whose {
  /** What the purchase speaks under becomes its own. */
  through(transport: Transport): Transport;
  /** The number of the purchase; null before its payment has left. */
  readonly tid: Hex | null;
  isOf(carried: CarriedMessage, message: WatchedMessage): boolean;
}

/** @param known of a purchase that was begun before. */
export function oneOf(
  crypto: Crypto,
  bank: Hex,
  known: { readonly identity: Identity; readonly tid: Hex } | null,
): Whose {
  const identities = new Set<Identity>(known === null ? [] : [known.identity]);
  let tid = known?.tid ?? null;
  let names = namesOf(tid);

  function namesOf(of: Hex | null): ReadonlySet<string> {
    return new Set(of === null ? [] : [of, recKeyOf(crypto, bank, of)]);
  }

  return {
    through: (transport) => ({
      client(url, identity) {
        identities.add(identity);
        return transport.client(url, identity);
      },
      get open() {
        return transport.open;
      },
    }),
    get tid() {
      return tid;
    },
    isOf({ identity }, message) {
      if (!identities.has(identity)) return isNamed(message.fields, names);
      const paid = tid === null ? (tidIn([message]) as Hex | null) : null;
      if (paid !== null) {
        tid = paid;
        names = namesOf(paid);
      }
      return true;
    },
  };
}

function isNamed(fields: readonly Field[], names: ReadonlySet<string>): boolean {
  return fields.some(({ value, inside }) => names.has(value) || (inside !== undefined && isNamed(inside, names)));
}

export function watchers(): Watchers {
  const watching = new Set<(carried: CarriedMessage, message: WatchedMessage) => void>();
  const places = new Map<string, string>();
  return {
    watch(whose, tell) {
      const hear = (carried: CarriedMessage, message: WatchedMessage) => {
        if (whose.isOf(carried, message)) tell(message);
      };
      watching.add(hear);
      return () => void watching.delete(hear);
    },
    onMessage(carried) {
      if (watching.size === 0) return;
      const to = partyOf(carried.bytes);
      const which = to === "trustee" || to === "log" ? (places.get(carried.url) ?? new URL(carried.url).host) : "";
      const message: WatchedMessage = {
        ...readMessage(carried.bytes),
        id: `message-${carried.number}`,
        to,
        which,
        bytes: carried.bytes.length,
        atMs: carried.sentMs,
        answer: carried.end && endOf(carried.end, to),
      };
      for (const hear of watching) hear(carried, message);
    },
    meet({ groups, logs }) {
      for (const { urls } of groups) for (const [index, url] of urls) places.set(url, `trustee ${index}`);
      for (const { url, descriptor } of logs) places.set(url, descriptor.origin);
    },
  };
}

function endOf(end: CarriedEnd, from: WatchedMessage["to"]): WatchedMessage["answer"] {
  if (end.kind === "answered") return { kind: "answered", ...readAnswer(end.bytes, from), bytes: end.bytes.length };
  const { failure } = end;
  if (failure instanceof Unreachable) return { kind: "lost", code: failure.code };
  return { kind: "lost", code: failure instanceof Refused ? failure.reason : "too busy" };
}

/** Bank and shop may answer at one address: what is asked says who is meant. */
function partyOf(message: Uint8Array): WatchedMessage["to"] {
  const tag = tagOf(message) ?? "";
  if (TO_BANK.has(tag) || tag.startsWith("counterfoil/money/")) return "bank";
  if (tag === "log-query/1") return "log";
  if (tag === "dispute-request/1" || tag === "given-query/1") return "trustee";
  return TO_SHOP.has(tag) || tag.startsWith("counterfoil/exchange/") ? "shop" : "other";
}

const TO_SHOP: ReadonlySet<string> = new Set([
  "order/1",
  "part-order/1",
  "payment/1",
  "release/1",
  "acknowledgement/1",
]);

const TO_BANK: ReadonlySet<string> = new Set([
  "settle/1",
  "hold-request/1",
  "abort-request/1",
  "query/1",
  "coin-keys-request/1",
  "withdraw-request/1",
  "refresh-request/1",
  "reissue-request/1",
]);
