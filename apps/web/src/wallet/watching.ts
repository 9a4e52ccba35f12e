/** What goes over the wallet's way out while somebody watches: each message when it leaves, and again when it has ended. */
import type { CarriedEnd, CarriedMessage } from "@counterfoil/browser";
import { tagOf } from "@counterfoil/crypto";
import { Refused, Unreachable } from "@counterfoil/host/portable";
import type { Visit } from "@counterfoil/sdk/portable";
import type { WatchedMessage } from "./desk.ts";
import { readAnswer, readMessage } from "./reading.ts";

export interface Watchers {
  /** @returns how to stop telling. */
  watch(tell: (message: WatchedMessage) => void): () => void;
  onMessage(message: CarriedMessage): void;
  /** Which trustee or log answers at an address; told by whoever has visited the market. */
  meet(visit: Visit): void;
}

export function watchers(): Watchers {
  const watching = new Set<(message: WatchedMessage) => void>();
  const places = new Map<string, string>();
  return {
    watch(tell) {
      watching.add(tell);
      return () => void watching.delete(tell);
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
      for (const tell of watching) tell(message);
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
