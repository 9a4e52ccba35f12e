/** When two views are the same: fresh names may change, and nothing that can be checked. */
import { concat, utf8 } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { symbolicCrypto } from "../terms/index.ts";
import { productsIn } from "./residues.ts";
import { type Seen, viewsIn } from "./view.ts";

/** @param of what is seen, and known before. */
function viewOf(
  of: (make: Crypto) => { readonly seen: readonly Uint8Array[]; readonly knows?: readonly Uint8Array[] },
) {
  const symbolic = symbolicCrypto(7);
  const { seen, knows = [] } = of(symbolic.crypto);
  const shown: readonly Seen[] = seen.map((part) => ({ title: "seen", parts: [part] }));
  return viewsIn(symbolic, [], shown)({ knows, seen: shown });
}

describe("the same view", () => {
  test("fresh names in place of fresh names", () => {
    const one = viewOf((make) => ({ seen: [make.random(32), make.random(32)] }));
    const other = viewOf((make) => ({ seen: [make.random(32), make.random(32)].reverse() }));
    expect(one).toEqual(other);
  });

  test("a hash of what is not known, and a fresh name", () => {
    const one = viewOf((make) => ({ seen: [make.sha256(make.random(32))] }));
    expect(viewOf((make) => ({ seen: [make.random(32)] }))).toEqual(one);
  });

  test("a box that does not open, whatever is in it", () => {
    const sealed = (word: string) =>
      viewOf((make) => ({ seen: [make.seal(make.boxKey(make.random(32)).publicKey, utf8(word))] }));
    expect(sealed("yes")).toEqual(sealed("not"));
  });
});

describe("another view", () => {
  test("the same name twice", () => {
    const one = viewOf((make) => ({ seen: [make.random(32), make.random(32)] }));
    const other = viewOf((make) => {
      const name = make.random(32);
      return { seen: [name, name] };
    });
    expect(one).not.toEqual(other);
  });

  test("a hash of what is known", () => {
    const hashed = (at: 0 | 1) =>
      viewOf((make) => {
        const known = [make.random(32), make.random(32)] as const;
        return { knows: known, seen: [make.sha256(known[at])] };
      });
    expect(hashed(0)).not.toEqual(hashed(1));
  });

  test("what is in a box that opens", () => {
    const sealed = (word: string) =>
      viewOf((make) => {
        const box = make.boxKey(make.random(32));
        return { knows: [box.secretKey], seen: [make.seal(box.publicKey, utf8(word))] };
      });
    expect(sealed("yes")).not.toEqual(sealed("not"));
  });

  test("a signature by another's key, though nobody has either", () => {
    const signed = (at: 0 | 1) =>
      viewOf((make) => {
        const keys = [0, 1].map(() => make.signingKey(make.random(32)));
        const shown = keys.map((key) => key.secretKey.subarray(32));
        return { seen: [...shown, make.sign(keys[at] as (typeof keys)[number], utf8("mine"))] };
      });
    expect(signed(0)).not.toEqual(signed(1));
  });
});

describe("a view says no more", () => {
  test("what anybody may compute and nothing is met by", () => {
    const one = viewOf((make) => {
      const known = make.random(32);
      make.sha256(concat(known, utf8("idle")));
      return { knows: [known], seen: [] };
    });
    expect(viewOf((make) => ({ knows: [make.random(32)], seen: [] }))).toEqual(one);
  });
});

test("products of numbers: one factor in two values is found, two factors are not", () => {
  const n = 2n ** 61n - 1n;
  const bytes = (value: bigint) =>
    Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(56 - 8 * i)) & 255n));
  const [a, b, r, s] = [1_000_003n, 77_777_777n, 123_456_789n, 987_654_321n];
  const shown = (one: bigint, other: bigint) =>
    [(a * one) % n, (b * other) % n, a, b].map((value, i) => ({ label: `n${i}`, bytes: bytes(value) }));
  const products = productsIn(bytes(n), [a, b, r, s].map(bytes));
  expect(products(shown(r, s))).toEqual([]);
  expect(products(shown(r, r))).toHaveLength(1);
});
