/** The bank's LOCK, as both sides of a logged sale hear it (P§3C). */
import type { Hex } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import { type Lock, lockSchema } from "../log/index.ts";

/** @returns null unless the slip's bank has locked exactly this slip's money for the log that the slip names. */
export function lockOf(crypto: Crypto, slip: Slip, slipHash: Hex, signed: Uint8Array): Lock | null {
  const opened = open(crypto, lockSchema, signed, () => slip.bank);
  if (!opened.ok) return null;
  const { bank, log, tid, slipHash: locked } = opened.value.value;
  const names = bank === slip.bank && log === slip.log && tid === slip.tid && locked === slipHash;
  return names ? opened.value.value : null;
}
