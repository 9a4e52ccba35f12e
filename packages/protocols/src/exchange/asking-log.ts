/** A buyer and the log that its contract names: what it asks, and what of the answer proves itself. */
import { bytes, decode, encode, type Hex, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { opens, type Slip } from "../contract/index.ts";
import type { Send } from "../index.ts";
import { LOGGED_LIMIT_BYTES, logAnswer, logQuery, paidLeafOf, readLogged, recKeyOf } from "../log/index.ts";

/** [“logged/1”]: one entry and its proof. */
export const loggedBytes = bytes(1, LOGGED_LIMIT_BYTES);

/** Nothing where the contract names no log. */
export function askLog(crypto: Crypto, { log, bank, tid }: Slip): readonly Send[] {
  return log === null ? [] : [{ to: "log", bytes: encode(logQuery, { log, recKey: recKeyOf(crypto, bank, tid) }) }];
}

export interface LoggedAbout {
  /** v, where it opens the slip's own commitment, and the entry that shows it. */
  readonly opening: Hex | null;
  readonly revealed: Uint8Array | null;
  /** The bank's leaf of this slip, as the log has it. */
  readonly paid: Uint8Array | null;
}

const NOTHING: LoggedAbout = { opening: null, revealed: null, paid: null };

/**
 * A log that shows something else, or leaves something out, costs time: v is checked against V, and the leaf is the bank's.
 * @param fromMs a leaf under an earlier head is not taken: it says nothing to a trustee yet.
 */
export function loggedAbout(
  crypto: Crypto,
  { slip, slipHash }: { readonly slip: Slip; readonly slipHash: Hex },
  answer: Uint8Array,
  fromMs: Instant = 0,
): LoggedAbout {
  const said = decode(logAnswer, answer);
  if (!said.ok || said.value.kind !== "logged") return NOTHING;
  const { entries } = said.value;
  const isPaid = (each: Uint8Array) =>
    paidLeafOf(crypto, slip, slipHash, each) !== null &&
    (readLogged(crypto, slip.log as Hex, each)?.head.timeMs ?? 0) >= fromMs;
  const revealed = entries.find((each) => revealedIn(crypto, slip, each) !== null) ?? null;
  return {
    opening: revealed && revealedIn(crypto, slip, revealed),
    revealed,
    paid: entries.find(isPaid) ?? null,
  };
}

/** v of this slip, as its log shows it to anybody; null for anything else. */
export function revealedIn(crypto: Crypto, { log, bank, tid, commitment }: Slip, logged: Uint8Array): Hex | null {
  const entry = log === null ? undefined : readLogged(crypto, log, logged)?.entry;
  if (entry?.kind !== "opened" || entry.recKey !== recKeyOf(crypto, bank, tid)) return null;
  return opens(crypto, entry.opening, commitment) ? entry.opening : null;
}
