/** A way out that tells what goes over it: each message when it leaves, and again when its answer is here or never will be. */

import { tagOf } from "@counterfoil/crypto";
import { Overloaded, Refused, Unreachable, type WireClient } from "@counterfoil/host/portable";
import type { Transport, Visit } from "@counterfoil/sdk/portable";
import type { WatchedMessage } from "./desk.ts";
import { readAnswer, readMessage } from "./reading.ts";

export interface WatchedTransport extends Transport {
  /** @returns how to stop telling. */
  watch(tell: (message: WatchedMessage) => void): () => void;
  /** Which trustee or log answers at an address; told by whoever has visited the market. */
  meet(visit: Visit): void;
}

/** @param clock as the wallet's own. */
export function watchedTransport(inner: Transport, clock: () => number): WatchedTransport {
  const watching = new Set<(message: WatchedMessage) => void>();
  const places = new Map<string, string>();
  let sent = 0;

  function begin(url: string, to: WatchedMessage["to"], said: Pick<WatchedMessage, "name" | "bytes" | "fields">) {
    sent += 1;
    const which = to === "trustee" || to === "log" ? (places.get(url) ?? hostOf(url)) : "";
    const message: WatchedMessage = { ...said, id: `message-${sent}`, to, which, atMs: clock(), answer: null };
    for (const tell of watching) tell(message);
    return (answer: WatchedMessage["answer"]) => {
      for (const tell of watching) tell({ ...message, answer });
    };
  }

  async function posted(client: WireClient, message: Uint8Array): Promise<Uint8Array> {
    if (watching.size === 0) return client.post(message);
    const to = partyOf(message);
    const ended = begin(client.baseUrl, to, { ...readMessage(message), bytes: message.length });
    try {
      const answer = await client.post(message);
      ended({ kind: "answered", ...readAnswer(answer, to), bytes: answer.length });
      return answer;
    } catch (error) {
      ended({ kind: "lost", code: codeOf(error) });
      throw error;
    }
  }

  async function downloaded(
    client: WireClient,
    ...[path, take, options]: Parameters<WireClient["download"]>
  ): Promise<void> {
    if (watching.size === 0) return client.download(path, take, options);
    const name = path.endsWith("/pieces") || path.endsWith(".pieces") ? "hashes of pieces" : "encrypted goods";
    const ended = begin(client.baseUrl, "shop", {
      name: `fetch ${name}`,
      bytes: 0,
      fields: [{ name: "path", value: path }],
    });
    let bytes = 0;
    const counted = (chunk: Uint8Array) => {
      bytes += chunk.length;
      return take(chunk);
    };
    try {
      await client.download(path, counted, options);
      ended({ kind: "answered", name, bytes, fields: [] });
    } catch (error) {
      ended({ kind: "lost", code: codeOf(error) });
      throw error;
    }
  }

  return {
    client(url, identity) {
      const client = inner.client(url, identity);
      return {
        ...client,
        post: (message) => posted(client, message),
        download: (...asked) => downloaded(client, ...asked),
      };
    },
    get open() {
      return inner.open;
    },
    watch(tell) {
      watching.add(tell);
      return () => void watching.delete(tell);
    },
    meet({ groups, logs }) {
      for (const { urls } of groups) for (const [index, url] of urls) places.set(url, `trustee ${index}`);
      for (const { url, descriptor } of logs) places.set(url, descriptor.origin);
    },
  };
}

function hostOf(url: string): string {
  return new URL(url).host;
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

function codeOf(error: unknown): string {
  if (error instanceof Unreachable) return error.code;
  if (error instanceof Refused) return error.reason;
  return error instanceof Overloaded ? "too busy" : "not sent";
}
