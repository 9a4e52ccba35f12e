/** Fresh randomness of whatever machine this is. */
import { type Hex, toHex } from "@counterfoil/base";

const NONCE_BYTES = 32;

export function newNonce(): Hex {
  return toHex(globalThis.crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}
