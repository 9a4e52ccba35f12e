/** The one proof engine (P§2C), against another verifier and against liars (P§7D "Proofs and keys"). */
import { encode, toHex } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Crypto } from "./crypto.ts";
import { IDENTITY, type Point as PointBytes, type Scalar, scalarOf } from "./group.ts";
import { raw, scalarFrom } from "./hash.ts";
import {
  anyScalar,
  integerOf,
  inverseOf,
  modulo,
  type OtherPoint,
  otherProves,
  Point,
  proveUnder,
  Q,
  scalarBytes,
  timesOther,
} from "./noble.fixture.ts";
import { portableCrypto } from "./portable.ts";
import { G, type Proof, proofSchema, prove, proves, type Relation, type Statement } from "./proof.ts";

const crypto = await portableCrypto();
const { group } = crypto;
/** A machine whose entropy is stuck, as after a snapshot is started twice. */
const stuck: Crypto = { ...crypto, random: (length) => new Uint8Array(length) };

const secret = new Uint8Array(32).fill(9);
const [y, a, b, v] = ["y", "a", "b", "v"].map((label) => scalarFrom(crypto, secret, label)) as [
  Scalar,
  Scalar,
  Scalar,
  Scalar,
];
const key = group.base(y);
const negated = group.subtract(IDENTITY, group.base(v));
/** P, and D = P + aY, which hides it. */
const goods = group.base(scalarOf(5));
const body = group.add(goods, group.multiply(a, key));
/** The widest shape there is, an offer's: A = aG, A' = bG, D − D' = aY − bV. */
const sale: Statement = {
  domain: "sale/1",
  context: [secret, 1_000, "terms"],
  relations: [
    { bases: [G, null], image: group.base(a) },
    { bases: [null, G], image: group.base(b) },
    { bases: [key, negated], image: group.add(group.multiply(a, key), group.multiply(b, negated)) },
  ],
};
const proof = prove(crypto, sale, [a, b]);

/** Ours and the other verifier, which must agree. */
function holds(statement: Statement, said: Proof): boolean {
  const ours = proves(crypto, statement, said);
  expect(otherProves(statement, said)).toBe(ours);
  return ours;
}

describe("complete", () => {
  test("whatever the witness, the context and the number of witnesses", () => {
    const any = fc.record({
      witness: fc.array(anyScalar, { minLength: 1, maxLength: 2 }),
      context: fc.array(fc.oneof(fc.string({ unit: "grapheme-ascii" }), fc.nat(), fc.uint8Array()), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(any, ({ witness, context }) => {
        const relations = witness.map((w, at): Relation => {
          const bases = witness.map((_, j) => (j === at ? key : null));
          return { bases, image: group.multiply(scalarBytes(w), key) };
        });
        const statement = { domain: "any/1", context, relations };
        expect(
          holds(
            statement,
            prove(
              crypto,
              statement,
              witness.map((w) => scalarBytes(w)),
            ),
          ),
        ).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("an offer's three relations", () => expect(holds(sale, proof)).toBe(true));

  test("what another prover makes, we accept", () => {
    expect(holds(sale, proveUnder(sale, [a, b].map(integerOf), [11n, 12n]))).toBe(true);
  });

  test("a proof of a statement that is false is none", () => {
    const other = { ...sale, relations: sale.relations.with(0, { bases: [G, null], image: group.base(b) }) };
    expect(holds(other, prove(crypto, other, [a, b]))).toBe(false);
  });
});

const another = group.base(scalarOf(77));

describe("bound to all of its statement", () => {
  const changed: Record<string, Statement> = {
    domain: { ...sale, domain: "sale/2" },
    "bytes of the context": { ...sale, context: [secret.with(31, 8), 1_000, "terms"] },
    "a number of the context": { ...sale, context: [secret, 1_001, "terms"] },
    "a text of the context": { ...sale, context: [secret, 1_000, "term"] },
    "an item less": { ...sale, context: [secret, 1_000] },
    "an item more": { ...sale, context: [secret, 1_000, "terms", ""] },
    "a text where bytes were": { ...sale, context: [secret, 1_000, new TextEncoder().encode("terms")] },
    "order of the context": { ...sale, context: [1_000, secret, "terms"] },
    "order of the relations": { ...sale, relations: sale.relations.toReversed() },
    "a relation less": { ...sale, relations: sale.relations.slice(0, 2) },
    "a relation twice": { ...sale, relations: [...sale.relations, sale.relations[0] as Relation] },
    "G by its encoding": altered(0, 0, group.base(scalarOf(1))),
    "another base": altered(2, 0, another),
    "another base, negated": altered(2, 1, another),
    "a base where none was": altered(0, 1, G),
    "no base where one was": altered(2, 1, null),
    ...Object.fromEntries([0, 1, 2].map((at) => [`image ${at}`, imaged(at, another)])),
  };
  for (const [name, statement] of Object.entries(changed)) {
    test(name, () => expect(holds(statement, proof)).toBe(false));
  }

  test("a statement that says the same twice", () => {
    // Every equation is true of both: only the hash tells them apart.
    const twice = { ...sale, relations: [...sale.relations, ...sale.relations] };
    expect(holds(twice, prove(crypto, twice, [a, b]))).toBe(true);
    expect(holds(sale, prove(crypto, twice, [a, b]))).toBe(false);
  });
});

describe("no proof", () => {
  const changed = (part: Partial<Proof>): Proof => ({ ...proof, ...part });
  const [first, second] = proof.responses as [string, string];
  const beyond = (hex: string, by: bigint): string => toHex(scalarBytes(integerOf(raw(hex)) + by));

  test("any other challenge or response", () => {
    fc.assert(
      fc.property(fc.nat(2), fc.nat(255), (which, bit) => {
        const parts = [proof.challenge, ...proof.responses];
        const part = raw(parts[which] as string);
        parts[which] = toHex(part.with(bit >> 3, (part[bit >> 3] as number) ^ (1 << (bit & 7))));
        const [challenge, ...responses] = parts as [string, ...string[]];
        expect(proves(crypto, sale, { challenge, responses })).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("a response or challenge that is right modulo q and not canonical", () => {
    expect(holds(sale, changed({ responses: [beyond(first, Q), second] }))).toBe(false);
    expect(holds(sale, changed({ responses: [first, beyond(second, Q)] }))).toBe(false);
    expect(holds(sale, changed({ challenge: beyond(proof.challenge, Q) }))).toBe(false);
  });

  test("zero, of which the primitive would throw", () => {
    const zero = "00".repeat(32);
    expect(proves(crypto, sale, changed({ challenge: zero }))).toBe(false);
    expect(proves(crypto, sale, changed({ responses: [zero, zero] }))).toBe(false);
  });

  test("a response or challenge of another length, of which the primitive would throw", () => {
    for (const wrong of ["", first.slice(2), `${first}00`]) {
      expect(proves(crypto, sale, changed({ challenge: wrong }))).toBe(false);
      expect(proves(crypto, sale, changed({ responses: [first, wrong] }))).toBe(false);
    }
  });

  test("too few responses, too many, none, and the wrong way round", () => {
    for (const responses of [[first], [first, second, "00".repeat(32)], [], [second, first]]) {
      expect(holds(sale, changed({ responses }))).toBe(false);
    }
  });

  test("more responses than any statement has do not even decode", () => {
    expect(() => encode(proofSchema, changed({ responses: [first, second, first] }))).toThrow();
  });

  for (const [name, wrong] of [
    ["the identity", IDENTITY],
    ["no encoding of a point", new Uint8Array(32).fill(0xff)],
    ["too short", another.subarray(1)],
  ] as const) {
    test(`where an image or a base is ${name}`, () => {
      for (const statement of [imaged(0, wrong), imaged(2, wrong), altered(2, 0, wrong), altered(2, 1, wrong)]) {
        expect(holds(statement, proof)).toBe(false);
      }
    });
  }

  test("where a base that a response of zero leaves untouched is no point", () => {
    // w₂ = 0 and a nonce of zero, which no honest prover draws: nothing is ever multiplied by the second base.
    const withBase = (base: PointBytes): Statement => ({
      domain: "any/1",
      context: [],
      relations: [{ bases: [G, base], image: group.base(a) }],
    });
    const unlooked = (base: PointBytes) => proveUnder(withBase(base), [integerOf(a), 0n], [41n, 0n]);
    expect(proves(crypto, withBase(another), unlooked(another))).toBe(true);
    expect(proves(crypto, withBase(IDENTITY), unlooked(IDENTITY))).toBe(false);
  });

  test("of zero times a base, though the equation is true", () => {
    const nothing: Statement = { domain: "any/1", context: [], relations: [{ bases: [G], image: IDENTITY }] };
    expect(holds(nothing, prove(crypto, nothing, [scalarOf(0)]))).toBe(false);
  });
});

describe("the weak challenge, of the commitments alone", () => {
  const weakly = (_: Statement, commitments: readonly OtherPoint[]): Uint8Array =>
    Uint8Array.from(commitments.flatMap((point) => [...point.toBytes()]));

  /** A merchant that knows a and b commits to anything in place of aY − bV, and solves for D′ afterwards. */
  function forge(): { readonly sealedBody: PointBytes; readonly statement: Statement; readonly forged: Proof } {
    const [s, u, t] = [21n, 22n, 23n];
    const commitments = [timesOther(s, Point.BASE), timesOther(u, Point.BASE), timesOther(t, Point.fromBytes(key))];
    const challenge = modulo(integerOf(group.reduce(crypto.sha512(weakly(sale, commitments)))));
    const [za, zb] = [modulo(s + challenge * integerOf(a)), modulo(u + challenge * integerOf(b))];
    const left = timesOther(za, Point.fromBytes(key)).add(timesOther(zb, Point.fromBytes(negated)));
    const image = timesOther(inverseOf(challenge), left.subtract(commitments[2] as OtherPoint)).toBytes();
    const forged = { challenge: toHex(scalarBytes(challenge)), responses: [za, zb].map((z) => toHex(scalarBytes(z))) };
    return { sealedBody: group.subtract(body, image), statement: imaged(2, image), forged };
  }

  /** D′ − vA′. */
  const opened = (sealedBody: PointBytes) => group.subtract(sealedBody, group.multiply(v, group.base(b)));

  test("is fooled by a D′ made to fit, which opens to another P; ours is not", () => {
    const { sealedBody, statement, forged } = forge();
    expect(opened(group.subtract(body, (sale.relations[2] as Relation).image))).toEqual(goods);
    expect(opened(sealedBody)).not.toEqual(goods);
    expect(otherProves(statement, forged, weakly)).toBe(true);
    expect(holds(statement, forged)).toBe(false);
  });

  test("accepts the truth as well, so that it is the challenge that is weak and not the verifier broken", () => {
    const honest = proveUnder(sale, [a, b].map(integerOf), [31n, 32n], weakly);
    expect(otherProves(sale, honest, weakly)).toBe(true);
    expect(holds(sale, honest)).toBe(false);
  });
});

describe("nonces", () => {
  const witness = [a, b].map(integerOf);
  /** κ_j = z_j − c·w_j, for whoever knows the witness. */
  const noncesOf = (said: Proof, of = witness): readonly bigint[] =>
    said.responses.map((z, j) => modulo(integerOf(raw(z)) - integerOf(raw(said.challenge)) * (of[j] as bigint)));
  /** The same sale, offered until another time: a price quoted again after a restart. */
  const later: Statement = { ...sale, context: [secret, 2_000, "terms"] };

  test("repeated over two contexts, they give the witness away: a = Δz/Δc", () => {
    const [one, other] = [sale, later].map((statement) => proveUnder(statement, witness, [41n, 42n])) as [Proof, Proof];
    expect([holds(sale, one), holds(later, other)]).toEqual([true, true]);
    expect(quotient(one, other)).toBe(integerOf(a));
  });

  test("ours differ with notAfter alone, also where the machine's entropy repeats", () => {
    const [one, other] = [prove(stuck, sale, [a, b]), prove(stuck, later, [a, b])];
    expect([holds(sale, one), holds(later, other)]).toEqual([true, true]);
    expect(new Set([...noncesOf(one), ...noncesOf(other)]).size).toBe(4);
    expect(quotient(one, other)).not.toBe(integerOf(a));
  });

  test("are of the witness, the domain, the context, every base, every image and fresh bytes", () => {
    const tick: Crypto = { ...crypto, random: (length) => new Uint8Array(length).fill(1) };
    const statements = [sale, { ...sale, domain: "x" }, later, altered(2, 0, another), imaged(2, another)];
    const made = [
      ...statements.map((statement) => noncesOf(prove(stuck, statement, [a, b]))),
      noncesOf(prove(tick, sale, [a, b])),
      noncesOf(prove(stuck, sale, [a, v]), [a, v].map(integerOf)),
    ];
    for (const j of [0, 1]) expect(new Set(made.map((nonces) => nonces[j])).size).toBe(made.length);
    expect(noncesOf(prove(stuck, sale, [a, b]))).toEqual(made[0]);
  });

  test("asked twice, a prover says two different things", () => {
    expect(prove(crypto, sale, [a, b]).challenge).not.toBe(proof.challenge);
  });

  test("take 32 fresh bytes, and nobody can pass them in", () => {
    const drawn: number[] = [];
    const random = (length: number): Uint8Array => {
      drawn.push(length);
      return crypto.random(length);
    };
    prove({ ...crypto, random }, sale, [a, b]);
    expect(drawn).toEqual([32]);
    expect(prove.length).toBe(3);
    expectTypeOf(prove).parameters.toEqualTypeOf<[Crypto, Statement, readonly Scalar[]]>();
  });

  function quotient(one: Proof, other: Proof): bigint {
    const difference = (x = "", from = "") => integerOf(raw(x)) - integerOf(raw(from));
    const challenges = difference(one.challenge, other.challenge);
    return modulo(difference(one.responses[0], other.responses[0]) * inverseOf(challenges));
  }
});

function altered(at: number, j: number, base: PointBytes | typeof G | null): Statement {
  const relation = sale.relations[at] as Relation;
  return { ...sale, relations: sale.relations.with(at, { ...relation, bases: relation.bases.with(j, base) }) };
}

function imaged(at: number, image: PointBytes): Statement {
  return { ...sale, relations: sale.relations.with(at, { ...(sale.relations[at] as Relation), image }) };
}
