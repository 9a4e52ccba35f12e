/** The calculations behind S1's theorems 1, 2, 3 and 7: over keys drawn at random, and over every coalition of small dealings. */

import type { Means } from "../letters.ts";
import {
  advertised,
  commonFactor,
  decrypt,
  drawnBelow,
  drawnUnit,
  encrypt,
  encryptUnderBoth,
  joinedCiphers,
  joinShares,
  keyPair,
  type RsaPair,
  type Share,
  validates,
} from "../literal/rsa/index.ts";
import type { Trial } from "./theorem.ts";

/** The statements say nothing of lengths, so the keys are as short as primes can be drawn, and some are longer. */
const BITS = [32, 48, 64, 128, 256] as const;
const KEYS_EACH = 8;
const MESSAGES_EACH = 8;
const EXPONENTS = [3n, 7n, 17n, 65_537n] as const;

/** Theorem 1 and its corollary: also of numbers that share a factor with N, which is a product of distinct primes. */
export function euler(means: Means): Trial {
  return overKeys(means, (key) => {
    const totient = (key.p - 1n) * (key.q - 1n);
    const [unit, any] = [drawnUnit(means, key.n), key.p * drawnBelow(means, key.q)];
    const isFermat = means.power(unit, totient, key.n) === 1n;
    return isFermat && means.power(any, 3n * totient + 1n, key.n) === any;
  });
}

/** Theorem 2: either key undoes the other, also of multiples of a prime of N. */
export function inverses(means: Means): Trial {
  return overKeys(means, (key) =>
    [drawnBelow(means, key.n), key.q * drawnBelow(means, key.p)].every((message) => {
      const isOpened = decrypt(means, encrypt(means, message, key), key) === message;
      return isOpened && encrypt(means, decrypt(means, message, key), key) === message;
    }),
  );
}

/** Theorem 3 as it is stated, both ways, of messages below both bases. */
export function crossValidation(means: Means): Trial {
  return overPairs(means, (first, second, bound) => {
    const [m, other] = [drawnBelow(means, bound), drawnBelow(means, bound)];
    const product = encryptUnderBoth(means, m, first, second);
    const isSame = (key: RsaPair, message: bigint) => product % key.n === encrypt(means, message, key);
    return [first, second].every((key) => isSame(key, m) && isSame(key, other) === (m === other));
  });
}

/**
 * What S1 §3.1 makes of it: that T' which passes opens to what is advertised. That wants T' to be an encryption of one number
 * below both bases, and nobody can see whether it is (P§2B R1).
 */
export function hiddenPremise(means: Means): Trial {
  return overPairs(means, (catalogue, sale, bound) => {
    const [m, g] = [drawnBelow(means, bound), drawnBelow(means, bound)];
    const shown = advertised(means, m, catalogue);
    const product = joinedCiphers(shown, catalogue, encrypt(means, g, sale), sale);
    const passes = validates(shown, { product, mask: 1n }, catalogue.n);
    return !passes || decrypt(means, product % sale.n, sale) === m;
  });
}

/** Goods that a customer can list, and the one that is sold: T alone tells which it is, whatever r is (P§2B R3). */
export function guessing(means: Means): Trial {
  return overKeys(means, (key) => {
    const list = Array.from({ length: LISTED }, () => drawnBelow(means, key.n));
    const sold = list[Number(drawnBelow(means, BigInt(LISTED)))] as bigint;
    const shown = advertised(means, sold, key);
    return list.find((guess) => encrypt(means, guess, key) === shown) !== sold;
  });
}

const LISTED = 20;

/** Of a field: every coalition of every dealing of p among n. */
const FIELD = { modulus: 7, dealt: 4 };
/** 3·5: the smallest product of two odd primes, in place of N. */
const COMPOSITE = 15;

/**
 * Theorem 7 over a field, with points that differ and are not zero: p shares give the secret, and of fewer every secret is
 * the secret of equally many polynomials.
 */
export function sharesOverField(): Trial {
  const { modulus, dealt } = FIELD;
  let [cases, wrong] = [0, 0];
  for (let needed = 1; needed <= dealt; needed++) {
    const points = Array.from({ length: dealt }, (_, i) => i + 1);
    const dealings = polynomials(needed, modulus).map((polynomial) => dealtAt(polynomial, points, modulus));
    for (const coalition of subsets(points.length)) {
      cases += 1;
      const isEnough = coalition.length >= needed;
      const isRight = isEnough
        ? dealings.every(({ secret, shares }) => isJoined(pick(shares, coalition.slice(0, needed)), secret, modulus))
        : isEven(dealings, coalition, modulus);
      if (!isRight) wrong += 1;
    }
  }
  return {
    isHeld: wrong === 0,
    cases,
    found: `${wrong} of ${cases} coalitions over GF(${modulus}) are not as claimed`,
  };
}

/** Theorem 7 as it is printed: points at random modulo a composite N, two of three. */
export function sharesAsPrinted(): Trial {
  const modulus = COMPOSITE;
  const lines = polynomials(2, modulus);
  const counts = { cases: 0, "have two shares and no secret": 0, "have one and part of the secret": 0 };
  for (let first = 0; first < modulus; first++) {
    const alone = lines.map((line) => dealtAt(line, [first], modulus));
    counts.cases += 1;
    if (!isEven(alone, [0], modulus)) counts["have one and part of the secret"] += 1;
    for (let second = 0; second < modulus; second++) {
      counts.cases += 1;
      const dealings = lines.map((line) => dealtAt(line, [first, second], modulus));
      const areEnough = dealings.every(({ secret, shares }) => isJoined(shares, secret, modulus));
      if (!areEnough) counts["have two shares and no secret"] += 1;
    }
  }
  const { cases, ...failures } = counts;
  const found = Object.entries(failures).map(([what, count]) => `${count} ${what}`);
  return {
    isHeld: found.every((each) => each.startsWith("0 ")),
    cases,
    found: `modulo ${modulus}: ${found.join(", ")}`,
  };
}

interface Dealing {
  readonly secret: bigint;
  readonly shares: readonly Share[];
}

/** Every polynomial of so many coefficients, the secret first. */
function polynomials(coefficients: number, modulus: number): readonly (readonly bigint[])[] {
  return Array.from({ length: modulus ** coefficients }, (_, i) =>
    Array.from({ length: coefficients }, (_, at) => BigInt(Math.floor(i / modulus ** at) % modulus)),
  );
}

function dealtAt(polynomial: readonly bigint[], points: readonly number[], modulus: number): Dealing {
  const n = BigInt(modulus);
  const shares = points.map((point) => {
    const x = BigInt(point);
    return { x, y: polynomial.reduceRight((sum, each) => (sum * x + each) % n, 0n) };
  });
  return { secret: polynomial[0] as bigint, shares };
}

function isJoined(shares: readonly Share[], secret: bigint, modulus: number): boolean {
  const joined = joinShares(shares, BigInt(modulus));
  return joined.kind === "secret" && joined.secret === secret;
}

/** Whether whoever sees these shares can think each secret as likely as each other. */
function isEven(dealings: readonly Dealing[], coalition: readonly number[], modulus: number): boolean {
  const bySeen = new Map<string, number[]>();
  for (const { secret, shares } of dealings) {
    const seen = pick(shares, coalition)
      .map(({ y }) => y)
      .join(" ");
    const counts = bySeen.get(seen) ?? Array<number>(modulus).fill(0);
    counts[Number(secret)] = (counts[Number(secret)] as number) + 1;
    bySeen.set(seen, counts);
  }
  return [...bySeen.values()].every((counts) => counts.every((count) => count === counts[0]));
}

const pick = (shares: readonly Share[], coalition: readonly number[]) => coalition.map((i) => shares[i] as Share);

/** The places of every coalition, the empty one included. */
function subsets(count: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => ((bits >>> i) & 1) === 1),
  );
}

function overKeys(means: Means, holds: (key: RsaPair) => boolean): Trial {
  return counted(
    BITS.flatMap((bits) =>
      Array.from({ length: KEYS_EACH }, (_, i) => {
        const key = keyPair(means, bits, EXPONENTS[i % EXPONENTS.length] as bigint);
        return Array.from({ length: MESSAGES_EACH }, () => holds(key));
      }),
    ),
  );
}

/** Two compatible keys, and what is below both. */
function overPairs(means: Means, holds: (first: RsaPair, second: RsaPair, bound: bigint) => boolean): Trial {
  return counted(
    BITS.flatMap((bits) =>
      Array.from({ length: KEYS_EACH }, (_, i) => {
        const [first, second] = compatible(means, bits, EXPONENTS[i % EXPONENTS.length] as bigint);
        const bound = first.n < second.n ? first.n : second.n;
        return Array.from({ length: MESSAGES_EACH }, () => holds(first, second, bound));
      }),
    ),
  );
}

function compatible(means: Means, bits: number, e: bigint): readonly [RsaPair, RsaPair] {
  for (;;) {
    const [first, second] = [keyPair(means, bits, e), keyPair(means, bits, e)];
    if (commonFactor(first.n, second.n) === 1n) return [first, second];
  }
}

function counted(byKey: readonly (readonly boolean[])[]): Trial {
  const all = byKey.flat();
  const wrong = all.filter((isHeld) => !isHeld).length;
  const found = `${wrong} of ${all.length} cases over ${byKey.length} keys are not as claimed`;
  return { isHeld: wrong === 0, cases: all.length, found };
}
