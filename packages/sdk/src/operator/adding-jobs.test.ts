/** Goods that the owner's page adds: what a failure leaves behind, and what may be done while one is under way. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto, QueueFull, Unknown } from "@counterfoil/host";
import type { CertifierDescriptor } from "@counterfoil/protocols/certifying";
import { noTrustees } from "@counterfoil/protocols/contract";
import type { ItemRow, Listing } from "@counterfoil/protocols/exchange";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { CertifierDoor } from "../certify.ts";
import { readDrafts } from "../drafts.ts";
import { makeFolder } from "../folder.ts";
import { certificateOfListing } from "../listing.ts";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";
import { shopConfig } from "../shop.ts";
import { goodsFolder } from "../shop-goods.ts";
import { type AddingJobs, openAddingJobs } from "./adding-jobs.ts";
import type { NewItemJson } from "./shapes.ts";
import { openShopUploads, type ShopUploads } from "./uploads.ts";

const UPLOAD = "1".repeat(32);
const OWN_URL = "http://shop.example";
const POLICY = "I look at nothing.";

const crypto = await nodeCrypto();
const config = shopConfig(crypto, new Uint8Array(32).fill(5), { bank: "b".repeat(64), unit: "XTS" });
const terms: CertifierDescriptor = {
  certifier: "c".repeat(64),
  box: crypto.boxKey(new Uint8Array(32).fill(6)).publicKey,
  name: "A certifier",
  policy: POLICY,
  looks: "program",
  sees: "goods-and-key",
  contentLimitBytes: 1_000,
  groups: [{ ...noTrustees(crypto), sellUntilMs: Date.now() + 1_000_000 }],
};

let folder: string;
let uploads: ShopUploads;
let jobs: AddingJobs;
let listed: Listing[];
let taken: string | null;
/** Of the next listing; null lists it. */
let declined: Error | null;
/** The next listing counts, and this is all that is heard of it. */
let unheard: Error | null;
let bugs: unknown[];
/** Ends the certifier's silence, by a failure. */
let unreached: (error: Error) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-adding-"));
  const place = folder;
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  makeFolder(goodsFolder(folder));
  uploads = openShopUploads(folder, Date.now);
  await uploads.put(UPLOAD, 0, new Uint8Array(10));
  [listed, taken, declined, unheard, bugs] = [[], null, null, null, []];
  const silence = new Promise<never>((_, reject) => {
    unreached = reject;
  });
  silence.catch(() => {});
  jobs = opened(silence);
});

function opened(silence: Promise<never>): AddingJobs {
  const list = async (listing: Listing) => {
    if (declined !== null) throw declined;
    if (listed.every(({ registration }) => registration !== listing.registration)) listed.push(listing);
    if (unheard !== null) throw unheard;
  };
  return openAddingJobs({
    to: { folder, config, clock: Date.now, list },
    uploads,
    certifier: { terms, url: null, here: { post: () => silence } as unknown as CertifierDoor },
    isTaken: async (slug) => slug === taken,
    listed: async (pid) =>
      listed.map(rowOf).find((_, at) => certificateOfListing(listed[at] as Listing).pid === pid) ?? null,
    onBug: (bug) => bugs.push(bug),
  });
}

/** As much of it as is looked at. */
function rowOf(listing: Listing): ItemRow {
  const { slug, title, description, fileName: file_name, priceMinor: price, floorMinor: floor, delivery } = listing;
  const { contentBytes: content_bytes } = certificateOfListing(listing);
  return { slug, title, description, file_name, price, floor, delivery, content_bytes } as ItemRow;
}

function item(changes: Partial<NewItemJson> = {}): NewItemJson {
  const shown = { fileName: "report.txt", title: "A report", description: "About something." };
  const sold = { priceMinor: "250", floorMinor: null, stock: null, delivery: "sale" as const };
  return { upload: UPLOAD, contentBytes: 10, ...shown, ...sold, certify: null, ...changes };
}

const certified = () => item({ certify: { certifier: terms.certifier, policy: POLICY } });

/** The only one that there is, once it is in this state. */
function inState(state: string) {
  return vi.waitUntil(async () => {
    const all = await jobs.list();
    expect(all.length).toBe(1);
    return all[0]?.state === state ? all[0] : null;
  });
}

test("a name that is taken costs nothing: the upload is added by another", async () => {
  taken = "a-report";
  await expect(jobs.begin(item(), OWN_URL)).rejects.toThrow("an item of that name");
  expect(uploads.bytes(UPLOAD)).toBe(10);
  await jobs.begin(item({ title: "Another" }), OWN_URL);
  expect(await inState("listed")).toMatchObject({ slug: "another" });
  expect(uploads.bytes(UPLOAD)).toBeNull();
});

test.each([
  ["declines", new Refusal("wrong-mode", "No.", NO_MONEY_MOVED, "Another.")],
  ["has too much to do", new QueueFull()],
  ["has a fault", new Error("a planted fault")],
])("where the shop %s the upload stays, and is added when asked again", async (_, failure) => {
  declined = failure;
  await jobs.begin(item(), OWN_URL);
  await inState("failed");
  expect(uploads.bytes(UPLOAD)).toBe(10);
  declined = null;
  await jobs.begin(item(), OWN_URL);
  expect(await inState("listed")).toMatchObject({ slug: "a-report", trouble: null });
  await jobs.begin(item(), OWN_URL);
  expect(listed.length, "what is listed is begun no second time").toBe(1);
  expect(readdirSync(join(folder, "uploads"))).toEqual([]);
});

test("what was listed though nobody heard so is one item, whatever its title is written in", async () => {
  const asked = item({ title: "Отчёт" });
  unheard = new Unknown(null);
  await jobs.begin(asked, OWN_URL);
  expect((await inState("failed"))?.trouble?.reason).toBe("outcome-unknown");
  expect(uploads.bytes(UPLOAD), "nobody knows that it is not needed").toBe(10);
  unheard = null;
  const slug = listed[0]?.slug;
  await jobs.begin(asked, OWN_URL);
  expect(await jobs.list()).toMatchObject([{ state: "listed", title: "Отчёт", slug }]);
  expect(readdirSync(join(folder, "uploads"))).toEqual([]);
  const again = opened(new Promise(() => {})); // after a restart
  await again.begin(asked, OWN_URL);
  expect(await again.list()).toMatchObject([{ state: "listed", slug }]);
  const dearer = opened(new Promise(() => {}));
  await expect(dearer.begin({ ...asked, priceMinor: "300" }, OWN_URL)).rejects.toThrow("on other terms");
  expect(listed.length).toBe(1);
});

test("an upload that has a draft already goes on from it", async () => {
  await jobs.begin(certified(), OWN_URL);
  await vi.waitUntil(() => readDrafts(folder).length > 0);
  unreached(new QueueFull());
  await inState("waiting");
  await uploads.put(UPLOAD, 0, new Uint8Array(10)); // as a crash just after the draft leaves it
  const again = opened(new Promise(() => {}));
  await again.begin(certified(), OWN_URL);
  expect(await again.list()).toMatchObject([{ state: "certifying", title: "A report" }]);
  expect(readdirSync(join(folder, "uploads"))).toEqual([]);
});

test("what is with the certifier is deleted under neither of its names, and asked for no second time", async () => {
  await jobs.begin(certified(), OWN_URL);
  const [draft] = await vi.waitUntil(() => (readDrafts(folder).length > 0 ? readDrafts(folder) : null));
  const { pid } = certificateOfListing((draft as { listing: Listing }).listing);
  expect(uploads.bytes(UPLOAD), "the draft has it encrypted").toBeNull();
  for (const id of [UPLOAD, pid]) await expect(jobs.remove(id)).rejects.toThrow("just now");
  jobs.resume(pid);
  expect((await jobs.list()).map(({ id }) => id)).toEqual([UPLOAD]);
  unreached(new QueueFull());
  expect(await inState("waiting")).toMatchObject({ id: pid });
  await jobs.remove(pid);
  expect([await jobs.list(), readdirSync(goodsFolder(folder))]).toEqual([[], []]);
});

test("a fault in noting a failure is told and ends there", async () => {
  await jobs.begin(certified(), OWN_URL);
  await vi.waitUntil(() => readDrafts(folder).length > 0);
  writeFileSync(join(folder, "certifying", "planted.draft"), "no draft");
  unreached(new QueueFull());
  await vi.waitUntil(() => bugs.length > 0);
  expect(String(bugs[0])).toContain("does not decode");
  rmSync(join(folder, "certifying", "planted.draft"));
  expect(await jobs.list(), "it is over, and may be deleted").toMatchObject([{ id: UPLOAD, state: "failed" }]);
  await jobs.remove(UPLOAD);
  expect((await jobs.list()).map(({ state }) => state)).toEqual(["waiting"]);
});
