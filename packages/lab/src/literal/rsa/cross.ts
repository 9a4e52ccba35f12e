/**
 * Cross validation (S1 §3.1, §3.2): a customer who holds T = [m, K_M] compares it with what a merchant offers to deliver,
 * T' = [m·r, K_M × K_M1] and R = [r, K_M], before it pays for K_M1⁻¹ and r⁻¹. The comparison is modulo N, where it is printed
 * modulo N_1, and R is under K_M, where §4 prints K_M1: as printed no honest offer passes (P§2A). That the comparison says
 * nothing about T' modulo N_1, which alone is ever opened, is the forgery of P§2B R1.
 */
import type { Means } from "../../letters.ts";
import { drawnUnit, inverted } from "./arithmetic.ts";
import { decrypt, encrypt, encryptUnderBoth, type RsaInverse, type RsaKey } from "./keys.ts";

type Power = Pick<Means, "power">;

/** What message 3 carries of one block. */
export interface Masked {
  /** T' = [m·r, K_M × K_M1]. */
  readonly product: bigint;
  /** R = [r, K_M]. */
  readonly mask: bigint;
}

/** T = [m, K_M], as the third party shows it in its catalogue. */
export function advertised(means: Power, message: bigint, catalogue: RsaKey): bigint {
  return encrypt(means, message, catalogue);
}

/** r, which has an inverse modulo N_1 and is drawn for every sale. */
export function maskFor(means: Pick<Means, "random">, sale: RsaKey): bigint {
  return drawnUnit(means, sale.n);
}

export function masked(means: Power, message: bigint, mask: bigint, catalogue: RsaKey, sale: RsaKey): Masked {
  return {
    product: encryptUnderBoth(means, message * mask, catalogue, sale),
    mask: encrypt(means, mask % catalogue.n, catalogue),
  };
}

/** The customer's check before it pays: T·R ≡ T' (mod N). */
export function validates(advertisement: bigint, offer: Masked, catalogueModulus: bigint): boolean {
  return (advertisement * offer.mask) % catalogueModulus === offer.product % catalogueModulus;
}

/** r⁻¹ modulo N_1, which message 5 carries beside K_M1⁻¹. */
export function unmasking(mask: bigint, sale: RsaKey): bigint {
  return inverted(mask, sale.n);
}

/** What the customer ends with: [T', K_M1⁻¹]·r⁻¹ modulo N_1. */
export function opened(means: Power, product: bigint, sale: RsaInverse, unmask: bigint): bigint {
  return (decrypt(means, product % sale.n, sale) * unmask) % sale.n;
}
