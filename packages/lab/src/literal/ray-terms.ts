/**
 * The arithmetic of S1 §3 in words: what a ciphertext is modulo each base that it is made for. An honest [x, K × K'] is x modulo
 * both. By the Chinese remainder theorem whoever has the exponent can make it one thing modulo one base and another modulo the
 * other, and that is all of P§2B R1 and R2: the terms say that it can be done, literal/rsa that it is.
 */

/** A product of secrets in its one spelling: "m·r". */
export type Plain = string;

/** The plain text modulo each base, bases in alphabetical order. */
export type Cipher = Readonly<Record<string, Plain>>;

/** [x, K] for a key of these bases: of one, or a product of two. */
export function encrypted(plain: Plain, ...bases: readonly string[]): Cipher {
  return chosen(Object.fromEntries(bases.map((base) => [base, plain])));
}

/** A ciphertext put together by the Chinese remainder theorem. */
export function chosen(residues: Cipher): Cipher {
  return Object.fromEntries(Object.entries(residues).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function times(a: Plain, b: Plain): Plain {
  return [...a.split("·"), ...b.split("·")].sort().join("·");
}

/** Takes a factor out; what has no such factor is multiplied by its inverse, and means nothing. */
export function over(plain: Plain, factor: string): Plain {
  const factors = plain.split("·");
  const at = factors.indexOf(factor);
  return at < 0 ? times(plain, `${factor}⁻¹`) : factors.filter((_, i) => i !== at).join("·");
}

/** What the customer can check (P§2A): T·R ≡ T' modulo the base of the catalogue's key, and no other. */
export function crossValidates(catalogue: Cipher, randomiser: Cipher, offer: Cipher, base: string): boolean {
  const [t, r, offered] = [catalogue[base], randomiser[base], offer[base]];
  return t !== undefined && r !== undefined && offered === times(t, r);
}

/** As a figure would write it: "[m·r, N×N1]", or the residues apart where they differ. */
export function written(cipher: Cipher): string {
  const residues = Object.entries(cipher);
  const first = residues[0]?.[1];
  return residues.every(([, plain]) => plain === first)
    ? `[${first}, ${residues.map(([base]) => base).join("×")}]`
    : `CRT(${residues.map(([base, plain]) => `${plain} mod ${base}`).join(", ")})`;
}
