/**
 * A shop has its goods certified (S1 §4.3 step 2): it says what it registers, sends the encrypted file piece by piece, and
 * gets the certificate. Each step may be repeated, so a registration that broke off goes on where it was. The certifier sees
 * the goods and their key; whoever asks a person for consent shows `CertifierDescriptor.policy` first.
 */
import { randomBytes } from "node:crypto";
import { open as openFileHandle, readFile } from "node:fs/promises";
import { decode, encode, type Hex, MINUTE_MS, SECOND_MS, sameBytes, toHex } from "@counterfoil/base";
import { type Crypto, hashFile, open, post, ZERO_HASH } from "@counterfoil/crypto";
import { type Progress, retrying, type WireClient } from "@counterfoil/host";
import {
  type CertifierDescriptor,
  certifierAnswer,
  certifierDescriptorSchema,
  notCertifiedSchema,
  type Registration,
  registerRequest,
  type ServedGroup,
  sealRegistration,
} from "@counterfoil/protocols/certifying";
import { type Certificate, certificateSchema, goodsPointOf, noTrustees } from "@counterfoil/protocols/contract";
import type { Listing, ShopConfig } from "@counterfoil/protocols/exchange";
import type { OpenCertifier } from "./certifier.ts";
import { certifierJson, missingJson } from "./certifier-pages.ts";
import type { Missing } from "./certifier-uploads.ts";
import { type Certification, certificateOfListing } from "./listing.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { leavesPathOf, shopGoodsPath } from "./shop-goods.ts";
import { bytesOf } from "./visit.ts";

/** The way to a certifier: by HTTP, or by calls where it lives in the same process. */
export interface CertifierDoor {
  post(message: Uint8Array): Promise<Uint8Array>;
  missing(pid: Hex): Promise<Missing>;
  putList(pid: Hex, leaves: Uint8Array): Promise<void>;
  putPiece(pid: Hex, index: number, piece: Uint8Array): Promise<void>;
}

export type Certified =
  | { readonly kind: "certified"; readonly listing: Listing }
  /** A person has to look: ask again later. */
  | { readonly kind: "pending" }
  /** The certifier could not look, or is still at it: ask again later. */
  | { readonly kind: "unchecked" }
  | { readonly kind: "refused"; readonly reason: string; readonly words: string };

/** A piece is a mebibyte, so this serves lines from 10 kB/s on: the client that asks a certifier waits so long. */
export const CERTIFIER_TIMEOUT_MS = 2 * MINUTE_MS;
const ASK_MS = MINUTE_MS;
const POLL_MS = SECOND_MS;
/** With five seconds of waiting in each: half an hour for a check that takes some seconds, and waits for 63 others. */
const POLLS = 300;
const RETRIES = { attempts: 6, baseDelayMs: 500 };

export function certifierDoor(client: WireClient): CertifierDoor {
  const at = (pid: Hex) => `/v1/registrations/${pid}`;
  const again = <T>(action: () => Promise<T>) => retrying(action, RETRIES);
  return {
    post: (message) => again(() => client.post(message)),
    async missing(pid) {
      const parsed = missingJson.safeParse(await again(() => client.getJson(`${at(pid)}/missing`)));
      if (!parsed.success) throw notACertifier(client.baseUrl);
      return parsed.data;
    },
    putList: (pid, leaves) => again(() => client.put(`${at(pid)}/pieces`, leaves)),
    putPiece: (pid, index, piece) => again(() => client.put(`${at(pid)}/pieces/${index}`, piece)),
  };
}

/** A certifier in this very process. */
export function certifierHere({ role, uploads, awaited }: OpenCertifier): CertifierDoor {
  const awaitedOne = async (pid: Hex) => {
    const found = await awaited(pid);
    if (found === null) throw new Error("a registration of our own is not awaited");
    return found;
  };
  const kept = (taken: boolean) => {
    if (!taken) throw new Error("a piece of our own is not the one that was registered");
  };
  return {
    post: (message) => role.handle(message),
    missing: async (pid) => uploads.missing(await awaitedOne(pid)),
    putList: async (pid, leaves) => kept(await uploads.putList(await awaitedOne(pid), leaves)),
    putPiece: async (pid, index, piece) => kept(await uploads.putPiece(await awaitedOne(pid), index, piece)),
  };
}

/** Who certifies at this address, under its own signature. */
export async function certifierAt(crypto: Crypto, client: WireClient): Promise<CertifierDescriptor> {
  const parsed = certifierJson.safeParse(await client.getJson("/v1/certifier"));
  const opened =
    parsed.success && open(crypto, certifierDescriptorSchema, bytesOf(parsed.data.descriptor), (it) => it.certifier);
  if (opened === false || !opened.ok) throw notACertifier(client.baseUrl);
  return opened.value.value;
}

function notACertifier(url: string): Refusal {
  const detail = `${url} does not answer like a certifier.`;
  return new Refusal("not-a-certifier", detail, NO_MONEY_MOVED, "Check the address; nothing was sent but questions.");
}

/** The group whose trustees sell longest, unless another is asked for by the beginning of its id. */
export function certificationBy(
  crypto: Crypto,
  terms: CertifierDescriptor,
  now: number,
  wanted: string | null = null,
): Certification {
  const open = terms.groups.filter(({ group, sellUntilMs }) => sellUntilMs > now && group.startsWith(wanted ?? ""));
  const best = open.reduce<ServedGroup | null>(
    (best, each) => (best === null || each.sellUntilMs > best.sellUntilMs ? each : best),
    null,
  );
  if (best === null) {
    const detail = "The certifier serves no such group of trustees, or none that still sells.";
    throw new Refusal("no-group", detail, NO_MONEY_MOVED, "Ask another certifier, or sell without one.");
  }
  const { group, groupKey, sellUntilMs } = best;
  const escrowed = group !== noTrustees(crypto).group;
  return { certifier: terms.certifier, group, groupKey, sellUntilMs: escrowed ? sellUntilMs : null };
}

export interface Shelf {
  /** The shop's folder, where the encrypted file lies. */
  readonly folder: string;
  readonly config: ShopConfig;
  readonly clock: () => number;
}

/** @param listing as `prepareListing` made it for this certifier. */
export async function certifyGoods(
  shelf: Shelf,
  terms: CertifierDescriptor,
  listing: Listing,
  door: CertifierDoor,
  onProgress: Progress = () => {},
): Promise<Certified> {
  const { crypto } = shelf.config;
  const draft = certificateOfListing(listing);
  let sent = false;
  for (let polls = 0; polls < POLLS; polls++) {
    const answer = decode(certifierAnswer, await door.post(registering(shelf, terms, listing, draft)));
    if (!answer.ok) throw unanswered();
    switch (answer.value.kind) {
      case "awaiting":
        if (sent) throw unanswered(); // everything was there a moment ago
        await sendFile(shelf, draft, door, onProgress);
        sent = true;
        break;
      case "checking":
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        break;
      case "pending":
      case "unchecked":
        return { kind: answer.value.kind };
      case "certified":
        return {
          kind: "certified",
          listing: certifiedListing(crypto, terms, listing, draft, answer.value.certificate),
        };
      case "refused":
        return refusalIn(crypto, terms, draft, answer.value.refusal);
      default:
        throw unanswered();
    }
  }
  return { kind: "unchecked" };
}

function registering(
  { config, clock }: Shelf,
  terms: CertifierDescriptor,
  listing: Listing,
  certificate: Certificate,
): Uint8Array {
  const { crypto, key, seed } = config;
  const { registration, title, description, mediaType } = listing;
  const { point, scalar } = goodsPointOf(crypto, seed, registration);
  const secrets = { point: toHex(point), scalar: toHex(scalar) };
  const told: Registration = { registration, ...secrets, title, description, mediaType, certificate };
  const session = toHex(new Uint8Array(randomBytes(32)));
  const envelope = { recipient: terms.certifier, session, previous: ZERO_HASH, notAfterMs: clock() + ASK_MS };
  return post(crypto, key, registerRequest, envelope, { sealed: sealRegistration(crypto, terms.box, told) });
}

/** Whatever is missing there, in the order in which it is asked for. */
async function sendFile(
  { folder, config }: Shelf,
  certificate: Certificate,
  door: CertifierDoor,
  onProgress: Progress,
): Promise<void> {
  const { pid, fileBytes, pieceBytes } = certificate;
  const fileHash = hashFile(config.crypto, certificate);
  await using file = await openFileHandle(shopGoodsPath(folder, fileHash), "r");
  const pieces = Math.ceil(fileBytes / pieceBytes);
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    const missing = await door.missing(pid);
    if (missing.list) {
      await door.putList(pid, new Uint8Array(await readFile(leavesPathOf(folder, fileHash))));
      continue;
    }
    const first = missing.pieces[0];
    if (first === undefined) return;
    if (pieces - first >= left) throw unanswered(); // it forgets what it was sent
    left = pieces - first;
    for (const index of missing.pieces) {
      const from = index * pieceBytes;
      const { buffer } = await file.read(Buffer.alloc(Math.min(pieceBytes, fileBytes - from)), { position: from });
      await door.putPiece(pid, index, buffer);
      onProgress(Math.min(from + pieceBytes, fileBytes), fileBytes);
    }
  }
}

/** What was signed is what was asked for, but for the proof, which may have been made anew. */
function certifiedListing(
  crypto: Crypto,
  terms: CertifierDescriptor,
  listing: Listing,
  draft: Certificate,
  signed: Uint8Array,
): Listing {
  const opened = open(crypto, certificateSchema, signed, () => terms.certifier);
  if (!opened.ok) throw unanswered();
  const { value } = opened.value;
  const same = { ...value, escrow: { ...value.escrow, proof: draft.escrow.proof } };
  if (!sameBytes(encode(certificateSchema, same), encode(certificateSchema, draft))) throw unanswered();
  return { ...listing, certificate: signed };
}

function refusalIn(crypto: Crypto, terms: CertifierDescriptor, { pid }: Certificate, signed: Uint8Array): Certified {
  const opened = open(crypto, notCertifiedSchema, signed, () => terms.certifier);
  if (!opened.ok || opened.value.value.pid !== pid) throw unanswered();
  const { reason, words } = opened.value.value;
  return { kind: "refused", reason, words };
}

function unanswered(): Refusal {
  const detail = "The certifier's answer is not one to what was asked.";
  return new Refusal(
    "not-an-answer",
    detail,
    NO_MONEY_MOVED,
    "Nothing is listed. Try again, or ask another certifier.",
  );
}
