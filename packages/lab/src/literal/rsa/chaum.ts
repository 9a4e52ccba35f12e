/**
 * The coin of S1 §8: a serial number n, blinded to n·ρ^e, signed blind and unblinded by ρ⁻¹. It is printed as n·r, which
 * nobody can unblind (P§2A). A number and its signature are all there is, without a hash or padding: P§2B R11 says what
 * follows.
 */
import type { Means } from "../../letters.ts";
import { drawnUnit, inverted } from "./arithmetic.ts";
import { decrypt, encrypt, type RsaInverse, type RsaKey } from "./keys.ts";

type Power = Pick<Means, "power">;

export interface ChaumCoin {
  /** n. */
  readonly serial: bigint;
  /** [n]B. */
  readonly signature: bigint;
}

/** ρ. */
export function blindingFactor(means: Pick<Means, "random">, bank: RsaKey): bigint {
  return drawnUnit(means, bank.n);
}

/** β = n·ρ^e. */
export function blind(means: Power, serial: bigint, factor: bigint, bank: RsaKey): bigint {
  return (serial * encrypt(means, factor, bank)) % bank.n;
}

/** β^d, which the bank gives for what it debited. */
export function signBlind(means: Power, blinded: bigint, bank: RsaInverse): bigint {
  return decrypt(means, blinded, bank);
}

/** β^d·ρ⁻¹ = n^d. */
export function unblind(blindSignature: bigint, factor: bigint, bank: RsaKey): bigint {
  return (blindSignature * inverted(factor, bank.n)) % bank.n;
}

/** Whether the number is signed: n = s^e. */
export function isCoin(means: Power, { serial, signature }: ChaumCoin, bank: RsaKey): boolean {
  return encrypt(means, signature, bank) === serial;
}
