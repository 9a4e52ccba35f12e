/** Every coin from its own path: nothing of one coin is ever part of another, and the same path is the same coin (P§2D). */
import { encodeItems, HOUR_MS, toHex } from "@counterfoil/base";
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NOW } from "../money/bank.fixture.ts";
import { keyOf, mintBench } from "../money/coins.fixture.ts";
import { keyIdOf } from "../money/index.ts";
import { blindCoins, coinSecretOf, type Path, type Place } from "./secrets.ts";

const crypto = await portableCrypto();
const { mint } = mintBench(crypto, [
  { epoch: 0, from: NOW - HOUR_MS },
  { epoch: 1, from: NOW },
]);
const KEYS = [keyOf(mint, 64n, 0), keyOf(mint, 64n, 1), keyOf(mint, 1n, 0)];
const SEEDS = ["one", "other"].map((word) => crypto.sha256(encodeItems([word])));

const anyPath = fc.record({
  seed: fc.nat(1),
  key: fc.nat(KEYS.length - 1),
  device: fc.oneof(fc.nat(2), fc.constantFrom(1, 11, 111)),
  stream: fc.constantFrom<Path["stream"]>("withdraw", "refresh"),
  place: fc.oneof(fc.nat(3), fc.constantFrom(1, 11, 111, 255, 256, 65_536)),
});
type Any = typeof anyPath extends fc.Arbitrary<infer T> ? T : never;

function placeOf({ key, device, stream, place }: Any): Place {
  const of = KEYS[key] as (typeof KEYS)[number];
  return { path: { device, stream, keyId: keyIdOf(crypto, of), place }, key: of };
}

/** All that a coin is made of, as the primitives were asked for it. */
function parts(any: Any): readonly string[] {
  const drawn: string[] = [];
  const watched: Crypto = {
    ...crypto,
    hkdf(...asked) {
      const bytes = crypto.hkdf(...asked);
      if (asked[3] !== "coin") drawn.push(toHex(bytes).slice(0, 64));
      return bytes;
    },
  };
  const [blinded] = blindCoins(watched, SEEDS[any.seed] as Uint8Array, [placeOf(any)]) ?? [];
  return [...drawn, toHex(blinded?.output.blinded as Uint8Array), blinded?.unsigned.publicKey as string];
}

test("two paths have nothing in common, one path everything", () => {
  fc.assert(
    fc.property(anyPath, anyPath, (one, other) => {
      const [a, b] = [parts(one), parts(other)];
      if (JSON.stringify(one) === JSON.stringify(other)) expect(a).toEqual(b);
      else expect(a.filter((part) => b.includes(part))).toEqual([]);
      expect(new Set(a).size).toBe(a.length);
    }),
    { numRuns: 60 },
  );
});

test("a coin's secret is the one that its public key in the coin belongs to", () => {
  const any: Any = { seed: 0, key: 0, device: 3, stream: "refresh", place: 9 };
  const { path, key } = placeOf(any);
  const secret = coinSecretOf(crypto, SEEDS[0] as Uint8Array, key.bank, path);
  const [blinded] = blindCoins(crypto, SEEDS[0] as Uint8Array, [placeOf(any)]) ?? [];
  expect(crypto.signingKey(secret).publicKey).toBe(blinded?.unsigned.publicKey);
});

test("a coin is the same alone and among others", () => {
  const all = [0, 1, 2].map((key): Any => ({ seed: 0, key, device: 0, stream: "withdraw", place: 0 }));
  const together = blindCoins(crypto, SEEDS[0] as Uint8Array, all.map(placeOf)) ?? [];
  const alone = all.map((each) => blindCoins(crypto, SEEDS[0] as Uint8Array, [placeOf(each)])?.[0]);
  expect(together).toEqual(alone);
});
