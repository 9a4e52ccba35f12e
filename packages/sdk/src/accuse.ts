/** Bringing an accusation to a certifier, and the certifier's door for it. */
import { decode, encode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { NotAdmitted, type WireClient } from "@counterfoil/host";
import { accuseAnswer, accuseRequest, readAccusation } from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";

/**
 * @param certificate any of this certifier's for the accused merchant, such as the one it sold under.
 * @returns the merchant, which is struck now. Sent again, it changes nothing.
 */
export async function accuse(
  certifier: Pick<WireClient, "post">,
  accusation: Uint8Array,
  certificate: Uint8Array,
): Promise<Hex> {
  const answer = decode(accuseAnswer, await certifier.post(encode(accuseRequest, { accusation, certificate })));
  if (answer.ok) return answer.value.merchant;
  throw new Refusal("not-an-answer", "The certifier's answer is not one.", NO_MONEY_MOVED, "Check its address.");
}

/**
 * What a certifier does with a message of `ACCUSE_TAG`.
 * @param strike makes it durable that the merchant is struck; what is struck already stays so.
 */
export async function hearAccusation(
  crypto: Crypto,
  certifier: Hex,
  message: Uint8Array,
  strike: (merchant: Hex, evidence: Uint8Array) => Promise<unknown>,
): Promise<Uint8Array> {
  const read = readAccusation(crypto, certifier, message);
  if (!read.ok) throw new NotAdmitted(read.reason);
  const { merchant, evidence } = read.value;
  await strike(merchant, evidence);
  return encode(accuseAnswer, { merchant });
}
