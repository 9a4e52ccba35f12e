/**
 * What both of S1's protocols do when they are run: keys, signatures and ciphertexts as S1 §3 and its Table 1 write them, all of
 * them RSA without padding, and goods as blocks below every modulus. CC is SHA-256, where the paper names the standard of its time.
 */
import { assert, concat } from "@counterfoil/base";
import { bytesOf as bytesOfNumber, type Crypto, integerOf } from "@counterfoil/crypto";
import type { Means } from "../letters.ts";
import { counted, packed } from "./figure.ts";
import {
  advertised,
  blockBytesBelow,
  blocksOf,
  bytesOf,
  decrypt,
  encrypt,
  encryptUnderBoth,
  keyPair,
  maskFor,
  opened,
  type RsaInverse,
  type RsaKey,
  type RsaPair,
  unmasking,
  validates,
} from "./rsa/index.ts";

export const MODULUS_BITS = 2_048;
const EXPONENT = 65_537n;

/**
 * Some 260 blocks. Each is raised to a private exponent once, for which portable arithmetic takes some forty milliseconds: a
 * quarter of a minute for all of them.
 */
export const RAY_GOODS_LIMIT_BYTES = 64 * 1024;

type Part = Uint8Array | string;
type Power = Pick<Means, "power">;

/** Of one run: what its parties calculate with. */
export interface Bench {
  readonly crypto: Crypto;
  readonly means: Means;
  readonly bits: number;
}

export function newKey({ means, bits }: Bench): RsaPair {
  return keyPair(means, bits, EXPONENT);
}

/** A number modulo this modulus, or less than the product of two of that length. */
export function numberBytes(value: bigint, modulus: bigint): Uint8Array {
  return bytesOfNumber(value, lengthOf(modulus));
}

export function numbersBytes(values: readonly bigint[], modulus: bigint): Uint8Array {
  return concat(...values.map((value) => numberBytes(value, modulus)));
}

const lengthOf = (modulus: bigint) => Math.ceil(modulus.toString(16).length / 2);

/** K or K⁻¹, the exponent and then the base. */
export function keyBytes(exponent: bigint, n: bigint): Uint8Array {
  return concat(numberBytes(exponent, n), numberBytes(n, n));
}

export function inverseFrom(bytes: Uint8Array): RsaInverse {
  const half = bytes.length / 2;
  return { d: integerOf(bytes.subarray(0, half)), n: integerOf(bytes.subarray(half)) };
}

/** [CC(x)]A, which is [CC(x), A_priv]. */
export function signed({ crypto, means }: Bench, by: RsaInverse, ...parts: readonly Part[]): Uint8Array {
  return numberBytes(decrypt(means, integerOf(crypto.sha256(packed(...parts))), by), by.n);
}

/** Nothing here goes on after a signature that fails: an honest run has none. */
export function demandSignedBy(
  { crypto, means }: Bench,
  by: RsaKey,
  signature: Uint8Array,
  ...parts: readonly Part[]
): void {
  const isSigned = encrypt(means, integerOf(signature), by) === integerOf(crypto.sha256(packed(...parts)));
  assert(isSigned, "the signature is the one that the figure names");
}

/** {x}A, which is [x, A_pub], block by block. */
export function sealedTo(means: Power, to: RsaKey, message: Uint8Array): Uint8Array {
  const blocks = blocksOf(message, blockBytesBelow(bitsOf(to.n)));
  return concat(
    counted(message.length),
    numbersBytes(
      blocks.map((block) => encrypt(means, block, to)),
      to.n,
    ),
  );
}

export function unsealed(means: Power, key: RsaInverse, sealed: Uint8Array): Uint8Array {
  const length = Number(integerOf(sealed.subarray(0, 4)));
  const blocks = numbersOf(sealed.subarray(4), key.n).map((block) => decrypt(means, block, key));
  const message = bytesOf(blocks, length);
  assert(message !== null, "what was sealed opens");
  return message;
}

const bitsOf = (modulus: bigint) => modulus.toString(2).length;

export function numbersOf(bytes: Uint8Array, modulus: bigint): readonly bigint[] {
  const each = lengthOf(modulus);
  return Array.from({ length: bytes.length / each }, (_, i) => integerOf(bytes.subarray(i * each, (i + 1) * each)));
}

/** Goods in the third party's catalogue. */
export interface Advertisement {
  /** T = [m, K_M]. */
  readonly blocks: readonly bigint[];
  readonly lengthBytes: number;
  /** N, which the customer compares by. */
  readonly modulus: bigint;
}

export function advertise({ means, bits }: Bench, goods: Uint8Array, catalogue: RsaKey): Advertisement {
  const blocks = blocksOf(goods, blockBytesBelow(bits)).map((block) => advertised(means, block, catalogue));
  return { blocks, lengthBytes: goods.length, modulus: catalogue.n };
}

/** What message 3 (anonymous: 5) carries of the goods, and what opens it. */
export interface Offered {
  /** T' = [m·r, K_M × K_M1]. */
  readonly products: readonly bigint[];
  /** R = [r, K_M]. */
  readonly mask: bigint;
  readonly sale: RsaPair;
  /** r⁻¹ modulo N1. */
  readonly unmask: bigint;
}

export function offer(bench: Bench, goods: Uint8Array, catalogue: RsaKey): Offered {
  const { means, bits } = bench;
  const sale = newKey(bench);
  const random = maskFor(means, sale);
  const blocks = blocksOf(goods, blockBytesBelow(bits));
  return {
    products: blocks.map((block) => encryptUnderBoth(means, block * random, catalogue, sale)),
    mask: encrypt(means, random % catalogue.n, catalogue),
    sale,
    unmask: unmasking(random, sale),
  };
}

/** The customer's check before it pays: T·R ≡ T' (mod N), block by block. */
export function demandValid({ blocks, modulus }: Advertisement, products: readonly bigint[], mask: bigint): void {
  const isSame = blocks.length === products.length;
  const isValid = blocks.every((block, i) => validates(block, { product: products[i] as bigint, mask }, modulus));
  assert(isSame && isValid, "an honest offer passes the comparison");
}

/** What the customer ends with: [T', K_M1⁻¹]·r⁻¹ modulo N1. */
export function openGoods(
  means: Power,
  products: readonly bigint[],
  key: RsaInverse,
  unmask: bigint,
  lengthBytes: number,
): Uint8Array {
  const goods = bytesOf(
    products.map((product) => opened(means, product, key, unmask)),
    lengthBytes,
  );
  assert(goods !== null, "what passed the comparison opens, where the merchant is honest");
  return goods;
}

/** Fields of a message as the paper gives them: PO, PT. */
export function written(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
