/** What an addition that was broken off leaves behind, beside goods that somebody needs. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { hashFile } from "@counterfoil/crypto";
import { nodeCrypto } from "@counterfoil/host";
import type { Listing } from "@counterfoil/protocols/exchange";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { draftsFolder, saveDraft } from "./drafts.ts";
import { makeFolder } from "./folder.ts";
import { certificateOfListing, prepareListing, settleListing } from "./listing.ts";
import { registrationOfUpload, uploadsFolder } from "./operator/uploads.ts";
import { demandDone } from "./owner.ts";
import { type OpenShop, openShop } from "./shop.ts";
import { goodsFolder } from "./shop-goods.ts";

const crypto = await nodeCrypto();
const HALF = `${"a".repeat(64)}.draft`;
const PARTIAL = `${"b".repeat(64)}.draft.4711.partial`;
const [ADDED, LYING] = ["1".repeat(32), "2".repeat(32)] as const;
const DAY_AND_MORE_MS = 25 * 3_600_000;

let folder: string;
let now: number;
let bugs: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-leftovers-"));
  const place = folder;
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  now = Date.now();
  bugs = [];
});

async function inShop<T>(use: (shop: OpenShop) => Promise<T>): Promise<T> {
  const bank = () => Promise.reject(new Error("no bank here"));
  const onBug = (bug: unknown) => void bugs.push(bug);
  const ports = { crypto, clock: () => now, onBug, onFatal: onBug };
  const shop = await openShop(folder, { name: "A shop", bank: "b".repeat(64), unit: "XTS" }, bank, ports);
  return use(shop).finally(() => shop.close());
}

async function prepared({ config }: OpenShop, title: string, registration?: Hex): Promise<Listing> {
  const path = join(folder, "content.txt");
  writeFileSync(path, title);
  const terms = { description: "", priceMinor: 1n, delivery: "sale", floorMinor: null, stock: null } as const;
  return prepareListing(folder, config, { path, title, ...terms, ...(registration && { registration }) });
}

async function listed(shop: OpenShop, listing: Listing): Promise<void> {
  demandDone(shop.config, (await shop.hosted.submit({ kind: "list", listing })).answer);
}

function namesOf(listing: Listing): { readonly files: readonly string[]; readonly mark: string } {
  const certificate = certificateOfListing(listing);
  const fileHash = hashFile(crypto, certificate);
  return { files: [`${fileHash}.age`, `${fileHash}.pieces`], mark: `${certificate.pid}.adding` };
}

const goods = () => readdirSync(goodsFolder(folder)).sort();

test("half-made files and goods that nothing names go after a day; what was sold or drafted stays", async () => {
  const [sold, offTheShelf, drafted, broken, unmarked] = await inShop(async (shop) => {
    const listings: Listing[] = [];
    for (const title of ["Sold", "Off the shelf", "Drafted", "Broken off", "Of a lost database"]) {
      listings.push(await prepared(shop, title));
    }
    const [first, second, third, , fifth] = listings as [Listing, Listing, Listing, Listing, Listing];
    await listed(shop, first);
    await listed(shop, second);
    const off = { kind: "listed", listed: false, pid: certificateOfListing(second).pid } as const;
    const answer = await shop.hosted.submit({ kind: "change", session: "5".repeat(64), notAfterMs: now, change: off });
    demandDone(shop.config, answer.answer);
    saveDraft(folder, { url: "http://certifier.example", certifier: "0".repeat(64), listing: third });
    settleListing(folder, fifth);
    return listings.map(namesOf);
  });
  writeFileSync(join(goodsFolder(folder), HALF), "half");
  writeFileSync(join(goodsFolder(folder), PARTIAL), "half");
  writeFileSync(join(draftsFolder(folder), PARTIAL), "half");
  const needed = [sold, offTheShelf, drafted, unmarked].flatMap((each) => each?.files ?? []);

  await inShop(async () => {});
  const young = [...needed, ...(broken?.files ?? []), broken?.mark ?? "", HALF, PARTIAL];
  expect(goods(), "another process may be at it").toEqual(young.sort());
  expect(readdirSync(draftsFolder(folder)).length).toBe(2);

  now += DAY_AND_MORE_MS;
  await inShop(async () => {});
  expect(goods()).toEqual(needed.sort());
  expect(readdirSync(draftsFolder(folder)).length, "a draft is no leftover").toBe(1);
  expect(bugs).toEqual([]);
});

test("the plain upload of what is an item goes at once, another one after a day", async () => {
  const place = makeFolder(uploadsFolder(folder));
  await inShop(async (shop) => {
    await listed(shop, await prepared(shop, "Added", registrationOfUpload(shop.config, ADDED)));
    for (const id of [ADDED, LYING]) writeFileSync(join(place, id), "in plain");
  });
  await inShop(async () => {});
  expect(readdirSync(place)).toEqual([LYING]);
  now += DAY_AND_MORE_MS;
  await inShop(async () => {});
  expect(readdirSync(place)).toEqual([]);
});

test("drafts that cannot be read hold nobody's shop up, and nothing is swept by guess", async () => {
  const broken = await inShop(async (shop) => namesOf(await prepared(shop, "Broken off")));
  writeFileSync(join(draftsFolder(folder), "planted.draft"), "no draft");
  now += DAY_AND_MORE_MS;
  await inShop(async () => {});
  expect(String(bugs)).toContain("does not decode");
  expect(goods()).toEqual([...broken.files, broken.mark].sort());
});
