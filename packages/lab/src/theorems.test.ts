/** Each verdict rests on what is asked here and answers so; and a wrong verdict is noticed. */
import { existsSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { attacksOf } from "./attacks/index.ts";
import { STUDIES } from "./literal/index.ts";
import { RAY_STUDIES } from "./literal/ray.ts";
import { portableMeans } from "./literal/rsa/index.ts";
import { testMeans } from "./literal/rsa/means.fixture.ts";
import { confirmationOf, confirmed, type Evidence, THEOREMS, type Theorem, theoremsInText } from "./theorems.ts";

const crypto = await portableCrypto();
/** Those of ours take minutes, and are asked by their own tests. */
const PAPERS = [...STUDIES, ...RAY_STUDIES];
const isPapers = (evidence: Evidence) => evidence.kind !== "question" || PAPERS.some(({ id }) => id === evidence.study);
const byId = (id: string): Theorem => THEOREMS.find((each) => each.id === id) as Theorem;

describe("the papers' claims", () => {
  test.for(THEOREMS.map((theorem) => [theorem.id, theorem] as const))("%s is as its entry says", ([, theorem]) => {
    const papers = { ...theorem, shown: theorem.shown.filter(isPapers) };
    for (const { evidence, agrees, found } of confirmed(papers, PAPERS, testMeans)) {
      expect(agrees, `${JSON.stringify(evidence)}: ${found}`).toBe(evidence.kind === "attack" ? null : true);
    }
  });

  test("have a verdict that their evidence bears out: what is refuted has a way to it, what is repaired is somewhere", () => {
    expect(new Set(THEOREMS.map(({ id }) => id)).size).toBe(THEOREMS.length);
    for (const { id, verdict, shown, repairedIn } of THEOREMS) {
      const isAgainst = (each: Evidence) => each.kind === "attack" || !each.isHeld;
      if (verdict !== "holds") expect(shown.some(isAgainst), id).toBe(true);
      expect(shown.filter(isPapers).length, id).toBeGreaterThan(0);
      expect(repairedIn.length > 0, id).toBe(verdict === "repaired");
      for (const path of repairedIn) expect(existsSync(new URL(`../../../${path}`, import.meta.url)), path).toBe(true);
    }
  });

  test("name attacks that there are", () => {
    // The two that are searches want our studies as well.
    const known = new Set([...attacksOf(crypto, PAPERS).map(({ id }) => id), "lost-yes", "lost-abort"]);
    const named = THEOREMS.flatMap(({ shown }) =>
      shown.flatMap((each) => (each.kind === "attack" ? [each.attack] : [])),
    );
    expect(named.filter((attack) => !known.has(attack))).toEqual([]);
    expect(named).toContain("crt");
  });

  test("are all of S1's theorems, 1 to 11", () => {
    const numbers = THEOREMS.flatMap(({ source }) => /^S1 .*?Theorem (\d+)/.exec(source)?.[1] ?? []);
    expect([...new Set(numbers.map(Number))].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(theoremsInText().split("\n")).toHaveLength(THEOREMS.length);
  });
});

describe("a wrong entry", () => {
  const wrong = (theorem: Theorem): Theorem => ({
    ...theorem,
    shown: theorem.shown.flatMap((each) => (each.kind === "attack" ? [] : [{ ...each, isHeld: !each.isHeld }])),
  });

  test.for(["S1-1", "S1-3.1", "S1-7", "S2-1", "S3-6"])("%s does not agree", (id) => {
    const { shown, ...theorem } = wrong(byId(id));
    const all = confirmed({ ...theorem, shown: shown.filter(isPapers) }, PAPERS, testMeans);
    expect(all.length).toBeGreaterThan(0);
    expect(all.map(({ agrees }) => agrees)).toEqual(all.map(() => false));
  });

  test("about what nobody asks is neither right nor wrong", () => {
    const shown: Evidence[] = [{ kind: "question", study: "no such study", property: "goods", isHeld: true }];
    expect(confirmed({ ...byId("S1-5"), shown }, PAPERS, testMeans).map(({ agrees }) => agrees)).toEqual([null]);
  });

  test("a calculation that is handed wrong powers says so", () => {
    const means = {
      ...testMeans,
      power: (base: bigint, exponent: bigint, modulus: bigint) => (base * exponent + 1n) % modulus,
    };
    for (const id of ["S1-1", "S1-2"]) expect(confirmed(byId(id), [], means)[0]?.agrees).toBe(false);
  });
});

test("S1-7: over a field every coalition is as claimed; modulo 15 one share can tell, and two can tell nothing", () => {
  const [field, printed] = confirmed(byId("S1-7"), [], testMeans);
  expect(field?.found).toBe("0 of 64 coalitions over GF(7) are not as claimed");
  expect(printed?.found).toMatch(
    /^modulo 15: [1-9]\d* have two shares and no secret, [1-9]\d* have one and part of the secret$/,
  );
});

test("the calculations run on portable means too", () => {
  expect(confirmed(byId("S1-3"), [], portableMeans(testMeans.random))[0]?.agrees).toBe(true);
});

test("what is left out for its length confirms nothing, and what is found in the rest stands", () => {
  const long = (isHeld: boolean, isLong: boolean) => ({
    ...{ name: isLong ? "long" : "short", about: ["money" as const], bound: "", trusted: "", isLong },
    ask: () => ({
      answers: [{ property: "money" as const, isHeld, found: isHeld ? null : { fault: "money: gone", way: [] } }],
      ...{ states: 1, bytes: 0, isCut: false },
    }),
  });
  const study = (...questions: ReturnType<typeof long>[]) => [
    { id: "bare", title: "", source: "", claimed: {}, questions },
  ];
  const evidence = { kind: "question", study: "bare", property: "money", isHeld: true } as const;
  const asked: string[] = [];
  const options = { isShort: true, onQuestion: (name: string) => asked.push(name) };
  const of = (...questions: ReturnType<typeof long>[]) =>
    confirmationOf(evidence, study(...questions), testMeans, options);
  expect(of(long(true, false), long(true, true))).toMatchObject({ agrees: null, cases: 1 });
  expect(of(long(true, false))).toMatchObject({ agrees: true });
  expect(of(long(false, false), long(true, true))).toMatchObject({ agrees: false, found: "money: gone" });
  expect(of(long(true, true))).toMatchObject({ agrees: null, cases: 0 });
  expect(asked).toEqual(["short", "short", "short"]);
});
