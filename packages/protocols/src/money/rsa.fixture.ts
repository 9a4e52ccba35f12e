/**
 * RSA keys for tests, and the private operation by Chinese remainders. They are printed here: nothing of worth is ever
 * signed with them.
 */
import { fromHex, toHex } from "@counterfoil/base";
import type { RsaPrivate } from "@counterfoil/crypto";

export interface TestRsa {
  readonly modulus: Uint8Array;
  readonly sign: RsaPrivate;
  /** For tests that have OpenSSL, which is ten times as fast. */
  readonly numbers: { readonly [N in "n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi"]: bigint };
}

const PRIMES = [
  {
    p:
      "f0b73065e261ab4f886566307f3cc6b8a04976e3f2b712285c022f2ff1a4b13d533fef00740bdc8af80fcec698a9bbb3ff81" +
      "fa8aa71b857788422fe9b69019e13f0e48228aa76cbda6eac0e902a2b8fb03e951d0aa4cd8d1564b7f0ffa7ed53d5a87a47a" +
      "fd17079b919a02070c0db3aa20a2a6bc76a0f2d6aebd7132da7b8ba3",
    q:
      "c080cd99cb8411838e3942637eae379ac1663adc200343c567d1a4d36e8b3c76699fd3f5b4a69aac9b559873520277f71451" +
      "b384e3ecd37e69c4d6b77e14f0258e0df7a383dd73af843092ca2825bfcccd0b1d11d060f409217656d8e0b360957480a76b" +
      "a1dc2564b9141e826e179aa757793d9a85d43fe3d07e1f42b2a039a5",
  },
  {
    p:
      "ffbf3bdc3696cbd4ed31e6bfbec7fa42d0a1a1b11a7d19af0b3f8c22bd383266a9341ccca904cdd183f438327125b35248f0" +
      "a8cebf2c2bfe797937d89dc114d314830cd4e2e593c7bd0bbce0754b4eec5d06d484cb40a31e6d29b8698e6e9adafabef9e8" +
      "cc97b491941a9b5a63310d26d31d197688c603e9979902a208831dd5",
    q:
      "d9ea0389ad0bb2e9148b9080e585fb98690a0362d7e2e18d3701d51b527c2ea82c930afd459bb5a829d39376d6a001c6b8c3" +
      "97adc56d724d4d1d5cb30e39b049d1821d257e78d8370b6f45d92981acdfb4dacebda0ed6f1c78f711fcade71b9343300cf5" +
      "dbbf989d9c6274de7af25b40375a4e3e45dcbc812b088f0b3d0c155d",
  },
] as const;

export const TEST_RSA: readonly TestRsa[] = PRIMES.map(({ p, q }) => rsaOf(BigInt(`0x${p}`), BigInt(`0x${q}`)));

function rsaOf(p: bigint, q: bigint): TestRsa {
  const [dp, dq] = [inverse(65537n, p - 1n), inverse(65537n, q - 1n)];
  const qInverse = inverse(q % p, p);
  const modulus = bytesOf(p * q);
  const signed = new Map<string, Uint8Array>(); // tests ask for the same coins over and over
  const d = inverse(65537n, (p - 1n) * (q - 1n));
  return {
    modulus,
    numbers: { n: p * q, e: 65537n, d, p, q, dp, dq, qi: qInverse },
    sign(value) {
      const name = toHex(value);
      const known = signed.get(name);
      if (known !== undefined) return known;
      const whole = BigInt(`0x${name}`);
      const [a, b] = [power(whole % p, dp, p), power(whole % q, dq, q)];
      const signature = bytesOf(b + q * (((((a - b) % p) + p) * qInverse) % p));
      signed.set(name, signature);
      return signature;
    },
  };
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [high, low, before, now] = [modulus, value, 0n, 1n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low, before, now] = [low, high - quotient * low, now, before - quotient * now];
  }
  return before < 0n ? before + modulus : before;
}

function bytesOf(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(512, "0")) as Uint8Array;
}
