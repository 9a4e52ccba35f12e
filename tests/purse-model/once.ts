/** What makes thousands of games of one purse affordable. */
import { swap } from "../refusals/scenario.ts";

/** A coin is the same alone and among others (secrets.test.ts), so each is made once for all runs of a process. */
export const ONCE = swap(
  "purseSecrets",
  "export function blindCoins(crypto: Crypto, seed: Uint8Array, places: readonly Place[]): readonly BlindedCoin[] | null {",
  `const MADE = new Map<string, BlindedCoin>();
export function blindCoins(crypto: Crypto, seed: Uint8Array, places: readonly Place[]): readonly BlindedCoin[] | null {
  return places.map((place) => {
    const name = toHex(seed) + JSON.stringify(place.path);
    const made = MADE.get(name) ?? (blindTogether(crypto, seed, [place]) as BlindedCoin[])[0] as BlindedCoin;
    MADE.set(name, made);
    return made;
  });
}
function blindTogether(crypto: Crypto, seed: Uint8Array, places: readonly Place[]): readonly BlindedCoin[] | null {`,
);
