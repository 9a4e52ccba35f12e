import type { CarriedMessage } from "@counterfoil/browser";
import { portableCrypto } from "@counterfoil/crypto";
import { recKeyOf } from "@counterfoil/protocols/log";
import type { Transport } from "@counterfoil/sdk/portable";
import { expect, test } from "vitest";
import type { WatchedMessage } from "./desk.ts";
import { oneOf } from "./watching.ts";

const crypto = await portableCrypto();
const [BANK, OWN, OTHER] = ["b0", "11", "22"].map((byte) => byte.repeat(32)) as [string, string, string];

function under(identity: string): CarriedMessage {
  return { number: 1, url: "http://a.test", identity, bytes: new Uint8Array(), sentMs: 0, end: null };
}

function naming(name: string, member: string, value: string): WatchedMessage {
  const fields = [{ name: "slip", value: "", inside: [{ name: member, value }] }];
  return { id: "message-1", to: "shop", which: "", name, bytes: 0, atMs: 0, fields, answer: null };
}

test("a purchase has the messages under its own identity, and those that name it", () => {
  const whose = oneOf(crypto, BANK, null);
  const transport = { client: () => ({}), open: 0 } as unknown as Transport;
  whose.through(transport).client("http://a.test", "own");
  expect(whose.isOf(under("another"), naming("payment", "tid", OTHER))).toBe(false);
  expect(whose.isOf(under("new"), naming("dispute request", "tid", OWN))).toBe(false);
  expect(whose.tid).toBeNull();
  expect(whose.isOf(under("own"), naming("payment", "tid", OWN))).toBe(true);
  expect(whose.tid).toBe(OWN);
  expect(whose.isOf(under("new"), naming("dispute request", "tid", OWN))).toBe(true);
  expect(whose.isOf(under("new"), naming("dispute request", "tid", OTHER))).toBe(false);
  expect(whose.isOf(under("new"), naming("log query", "recKey", recKeyOf(crypto, BANK, OWN)))).toBe(true);
  expect(whose.isOf(under("new"), naming("log query", "recKey", recKeyOf(crypto, BANK, OTHER)))).toBe(false);
});

test("one that was begun before is known by its number and its identity from the first message on", () => {
  const whose = oneOf(crypto, BANK, { identity: "own", tid: OWN });
  expect(whose.isOf(under("own"), naming("release", "order", OTHER))).toBe(true);
  expect(whose.isOf(under("new"), naming("dispute request", "tid", OWN))).toBe(true);
  expect(whose.isOf(under("another"), naming("payment", "tid", OTHER))).toBe(false);
});
