/** What the owner lists, under whose certificate; and where the goods lie besides. */
import { toHex } from "@counterfoil/base";
import { H, portableCrypto, read, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { type Certificate, certificateSchema, goodsPointOf, makeEscrow, noTrustees } from "../contract/index.ts";
import { type Listing, MIRRORS_LIMIT } from "./messages.ts";
import { listingOf, NOW, type Parties, parties, seedOf, stock } from "./parties.fixture.ts";
import { mirrorsIn } from "./stall.ts";

const crypto = await portableCrypto();
const CERTIFIER = crypto.signingKey(seedOf("certifier", crypto));
const SELL_UNTIL_MS = NOW + 1_000_000;

/** The listing with another certificate: `lie` stands in it and is proved, `unproved` stands in it and is not. */
function certified(
  all: Parties,
  { by = CERTIFIER, lie = {}, unproved = {}, changes = {} }: Certifying = {},
): { listing: Listing; certificate: Certificate } {
  const listing = listingOf(all, "thing");
  const own = read(certificateSchema, listing.certificate);
  if (!own.ok) throw new Error(own.reason);
  const trustees = { group: H(crypto, "group"), groupKey: noTrustees(crypto).groupKey };
  const { escrow: _, ...label } = { ...own.value.value, ...trustees, certifier: CERTIFIER.publicKey, ...lie };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, all.shopConfig.seed, listing.registration));
  const certificate = { ...label, escrow, ...unproved };
  const signed = sign(crypto, by, certificateSchema, certificate);
  return { listing: { ...listing, certificate: signed, sellUntilMs: SELL_UNTIL_MS, ...changes }, certificate };
}

interface Certifying {
  readonly by?: typeof CERTIFIER;
  readonly lie?: Partial<Certificate>;
  readonly unproved?: Partial<Certificate>;
  readonly changes?: Partial<Listing>;
}

function listed(all: Parties, listing: Listing) {
  const { outcome } = all.shop.decide({ kind: "list", listing }, NOW);
  return outcome.kind === "declined" ? outcome.reason : outcome.kind;
}

test("an item stands under its certifier's signature, byte for byte, until its trustees stop selling", () => {
  const all = parties(crypto);
  const { listing, certificate } = certified(all);
  expect(listed(all, listing)).toBe("done");
  const row = all.shop.view.get("item", certificate.pid);
  expect(row).toMatchObject({ certificate: listing.certificate, sell_until_ms: SELL_UNTIL_MS });
});

test("or under the shop's own, and then no trustee can open it", () => {
  const all = parties(crypto);
  const row = all.shop.view.get("item", stock(all, "thing"));
  expect(row?.sell_until_ms).toBeNull();
});

const NOBODY = noTrustees(crypto);
test.each<[string, Certifying]>([
  ["somebody else's signature", { by: crypto.signingKey(seedOf("somebody", crypto)) }],
  ["another item's certificate", { lie: { pid: H(crypto, "another") } }],
  ["another shop's", { lie: { merchant: CERTIFIER.publicKey } }],
  ["another description", { lie: { descriptionHash: H(crypto, "other words") } }],
  ["an escrow about something else", { unproved: { root: H(crypto, "other goods") } }],
  ["trustees who sell for ever", { changes: { sellUntilMs: null } }],
  ["no trustees who stop selling", { lie: NOBODY }],
  ["a key of somebody's under the name of nobody", somebodysKey()],
])("a certificate that buyers would refuse is not listed: %s", (_, certifying) => {
  const all = parties(crypto);
  const before = new Map(all.shop.rows);
  expect(listed(all, certified(all, certifying).listing)).toBe("item-changed");
  expect(all.shop.rows).toEqual(before);
});

function somebodysKey(): Certifying {
  const groupKey = toHex(crypto.group.fromUniform(crypto.sha512(seedOf("y", crypto))));
  return { lie: { group: NOBODY.group, groupKey }, changes: { sellUntilMs: null } };
}

test("mirrors are kept in the order in which they came, as many as a buyer would try, and each change once", () => {
  const all = parties(crypto);
  let told = 0;
  const change = (url: string, used: boolean, session = H(crypto, "session", told++)) =>
    all.shop.decide({ kind: "change", session, notAfterMs: NOW + 1, change: { kind: "mirror", url, used } }, NOW)
      .outcome;
  const mirrors = () => mirrorsIn(all.shop.view.get("mirrors", "all")?.urls);
  const first = H(crypto, "the first");
  change("https://a.example", true, first);
  change("https://b.example", true);
  expect(mirrors()).toEqual(["https://a.example", "https://b.example"]);
  change("https://a.example", false);
  expect(change("https://a.example", true, first).kind, "overheard and sent again").toBe("done");
  expect(mirrors()).toEqual(["https://b.example"]);
  change("https://b.example", false);
  expect(all.shop.rows.has("mirrors/all")).toBe(false);
  for (let i = 0; i < MIRRORS_LIMIT; i++) expect(change(`https://${i}.example`, true).kind).toBe("done");
  expect(change("https://more.example", true)).toMatchObject({ kind: "declined", reason: "too-many-mirrors" });
  expect(mirrors()).toHaveLength(MIRRORS_LIMIT);
});

test("the owner says how many are left, and of what nobody counts says nothing", () => {
  const all = parties(crypto);
  const pid = stock(all, "thing", { stock: 1 });
  let told = 0;
  const change = (of: string, left: number | null, session = H(crypto, "stock", told++)) =>
    all.shop.decide(
      { kind: "change", session, notAfterMs: NOW + 1, change: { kind: "stock", pid: of, stock: left } },
      NOW,
    ).outcome;
  const left = () => all.shop.view.get("item", pid)?.stock;
  const first = H(crypto, "the first");
  expect([change(pid, 7, first).kind, left()]).toEqual(["done", 7]);
  expect([change(pid, null).kind, left()]).toEqual(["done", null]);
  expect([change(pid, 7, first).kind, left()], "overheard and sent again").toEqual(["done", null]);
  const free = stock(all, "leaflet", { priceMinor: 0n, delivery: "given" });
  expect(change(free, 3)).toMatchObject({ kind: "declined", reason: "wrong-mode" });
  expect(change(H(crypto, "nothing"), 3)).toMatchObject({ kind: "declined", reason: "no-such-item" });
});
