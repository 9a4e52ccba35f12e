/** Goods that the owner's page adds: each from an upload to the shelf, while the page asks how far it is. */
import type { Hex } from "@counterfoil/base";
import { wireClient } from "@counterfoil/host";
import type { CertifierDescriptor } from "@counterfoil/protocols/certifying";
import { type ItemRow, isDonation, type Listing } from "@counterfoil/protocols/exchange";
import {
  type Added,
  type AddingTo,
  addCertifiedGoods,
  addOwnGoods,
  type CertifyingBy,
  demandCertifier,
  demandFreeName,
  discardDraft,
  finishDraft,
} from "../adding.ts";
import { CERTIFIER_TIMEOUT_MS, type CertifierDoor, certificationBy, certifierDoor } from "../certify.ts";
import { type Draft, readDrafts, removeDraft } from "../drafts.ts";
import { certificateOfListing, type NewItem } from "../listing.ts";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";
import { problemIn, unreached } from "./problems.ts";
import type { DraftJson, NewItemJson } from "./shapes.ts";
import { pidOfUpload, registrationOfUpload, type ShopUploads } from "./uploads.ts";

/** The certifier of the shop's market. */
export interface ShopCertifier {
  readonly terms: CertifierDescriptor;
  /** null where it lives in this very process. */
  readonly url: string | null;
  readonly here: CertifierDoor | null;
}

export interface AddingDesk {
  readonly to: AddingTo;
  readonly uploads: ShopUploads;
  readonly certifier: ShopCertifier | null;
  /** Whether an item has this name. */
  isTaken(slug: string): Promise<boolean>;
  /** The item that is this product; null where none is. */
  listed(pid: Hex): Promise<ItemRow | null>;
  /** Told of what is nobody's refusal. */
  readonly onBug: (bug: unknown) => void;
}

export interface AddingJobs {
  /** The same upload again is the same job, unless that failed: then it is tried again. @param ownUrl where this server was asked, for a certifier that lives here. */
  begin(item: NewItemJson, ownUrl: string): Promise<void>;
  /** Asks the certifier of a waiting draft again. */
  resume(id: string): void;
  remove(id: string): Promise<void>;
  list(): Promise<readonly DraftJson[]>;
}

/** Each holds a file open and a few MiB while it is encrypted. */
const UNDER_WAY = 8;
/** Those that are over stay to be read, until so many others have come. */
const REMEMBERED = 64;

type Job = { -readonly [K in keyof DraftJson]: DraftJson[K] } & { pid: Hex | null; isOver: boolean };
type Trouble = NonNullable<DraftJson["trouble"]>;

export function openAddingJobs(desk: AddingDesk): AddingJobs {
  const bench: Bench = { ...desk, jobs: new Map(), troubles: new Map() };
  return {
    begin: (item, ownUrl) => begin(bench, item, ownUrl),
    resume: (id) => resume(bench, id),
    remove: (id) => remove(bench, id),
    list: () => list(bench),
  };
}

interface Bench extends AddingDesk {
  /** By the upload's name or, where a draft goes on, by the product's. */
  readonly jobs: Map<string, Job>;
  /** What became of a draft when it was last tried. */
  readonly troubles: Map<Hex, Trouble>;
}

async function begin(bench: Bench, item: NewItemJson, ownUrl: string): Promise<void> {
  const { to, jobs, uploads, certifier } = bench;
  const isBegun = () => jobs.has(item.upload) && jobs.get(item.upload)?.state !== "failed";
  if (isBegun()) return;
  const pid = pidOfUpload(to.config, item.upload);
  const listed = await bench.listed(pid);
  if (listed !== null) return noteListed(bench, item, listed);
  if (draftsOf(to.folder).has(pid)) {
    uploads.remove(item.upload); // the draft has it encrypted
    return resume(bench, pid);
  }
  await demandFreeName(item.title, bench.isTaken);
  if (isBegun()) return; // by the same request, sent twice
  demandPriced(item);
  if (uploads.bytes(item.upload) !== item.contentBytes) throw notWhole();
  if (item.certify !== null) agreedTo(certifier, item.certify.certifier, item.certify.policy);
  const job = newJob(item.upload, item.title, item.fileName, item.contentBytes);
  run(bench, job, () => add(bench, item, ownUrl, job));
}

/** An upload whose item was listed before anybody heard so, or is asked for once more. */
function noteListed({ jobs, uploads }: Bench, item: NewItemJson, listed: ItemRow): void {
  uploads.remove(item.upload);
  const { title, description, price, floor, delivery, slug, file_name: fileName, content_bytes: bytes } = listed;
  const wanted = [item.title, item.description, BigInt(item.priceMinor), floorOf(item), item.delivery];
  if (wanted.some((each, at) => each !== [title, description, price, floor, delivery][at])) throw soldOtherwise(slug);
  const job: Job = { ...newJob(item.upload, title, fileName, bytes), state: "listed", slug, isOver: true };
  remember(jobs, job);
}

function resume(bench: Bench, id: string): void {
  const { to, certifier } = bench;
  const draft = draftsOf(to.folder).get(id);
  if (draft === undefined || isUnderWay(bench, id)) return;
  if (certifier === null) throw noCertifier();
  demandCertifier(certifier.terms, draft.certifier, draft.url);
  const { title, fileName } = draft.listing;
  const job: Job = { ...newJob(id, title, fileName, 0), pid: id, state: "certifying" };
  const onSending = (done: number, of: number) => progress(job, "certifying", done, of);
  run(bench, job, () => withCertifier(to, certifier, draft.url, (by) => finishDraft(to, by, draft, { onSending })));
}

async function remove(bench: Bench, id: string): Promise<void> {
  const { to, jobs, troubles, uploads } = bench;
  if (isUnderWay(bench, id)) throw underWay();
  const draft = draftsOf(to.folder).get(id);
  const isSold = draft !== undefined && (await bench.listed(id)) !== null;
  if (isUnderWay(bench, id)) throw underWay(); // begun while the shelf was read
  jobs.delete(id);
  troubles.delete(id);
  uploads.remove(id);
  if (draft === undefined) return;
  // What broke off between listing and forgetting the draft: the goods are those that buyers fetch.
  if (isSold) removeDraft(to.folder, draft);
  else await discardDraft(to.folder, to.config, draft);
}

async function list({ to, jobs, troubles, uploads }: Bench): Promise<readonly DraftJson[]> {
  const uploaded = await uploads.list(); // first, since a job may become a draft meanwhile
  const going = new Set([...jobs.values()].flatMap(({ pid }) => pid ?? []));
  const waiting = [...draftsOf(to.folder)].filter(([pid]) => !going.has(pid));
  const lying = uploaded.filter(({ id }) => !jobs.has(id));
  return [
    ...[...jobs.values()].map(({ pid: _, isOver: __, ...job }) => job),
    ...waiting.map(([pid, draft]) => waitingJson(pid, draft, troubles.get(pid) ?? WAITING.unchecked)),
    ...lying.map(({ id, bytes }) => ({ ...newJob(id, "", "", 0), state: "uploaded" as const, doneBytes: bytes })),
  ].map(shownOf);
}

/** Begins a job and lets it run: what becomes of it is in the list. */
function run(bench: Bench, job: Job, work: () => Promise<Added>): void {
  const { jobs, onBug } = bench;
  const going = [...jobs.values()].filter(({ isOver }) => !isOver).length;
  if (going >= UNDER_WAY) throw tooMany();
  remember(jobs, job);
  work()
    .then((added) => settle(bench, job, added))
    .catch((error: unknown) => fail(bench, job, error))
    .catch(onBug); // nobody waits for this chain: a fault in it would end the process
}

function remember(jobs: Bench["jobs"], job: Job): void {
  for (const [id, { isOver }] of jobs) if (isOver && jobs.size >= REMEMBERED) jobs.delete(id);
  jobs.set(job.id, job);
}

/** By the upload's name or, once it has a draft, by the product's. */
function isUnderWay({ jobs }: Bench, id: string): boolean {
  return [...jobs.values()].some((job) => !job.isOver && (job.id === id || job.pid === id));
}

function settle({ jobs, troubles }: Bench, job: Job, { kind, listing }: Added): void {
  job.isOver = true;
  if (kind === "listed") {
    job.state = "listed";
    job.slug = listing.slug;
    return;
  }
  troubles.set(pidOf(listing), WAITING[kind]);
  jobs.delete(job.id); // its draft is on disk, and listed from there
}

/** Where the draft outlives the failure, the registration goes on from it. */
function fail({ to, jobs, troubles, onBug }: Bench, job: Job, error: unknown): void {
  Object.assign(job, { isOver: true, state: "failed" }); // before what may fail itself
  const trouble = troubleIn(error, onBug);
  job.trouble = trouble;
  if (job.pid === null || !draftsOf(to.folder).has(job.pid)) return;
  troubles.set(job.pid, trouble);
  jobs.delete(job.id);
}

/** The upload is needed until the item is listed or has a draft: whatever fails before that can be tried again. */
async function add(bench: Bench, item: NewItemJson, ownUrl: string, job: Job): Promise<Added> {
  const { to, uploads } = bench;
  const watch = {
    onEncrypting: (done: number, of: number) => progress(job, "encrypting", done, of),
    onDraft: ({ listing }: Draft) => {
      job.pid = pidOf(listing);
      uploads.remove(item.upload);
    },
    onSending: (done: number, of: number) => progress(job, "certifying", done, of),
  };
  if (item.certify === null) {
    const listing = await addOwnGoods(to, newItemOf(bench, item), watch);
    uploads.remove(item.upload);
    return { kind: "listed", listing };
  }
  const certifier = agreedTo(bench.certifier, item.certify.certifier, item.certify.policy);
  return withCertifier(to, certifier, ownUrl, (by) => addCertifiedGoods(to, by, newItemOf(bench, item), watch));
}

async function withCertifier<T>(
  { config, clock }: AddingTo,
  certifier: ShopCertifier,
  ownUrl: string,
  use: (by: CertifyingBy) => Promise<T>,
): Promise<T> {
  const { terms, here } = certifier;
  const by = certificationBy(config.crypto, terms, clock());
  const url = certifier.url ?? ownUrl;
  if (here !== null) return use({ terms, by, url, door: here });
  const client = wireClient(url, { timeoutMs: CERTIFIER_TIMEOUT_MS });
  return use({ terms, by, url, door: certifierDoor(client) }).finally(() => client.close());
}

function shownOf(draft: DraftJson): DraftJson {
  const { id, title, fileName, state, doneBytes, ofBytes, trouble, slug } = draft;
  return { id, title, fileName, state, doneBytes, ofBytes, trouble, slug };
}

function newJob(id: string, title: string, fileName: string, ofBytes: number): Job {
  const begun = { state: "encrypting" as const, doneBytes: 0, ofBytes, trouble: null, slug: null };
  return { id, title, fileName, ...begun, pid: null, isOver: false };
}

function progress(job: Job, state: DraftJson["state"], doneBytes: number, ofBytes: number): void {
  Object.assign(job, { state, doneBytes, ofBytes });
}

function waitingJson(pid: Hex, { listing }: Draft, trouble: Trouble): DraftJson {
  const { title, fileName } = listing;
  return { id: pid, title, fileName, state: "waiting", doneBytes: 0, ofBytes: 0, trouble, slug: null };
}

function draftsOf(folder: string): ReadonlyMap<Hex, Draft> {
  return new Map(readDrafts(folder).map((draft) => [pidOf(draft.listing), draft]));
}

function pidOf(listing: Listing): Hex {
  return certificateOfListing(listing).pid;
}

function newItemOf({ to, uploads }: Bench, item: NewItemJson): NewItem {
  const { upload, title, description, fileName, delivery, stock } = item;
  return {
    ...{ title, description, fileName, delivery, stock },
    registration: registrationOfUpload(to.config, upload),
    path: uploads.path(upload),
    priceMinor: BigInt(item.priceMinor),
    floorMinor: floorOf(item),
  };
}

function floorOf({ floorMinor }: NewItemJson): bigint | null {
  return floorMinor === null ? null : BigInt(floorMinor);
}

/** As the shop itself demands when it lists: found out before anything is encrypted. */
function demandPriced(item: NewItemJson): void {
  const { delivery, stock } = item;
  const [price, floor] = [BigInt(item.priceMinor), floorOf(item)];
  const sold = delivery === "sale";
  const priced = price > 0n || isDonation({ delivery, price, floor });
  const counted = sold || delivery === "certified" || stock === null;
  if (sold === priced && counted) return;
  const detail = "A sold item costs something, a free one nothing, and only what is sold or certified is counted.";
  throw new Refusal("wrong-mode", detail, NO_MONEY_MOVED, "Correct price, stock or how it is handed over.");
}

/** Whoever agreed saw these words of this certifier; others it has not agreed to. */
function agreedTo(certifier: ShopCertifier | null, key: Hex, policy: string): ShopCertifier {
  if (certifier === null) throw noCertifier();
  if (certifier.terms.certifier === key && certifier.terms.policy === policy) return certifier;
  const detail = "The certifier is another, or says something else about itself, than what was agreed to.";
  throw new Refusal("not-agreed", detail, NO_MONEY_MOVED, "Read what it says now, and add the item again.");
}

const ASK_AGAIN = { money: NO_MONEY_MOVED, next: "Ask again later; it is for sale once it is certified." };
const WAITING = {
  pending: { reason: "pending", detail: "A person at the certifier's has still to look at it.", ...ASK_AGAIN },
  unchecked: { reason: "unchecked", detail: "It has no certificate yet.", ...ASK_AGAIN },
} as const;

function troubleIn(error: unknown, onBug: AddingDesk["onBug"]): Trouble {
  try {
    const { type, detail, money, next } = problemIn(unreached(error, "The certifier"));
    return { reason: type.replace(/^.*:/, ""), detail, money, next };
  } catch (bug) {
    onBug(bug);
    const detail = "A fault of the server; nothing is listed.";
    return { reason: "failed", detail, money: NO_MONEY_MOVED, next: "Try again; the shop's log may say more." };
  }
}

function notWhole(): Refusal {
  return new Refusal("upload-not-whole", "The file is not here as a whole.", NO_MONEY_MOVED, "Send it again.");
}

function soldOtherwise(slug: string): Refusal {
  const detail = `This upload is for sale already, as ${slug}, and on other terms.`;
  return new Refusal("already-listed", detail, NO_MONEY_MOVED, "Change them on the shelf.");
}

function tooMany(): Refusal {
  const detail = `${UNDER_WAY} items are being added.`;
  return new Refusal("too-many-at-once", detail, NO_MONEY_MOVED, "Wait until one of them is done.");
}

function underWay(): Refusal {
  const detail = "It is being encrypted or certified just now.";
  return new Refusal("under-way", detail, NO_MONEY_MOVED, "Wait until that is done, then delete it.");
}

function noCertifier(): Refusal {
  const detail = "The shop's market has no certifier.";
  return new Refusal("no-certifier", detail, NO_MONEY_MOVED, "Sell it under the shop's own word.");
}
