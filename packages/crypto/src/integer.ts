/**
 * Integers as RSA has them (RFC 8017 §4): big-endian bytes of a fixed length. bigint takes a time that depends on the
 * values. What a signing key touches therefore never comes here: the host gives that to OpenSSL.
 */
import { fromHex, toHex } from "@counterfoil/base";

/** OS2IP. */
export function integerOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** I2OSP. An integer that needs more bytes is a bug of the caller. */
export function bytesOf(integer: bigint, length: number): Uint8Array {
  const bytes = fromHex(integer.toString(16).padStart(2 * length, "0"));
  if (bytes?.length !== length) throw new Error("the integer needs more bytes");
  return bytes;
}

/**
 * The number that multiplied with `value` leaves 1; null where the two have a common factor. Euclid's division by Lehmer's
 * shortcut (Knuth, TAOCP 2, 4.5.2 L): the leading bits alone tell many quotients in a row, so that the long numbers are touched
 * once for some 24 bits. To blind a coin is to do this once.
 */
export function inverseOf(value: bigint, modulus: bigint): bigint | null {
  let [high, low] = [modulus, value % modulus];
  let [before, now] = [0n, 1n];
  let bits = 4 * modulus.toString(16).length;
  while (low > 0n) {
    bits = Math.min(bits, bitsOf(high, bits));
    const shift = BigInt(Math.max(0, bits - LEADING_BITS));
    const step = stepsOf(Number(high >> shift), Number(low >> shift));
    if (step === null) {
      const quotient = high / low;
      [high, low] = [low, high - quotient * low];
      [before, now] = [now, before - quotient * now];
    } else {
      const [a, b, c, d] = step.map(BigInt) as [bigint, bigint, bigint, bigint];
      [high, low] = [a * high + b * low, c * high + d * low];
      [before, now] = [a * before + b * now, c * before + d * now];
    }
  }
  if (high !== 1n) return null;
  return before < 0n ? before + modulus : before;
}

/** What is added to or multiplied with these stays below 2^53. */
const LEADING_BITS = 50;

/** At most one more than `integer` has. @param most of which it surely has no more. */
function bitsOf(integer: bigint, most: number): number {
  const shift = Math.max(0, most - 2 * LEADING_BITS);
  const leading = Number(integer >> BigInt(shift)); // of twice as many bits, rounded
  return leading < 1 ? shift : shift + Math.floor(Math.log2(leading)) + 2;
}

/**
 * Quotients that are the same whatever the bits after the leading ones are, as one matrix: the numbers become a·high + b·low
 * and c·high + d·low. Null where not even the first is sure.
 */
function stepsOf(high: number, low: number): readonly number[] | null {
  let [a, b, c, d] = [1, 0, 0, 1];
  let [above, below] = [high, low];
  while (below + c !== 0 && below + d !== 0) {
    const quotient = Math.floor((above + a) / (below + c));
    if (quotient !== Math.floor((above + b) / (below + d))) break;
    [a, c] = [c, a - quotient * c];
    [b, d] = [d, b - quotient * d];
    [above, below] = [below, above - quotient * below];
  }
  return b === 0 ? null : [a, b, c, d];
}

/** Whether `value` is a number modulo `modulus`: as many bytes, and less. */
export function fitsModulus(modulus: Uint8Array, value: Uint8Array): boolean {
  if (value.length !== modulus.length) return false;
  for (let at = 0; at < modulus.length; at++) {
    const difference = (modulus[at] as number) - (value[at] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** RSAVP1 with e = 65537: sixteen squarings and a multiplication. */
export function rsaPublicOf(modulus: Uint8Array, value: Uint8Array): Uint8Array {
  if (((modulus.at(-1) ?? 0) & 1) === 0 || modulus[0] === 0) throw new Error("not a modulus");
  if (!fitsModulus(modulus, value)) throw new Error("a value has the modulus's length and is less");
  const [n, base] = [integerOf(modulus), integerOf(value)];
  let power = base;
  for (let squaring = 0; squaring < 16; squaring++) power = (power * power) % n;
  return bytesOf((power * base) % n, modulus.length);
}
