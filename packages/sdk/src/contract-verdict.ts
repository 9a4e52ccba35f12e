/** The verdict on a file that proves that two signed one text, in words. */
import { type Crypto, tagOf } from "@counterfoil/crypto";
import { TEXT_LIMIT_BYTES, textHashOf } from "@counterfoil/protocols/contract";
import { judgeContract, type SignedContract } from "@counterfoil/protocols/exchange";
import { NO_MONEY_INVOLVED, Refusal } from "./refusal.ts";
import type { VerdictWords } from "./verdict-words.ts";

export interface ContractVerdict extends SignedContract {
  /** Whether the text beside it is the one that both signed; null without one. */
  readonly isSameText: boolean | null;
}

export function isContract(evidence: Uint8Array): boolean {
  return tagOf(evidence) === "contract-signature/1";
}

/** Offline, as `verdictOn`. @throws Refusal where it proves no contract. */
export function contractVerdict(crypto: Crypto, evidence: Uint8Array, text: Uint8Array | null): ContractVerdict {
  const judged = judgeContract(crypto, evidence);
  if (!judged.ok) {
    const detail = `This proves no contract: ${judged.reason.replaceAll("-", " ")}.`;
    throw new Refusal(judged.reason, detail, NO_MONEY_INVOLVED, "Ask whoever gave it to you for another.");
  }
  const { textHash } = judged.value;
  // A longer text cannot be signed, so it is not hashed to see that it was not.
  const isSame = (bytes: Uint8Array) => bytes.length <= TEXT_LIMIT_BYTES && textHashOf(crypto, bytes) === textHash;
  return { ...judged.value, isSameText: text && isSame(text) };
}

export function contractWords({ textHash, signatories, isSameText }: ContractVerdict): VerdictWords {
  const signed = signatories.map(({ merchant, signature }) => ({
    text: `Signed by ${merchant}: ${signature}`,
    isGood: null,
  }));
  const text = {
    text: isSameText ? "The file is exactly the text that both signed." : "The file is NOT the text that they signed.",
    isGood: isSameText,
  };
  const facts = [{ name: "Text", text: textHash } as const];
  return { facts, remarks: [...signed, ...(isSameText === null ? [] : [text])], convicted: null };
}
