/**
 * What the runs of the papers' protocols have in common: a message as it is shown, and the few forms of cryptography that their
 * figures write: [x]A, {x}A and E_K(x). Everything fresh comes of `Means`, so that equal means make equal runs.
 */
import { assert, concat, type Hex, toHex, utf8 } from "@counterfoil/base";
import { type BoxKey, type Crypto, raw, type SigningKey } from "@counterfoil/crypto";
import type { Letter, Means } from "../letters.ts";

/** Goods, their ciphertext and what was opened are in memory at once, in a browser as well: 16 MiB. */
export const GOODS_LIMIT_BYTES = 2 ** 24;

/** Bytes of a field that people are shown. */
const SHOWN_BYTES = 32;

type Fresh = Pick<Means, "random">;

export function letter(
  [step, from, to]: readonly [step: string, from: string, to: string],
  says: string,
  fields: Readonly<Record<string, Uint8Array | string>>,
): Letter {
  const sent = Object.entries(fields).map(([name, value]) => ({
    name,
    sent: typeof value === "string" ? utf8(value) : value,
    value: typeof value === "string" ? value : shownOf(value),
  }));
  return {
    ...{ step, from, to, says },
    fields: sent.map(({ name, value }) => ({ name, value })),
    bytes: sent.reduce((sum, each) => sum + each.sent.length, 0),
  };
}

function shownOf(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, SHOWN_BYTES));
  return bytes.length <= SHOWN_BYTES ? hex : `${hex}… (${bytes.length} bytes)`;
}

const LENGTH_BYTES = 4;

/** Each part behind its length, so that nothing can be read in two ways. */
export function packed(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return concat(
    ...parts.flatMap((part) => {
      const bytes = typeof part === "string" ? utf8(part) : part;
      return [counted(bytes.length), bytes];
    }),
  );
}

/** The parts again, and as many as there should be. */
export function unpacked(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.subarray(at, at + LENGTH_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
    at += LENGTH_BYTES + length;
    parts.push(bytes.subarray(at - length, at));
  }
  assert(at === bytes.length && parts.length === count, "a message has the parts that its figure names");
  return parts;
}

export function counted(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
}

/** [x]A, as the signature beside x. */
export function signature(crypto: Crypto, key: SigningKey, ...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return crypto.sign(key, packed(...parts));
}

/** The receiver's check of [x]A. Nothing here goes on after one that fails: an honest run has none. */
export function demandSigned(
  crypto: Crypto,
  signer: Hex,
  signed: Uint8Array,
  ...parts: readonly (Uint8Array | string)[]
): void {
  assert(crypto.verify(signer, packed(...parts), signed), "the signature is the one that the figure names");
}

/** {x}A: an X25519 share drawn for it, and x under what it makes with A's key. */
export function boxed(crypto: Crypto, { random }: Fresh, to: Hex, message: Uint8Array): Uint8Array {
  const share = crypto.boxKey(random(32));
  return concat(raw(share.publicKey), crypto.chachaSeal(boxSecret(crypto, share, to, share.publicKey), ONCE, message));
}

export function unboxed(crypto: Crypto, key: BoxKey, box: Uint8Array): Uint8Array {
  const share = toHex(box.subarray(0, 32));
  return demandOpen(crypto, boxSecret(crypto, key, share, share), ONCE, box.subarray(32));
}

function boxSecret(crypto: Crypto, mine: BoxKey, theirs: Hex, share: Hex): Uint8Array {
  return crypto.hkdf("sha256", agreed(crypto, mine, theirs), raw(share), "lab/box", 32);
}

/** What two X25519 keys make together: 32 bytes. */
export function agreed(crypto: Crypto, mine: BoxKey, theirs: Hex): Uint8Array {
  const secret = crypto.x25519(mine.secretKey, raw(theirs));
  assert(secret !== null, "a key that was drawn is not of low order");
  return secret;
}

const NONCE_BYTES = 12;
/** Of a key that is used once. */
const ONCE = new Uint8Array(NONCE_BYTES);

/** E_K(x) where K encrypts nothing else. */
export function encryptedOnce(crypto: Crypto, key: Uint8Array, message: Uint8Array): Uint8Array {
  return crypto.chachaSeal(key, ONCE, message);
}

export function openedOnce(crypto: Crypto, key: Uint8Array, sealed: Uint8Array): Uint8Array {
  return demandOpen(crypto, key, ONCE, sealed);
}

/** E_K(x) with a nonce drawn for it, in front. */
export function encrypted(crypto: Crypto, { random }: Fresh, key: Uint8Array, message: Uint8Array): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, crypto.chachaSeal(key, nonce, message));
}

export function opened(crypto: Crypto, key: Uint8Array, sealed: Uint8Array): Uint8Array {
  return demandOpen(crypto, key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES));
}

function demandOpen(crypto: Crypto, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const message = crypto.chachaOpen(key, nonce, sealed);
  assert(message !== null, "what was encrypted opens under its key");
  return message;
}
