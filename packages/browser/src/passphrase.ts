/**
 * From a passphrase to the vault's keys. Argon2id (RFC 9106) makes a key of the passphrase, and that key seals one record: the header
 * with a random data key and the seed. Everything else is sealed under the data key, so another passphrase rewrites the header alone.
 *
 * Hence what a new passphrase cannot do: whoever kept a copy of the disk and learns the old passphrase has the data key, and
 * with it what is written under the new one. Against that, make a new wallet and move the money there.
 */
import { bytes, concat, count, decode, encode, encodeItems, record, sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";
import sodium from "libsodium-wrappers-sumo";
import { random } from "./crypto.ts";
import { DATA_KEY_BYTES, openWith, SEAL_BYTES, sealWith } from "./sealing.ts";

export interface VaultSecret {
  readonly dataKey: Uint8Array;
  /** Of 16 or 32 bytes. */
  readonly seed: Uint8Array;
}

/** Shorter ones fall to a list of words whatever the derivation costs. */
export const PASSPHRASE_LEAST = 8;
/** Nobody types more, and every form of it is copied and hashed. */
export const PASSPHRASE_MOST = 1_024;

/**
 * 64 MiB and three passes: the second recommendation of RFC 9106 §4, with one lane, since libsodium has no more. Its first, and
 * libsodium's own MODERATE, take 256 MiB and more, which a phone's browser may refuse a tab, and which WebAssembly never gives back
 * while the worker lives. The header names the cost, so that a later version may ask for more.
 */
const COST: Cost = { passes: 3, memoryKib: 64 * 1024 };
/** A header comes from a disk or a backup: it may not ask for more work than a browser can do. */
const PASSES_LIMIT = 16;
const MEMORY_LIMIT_KIB = 1024 * 1024;
const MEMORY_LEAST_KIB = 8;

interface Cost {
  readonly passes: number;
  readonly memoryKib: number;
}

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const CHECKSUM_BYTES = 32;

const headerSchema = record("counterfoil vault/1", {
  passes: count(PASSES_LIMIT, 1),
  memoryKib: count(MEMORY_LIMIT_KIB, MEMORY_LEAST_KIB),
  salt: bytes(SALT_BYTES, SALT_BYTES),
  sealed: bytes(SEAL_BYTES, 256),
});
const secretSchema = record("counterfoil vault secret/1", {
  dataKey: bytes(DATA_KEY_BYTES, DATA_KEY_BYTES),
  seed: bytes(16, 32),
});

export function newSecret(seed: Uint8Array): VaultSecret {
  if (seed.length !== 16 && seed.length !== 32) throw new Error("a seed has 16 or 32 bytes");
  return { dataKey: random(DATA_KEY_BYTES), seed };
}

/** Takes a second or so of the thread: the caller is a worker. @throws Refusal where the passphrase is none. */
export function sealHeader(crypto: Crypto, passphrase: string, secret: VaultSecret): Uint8Array {
  if (passphrase.length < PASSPHRASE_LEAST || passphrase.length > PASSPHRASE_MOST) throw unfit();
  const salt = random(SALT_BYTES);
  const key = keyOf(passphrase, salt, COST);
  const sealed = sealWith(key, boundTo(salt, COST), encode(secretSchema, secret));
  const header = encode(headerSchema, { ...COST, salt, sealed });
  // Not a secret one: it tells a damaged header from a wrong passphrase, and nothing else.
  return concat(header, crypto.sha256(header));
}

/** @throws Refusal "wrong-passphrase" or "vault-damaged". */
export function openHeader(crypto: Crypto, passphrase: string, stored: Uint8Array): VaultSecret {
  const end = stored.length - CHECKSUM_BYTES;
  const header = decode(headerSchema, stored.subarray(0, Math.max(0, end)));
  if (!header.ok || !sameBytes(crypto.sha256(stored.subarray(0, end)), stored.subarray(end))) {
    throw damaged("The wallet's first record");
  }
  const { salt, sealed, ...cost } = header.value;
  const opened = openWith(keyOf(passphrase.slice(0, PASSPHRASE_MOST), salt, cost), boundTo(salt, cost), sealed);
  if (opened === null) throw wrongPassphrase();
  const secret = decode(secretSchema, opened);
  if (!secret.ok) throw damaged("The wallet's first record");
  return secret.value;
}

export function damaged(what: string): Refusal {
  return new Refusal(
    "vault-damaged",
    `${what} is damaged: it is not as this wallet wrote it.`,
    `${NO_MONEY_MOVED} The wallet was left as it is.`,
    "Restore it from its phrase or a backup: in another browser, or here once this wallet is forgotten.",
  );
}

function wrongPassphrase(): Refusal {
  const next = "Type it again. Without it, the wallet's phrase still restores the money.";
  return new Refusal("wrong-passphrase", "This is not the wallet's passphrase.", NO_MONEY_MOVED, next);
}

function unfit(): Refusal {
  const detail = `A passphrase has ${PASSPHRASE_LEAST} to ${PASSPHRASE_MOST} characters.`;
  return new Refusal("unfit-passphrase", detail, NO_MONEY_MOVED, "Choose another. Five words drawn at random do.");
}

/** One text is one passphrase, whichever keyboard composed its accents. */
function keyOf(passphrase: string, salt: Uint8Array, { passes, memoryKib }: Cost): Uint8Array {
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  return sodium.crypto_pwhash(KEY_BYTES, passphrase.normalize("NFC"), salt, passes, memoryKib * 1024, algorithm);
}

function boundTo(salt: Uint8Array, { passes, memoryKib }: Cost): Uint8Array {
  return encodeItems(["counterfoil vault/1", passes, memoryKib, salt]);
}
