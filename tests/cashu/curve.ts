/**
 * The mint's side of Cashu's arithmetic, from the published text alone (NUT-00, NUT-02, NUT-12; noble-curves for secp256k1): so
 * that the wallet library, which has both sides, is not tested against itself.
 */
import { createHash, createHmac } from "node:crypto";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";

const { Point } = secp256k1;
export type CurvePoint = InstanceType<typeof Point>;

const DOMAIN = Buffer.from("Secp256k1_HashToCurve_Cashu_");

/** NUT-00: a point whose logarithm nobody knows. */
export function hashToCurve(message: Uint8Array): CurvePoint {
  const hashed = sha256(DOMAIN, message);
  for (let counter = 0; counter < 2 ** 16; counter++) {
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(counter);
    try {
      return Point.fromHex(`02${sha256(hashed, tail).toString("hex")}`);
    } catch {
      // Not an x-coordinate of the curve: one in two is not.
    }
  }
  throw new Error("no point of 65,536 tries");
}

/** Throws where it is not the compressed encoding of a point other than zero. */
export function pointOf(hex: string): CurvePoint {
  if (!/^0[23][0-9a-f]{64}$/.test(hex)) throw new Error("not a compressed point");
  return Point.fromHex(hex);
}

/** The mint's private key for one amount. */
export interface MintKey {
  readonly amount: bigint;
  readonly secret: bigint;
  readonly point: CurvePoint;
}

/** One key for each power of two, from a seed (NUT-02 leaves how to the mint). */
export function keysFrom(seed: string, height: number): readonly MintKey[] {
  return Array.from({ length: height }, (_, i) => {
    const secret = Point.Fn.create(BigInt(`0x${sha256(Buffer.from(`${seed}/${i}`)).toString("hex")}`));
    return { amount: 2n ** BigInt(i), secret, point: Point.BASE.multiply(secret) };
  });
}

/** NUT-02, version 01. */
export function keysetIdOf(keys: readonly MintKey[], unit: string, feePpk: number): string {
  const each = keys.map(({ amount, point }) => `${amount}:${point.toHex()}`).join(",");
  const fee = feePpk === 0 ? "" : `|input_fee_ppk:${feePpk}`;
  return `01${sha256(Buffer.from(`${each}|unit:${unit}${fee}`)).toString("hex")}`;
}

/** C_ = kB_, and NUT-12's proof that this k is the key's, with its own deterministic nonce. */
export function blindSign(key: MintKey, blinded: CurvePoint): { signed: string; e: string; s: string } {
  const signed = blinded.multiply(key.secret);
  const nonce = nonceOf(key, blinded, signed);
  const commitments = [Point.BASE.multiply(nonce), blinded.multiply(nonce)];
  const e = hashOf([...commitments, key.point, signed]);
  const s = Point.Fn.create(nonce + BigInt(`0x${e}`) * key.secret);
  return { signed: signed.toHex(), e, s: s.toString(16).padStart(64, "0") };
}

/** Whether C = k·hash_to_curve(secret). */
export function isSigned(key: MintKey, secret: string, signed: string): boolean {
  return hashToCurve(Buffer.from(secret)).multiply(key.secret).equals(pointOf(signed));
}

/** NUT-11: BIP-340 over the SHA-256 of the message, by a key of which only x counts. */
export function signedBy(key: string, message: string, signature: string): boolean {
  try {
    const hash = sha256(Buffer.from(message));
    return schnorr.verify(Buffer.from(signature, "hex"), hash, Buffer.from(key.slice(2), "hex"));
  } catch {
    return false;
  }
}

/** NUT-12: over the hex of the uncompressed points. */
export function hashOf(points: readonly CurvePoint[]): string {
  return sha256(Buffer.from(points.map((point) => point.toHex(false)).join(""))).toString("hex");
}

function nonceOf({ secret, point }: MintKey, blinded: CurvePoint, signed: CurvePoint): bigint {
  const key = Buffer.from(secret.toString(16).padStart(64, "0"), "hex");
  for (let counter = 0; counter < 256; counter++) {
    const hash = createHmac("sha256", key).update("Cashu_DLEQ_R_v1");
    for (const each of [point, blinded, signed]) hash.update(each.toBytes(false));
    const nonce = BigInt(`0x${hash.update(Uint8Array.of(counter)).digest("hex")}`);
    if (nonce !== 0n && nonce < Point.Fn.ORDER) return nonce;
  }
  throw new Error("no nonce of 256 tries");
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
