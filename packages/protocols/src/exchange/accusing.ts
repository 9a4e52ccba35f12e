/**
 * What follows for a merchant (S1 §5): whoever holds an accusation sends it to a certifier, which judges for itself, and takes
 * everything of a convicted merchant off its catalogue.
 */
import { bytes, decode, done, type Hex, hex32, type Result, record, refused } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import { certificateSchema, signedBytes } from "../contract/index.ts";
import { ACCUSATION_LIMIT_BYTES } from "../money/index.ts";
import { type AcquittalReason, convict } from "./convictions.ts";

export const ACCUSE_TAG = "accuse/1";

/**
 * The certificate is any of this certifier's for that merchant: with it the certifier strikes only whom it has certified, and
 * not every key that somebody has made up to convict.
 */
export const accuseRequest = record(ACCUSE_TAG, {
  accusation: bytes(1, ACCUSATION_LIMIT_BYTES),
  certificate: signedBytes,
});

/** The merchant is struck. The certifier's signed page of the struck is what proves it. */
export const accuseAnswer = record("accused/1", { merchant: hex32 });

export interface Struck {
  readonly merchant: Hex;
  /** The accusation, to be kept and shown to anybody. */
  readonly evidence: Uint8Array;
}

/** Anyone may send it; the accusation proves itself. */
export function readAccusation(
  crypto: Crypto,
  certifier: Hex,
  message: Uint8Array,
): Result<Struck, AcquittalReason | "not-a-merchant" | "not-certified-here"> {
  const request = decode(accuseRequest, message);
  if (!request.ok) return refused("malformed");
  const { accusation, certificate } = request.value;
  const own = open(crypto, certificateSchema, certificate, () => certifier);
  if (!own.ok || own.value.value.certifier !== certifier) return refused("not-certified-here");
  const convicted = convict(crypto, accusation);
  if (!convicted.ok) return convicted;
  const { who, role } = convicted.value;
  if (role !== "merchant") return refused("not-a-merchant");
  if (own.value.value.merchant !== who) return refused("not-certified-here");
  return done({ merchant: who, evidence: accusation });
}
