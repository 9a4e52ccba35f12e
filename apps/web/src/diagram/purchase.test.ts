import { expect, test } from "vitest";
import type { WatchedMessage } from "../wallet/desk.ts";
import { purchaseDiagram, tidIn } from "./purchase.ts";
import { sentenceOf } from "./words.ts";

type Heard = Pick<WatchedMessage, "to" | "name"> & { readonly which?: string; readonly answer?: string | null };

/** @param heard of each: to whom, what, and the name of the answer; null while there is none. */
function messages(...heard: readonly Heard[]): WatchedMessage[] {
  return heard.map(({ to, name, which = "", answer = null }, at) => ({
    id: `message-${at + 1}`,
    to,
    which,
    name,
    bytes: 100,
    atMs: 0,
    fields: [{ name: "slip", value: "", inside: [{ name: "tid", value: "ab" }] }],
    answer:
      answer === null
        ? null
        : answer === "lost"
          ? { kind: "lost", code: "TIMEOUT" }
          : { kind: "answered", name: answer, bytes: 10, fields: [] },
  }));
}

function sentences(heard: readonly WatchedMessage[], mode: string | null): string[] {
  const { lanes, steps } = purchaseDiagram(heard, mode);
  return steps.map((step) => sentenceOf(step, lanes));
}

test("NetBill has its eight messages, of which the wallet sees all but two", () => {
  const heard = messages(
    { to: "shop", name: "price request", answer: "quote" },
    { to: "shop", name: "order", answer: "offer" },
    { to: "shop", name: "payment", answer: "settled" },
  );
  expect(sentences(heard, "netbill")).toEqual([
    "customer → shop: 1 PRICE REQUEST, delivered",
    "shop → customer: 2 QUOTE, delivered",
    "customer → shop: 3 ORDER, delivered",
    "shop → customer: 4 SLIP AND OFFER, delivered",
    "customer → shop: 5 PAYMENT, delivered",
    "shop: 6 SETTLE, 7 RECEIPT: shop and bank",
    "shop → customer: 8 RECEIPT AND KEY, delivered",
  ]);
  expect(sentences(heard.slice(0, 1), null)[0]).toBe("customer → shop: PRICE REQUEST, delivered");
  expect(tidIn(heard)).toBe("ab");
  expect(tidIn(heard.slice(0, 2))).toBeNull();
});

test("the same words again are drawn as a repeat, those without an answer as lost or on their way", () => {
  const heard = messages(
    { to: "bank", name: "query", answer: "lost" },
    { to: "bank", name: "query", answer: "undecided" },
    { to: "bank", name: "query" },
    { to: "shop", name: "order", answer: "declined" },
  );
  expect(sentences(heard, "optimistic")).toEqual([
    "customer → bank: QUERY, lost",
    "customer → bank: QUERY, repeated",
    "bank → customer: UNDECIDED, delivered",
    "customer → bank: QUERY, on its way",
    "customer → shop: 4 ORDER, delivered",
    "shop → customer: DECLINED, refused",
  ]);
});

test("a shop is gone from its first unanswered message on, once trustees are asked, and not before", () => {
  const before = messages(
    { to: "shop", name: "order", answer: "offer" },
    { to: "shop", name: "payment" },
    { to: "shop", name: "release", answer: "pending" },
  );
  const trustees: Heard[] = [2, 10].map((index) => ({
    to: "trustee",
    name: "dispute request",
    which: `trustee ${index}`,
    answer: "answered",
  }));
  expect(purchaseDiagram(before, "optimistic").lanes).toContainEqual({ id: "shop", title: "shop" });
  const { lanes } = purchaseDiagram([...before, ...messages(...trustees)], "optimistic");
  expect(lanes).toContainEqual({ id: "shop", title: "shop", gone: "message-2" });
  expect(lanes.map(({ title }) => title)).toEqual(["customer", "shop", "bank", "trustee 2", "trustee 10"]);
  const answered = messages(...trustees, { to: "shop", name: "release", answer: "settled" });
  expect(purchaseDiagram([...before, ...answered], "optimistic").lanes[1]).toEqual({ id: "shop", title: "shop" });
});
