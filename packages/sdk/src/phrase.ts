/**
 * A wallet's seed as words for paper, and back. The word list and the checksum are those of BIP-39; what comes of the words
 * is not. There they are stretched by PBKDF2 into another secret; here the 16 or 32 bytes that they spell are the seed
 * itself, drawn with full entropy, so that nothing could be gained by stretching them and phrase and seed are one to one:
 * either makes the other again. A phrase of another wallet program thus opens none of its money here, nor ours there.
 */
import type { Result } from "@counterfoil/base";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

export const PHRASE_WORDS = [12, 24] as const;
export type PhraseWords = (typeof PHRASE_WORDS)[number];

/** 128 bits for 12 words, 256 for 24: the two lengths that a wallet's seed may have. */
export const SEED_BYTES_OF_WORDS: Readonly<Record<PhraseWords, 16 | 32>> = { 12: 16, 24: 32 };

/** What is wrong with a phrase, in this order. What was typed is never repeated: all but a slip of it may be the seed. */
export type PhraseFault =
  | { readonly ok: false; readonly reason: "wrong-word-count"; readonly count: number }
  /** `place` counts from 1; `nearest` are words of the list, the likeliest first, and may be empty. */
  | {
      readonly ok: false;
      readonly reason: "unknown-word";
      readonly place: number;
      readonly nearest: readonly string[];
    }
  /** Every word is on the list: one of them is wrong all the same, or two have changed places. */
  | { readonly ok: false; readonly reason: "wrong-checksum" };

/** 24 words of at most 8 letters with numbers, marks and spaces between come nowhere near it. */
export const PHRASE_LENGTH = 2_000;
const LONGEST_WORD = 8;
const SUGGESTIONS = 3;
/** Slips of the pen; words further apart than this are other words. */
const SLIPS = 2;

/** @param seed 16 or 32 bytes. */
export function phraseOf(seed: Uint8Array): string {
  if (seed.length !== 16 && seed.length !== 32) throw new Error("a wallet's seed has 16 or 32 bytes");
  return entropyToMnemonic(seed, wordlist);
}

/** How many words the seed's phrase has. */
export function wordsOf(seed: Uint8Array): PhraseWords {
  return seed.length === 16 ? 12 : 24;
}

/** Takes a phrase as people write it: any case, any spaces and lines, numbers and commas between the words. */
export function seedOfPhrase(text: string): Extract<Result<Uint8Array>, { ok: true }> | PhraseFault {
  const words = wordsIn(text);
  if (words.length !== 12 && words.length !== 24) {
    return { ok: false, reason: "wrong-word-count", count: words.length };
  }
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) {
    return { ok: false, reason: "unknown-word", place: unknown + 1, nearest: nearestTo(words[unknown] as string) };
  }
  try {
    return { ok: true, value: mnemonicToEntropy(words.join(" "), wordlist) };
  } catch {
    return { ok: false, reason: "wrong-checksum" }; // all that is left to be wrong with 12 or 24 words of the list
  }
}

/** What is wrong with a phrase, for the person who typed it. */
export function phraseRefusal(fault: PhraseFault): Refusal {
  switch (fault.reason) {
    case "wrong-word-count":
      return new Refusal(
        fault.reason,
        `A phrase has 12 or 24 words; here are ${fault.count}.`,
        NO_MONEY_MOVED,
        "Write all of its words, in their order.",
      );
    case "unknown-word": {
      const near = fault.nearest.length > 0 ? `; near it are ${fault.nearest.join(", ")}` : "";
      const detail = `Word ${fault.place} is not a word of any phrase${near}.`;
      return new Refusal(fault.reason, detail, NO_MONEY_MOVED, "Correct that word.");
    }
    case "wrong-checksum":
      return new Refusal(
        fault.reason,
        "Each word could stand in a phrase, but not all of them in this order.",
        NO_MONEY_MOVED,
        "Compare the words with what you wrote down: one differs, or two have changed places.",
      );
  }
}

function wordsIn(text: string): readonly string[] {
  if (text.length > PHRASE_LENGTH) return [];
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  );
}

/** The words of the list that are a slip away, the nearest first. */
function nearestTo(word: string): readonly string[] {
  if (word.length > LONGEST_WORD + SLIPS) return [];
  return wordlist
    .map((listed) => [beginsAlike(word, listed) ? 0 : distance(word, listed), listed] as const)
    .filter(([apart]) => apart <= SLIPS)
    .sort(([a], [b]) => a - b)
    .slice(0, SUGGESTIONS)
    .map(([, listed]) => listed);
}

/** The first four letters name one word of the list: some people write down no more. */
function beginsAlike(word: string, listed: string): boolean {
  return word.length >= 4 && listed.startsWith(word.slice(0, 4));
}

/** Letters left out, put in, mistaken or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] as number;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, at(i - 2, j - 2) + 1);
      row.push(least);
    }
  }
  return at(a.length, b.length);
}
