/** Trustees after a ceremony in which nobody lied. */
import type { Crypto } from "./crypto.ts";
import { combineShares, commitmentsTo, groupKeyOf, polynomial, shareFor } from "./threshold.ts";

export const filled = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** n dealers, who are the trustees. */
export function ceremony(crypto: Crypto, threshold: number, trustees: number) {
  const indices = Array.from({ length: trustees }, (_, at) => at + 1);
  const polynomials = indices.map((dealer) => polynomial(crypto, filled(dealer), filled(200), threshold));
  const commitments = polynomials.map((coefficients) => commitmentsTo(crypto, coefficients));
  const shares = indices.map((index) =>
    combineShares(
      crypto,
      polynomials.map((f) => shareFor(crypto, f, index)),
    ),
  );
  return { indices, polynomials, commitments, shares, key: groupKeyOf(crypto, commitments) };
}

export type Trustees = ReturnType<typeof ceremony>;
