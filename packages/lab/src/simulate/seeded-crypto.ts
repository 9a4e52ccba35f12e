/** The same cryptography without chance, so that a run can be run again byte for byte. */
import { concat, fromHex } from "@counterfoil/base";
import { type Crypto, SEAL_OVERHEAD_BYTES } from "@counterfoil/crypto";
import type { Draws } from "./draws.ts";

const KEY_BYTES = 32;
const NONCE = new Uint8Array(12); // each box has a key of its own
const LABEL = "simulated box";

/**
 * What is fresh comes from the draws. A sealed box of libsodium's draws for itself, so here a box is X25519, HKDF and
 * ChaCha20-Poly1305: as long as libsodium's, and opened by the same keys' owners alone. All else is the given one's.
 */
export function seededCrypto(crypto: Crypto, draws: Draws): Crypto {
  const keyOf = (shared: Uint8Array, ephemeral: Uint8Array, to: Uint8Array) =>
    crypto.hkdf("sha256", shared, concat(ephemeral, to), LABEL, KEY_BYTES);
  return {
    ...crypto,
    random: (length) => draws.bytes(length),
    seal(publicKey, message) {
      const to = fromHex(publicKey);
      if (to?.length !== KEY_BYTES) throw new Error("a box key has 32 bytes");
      const own = crypto.boxKey(draws.bytes(KEY_BYTES));
      const ephemeral = fromHex(own.publicKey) as Uint8Array;
      const shared = crypto.x25519(own.secretKey, to);
      if (shared === null) throw new Error("nothing is sealed to a key of low order");
      return concat(ephemeral, crypto.chachaSeal(keyOf(shared, ephemeral, to), NONCE, message));
    },
    unseal(key, sealed) {
      if (sealed.length < SEAL_OVERHEAD_BYTES) return null;
      const ephemeral = sealed.slice(0, KEY_BYTES);
      const shared = crypto.x25519(key.secretKey, ephemeral);
      if (shared === null) return null;
      const to = fromHex(key.publicKey) as Uint8Array;
      return crypto.chachaOpen(keyOf(shared, ephemeral, to), NONCE, sealed.subarray(KEY_BYTES));
    },
  };
}
