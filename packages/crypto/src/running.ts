/** SHA-256 of bytes that come in parts: for contents that are never whole in one memory. */
import { sha256 } from "@noble/hashes/sha2.js";

export interface RunningHash {
  add(part: Uint8Array): void;
  /** Of all parts in their order; nothing can be added afterwards. */
  end(): Uint8Array;
}

export function runningSha256(): RunningHash {
  const hash = sha256.create();
  return {
    add(part) {
      hash.update(part);
    },
    end: () => hash.digest(),
  };
}
