/** A wallet's folder out of a phrase. */
import { createSeed, readSeed, setRestoring } from "./folder.ts";
import { phraseRefusal, seedOfPhrase } from "./phrase.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/**
 * Makes a wallet's folder the wallet of this phrase: its seed, durable, and nothing else.
 * @throws Refusal where the phrase is none, or another wallet is there. The same wallet being there is no harm.
 */
export function createWalletFrom(folder: string, phrase: string): void {
  const seed = seedOfPhrase(phrase);
  if (!seed.ok) throw phraseRefusal(seed);
  const there = readSeed(folder);
  if (there === null) {
    setRestoring(folder, true); // first: a wallet of an old phrase takes no coins before its old ones are found
    createSeed(folder, seed.value);
    return;
  }
  if (Buffer.compare(there, seed.value) === 0) return;
  throw new Refusal(
    "wallet-exists",
    `There is another wallet in ${folder}, and it is left as it was.`,
    NO_MONEY_MOVED,
    "Choose another --data folder for this phrase.",
  );
}
