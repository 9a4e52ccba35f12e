/**
 * Crypto for fuzzing: every signature verifies and every box opens, at no cost, so that what lies behind them is reached.
 * With `sameHash`, every hash and key is one and the same, so that what lies behind comparisons of hashes is reached too.
 * SHA-512 is constant, so that every challenge of a proof is the same and a proof of anything holds that answers it; the
 * group is the numbers modulo its order, which have all its laws and cost nothing. SHA-384 always gives zeros, as only blind signatures use it: `rsaPublic` can then give what verifies for any message.
 */
import { hash as digest } from "node:crypto";
import { concat, type Hex, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, type Group, isScalar, SEAL_OVERHEAD_BYTES } from "@counterfoil/crypto";

const SIGNATURE = new Uint8Array(64);

export function credulous(real: Crypto, sameHash: boolean): Crypto {
  const sha256 = (bytes: Uint8Array) => new Uint8Array(digest("sha256", bytes, "buffer"));
  const keyOf = (seed: Uint8Array): { publicKey: Hex; secretKey: Uint8Array } => {
    return { publicKey: toHex(sha256(seed)), secretKey: seed };
  };
  return {
    ...real,
    sha256: sameHash ? () => new Uint8Array(32) : sha256,
    sha384: () => new Uint8Array(48),
    sha512: () => new Uint8Array(64).fill(1),
    group: numbers(real.group),
    rsaPublic(modulus) {
      const encoded = new Uint8Array(modulus.length); // no mask: zeros, 01, a salt of zeros, a hash of zeros, bc
      encoded[encoded.length - 98] = 0x01;
      encoded[encoded.length - 1] = 0xbc;
      return encoded;
    },
    hkdf(_hash, secret, salt, label, length) {
      if (sameHash) return new Uint8Array(length).fill(1); // no factor is zero
      const block = sha256(concat(secret, salt, utf8(label)));
      return Uint8Array.from({ length }, (_, at) => block[at % block.length] as number);
    },
    x25519: (_scalar, point) => (point.every((byte) => byte === 0) ? null : point.slice()),
    signingKey: keyOf,
    boxKey: keyOf,
    sign: () => SIGNATURE,
    verify: () => true,
    seal(_to, message) {
      const sealed = new Uint8Array(SEAL_OVERHEAD_BYTES + message.length);
      sealed.set(message, SEAL_OVERHEAD_BYTES);
      return sealed;
    },
    unseal: (_key, sealed) => (sealed.length < SEAL_OVERHEAD_BYTES ? null : sealed.slice(SEAL_OVERHEAD_BYTES)),
    equal: (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]),
  };
}

/** It throws where the real one does: nothing that may be no point, or nought, reaches it unasked. */
function numbers(real: Group): Group {
  const demand = (number: Uint8Array) => {
    if (!isScalar(number)) throw new Error("the group was asked about what is not in it");
    return number;
  };
  /** The identity can be added. */
  const summand = (number: Uint8Array) => (number.some((byte) => byte !== 0) ? demand(number) : number);
  return {
    ...real,
    isPoint: isScalar,
    add: (a, b) => real.plus(summand(a), summand(b)),
    subtract: (a, b) => real.minus(summand(a), summand(b)),
    base: (k) => demand(k).slice(),
    multiply: (k, point) => real.times(demand(k), demand(point)),
    fromUniform: (bytes) => real.reduce(bytes),
  };
}
