/** Donations at the shop: which listings are one, what is asked for one, and what may change about it. */
import { MINUTE_MS } from "@counterfoil/base";
import { H, portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { isDonation } from "./donation.ts";
import type { Change } from "./merchant-rows.ts";
import type { Listing } from "./messages.ts";
import { contractOf, listingOf, NOW, parties, stock } from "./parties.fixture.ts";
import { openShopWith } from "./shop.fixture.ts";

const crypto = await portableCrypto();
const DONATION = { priceMinor: 0n, floorMinor: 100n } as const;

describe("what may be listed", () => {
  test.each<[string, Partial<Listing>, string]>([
    ["a price", { priceMinor: 250n }, "done"],
    ["a price and a floor", { priceMinor: 250n, floorMinor: 100n }, "done"],
    ["no price and a floor", DONATION, "done"],
    ["no price and no floor", { priceMinor: 0n }, "wrong-mode"],
    ["no price and a floor of nothing", { priceMinor: 0n, floorMinor: 0n }, "wrong-mode"],
  ])("as a sale, with %s: %s", (_, changes, expected) => {
    const all = parties(crypto);
    const { outcome } = all.shop.decide({ kind: "list", listing: listingOf(all, "thing", changes) }, NOW);
    expect(outcome.kind === "declined" ? outcome.reason : outcome.kind).toBe(expected);
  });

  test("what is free is no donation, whatever floor it has", () => {
    expect(isDonation({ delivery: "certified", price: 0n, floor: 100n })).toBe(false);
    expect(isDonation({ delivery: "sale", price: 1n, floor: 100n })).toBe(false);
    expect(isDonation({ delivery: "sale", price: 0n, floor: 1n })).toBe(true);
  });
});

test.each([
  ["nothing named", null, 100n],
  ["less than the floor", 99n, 100n],
  ["the floor", 100n, 100n],
  ["more", 12_345n, 12_345n],
])("asked, with %s: %s gives %s", (_, bidMinor, asked) => {
  const { all, pid, quoted } = openShopWith(crypto, new Set(), DONATION);
  const { terms } = quoted(contractOf(all, pid, "one"), { bidMinor });
  expect(terms.priceMinor).toBe(asked);
});

describe("changes", () => {
  const changing = (all: ReturnType<typeof parties>) => {
    let told = 0;
    return (change: Change) => {
      told += 1;
      const session = H(crypto, "session", told);
      const { outcome } = all.shop.decide({ kind: "change", session, notAfterMs: NOW + MINUTE_MS, change }, NOW);
      return outcome.kind === "declined" ? outcome.reason : outcome.kind;
    };
  };

  test("a donation stays one, a purchase stays one, and the floor moves", () => {
    const all = parties(crypto);
    const [gift, thing] = [stock(all, "gift", DONATION), stock(all, "thing")];
    const change = changing(all);
    const priced = (pid: string, priceMinor: bigint, floorMinor: bigint | null) =>
      change({ kind: "price", pid, priceMinor, floorMinor });
    expect(priced(gift, 0n, 500n)).toBe("done");
    expect(all.shop.view.get("item", gift)?.floor).toBe(500n);
    expect([priced(gift, 0n, null), priced(gift, 0n, 0n), priced(gift, 300n, 100n)]).toEqual(
      Array(3).fill("wrong-mode"),
    );
    expect([priced(thing, 0n, 100n), priced(thing, 0n, null)]).toEqual(Array(2).fill("wrong-mode"));
    expect(all.shop.view.get("item", gift)).toMatchObject({ price: 0n, floor: 500n });
  });

  test("nobody earns another price for a gift", () => {
    const all = parties(crypto);
    const pid = stock(all, "gift", DONATION);
    const change = changing(all);
    const issuer = all.shopConfig.key.publicKey;
    expect(change({ kind: "discount", pid, issuer, group: "student", priceMinor: 1n })).toBe("wrong-mode");
    expect(change({ kind: "repeat", pid, rule: { after: 1, priceMinor: 1n } })).toBe("wrong-mode");
    expect(change({ kind: "subscription", pid, rule: { group: "friend", days: 30 } })).toBe("done");
  });
});
