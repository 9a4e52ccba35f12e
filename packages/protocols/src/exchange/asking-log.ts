/** A buyer and the log that its contract names: what it asks, and what of the answer proves itself. */
import { bytes, decode, encode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { opens, type Slip } from "../contract/index.ts";
import type { Send } from "../index.ts";
import {
  LOGGED_LIMIT_BYTES,
  type Logged,
  logAnswer,
  logQuery,
  paidLeafOf,
  readLogged,
  recKeyOf,
} from "../log/index.ts";
import { hashedSlip, type Purchase } from "./purchase.ts";

/** [“logged/1”]: one entry and its proof. */
export const loggedBytes = bytes(1, LOGGED_LIMIT_BYTES);

/** Nothing where the contract names no log. */
export function askLog(crypto: Crypto, { log, bank, tid }: Slip): readonly Send[] {
  return log === null ? [] : [{ to: "log", bytes: encode(logQuery, { log, recKey: recKeyOf(crypto, bank, tid) }) }];
}

export interface LoggedAbout {
  /** v, where it opens the slip's own commitment. */
  readonly opening: Hex | null;
  /** The bank's leaf of this slip, as the log has it. */
  readonly paid: Uint8Array | null;
}

const NOTHING: LoggedAbout = { opening: null, paid: null };

/** A log that shows something else, or leaves something out, costs time: v is checked against V, and the leaf is the bank's. */
export function loggedAbout(crypto: Crypto, purchase: Purchase, answer: Uint8Array): LoggedAbout {
  const said = decode(logAnswer, answer);
  const { slip, slipHash } = hashedSlip(crypto, purchase);
  const { log, bank, tid, commitment } = slip;
  if (!said.ok || said.value.kind !== "logged" || log === null) return NOTHING;
  const recKey = recKeyOf(crypto, bank, tid);
  const { entries } = said.value;
  const vs = entries.flatMap((each) => openingIn(readLogged(crypto, log, each), recKey));
  return {
    opening: vs.find((v) => opens(crypto, v, commitment)) ?? null,
    paid: entries.find((each) => paidLeafOf(crypto, slip, slipHash, each) !== null) ?? null,
  };
}

function openingIn(logged: Logged | null, recKey: Hex): readonly Hex[] {
  return logged?.entry.kind === "opened" && logged.entry.recKey === recKey ? [logged.entry.opening] : [];
}
