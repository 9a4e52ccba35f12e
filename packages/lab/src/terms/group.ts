/**
 * The group in terms: every point is known by its logarithm, a number modulo q, and shows nothing of it. Sums and multiples are
 * sums and multiples of logarithms, so every equation that proofs and threshold answers rest on holds, and no other does.
 */
import { fromHex, sameBytes, toHex } from "@counterfoil/base";
import { type Group, IDENTITY, type Point, type Scalar } from "@counterfoil/crypto";
import type { Names } from "./names.ts";

const Q = 2n ** 252n + 27742317777372353535851937790883648493n;

export function groupOf(names: Names): Group {
  const points = new Map<bigint, Point>([[0n, IDENTITY]]);
  const logarithms = new Map<string, bigint>([[toHex(IDENTITY), 0n]]);
  const pointAt = (logarithm: bigint): Point => {
    const known = points.get(logarithm);
    if (known !== undefined) return known;
    const point = names.of("point", [scalarAt(logarithm)], 32);
    points.set(logarithm, point);
    logarithms.set(toHex(point), logarithm);
    return point;
  };
  const logarithmOf = (point: Point): bigint => {
    const logarithm = logarithms.get(toHex(point));
    if (logarithm === undefined) throw new Error("not a point");
    return logarithm;
  };
  const numbers = (made: string, a: Scalar, b: Scalar, work: (a: bigint, b: bigint) => bigint): Scalar =>
    names.computed(made, [a, b], () => scalarAt(modulo(work(numberOf(a), numberOf(b)))));
  return {
    isPoint: (bytes) => !sameBytes(bytes, IDENTITY) && logarithms.has(toHex(bytes)),
    add: (a, b) => names.computed("add", [a, b], () => pointAt(modulo(logarithmOf(a) + logarithmOf(b)))),
    subtract: (a, b) => names.computed("subtract", [a, b], () => pointAt(modulo(logarithmOf(a) - logarithmOf(b)))),
    base: (k) => names.computed("base", [k], () => pointAt(some(modulo(numberOf(k))))),
    multiply: (k, point) =>
      names.computed("multiply", [k, point], () => pointAt(some(modulo(numberOf(k) * some(logarithmOf(point)))))),
    fromUniform: (bytes) => names.computed("fromUniform", [bytes], (fresh) => pointAt(modulo(numberOf(fresh(40))))),
    reduce: (bytes) => names.computed("reduce", [bytes], (fresh) => scalarAt(modulo(numberOf(fresh(40))))),
    plus: (a, b) => numbers("plus", a, b, (one, other) => one + other),
    minus: (a, b) => numbers("minus", a, b, (one, other) => one - other),
    times: (a, b) => numbers("times", a, b, (one, other) => one * other),
    invert: (a) => names.computed("invert", [a], () => scalarAt(inverseOf(some(modulo(numberOf(a)))))),
  };
}

/** @throws where it is zero, as the primitives do. */
function some(number: bigint): bigint {
  if (number === 0n) throw new Error("zero is no scalar of ours, and the identity no base");
  return number;
}

function modulo(number: bigint): bigint {
  return ((number % Q) + Q) % Q;
}

/** Little-endian. */
function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

function scalarAt(number: bigint): Scalar {
  return (fromHex(number.toString(16).padStart(64, "0")) as Uint8Array).reverse();
}

function inverseOf(value: bigint): bigint {
  let [high, low, before, now] = [Q, value, 0n, 1n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low, before, now] = [low, high - quotient * low, now, before - quotient * now];
  }
  return modulo(before);
}
