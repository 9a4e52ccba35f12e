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

/** The number that multiplied with `value` leaves 1; null where the two have a common factor. */
export function inverseOf(value: bigint, modulus: bigint): bigint | null {
  let [high, low] = [modulus, value % modulus];
  let [before, now] = [0n, 1n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [before, now] = [now, before - quotient * now];
  }
  if (high !== 1n) return null;
  return before < 0n ? before + modulus : before;
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
