/**
 * Crypto for a world in which nobody forges: Ed25519 is a hash, which costs a hundredth, and what RSA was asked once it is
 * not asked again. Money is what is looked at here; forgeries.test.ts looks at signatures.
 */
import { hash } from "node:crypto";
import { concat, fromHex, type Hex, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";

export function quick(real: Crypto): Crypto {
  const sha256 = (bytes: Uint8Array) => new Uint8Array(hash("sha256", bytes, "buffer"));
  const mark = (publicKey: Hex, message: Uint8Array) => {
    const half = sha256(concat(fromHex(publicKey) as Uint8Array, message));
    return concat(half, half);
  };
  const powers = new Map<string, Uint8Array>();
  return {
    ...real,
    sha256,
    sha384: (bytes) => new Uint8Array(hash("sha384", bytes, "buffer")),
    signingKey: (seed) => ({ publicKey: toHex(sha256(seed)), secretKey: seed }),
    sign: (key, message) => mark(key.publicKey, message),
    verify: (publicKey, message, signature) => toHex(mark(publicKey, message)) === toHex(signature),
    rsaPublic(modulus, value) {
      const name = `${modulus[9]} ${toHex(value)}`;
      const known = powers.get(name) ?? real.rsaPublic(modulus, value);
      powers.set(name, known);
      return known;
    },
  };
}
