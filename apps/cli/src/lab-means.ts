/** What the literal protocols use of the machine: OpenSSL's powers and primes, which take a thousandth of the portable ones' time. */
import { createDiffieHellman, generatePrimeSync, randomBytes } from "node:crypto";
import type { Means } from "@counterfoil/lab";

export function nodeMeans(): Means {
  return {
    random: (length) => new Uint8Array(randomBytes(length)),
    power,
    prime: (bits) => generatePrimeSync(bits, { bigint: true }),
  };
}

/** OpenSSL's Diffie-Hellman is a modular power; it takes any odd modulus of 512 bits or more. */
const SMALLEST_BITS = 512n;

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const reduced = base % modulus;
  if (modulus >> SMALLEST_BITS === 0n || exponent < 2n || reduced < 2n)
    return portablePower(reduced, exponent, modulus);
  const group = createDiffieHellman(bytesOf(modulus), bytesOf(reduced));
  group.setPrivateKey(bytesOf(exponent));
  return BigInt(`0x${group.generateKeys().toString("hex")}`);
}

function portablePower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
