/**
 * Cryptography in terms: a toy that the lab thinks with, and that never ships. Nothing is hidden, since whoever asks may look
 * up what any byte string stands for; but a machine that cannot look it up, and none of ours can, does the same over these
 * bytes as over real ones. A signature is one only where somebody signed, a box opens only by its key, and no hash collides.
 *
 * Blind signatures keep their arithmetic: the purse itself multiplies residues, outside of these primitives. So the public
 * power is the real one, worked out once for each residue.
 */
import { concat, fromHex, type Hex, sameBytes, toHex, utf8 } from "@counterfoil/base";
import {
  type BoxKey,
  type Crypto,
  rsaPublicOf,
  SEAL_OVERHEAD_BYTES,
  type SigningKey,
  TAG_BYTES,
} from "@counterfoil/crypto";
import { groupOf } from "./group.ts";
import { type Computation, type Names, namesBy } from "./names.ts";

export interface Symbolic {
  readonly crypto: Crypto;
  readonly names: Names;
}

/** @param salt names that sort otherwise (names.ts). */
export function symbolicCrypto(salt = 0): Symbolic {
  const names = namesBy(salt);
  let drawn = 0;
  const fresh = () => utf8(`${drawn++}`);
  const hash = (made: string, length: number) => (bytes: Uint8Array) => names.of(made, [bytes], length);
  const way = (made: string, out: Uint8Array): Computation | undefined =>
    names.waysTo(out).find((each) => each.made === made);
  const crypto: Crypto = {
    sha256: hash("sha256", 32),
    sha384: hash("sha384", 48),
    sha512: hash("sha512", 64),
    random: (length) => names.of("random", [fresh()], length),
    group: groupOf(names),
    hkdf: (by, secret, salting, label, length) => names.of(`hkdf ${by}`, [secret, salting, utf8(label)], length),
    signingKey(seed): SigningKey {
      const publicKey = names.of("signing key", [seed], 32);
      return { publicKey: toHex(publicKey), secretKey: concat(seed, publicKey) };
    },
    boxKey: (seed): BoxKey => ({ publicKey: toHex(shareOf(names, seed)), secretKey: seed }),
    sign: (key, message) => names.of("sign", [key.secretKey.subarray(0, 32), bytesOf(key.publicKey), message], 64),
    verify(publicKey, message, signature) {
      const [, by, signed] = way("sign", signature)?.parts ?? [];
      return by !== undefined && toHex(by) === publicKey && sameBytes(signed as Uint8Array, message);
    },
    seal: (publicKey, message) =>
      names.of("seal", [bytesOf(publicKey), message, fresh()], message.length + SEAL_OVERHEAD_BYTES),
    unseal(key, sealed) {
      const [to, message] = way("seal", sealed)?.parts ?? [];
      if (to === undefined || !sameBytes(to, shareOf(names, key.secretKey))) return null;
      return (message as Uint8Array).slice();
    },
    x25519: (scalar, point) => agreed(names, scalar, point),
    chachaSeal: (key, nonce, message, into) =>
      placed(names.of("chacha", [key, nonce, message], message.length + TAG_BYTES), into),
    chachaOpen(key, nonce, sealed, into) {
      const [by, once, message] = way("chacha", sealed)?.parts ?? [];
      if (by === undefined || !sameBytes(by, key) || !sameBytes(once as Uint8Array, nonce)) return null;
      return placed((message as Uint8Array).slice(), into);
    },
    rsaPublic: (modulus, value) => {
      names.register(value);
      return names.computed("power", [modulus, value], () => rsaPublicOf(modulus, value));
    },
    equal: sameBytes,
  };
  return { crypto, names };
}

/** u = 9 (RFC 7748 §4.1). */
const BASE = Uint8Array.of(9, ...new Uint8Array(31));

function shareOf(names: Names, scalar: Uint8Array): Uint8Array {
  return names.of("share", [scalar], 32);
}

/** The same from either side: of two scalars, where both are known; of a point that is nobody's share, a name of its own. */
function agreed(names: Names, scalar: Uint8Array, point: Uint8Array): Uint8Array | null {
  if (scalar.length !== 32 || point.length !== 32) throw new Error("X25519 takes 32 bytes and 32 bytes");
  if (sameBytes(point, BASE)) return shareOf(names, scalar);
  if (point.every((byte) => byte === 0)) return null;
  const other = names.waysTo(point).find(({ made }) => made === "share")?.parts[0];
  if (other === undefined) return names.of("x25519", [scalar, point], 32);
  const own = shareOf(names, scalar);
  // The shares are agreed upon, so either scalar with the other's share makes it; its name is that of the two in one order.
  const [first, second] = toHex(own) < toHex(point) ? [scalar, point] : [other, own];
  const shared = names.of("x25519", [first, second], 32);
  return names.computed("x25519", [scalar, point], () => shared);
}

function bytesOf(hex: Hex): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null) throw new Error("not hex");
  return bytes;
}

function placed(bytes: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  into?.set(bytes);
  return into ?? bytes;
}
