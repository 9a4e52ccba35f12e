/**
 * Which products of numbers fit. Blinded values, and the encodings that signatures show, are products of unknown numbers: of a
 * coin's encoding and of the power of its factor. Whoever sees such numbers can multiply them, so what it learns of them is
 * exactly which of them are products of which others.
 */
import { toHex } from "@counterfoil/base";
import { fitsModulus, inverseOf } from "@counterfoil/crypto";

/** A number and how it is written in a view. */
export interface Residue {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * @param powers every e-th power that anybody ever took: of factors, and of signatures.
 * @returns for numbers in the order in which they were met: each that is a product of powers of earlier ones, as that product.
 */
export function productsIn(
  modulus: Uint8Array,
  powers: readonly Uint8Array[],
): (shown: readonly Residue[]) => readonly string[] {
  const n = integerOf(modulus);
  const atoms = new Map(powers.map(integerOf).map((power) => [power, power.toString(16)]));
  const inverses = new Map<bigint, bigint>();
  for (const power of atoms.keys()) {
    const inverse = inverseOf(power, n);
    if (inverse !== null) inverses.set(power, inverse);
  }
  const vectors = new Map<string, Vector>();
  const vectorOf = (name: string): Vector => {
    const vector = vectors.get(name) ?? vectorIn(BigInt(`0x${name}`), n, atoms, inverses);
    vectors.set(name, vector);
    return vector;
  };
  return (shown) => {
    const basis: Row[] = [];
    return shown.flatMap(({ label, bytes }) => {
      if (!fitsModulus(modulus, bytes)) return [];
      const row = reduced({ vector: vectorOf(toHex(bytes)), labels: new Map([[label, 1]]) }, basis);
      if (row.vector.size === 0) return [`product: ${inWords(row.labels)} = 1`];
      basis.push(row);
      return [];
    });
  };
}

/** A blinded value is a product of two powers; every other number stands for itself. */
function vectorIn(
  value: bigint,
  n: bigint,
  atoms: ReadonlyMap<bigint, string>,
  inverses: ReadonlyMap<bigint, bigint>,
): Vector {
  for (const [power, inverse] of inverses) {
    const rest = (value * inverse) % n;
    const other = atoms.get(rest);
    if (power === value || rest === value || other === undefined) continue;
    const own = atoms.get(power) as string;
    return own === other
      ? new Map([[own, 2]])
      : new Map([
          [own, 1],
          [other, 1],
        ]);
  }
  return new Map([[value.toString(16), 1]]);
}

function inWords(labels: Vector): string {
  return [...labels]
    .map(([each, times]) => `${each}^${times}`)
    .sort()
    .join(" ");
}

/** Exponents of atoms, modulo a prime: none is ever as large. */
type Vector = ReadonlyMap<string, number>;

interface Row {
  readonly vector: Vector;
  readonly labels: Vector;
}

const PRIME = 65_537;

function reduced(row: Row, basis: readonly Row[]): Row {
  let { vector, labels } = row;
  for (const each of basis) {
    const [pivot, value] = [...each.vector][0] as [string, number];
    const times = vector.get(pivot);
    if (times === undefined) continue;
    const factor = modulo(-times * inverseModulo(value));
    vector = added(vector, each.vector, factor);
    labels = added(labels, each.labels, factor);
  }
  return { vector, labels };
}

function added(one: Vector, other: Vector, times: number): Vector {
  const sum = new Map(one);
  for (const [name, value] of other) {
    const total = modulo((sum.get(name) ?? 0) + times * value);
    if (total === 0) sum.delete(name);
    else sum.set(name, total);
  }
  return sum;
}

function modulo(value: number): number {
  return ((value % PRIME) + PRIME) % PRIME;
}

function inverseModulo(value: number): number {
  return Number(inverseOf(BigInt(value), BigInt(PRIME)));
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}
