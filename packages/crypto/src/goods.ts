/**
 * The goods format (P§2C *File*): an age v1 binary file (C2SP age.md) that is a function of the secret P, the product
 * id and the content alone, so that a certifier rebuilds it byte for byte and never parses one; and a tree over its
 * pieces, so that a buyer can fetch it from any host. Only `hashContent` sees a whole content: the host streams.
 */
import { concat, encodeItems, type Hex, type Result, refused, sameBytes, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, TAG_BYTES } from "./crypto.ts";
import { H, KDF, raw } from "./hash.ts";
import { hmac } from "./hkdf.ts";

/** Plaintext bytes of every chunk of the payload but the last, fixed by age. */
export const CHUNK_BYTES = 64 * 1024;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

/** Text header of 168 bytes, which one X25519 stanza always makes, and the payload nonce. */
export const HEADER_BYTES = 184;

/**
 * Bytes of every piece but the last. The list of pieces is 1/32768 of the file, so that even the largest file's is
 * read at once, and a bad piece from a bad mirror costs a buyer one second on a slow line.
 */
export const PIECE_BYTES = 1024 * 1024;

/** 64 GiB: its list of pieces takes 2 MiB of memory. Larger goods travel as segments (P§2C). */
export const CONTENT_LIMIT_BYTES = 2 ** 36;

/** The largest foreign header that is looked at to say why it was refused. */
export const DIAGNOSED_BYTES = 4096;

export const HASH_BYTES = 32;

/** What a file is made from, besides its content. */
export interface GoodsSecret {
  /** P of the registration: 32 uniform bytes. */
  readonly secret: Uint8Array;
  /** The product's id, 32 bytes. */
  readonly pid: Hex;
}

/** Everything secret in one file. Derived from P and the content's hash, thus never reused for another content. */
export interface GoodsKeys {
  /** X25519 scalar, 32 bytes: what a buyer's `age -d -i` needs. */
  readonly identity: Uint8Array;
  /** 16 bytes. */
  readonly fileKey: Uint8Array;
  /** X25519 scalar, 32 bytes. */
  readonly ephemeral: Uint8Array;
  /** Salt of the payload key, 16 bytes, public. */
  readonly nonce: Uint8Array;
}

export interface GoodsHeader {
  /** The first `HEADER_BYTES` of the file. */
  readonly bytes: Uint8Array;
  /** ChaCha20-Poly1305 key of the chunks, 32 bytes. */
  readonly payloadKey: Uint8Array;
}

/** What a certificate fixes about the file as it travels. */
export interface GoodsPieces {
  readonly fileBytes: number;
  readonly pieceBytes: number;
  readonly root: Hex;
}

/** In order of precedence. */
export type HeaderReason = "armoured" | "not-age" | "extra-stanza" | "low-order-share" | "wrong-header";

/**
 * What precedes the content in the bytes that contentHash hashes: a hash of these, then of the content, is
 * H("content/1", salt_m, content) without the content in memory.
 */
export function contentHead(crypto: Crypto, goods: GoodsSecret, contentBytes: number): Uint8Array {
  const salt = KDF(crypto, goods.secret, "content salt", raw(goods.pid));
  const items = encodeItems(["content/1", salt, new Uint8Array(0)]);
  return concat(items.subarray(0, items.length - 1), byteStringHead(contentBytes));
}

/** contentHash of content that is in memory. */
export function hashContent(crypto: Crypto, goods: GoodsSecret, content: Uint8Array): Hex {
  return H(crypto, "content/1", KDF(crypto, goods.secret, "content salt", raw(goods.pid)), content);
}

export function goodsKeys(crypto: Crypto, secret: Uint8Array, contentHash: Hex): GoodsKeys {
  const salt = raw(contentHash);
  return {
    identity: crypto.hkdf("sha256", secret, salt, "age/identity", 32),
    fileKey: crypto.hkdf("sha256", secret, salt, "age/file-key", 16),
    ephemeral: crypto.hkdf("sha256", secret, salt, "age/ephemeral", 32),
    nonce: crypto.hkdf("sha256", secret, salt, "age/nonce", 16),
  };
}

/** kc of a certificate: what a released P must lead to. */
export function keyCommitment(crypto: Crypto, keys: GoodsKeys): Hex {
  return H(crypto, "kc", keys.identity);
}

/** The identity as the `age` tool reads it from a file: "AGE-SECRET-KEY-1…". */
export function identityText(keys: GoodsKeys): string {
  return bech32("age-secret-key-", keys.identity).toUpperCase();
}

export function goodsHeader(crypto: Crypto, keys: GoodsKeys): GoodsHeader {
  const share = raw(crypto.boxKey(keys.ephemeral).publicKey);
  const recipient = raw(crypto.boxKey(keys.identity).publicKey);
  const shared = crypto.x25519(keys.ephemeral, recipient);
  if (shared === null) throw new Error("the share of a derived scalar is never of low order");
  const wrapKey = crypto.hkdf("sha256", shared, concat(share, recipient), "age-encryption.org/v1/X25519", 32);
  const body = crypto.chachaSeal(wrapKey, new Uint8Array(12), keys.fileKey); // the key is used once, so any nonce does
  const text = utf8(`${VERSION}-> X25519 ${toBase64(share)}\n${toBase64(body)}\n---`);
  const macKey = crypto.hkdf("sha256", keys.fileKey, NO_SALT, "header", 32);
  const mac = hmac((bytes) => crypto.sha256(bytes), 64)(macKey, text);
  return {
    bytes: concat(text, utf8(` ${toBase64(mac)}\n`), keys.nonce),
    payloadKey: crypto.hkdf("sha256", keys.fileKey, keys.nonce, "payload", 32),
  };
}

/**
 * Accepts one header only, the one that these keys derive. Tools differ on which of the others they open, and to what.
 * @param found the first `DIAGNOSED_BYTES` of the file, or as many as it has.
 */
export function checkHeader(crypto: Crypto, keys: GoodsKeys, found: Uint8Array): Result<GoodsHeader, HeaderReason> {
  const header = goodsHeader(crypto, keys);
  if (sameBytes(found.subarray(0, HEADER_BYTES), header.bytes)) return { ok: true, value: header };
  return refused(diagnose(crypto, keys, found));
}

/** What a certificate says about the goods that a released secret opens. */
export interface GoodsContent {
  readonly contentHash: Hex;
  readonly contentBytes: number;
  readonly keyCommitment: Hex;
}

/**
 * Opens goods that are held whole in memory: small ones, for an agent or a browser. Larger ones are the host's, on disk.
 * The file has been checked against its certificate's root before; the content is checked here.
 */
export function openContent(
  crypto: Crypto,
  goods: GoodsSecret,
  content: GoodsContent,
  file: Uint8Array,
): Result<Uint8Array, HeaderReason | "wrong-key" | "wrong-length" | "wrong-chunk" | "wrong-content"> {
  const keys = goodsKeys(crypto, goods.secret, content.contentHash);
  if (keyCommitment(crypto, keys) !== content.keyCommitment) return refused("wrong-key");
  const header = checkHeader(crypto, keys, file.subarray(0, DIAGNOSED_BYTES));
  if (!header.ok) return header;
  if (file.length !== encryptedBytes(content.contentBytes)) return refused("wrong-length");
  const count = chunkCount(content.contentBytes);
  const opened: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const from = HEADER_BYTES + index * SEALED_CHUNK_BYTES;
    const sealed = file.subarray(from, Math.min(from + SEALED_CHUNK_BYTES, file.length));
    const chunk = crypto.chachaOpen(header.value.payloadKey, chunkNonce(index, index === count - 1), sealed);
    if (chunk === null) return refused("wrong-chunk");
    opened.push(chunk);
  }
  const plain = concat(...opened);
  return hashContent(crypto, goods, plain) === content.contentHash
    ? { ok: true, value: plain }
    : refused("wrong-content");
}

/** How many chunks a content takes: an empty one takes one, empty. */
export function chunkCount(contentBytes: number): number {
  return Math.max(1, Math.ceil(contentBytes / CHUNK_BYTES));
}

/** Bytes of the whole encrypted file. */
export function encryptedBytes(contentBytes: number): number {
  return HEADER_BYTES + contentBytes + TAG_BYTES * chunkCount(contentBytes);
}

/** The STREAM nonce: 11 bytes of counter, big-endian, then whether the chunk is the last. Writes into `nonce`. */
export function chunkNonce(index: number, last: boolean, nonce: Uint8Array = new Uint8Array(12)): Uint8Array {
  for (let at = 10, rest = index; at >= 0; at--, rest = Math.floor(rest / 256)) nonce[at] = rest % 256;
  nonce[11] = last ? 1 : 0;
  return nonce;
}

export function pieceCount(fileBytes: number, pieceBytes: number): number {
  return Math.ceil(fileBytes / pieceBytes);
}

/** The leaf hash of one piece: 32 bytes. */
export function pieceLeaf(crypto: Pick<Crypto, "sha256">, piece: Uint8Array): Uint8Array {
  return crypto.sha256(concat(LEAF, piece));
}

/**
 * The tree head of RFC 6962 §2.1.
 * @param leaves the leaf hashes one after the other, 32 bytes each.
 */
export function treeRoot(crypto: Pick<Crypto, "sha256">, leaves: Uint8Array): Hex {
  if (leaves.length % HASH_BYTES !== 0) throw new Error("leaf hashes have 32 bytes");
  return toHex(leaves.length === 0 ? crypto.sha256(leaves) : subtree(crypto, leaves));
}

export function hashFile(crypto: Crypto, pieces: GoodsPieces): Hex {
  return H(crypto, "file/1", pieces.fileBytes, pieces.pieceBytes, raw(pieces.root));
}

const VERSION = "age-encryption.org/v1\n";
const ARMOUR = "-----BEGIN AGE ENCRYPTED FILE-----";
const NO_SALT = new Uint8Array(0);
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function subtree(crypto: Pick<Crypto, "sha256">, leaves: Uint8Array): Uint8Array {
  if (leaves.length === HASH_BYTES) return leaves;
  let left = HASH_BYTES;
  while (left * 2 < leaves.length) left *= 2;
  return crypto.sha256(concat(NODE, subtree(crypto, leaves.subarray(0, left)), subtree(crypto, leaves.subarray(left))));
}

/** Says why a header is not ours. It is refused whatever this says. */
function diagnose(crypto: Crypto, keys: GoodsKeys, found: Uint8Array): HeaderReason {
  const text = latin(found.subarray(0, DIAGNOSED_BYTES));
  if (text.trimStart().startsWith(ARMOUR)) return "armoured";
  if (!text.startsWith(VERSION)) return "not-age";
  const end = text.indexOf("\n---");
  const lines = text.slice(VERSION.length, end < 0 ? undefined : end).split("\n");
  const stanzas = lines.filter((line) => line.startsWith("-> "));
  if (stanzas.length > 1) return "extra-stanza";
  const share = fromBase64(/^-> X25519 ([A-Za-z0-9+/]{43})$/.exec(stanzas[0] ?? "")?.[1] ?? "");
  if (share.length === 32 && crypto.x25519(keys.identity, share) === null) return "low-order-share";
  return "wrong-header";
}

function latin(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The head of a CBOR byte string, in its shortest form (RFC 8949 §4.2.1). */
function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  const width = length < 0x10000 ? 2 : length < 0x100000000 ? 4 : 8;
  const head = new Uint8Array(1 + width);
  head[0] = width === 2 ? 0x59 : width === 4 ? 0x5a : 0x5b;
  for (let at = width, rest = length; at > 0; at--, rest = Math.floor(rest / 256)) head[at] = rest % 256;
  return head;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** RFC 4648 §4 without padding, as age writes it. */
function toBase64(bytes: Uint8Array): string {
  return regroup(bytes, 8, 6)
    .map((digit) => BASE64[digit])
    .join("");
}

/** For diagnosis only: takes non-canonical last digits. */
function fromBase64(text: string): Uint8Array {
  const digits = Uint8Array.from(text, (character) => BASE64.indexOf(character));
  return Uint8Array.from(regroup(digits, 6, 8).slice(0, Math.floor((text.length * 6) / 8)));
}

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** BIP 173, without its limit of 90 characters, which age drops as well. */
function bech32(prefix: string, bytes: Uint8Array): string {
  const digits = regroup(bytes, 8, 5);
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  const spread = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const sum = checksum([...spread, ...digits, 0, 0, 0, 0, 0, 0]) ^ 1;
  const tail = [25, 20, 15, 10, 5, 0].map((shift) => (sum >> shift) & 31);
  return `${prefix}1${[...digits, ...tail].map((digit) => BECH32[digit]).join("")}`;
}

const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function checksum(digits: readonly number[]): number {
  let sum = 1;
  for (const digit of digits) {
    const top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ digit;
    GENERATOR.forEach((term, bit) => {
      if (((top >> bit) & 1) === 1) sum ^= term;
    });
  }
  return sum;
}

/** The same bits in digits of another width, the last one filled with zeros. */
function regroup(digits: Uint8Array, from: number, to: number): number[] {
  const regrouped: number[] = [];
  let [held, bits] = [0, 0];
  for (const digit of digits) {
    held = (held << from) | digit;
    bits += from;
    for (; bits >= to; bits -= to) regrouped.push((held >> (bits - to)) & ((1 << to) - 1));
    held &= (1 << bits) - 1;
  }
  if (bits > 0) regrouped.push((held << (to - bits)) & ((1 << to) - 1));
  return regrouped;
}
