/**
 * Goods as numbers below a modulus. S1 §3 says nothing of goods longer than one: whoever has them encrypts block by block,
 * and equal blocks show (P§2B R3).
 */
import { assert, concat } from "@counterfoil/base";
import { bytesOf as bytesOfInteger, integerOf } from "@counterfoil/crypto";

/** Bytes that always make a number below a modulus of so many bits. */
export function blockBytesBelow(modulusBits: number): number {
  return Math.floor((modulusBits - 1) / 8);
}

/**
 * As few blocks as there must be if none has more than `blockBytes`, all of one length but the last: so their number and the
 * length of the whole tell the length of each.
 */
export function blocksOf(bytes: Uint8Array, blockBytes: number): readonly bigint[] {
  assert(blockBytes >= 1, "a block has a byte");
  const { count, each } = division(bytes.length, Math.ceil(bytes.length / blockBytes));
  return Array.from({ length: count }, (_, i) => integerOf(bytes.subarray(i * each, (i + 1) * each)));
}

/**
 * What `blocksOf` was given. Null where a number has more bytes than its block, which is how wrong goods look when they are
 * opened.
 */
export function bytesOf(blocks: readonly bigint[], lengthBytes: number): Uint8Array | null {
  const { each } = division(lengthBytes, blocks.length);
  const lengths = blocks.map((_, i) => Math.min(each, lengthBytes - i * each));
  if (!blocks.every((block, i) => block < 1n << BigInt(8 * Math.max(0, lengths[i] as number)))) return null;
  return concat(...blocks.map((block, i) => bytesOfInteger(block, lengths[i] as number)));
}

function division(lengthBytes: number, count: number): { readonly count: number; readonly each: number } {
  return { count, each: count === 0 ? 0 : Math.ceil(lengthBytes / count) };
}
