/** Fetching and opening goods in the page, over its own transport. */
import { toHex } from "@counterfoil/base";
import { browserCrypto, type CarriedMessage, fetchTransport } from "@counterfoil/browser";
import type { Certificate } from "@counterfoil/protocols/contract";
import { openDatabase } from "../../../packages/browser/src/database.ts";
import { bytes, opened, said } from "./vaults.ts";

const origin = () => globalThis.location.origin;

let arrived = 0;
/** Bytes of the file that is being fetched which are here and checked. */
export const arrivedBytes = () => arrived;

/** @returns "open" when the file is here, or what was thrown. */
export function fetchGoods(certificate: Certificate, fileHash: string): Promise<string> {
  return said(async () => {
    const client = fetchTransport().client(origin(), "a visit");
    try {
      await opened().goods.fetch(client, certificate, fileHash, (bytes) => {
        arrived = bytes;
      });
    } finally {
      client.close();
    }
  });
}

/** What the browser says of its room from now on; some say the same whatever there is. */
export function sayRoom(bytes: number): void {
  navigator.storage.estimate = async () => ({ usage: 1_000, quota: 1_000 + bytes });
}

export const prepare = () => said(() => opened().goods.prepare("a name"));
export const isHere = (certificate: Certificate, fileHash: string) => opened().goods.isHere(certificate, fileHash);

/** @returns the reason of a refusal, or the hash of the content that was handed over. */
export async function content(certificate: Certificate, fileHash: string, secret: string): Promise<string> {
  const crypto = await browserCrypto();
  const opening = { fileHash, secret, place: opened().goods.placeOf("a name") };
  const checked = await opened().goods.open(crypto, certificate, opening);
  const result = await opened().goods.contentOf(crypto, certificate, opening);
  if (!result.ok || !checked.ok) return `${checked.ok || checked.reason} ${result.ok || result.reason}`;
  return toHex(crypto.sha256(new Uint8Array(await result.value.arrayBuffer())));
}

/** Flips a bit of every piece as it lies on the disk. */
export async function damageEveryPiece(): Promise<void> {
  const database = await openDatabase();
  for (const name of await database.getAllKeys("pieces")) {
    const piece = await database.get("pieces", name);
    if (piece === undefined) throw new Error("there is no piece");
    piece[piece.length >> 1] = (piece[piece.length >> 1] as number) ^ 1;
    await database.put("pieces", piece, name);
  }
  database.close();
}

export const rememberMirrors = (fileHash: string, urls: readonly string[]) =>
  opened().goods.rememberMirrors(fileHash, urls);
export const mirrors = (fileHash: string) => opened().goods.mirrors(fileHash);

/** Posts a message, or asks for JSON. @returns the answer or the failure, and what a watcher heard of it. */
export async function post(base: string, message: string) {
  const heard: CarriedMessage[] = [];
  const transport = fetchTransport({ timeoutMs: 1_000, onMessage: (each) => heard.push(each) });
  const client = transport.client(base, "somebody");
  const open = transport.open;
  let end: unknown;
  try {
    end = toHex(await client.post(bytes(message)));
  } catch (error) {
    end = plain(error as Error);
  }
  client.close();
  client.close();
  const told = heard.map(({ number, url, identity, bytes, end }) => {
    const kind = end?.kind ?? "leaves";
    return {
      number,
      url,
      identity,
      message: toHex(bytes),
      kind,
      answer: end?.kind === "answered" ? toHex(end.bytes) : null,
    };
  });
  return { end, told, open: [open, transport.open] };
}

export async function getJson(base: string, path: string): Promise<unknown> {
  const client = fetchTransport({ timeoutMs: 1_000 }).client(base, "somebody");
  try {
    return await client.getJson(path);
  } catch (error) {
    return plain(error as Error);
  }
}

function plain(error: Error): unknown {
  const { name, code, sent, status, reason, next, retryAfterMs } = error as Error & Record<string, unknown>;
  return { name, code, sent, status, reason, next, retryAfterMs };
}
