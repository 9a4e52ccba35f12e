/** The toy does what the real thing does: every identity that the protocols rest on, and the same worlds of the same play. */
import { utf8 } from "@counterfoil/base";
import {
  answerHolds,
  answerWith,
  blindAll,
  combineShares,
  commitmentsTo,
  FACTOR_EXCESS_BYTES,
  factorFrom,
  finalize,
  G,
  groupKeyOf,
  KDF,
  type Point,
  pointFrom,
  pointFromAnswers,
  polynomial,
  portableCrypto,
  prepare,
  prove,
  proves,
  publicShareOf,
  SALT_BYTES,
  type Scalar,
  scalarFrom,
  shareFor,
} from "@counterfoil/crypto";
import { keyIdOf } from "@counterfoil/protocols/money";
import { keyOf, NOW, testMint } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import { explore } from "../explore/index.ts";
import { smallSale } from "../knowledge/sale.fixture.ts";
import { salePlay } from "../shipped/sales.ts";
import { symbolicCrypto } from "./index.ts";

const real = await portableCrypto();
const SECRET = utf8("some secret");
const MESSAGE = utf8("a message");

/** Both, so that what is asked of the toy is seen to be true of the real thing. */
describe.each([
  ["real", real],
  ["symbolic", symbolicCrypto(100).crypto],
] as const)("%s cryptography", (_, crypto) => {
  const key = crypto.signingKey(KDF(crypto, SECRET, "key", MESSAGE));
  const other = crypto.signingKey(KDF(crypto, SECRET, "other key", MESSAGE));
  const bent = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte));

  test("a signature is one of this message by this key and of nothing else", () => {
    const signature = crypto.sign(key, MESSAGE);
    expect(signature).toHaveLength(64);
    expect(crypto.verify(key.publicKey, MESSAGE, signature)).toBe(true);
    expect(crypto.sign(key, MESSAGE)).toEqual(signature);
    expect(crypto.verify(other.publicKey, MESSAGE, signature)).toBe(false);
    expect(crypto.verify(key.publicKey, bent(MESSAGE), signature)).toBe(false);
    expect(crypto.verify(key.publicKey, MESSAGE, bent(signature))).toBe(false);
  });

  test("a box opens by its own key, and never looks the same twice", () => {
    const box = crypto.boxKey(KDF(crypto, SECRET, "box", MESSAGE));
    const sealed = crypto.seal(box.publicKey, MESSAGE);
    expect(sealed).toHaveLength(MESSAGE.length + 48);
    expect(crypto.unseal(box, sealed)).toEqual(MESSAGE);
    expect(crypto.seal(box.publicKey, MESSAGE)).not.toEqual(sealed);
    expect(crypto.unseal(crypto.boxKey(KDF(crypto, SECRET, "box 2", MESSAGE)), sealed)).toBeNull();
    expect(crypto.unseal(box, bent(sealed))).toBeNull();
  });

  test("ChaCha20-Poly1305 opens by key and nonce", () => {
    const [secret, nonce] = [crypto.sha256(SECRET), new Uint8Array(12)];
    const sealed = crypto.chachaSeal(secret, nonce, MESSAGE);
    expect(crypto.chachaOpen(secret, nonce, sealed)).toEqual(MESSAGE);
    expect(crypto.chachaOpen(crypto.sha256(MESSAGE), nonce, sealed)).toBeNull();
    expect(crypto.chachaOpen(secret, new Uint8Array(12).fill(1), sealed)).toBeNull();
  });

  test("X25519 agrees from either side", () => {
    const [a, b] = [crypto.sha256(SECRET), crypto.sha256(MESSAGE)];
    const base = Uint8Array.of(9, ...new Uint8Array(31));
    const [ofA, ofB] = [a, b].map((scalar) => crypto.x25519(scalar, base) as Uint8Array);
    expect(crypto.x25519(a, ofB as Uint8Array)).toEqual(crypto.x25519(b, ofA as Uint8Array));
    expect(crypto.x25519(a, ofB as Uint8Array)).not.toEqual(crypto.x25519(a, ofA as Uint8Array));
    expect(crypto.x25519(a, new Uint8Array(32))).toBeNull();
  });

  test("a shorter key is the beginning of a longer one", () => {
    expect(KDF(crypto, SECRET, "key", MESSAGE, 64).subarray(0, 32)).toEqual(KDF(crypto, SECRET, "key", MESSAGE));
  });

  test("a proof holds for its statement and context alone", () => {
    const { group } = crypto;
    const scalar = scalarFrom(crypto, SECRET, "witness");
    const base = pointFrom(crypto, SECRET, "base");
    const statement = (context: string, image: Point) => ({
      domain: "test/1",
      context: [context],
      relations: [
        { bases: [G] as const, image: group.base(scalar) },
        { bases: [base], image },
      ],
    });
    const own = statement("own", group.multiply(scalar, base));
    const proof = prove(crypto, own, [scalar]);
    expect(proves(crypto, own, proof)).toBe(true);
    expect(proves(crypto, statement("another's", group.multiply(scalar, base)), proof)).toBe(false);
    expect(proves(crypto, statement("own", group.add(base, base)), proof)).toBe(false);
    expect(group.isPoint(new Uint8Array(32).fill(0xff))).toBe(false);
  });

  test("two of three trustees open an escrow for one buyer, and one alone does not", () => {
    const { group } = crypto;
    const dealers = [1, 2, 3].map((dealer) => polynomial(crypto, SECRET, Uint8Array.of(dealer), 2));
    const commitments = dealers.map((each) => commitmentsTo(crypto, each));
    const share = (index: number): Scalar =>
      combineShares(
        crypto,
        dealers.map((each) => shareFor(crypto, each, index)),
      );
    const [a, x] = [scalarFrom(crypto, SECRET, "a"), scalarFrom(crypto, SECRET, "x")];
    const point = pointFrom(crypto, SECRET, "P");
    const [head, disputes] = [group.base(a), group.base(x)];
    const body = group.add(point, group.multiply(a, groupKeyOf(crypto, commitments)));
    const answers = [1, 3].map((index) => {
      const context = ["group", index];
      const answer = answerWith(crypto, { share: share(index), head, disputes, context });
      const publicShare = publicShareOf(crypto, commitments, index);
      expect(answerHolds(crypto, { publicShare, head, disputes, context }, answer)).toBe(true);
      return { ...answer, index };
    });
    expect(pointFromAnswers(crypto, answers, x, body)).toEqual(point);
    expect(pointFromAnswers(crypto, answers.slice(0, 1), x, body)).not.toEqual(point);
  });

  test("a blind signature is one on the message that nobody saw", () => {
    const mint = testMint(crypto, key, "XTS", [{ epoch: 0, from: NOW }]);
    const coinKey = keyOf(mint, 1n);
    const { modulus } = coinKey;
    const message = prepare(crypto.sha256(MESSAGE), MESSAGE);
    const factor = factorFrom(modulus, KDF(crypto, SECRET, "factor", MESSAGE, modulus.length + FACTOR_EXCESS_BYTES));
    const salt = KDF(crypto, SECRET, "salt", MESSAGE, SALT_BYTES);
    const blinded = blindAll(crypto, modulus, [{ message, salt, factor }]);
    if (!blinded.ok) throw new Error(blinded.reason);
    const [{ blinded: value, inverse }] = blinded.value as [{ blinded: Uint8Array; inverse: Uint8Array }];
    const signed = mint.signerOf(keyIdOf(crypto, coinKey)).sign(value);
    expect(finalize(crypto, modulus, message, signed, inverse)).not.toBeNull();
    expect(finalize(crypto, modulus, MESSAGE, signed, inverse)).toBeNull();
  });
});

describe("a name", () => {
  const { crypto, names } = symbolicCrypto(101);

  test("says what it stands for, also in the middle of something and cut short", () => {
    const hash = crypto.sha256(MESSAGE);
    expect(names.waysTo(hash)).toMatchObject([{ made: "sha256", parts: [MESSAGE] }]);
    const letter = Uint8Array.of(1, 2, ...hash, 3);
    expect(names.sight(letter, 2)).toMatchObject({ bytes: hash, length: 32 });
    expect(names.sight(letter, 1)).toBeNull();
    expect(names.sight(letter.subarray(0, 18), 2)).toMatchObject({ bytes: hash, length: 16 });
    expect(names.sight(letter.subarray(0, 8), 2)).toBeNull();
  });

  test("is another's with another salt", () => {
    expect(symbolicCrypto(102).crypto.sha256(MESSAGE)).not.toEqual(crypto.sha256(MESSAGE));
  });
});

test.each(["netbill", "optimistic"] as const)("%s: the same play has as many worlds in either", (mode) => {
  const counts = [real, symbolicCrypto(mode.length).crypto].map((crypto) => {
    const { worlds, messages, found, isCut } = explore(smallSale(crypto, mode).play, { isThorough: true });
    return { worlds, messages, found, isCut };
  });
  console.log(`${mode}: ${counts[0]?.worlds} worlds, ${counts[0]?.messages} messages`);
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[0]).toMatchObject({ found: [], isCut: false });
});

/** As they are shipped, whole, and with somebody who lies. */
test.each([
  ["netbill", "debit", []],
  ["netbill", "debit", ["customer"]],
  ["netbill", "coins", []],
  ["optimistic", "hold", []],
  ["optimistic", "coins", []],
] as const)("%s paid by %s, lying: %s: and so has the sale that is shipped", (mode, pays, liars) => {
  const terms = { mode, pays, sessions: "one" } as const;
  const counts = [real, symbolicCrypto(200 + mode.length + pays.length + liars.length).crypto].map((crypto) => {
    const { play } = salePlay(crypto, { name: "a sale", terms, liars, clocks: "one" });
    const { worlds, messages, found, isCut } = explore(play, { isThorough: true });
    return { worlds, messages, found: found.length, isCut };
  });
  console.log(`${mode} by ${pays}: ${counts[0]?.worlds} worlds, ${counts[0]?.messages} messages`);
  expect(counts[1]).toEqual(counts[0]);
  expect(counts[0]?.worlds).toBeGreaterThan(100);
});
