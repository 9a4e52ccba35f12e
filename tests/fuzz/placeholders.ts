/** What stands for a hash, a signed statement and a proof, where only their form matters. */
import type { Schema } from "@counterfoil/base";

export type Put = <T>(name: string, schema: Schema<T>, ...values: readonly T[]) => void;

export const HASH = "5a".repeat(32);
export const SIGNED = new Uint8Array(120).fill(3);
export const PROOF = { challenge: HASH, responses: [HASH, HASH] };
