/** Means for tests: a machine's primes and bytes, so that keys of full length cost no seconds. */
import { generatePrimeSync, randomBytes } from "node:crypto";
import type { Means } from "../../letters.ts";
import { power } from "./portable-means.ts";

export const testMeans: Means = {
  random: (length) => new Uint8Array(randomBytes(length)),
  power,
  prime: (bits) => generatePrimeSync(bits, { bigint: true }),
};
