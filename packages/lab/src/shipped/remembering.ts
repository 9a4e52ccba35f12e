/** Cryptography that does the same work once: a search has the same parties sign and check the same bytes in thousands of states. */
import { toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";

/** Signatures of all plays of one study: some 20 MB. What is beyond is worked out each time. */
const REMEMBERED = 1 << 15;

/** For signatures alone, which are deterministic. */
export function remembering(crypto: Crypto): Crypto {
  const [signed, verified] = [new Map<string, Uint8Array>(), new Map<string, boolean>()];
  return {
    ...crypto,
    sign: (key, message) => known(signed, `${key.publicKey} ${toHex(message)}`, () => crypto.sign(key, message)),
    verify: (publicKey, message, signature) =>
      known(verified, `${publicKey} ${toHex(message)} ${toHex(signature)}`, () =>
        crypto.verify(publicKey, message, signature),
      ),
  };
}

function known<T>(by: Map<string, T>, name: string, work: () => T): T {
  const before = by.get(name);
  if (before !== undefined) return before;
  const made = work();
  if (by.size < REMEMBERED) by.set(name, made);
  return made;
}
