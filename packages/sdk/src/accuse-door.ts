/** A certifier's door for accusations: it judges, and has whom the accusation convicts struck. */
import { encode, type Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { NotAdmitted } from "@counterfoil/host";
import { accuseAnswer, readAccusation } from "@counterfoil/protocols/exchange";

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
