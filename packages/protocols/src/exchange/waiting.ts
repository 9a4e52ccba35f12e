/** What a customer's machine is made with, and how long it waits. */
import { SECOND_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";

export interface CustomerConfig {
  readonly crypto: Crypto;
  /** The wallet's: the purchase's keys are made again from it where trustees are to be asked. */
  readonly seed: Uint8Array;
  /** Waits between tries: a busy shop gets time, a dead one costs the buyer half a minute before others are asked. */
  readonly waitsMs?: readonly number[];
}

const WAITS_MS = [2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS, 16 * SECOND_MS];
const LONGEST_WAIT_MS = 60 * SECOND_MS;

export function waitMs({ waitsMs = WAITS_MS }: CustomerConfig, tries: number): number {
  return waitsMs[tries] ?? LONGEST_WAIT_MS;
}

/** After so many tries the one who was asked alone is taken to be silent. */
export function triesAlone({ waitsMs = WAITS_MS }: CustomerConfig): number {
  return waitsMs.length;
}
