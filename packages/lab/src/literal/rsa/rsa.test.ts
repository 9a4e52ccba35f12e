/** S1 §3, §7.1 and §8 in numbers: what holds as the paper says, and what fails where its text is wrong. */
import { checkPrimeSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advertised,
  areCompatible,
  blind,
  blindingFactor,
  blockBytesBelow,
  blocksOf,
  bytesOf,
  commonFactor,
  dealAsPrinted,
  dealOverPrime,
  decrypt,
  drawnBelow,
  encrypt,
  encryptUnderBoth,
  isCoin,
  isProbablyPrime,
  joined,
  joinShares,
  keyPair,
  masked,
  maskFor,
  opened,
  pairOf,
  portableMeans,
  power,
  productKey,
  rootOf,
  type Share,
  signBlind,
  unblind,
  unmasking,
  validates,
} from "./index.ts";
import { testMeans as means } from "./means.fixture.ts";

const E = 65_537n;
const catalogue = keyPair(means, 512, E);
const sale = keyPair(means, 512, E);
const bank = keyPair(means, 512, E);
const below = (bound: bigint) => fc.bigInt({ min: 0n, max: bound - 1n });
const message = below(catalogue.n < sale.n ? catalogue.n : sale.n);

describe("arithmetic", () => {
  test("two residues joined leave both", () => {
    fc.assert(
      fc.property(below(catalogue.n), below(sale.n), (a, b) => {
        const { value, modulus } = joined({ value: a, modulus: catalogue.n }, { value: b, modulus: sale.n });
        expect([value % catalogue.n, value % sale.n, modulus]).toEqual([a, b, catalogue.n * sale.n]);
        expect(value < modulus && value >= 0n).toBe(true);
      }),
    );
  });

  test("a root is the largest number whose power is not above", () => {
    fc.assert(
      fc.property(below(1n << 900n), fc.integer({ min: 1, max: 17 }), (value, degree) => {
        const root = rootOf(value, degree);
        expect(root ** BigInt(degree) <= value).toBe(true);
        expect((root + 1n) ** BigInt(degree) > value).toBe(true);
      }),
    );
  });

  test("a power is what multiplying tells", () => {
    fc.assert(
      fc.property(below(1n << 70n), fc.integer({ min: 0, max: 300 }), below(1n << 60n), (base, exponent, less) => {
        const modulus = 2n * less + 3n;
        expect(power(base, BigInt(exponent), modulus)).toBe(base ** BigInt(exponent) % modulus);
      }),
    );
  });

  test("of a long exponent too: the powers of its parts, multiplied", () => {
    const exponent = below(1n << 200n);
    fc.assert(
      fc.property(below(1n << 300n), exponent, exponent, below(1n << 250n), (base, a, b, less) => {
        const modulus = 2n * less + 3n;
        const parts = (power(base, a, modulus) * power(base, b, modulus)) % modulus;
        expect(power(base, a + b, modulus)).toBe(parts);
        expect(power(power(base, a, modulus), 17n, modulus)).toBe(power(base, 17n * a, modulus));
      }),
    );
  });

  test("a number is drawn from 1 up to its bound, and each is drawn", () => {
    const drawn = new Set(Array.from({ length: 400 }, () => drawnBelow(means, 5n)));
    expect([...drawn].sort()).toEqual([1n, 2n, 3n, 4n]);
  });

  test("the portable means draw primes of exactly as many bits", () => {
    const portable = portableMeans(means.random);
    for (const bits of [8, 9, 12, 31, 64, 65, 127, 512]) {
      const prime = portable.prime(bits);
      expect(prime.toString(2)).toHaveLength(bits);
      expect(checkPrimeSync(prime)).toBe(true);
    }
  });

  test("what is no prime is told, the strong liars of small bases included", () => {
    for (const composite of [9n, 561n, 2_047n, 3_215_031_751n, 3_825_123_056_546_413_051n]) {
      expect(isProbablyPrime(composite)).toBe(false);
    }
    const odd = fc.bigInt({ min: 1n, max: 1n << 80n }).map((half) => 2n * half + 1n);
    fc.assert(fc.property(odd, (n) => isProbablyPrime(n) === checkPrimeSync(n)));
  });
});

describe("keys (S1 Definitions 8 to 12, Theorem 2)", () => {
  test("are of exactly as many bits, and what one encrypts its inverse opens", () => {
    expect(catalogue.n.toString(2)).toHaveLength(512);
    fc.assert(
      fc.property(message, (m) => {
        expect(decrypt(means, encrypt(means, m, catalogue), catalogue)).toBe(m);
        expect(encrypt(means, decrypt(means, m, catalogue), catalogue)).toBe(m);
      }),
    );
  });

  test("have a product where they are compatible, and nowhere else", () => {
    expect(productKey(catalogue, sale)).toEqual({ e: E, n: catalogue.n * sale.n });
    expect(areCompatible(catalogue, { ...sale, e: 3n })).toBe(false);
    expect(() => productKey(catalogue, pairOf(catalogue.p, sale.q, E))).toThrow("compatible");
  });

  test("under a product, the short way is the long one", () => {
    const both = productKey(catalogue, sale);
    fc.assert(fc.property(below(both.n), (m) => encryptUnderBoth(means, m, catalogue, sale) === power(m, E, both.n)));
  });
});

describe("blocks", () => {
  test("give the goods again, of any length, with nothing known but that length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 64 }), (goods, blockBytes) => {
        const blocks = blocksOf(goods, blockBytes);
        expect(blocks).toHaveLength(Math.ceil(goods.length / blockBytes));
        expect(bytesOf(blocks, goods.length)).toEqual(goods);
      }),
    );
  });

  test("stay below the modulus, and a number that is no block is told", () => {
    const most = blocksOf(new Uint8Array(64).fill(255), blockBytesBelow(512));
    expect(most.every((block) => block < 1n << 511n)).toBe(true);
    expect(bytesOf([1n << 16n], 2)).toBeNull();
    expect(bytesOf([1n, 2n, 3n], 2)).toBeNull();
  });
});

describe("cross validation (S1 §3.2)", () => {
  const offerOf = (m: bigint) => {
    const mask = maskFor(means, sale);
    return { offer: masked(means, m, mask, catalogue, sale), unmask: unmasking(mask, sale) };
  };

  test("what is offered passes, and opens to the goods", () => {
    fc.assert(
      fc.property(message, (m) => {
        const { offer, unmask } = offerOf(m);
        expect(validates(advertised(means, m, catalogue), offer, catalogue.n)).toBe(true);
        expect(opened(means, offer.product, sale, unmask)).toBe(m);
      }),
    );
  });

  test("honest encryptions of other goods do not pass", () => {
    fc.assert(
      fc.property(message, message, (m, other) => {
        fc.pre(m !== other);
        expect(validates(advertised(means, m, catalogue), offerOf(other).offer, catalogue.n)).toBe(false);
      }),
    );
  });

  test("as printed, modulo N_1, no honest offer passes", () => {
    const m = 123_456n;
    expect(validates(advertised(means, m, catalogue), offerOf(m).offer, sale.n)).toBe(false);
  });
});

describe("shares of K_M⁻¹ (S1 §7.1)", () => {
  const secret = 5_151n;
  const prime = 1_000_003n;

  test("over a prime any that are enough join, and one less tells another number", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 3, maxLength: 3 }), (picked) => {
        const shares = dealOverPrime(means, secret, { needed: 3, dealt: 5, prime });
        const some = picked.map((i) => shares[i] as Share);
        expect(joinShares(some, prime)).toEqual({ kind: "secret", secret });
      }),
    );
    const one = { x: 1n, y: 7n };
    const tells = Array.from({ length: 20 }, (_, y) => joinShares([one, { x: 2n, y: BigInt(y) }], prime));
    expect(new Set(tells.map((each) => (each.kind === "secret" ? each.secret : null))).size).toBe(20);
  });

  test("as printed they join too where the points happen to allow it", () => {
    const big = catalogue.n;
    const shares = dealAsPrinted(means, catalogue.d, { needed: 2, dealt: 3, modulus: big });
    expect(joinShares(shares.slice(1), big)).toEqual({ kind: "secret", secret: catalogue.d });
  });

  test("as printed, over a small N, points are dealt twice, lie at zero, or factor N", () => {
    const modulus = 15n;
    const met = new Set<string>();
    for (let round = 0; round < 600; round++) {
      const shares = dealAsPrinted(means, 7n, { needed: 2, dealt: 2, modulus });
      const told = joinShares(shares, modulus);
      met.add(told.kind);
      if (told.kind === "secret") expect(told.secret).toBe(7n);
      if (told.kind === "no-inverse") expect([3n, 5n]).toContain(told.factor);
      if (shares.some(({ x }) => x === 0n)) {
        met.add("at-zero");
        expect(shares.find(({ x }) => x === 0n)?.y).toBe(7n);
      }
    }
    expect([...met].sort()).toEqual(["at-zero", "dealt-twice", "no-inverse", "secret"]);
  });
});

describe("the blind coin (S1 §8)", () => {
  test("is signed, and what the bank saw is not its number", () => {
    fc.assert(
      fc.property(below(bank.n), (serial) => {
        fc.pre(serial > 1n && commonFactor(serial, bank.n) === 1n);
        const factor = blindingFactor(means, bank);
        const blinded = blind(means, serial, factor, bank);
        const signature = unblind(signBlind(means, blinded, bank), factor, bank);
        expect(isCoin(means, { serial, signature }, bank)).toBe(true);
        expect(isCoin(means, { serial: serial + 1n, signature }, bank)).toBe(false);
        expect(blinded).not.toBe(serial);
      }),
    );
  });

  test("as printed, n·r, it cannot be unblinded", () => {
    const [serial, factor] = [4_711n, blindingFactor(means, bank)];
    const signature = unblind(signBlind(means, (serial * factor) % bank.n, bank), factor, bank);
    expect(isCoin(means, { serial, signature }, bank)).toBe(false);
  });
});

test("goods of many blocks go through a sale with keys of full length", () => {
  const [shown, sold] = [keyPair(means, 2_048, E), keyPair(means, 2_048, E)];
  const goods = means.random(700);
  const delivered = blocksOf(goods, blockBytesBelow(2_048)).map((block) => {
    const mask = maskFor(means, sold);
    const offer = masked(means, block, mask, shown, sold);
    expect(validates(advertised(means, block, shown), offer, shown.n)).toBe(true);
    return opened(means, offer.product, sold, unmasking(mask, sold));
  });
  expect(bytesOf(delivered, goods.length)).toEqual(goods);
});
