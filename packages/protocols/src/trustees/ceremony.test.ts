import { encode, type Hex, type Schema, toHex } from "@counterfoil/base";
import {
  type Crypto,
  commitmentsTo,
  lagrange,
  type Point,
  polynomial,
  portableCrypto,
  provePossession,
  raw,
  read,
  type Scalar,
  type SigningKey,
  shareFor,
  sign,
} from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ceremony, ceremonyOf, groupOf, hear, setOf, speakerOf } from "./ceremony.ts";
import {
  beginRequest,
  type Commit,
  commitSchema,
  defenceSchema,
  hashCommitments,
  type Reveal,
  revealSchema,
  verdictSchema,
} from "./ceremony-messages.ts";
import { standingGroup } from "./group.ts";
import { groupIdOf, signedGroupSchema } from "./messages.ts";
import type { HeldGroup } from "./trustee-rows.ts";
import {
  type Convened,
  convene,
  end,
  type Lie,
  roundMessage,
  rowOf,
  said,
  secretOf,
  type Trustee,
  tell,
  termsFor,
  trusteeNamed,
  trusteesNamed,
} from "./trustees.fixture.ts";

let crypto: Crypto;
beforeAll(async () => {
  crypto = await portableCrypto();
});

/** y, by as many trustees as it takes: what nobody ever computes but a test. */
function secretKeyOf(all: readonly Trustee[], { group }: Convened, indices: readonly number[]): Hex {
  const id = groupIdOf(crypto, group);
  const weights = lagrange(crypto, indices);
  const parts = indices.map((index, at) => {
    const share = rowOf(all[index - 1] as Trustee, "held_group", id)?.share as Scalar;
    return crypto.group.times(weights[at] as Scalar, share);
  });
  return toHex(crypto.group.base(parts.reduce((sum, part) => crypto.group.plus(sum, part))));
}

/** The body of a message with something else in it, signed by the one who said it. */
function resaid<T extends object>(schema: Schema<T>, truth: Uint8Array, key: SigningKey, change: Partial<T>) {
  const told = read(schema, truth);
  if (!told.ok) throw new Error(told.reason);
  return sign(crypto, key, schema, { ...told.value.value, ...change });
}

/** A lie of one round, and the truth in all others. */
function lieIn(round: number, lie: Lie): Lie {
  return (truth, ceremony, key) => (ceremony.heard === round - 1 ? lie(truth, ceremony, key) : truth);
}

describe("a ceremony", () => {
  for (const [count, threshold] of [
    [1, 1],
    [3, 2],
    [5, 3],
    [16, 8],
  ] as const) {
    test(`of ${count} makes one key that any ${threshold} hold together`, () => {
      const all = trusteesNamed(crypto, count);
      const made = convene(crypto, all, termsFor(all, threshold));
      expect(made.group.trustees.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
      expect(made.signed).not.toBeNull();
      const first = Array.from({ length: threshold }, (_, at) => at + 1);
      const last = first.map((index) => count + 1 - index);
      expect(secretKeyOf(all, made, first)).toBe(made.group.key);
      expect(secretKeyOf(all, made, last)).toBe(made.group.key);
      if (threshold > 1) expect(secretKeyOf(all, made, first.slice(1))).not.toBe(made.group.key);
      expect(end(all, made.signed as Uint8Array)).toEqual(all.map(() => "standing"));
      expect(rowOf(all[0] as Trustee, "held_group", groupIdOf(crypto, made.group))?.signed).toEqual(made.signed);
    });
  }

  test("leaves with each trustee its own share and nothing that it dealt from", () => {
    const all = trusteesNamed(crypto, 3);
    const made = convene(crypto, all, termsFor(all, 2));
    for (const [at, each] of all.entries()) {
      const held = rowOf(each, "held_group", groupIdOf(crypto, made.group)) as HeldGroup;
      expect(toHex(crypto.group.base(held.share as Scalar))).toBe(made.group.trustees[at]?.share);
      expect(rowOf(each, "ceremony", made.ceremony.id)?.secret).toBeNull();
      const rows = [...each.desk.rows.values()].flatMap((row) => Object.values(row));
      const hidden = toHex(secretOf(each));
      expect(rows.some((cell) => cell instanceof Uint8Array && toHex(cell).includes(hidden))).toBe(false);
    }
  });

  test("asked again says the same bytes, at every round and after it", () => {
    const all = trusteesNamed(crypto, 3);
    const terms = termsFor(all, 2);
    const made = convene(crypto, all, terms);
    const [one] = all as [Trustee];
    const before = new Map(one.desk.rows);
    expect(said(tell(one, encode(beginRequest, { terms })))).toEqual(made.sets[0]?.[0]);
    made.sets.forEach((set, at) => {
      const again = said(tell(one, roundMessage(crypto, terms, at + 1, set)));
      expect(again).toEqual(made.sets[at + 1]?.[0] ?? said(made.last[0] as never));
    });
    expect(one.desk.rows).toEqual(before);
  });

  test("goes on after a crash from the rows alone", () => {
    const all = trusteesNamed(crypto, 3);
    const terms = termsFor(all, 2);
    const restarted = (each: Trustee, at: number): Trustee => {
      const fresh = trusteeNamed(crypto, at + 1, true);
      for (const [place, row] of each.desk.rows) fresh.desk.rows.set(place, row);
      return fresh;
    };
    let ceremony = ceremonyOf(crypto, terms);
    let running = all;
    let answers = running.map((each) => said(tell(each, encode(beginRequest, { terms }))) as Uint8Array);
    for (let round = 1; round <= 4; round++) {
      running = running.map(restarted);
      const set = setOf(crypto, ceremony, answers);
      const next = hear(crypto, ceremony, set);
      if (!next.ok) throw new Error(next.reason);
      ceremony = next.value;
      answers = running.map((each) => said(tell(each, roundMessage(crypto, terms, round, set))) as Uint8Array);
    }
    const group = groupOf(crypto, ceremony);
    if (!group.ok) throw new Error(group.reason);
    const signed = encode(signedGroupSchema, { group: group.value, memberships: answers });
    expect(standingGroup(crypto, signed)?.group.key).toBe(group.value.key);
  });

  test("leaves out whoever falls silent, as long as the honest can still be a majority", () => {
    for (const round of [1, 2, 3, 4]) {
      const all = trusteesNamed(crypto, 4);
      const made = convene(crypto, all, termsFor(all, 2), { 2: lieIn(round, () => null) });
      expect(made.group.trustees.map(({ index }) => index)).toEqual([1, 3, 4]);
      expect(secretKeyOf(all, made, [1, 4])).toBe(made.group.key);
    }
    const three = trusteesNamed(crypto, 3);
    expect(() => convene(crypto, three, termsFor(three, 2), { 2: lieIn(1, () => null) })).toThrow("too-few");
  });
});

describe("complaints", () => {
  /** Dealer 2 seals something else to trustee 1. */
  const wrongShare: Lie = (truth, ceremony, key) => {
    const { shares } = bodyOfSaid(revealSchema, truth);
    const box = ceremony.commits[0]?.box as Hex;
    const wrong = crypto.seal(box, raw("05".padEnd(64, "0")));
    return resaid(revealSchema, truth, key, { shares: [wrong, ...shares.slice(1)] });
  };
  const junk: Lie = (truth, _, key) => {
    const { shares } = bodyOfSaid(revealSchema, truth);
    return resaid(revealSchema, truth, key, { shares: [new Uint8Array(80), ...shares.slice(1)] });
  };
  const both = (...lies: readonly [number, Lie][]): Lie => {
    return (truth, ceremony, key) => {
      const lie = lies.find(([round]) => round === ceremony.heard + 1)?.[1];
      return lie === undefined ? truth : lie(truth, ceremony, key);
    };
  };

  for (const [what, lie] of [
    ["wrong", wrongShare],
    ["unreadable", junk],
  ] as const) {
    test(`about a ${what} share are answered in the open, and all use what was published`, () => {
      const all = trusteesNamed(crypto, 3);
      const made = convene(crypto, all, termsFor(all, 2), { 2: lieIn(2, lie) });
      expect(made.ceremony.verdicts[0]?.against).toEqual([2]);
      expect(made.ceremony.defences[1]?.shares.map(({ to }) => to)).toEqual([1]);
      expect(made.group.trustees.map(({ index }) => index)).toEqual([1, 2, 3]);
      expect(secretKeyOf(all, made, [1, 3])).toBe(made.group.key);
    });
  }

  test("that are not answered, or not with the share, put the dealer out", () => {
    const answers: readonly Lie[] = [
      (truth, _, key) => resaid(defenceSchema, truth, key, { shares: [] }),
      (truth, _, key) => resaid(defenceSchema, truth, key, { shares: [{ to: 1, share: "05".padEnd(64, "0") }] }),
      () => null,
    ];
    for (const answer of answers) {
      const all = trusteesNamed(crypto, 4);
      const made = convene(crypto, all, termsFor(all, 2), { 2: both([2, wrongShare], [4, answer]) });
      expect(made.group.trustees.map(({ index }) => index)).toEqual([1, 3, 4]);
      expect(secretKeyOf(all, made, [1, 3])).toBe(made.group.key);
    }
  });

  test("that put so many out that the honest may be no majority leave no group", () => {
    const all = trusteesNamed(crypto, 3);
    const mute: Lie = (truth, _, key) => resaid(defenceSchema, truth, key, { shares: [] });
    expect(() => convene(crypto, all, termsFor(all, 2), { 2: both([2, wrongShare], [4, mute]) })).toThrow("too-few");
  });

  test("that are false cost nobody its place, and show a share that the complainer had", () => {
    const all = trusteesNamed(crypto, 4);
    const slander: Lie = (truth, _, key) => resaid(verdictSchema, truth, key, { against: [1, 2] });
    const made = convene(crypto, all, termsFor(all, 2), { 3: lieIn(3, slander) });
    expect(made.group.trustees.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
    expect(made.ceremony.defences.map(({ shares }) => shares.length)).toEqual([1, 1, 0, 0]);
    expect(secretKeyOf(all, made, [1, 2])).toBe(made.group.key);
  });

  test("by as many as could open everything put the dealer out, and it publishes nothing", () => {
    const all = trusteesNamed(crypto, 5);
    const slander: Lie = (truth, _, key) => resaid(verdictSchema, truth, key, { against: [1] });
    const made = convene(crypto, all, termsFor(all, 2), { 3: lieIn(3, slander), 4: lieIn(3, slander) });
    expect(made.ceremony.defences[0]?.shares).toEqual([]);
    expect(made.group.trustees.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
    // It has nothing to gain by publishing all the same.
    const open: Lie = (truth, ceremony, key) => {
      if (ceremony.heard !== 3) return truth;
      const coefficients = polynomial(crypto, secretOf(all[0] as Trustee), raw(ceremony.id), 2);
      const shares = [3, 4].map((to) => ({ to, share: toHex(shareFor(crypto, coefficients, to)) }));
      return resaid(defenceSchema, truth, key, { shares });
    };
    const again = trusteesNamed(crypto, 5);
    const liars = { 1: open, 3: lieIn(3, slander), 4: lieIn(3, slander) };
    const opened = convene(crypto, again, termsFor(again, 2), liars);
    expect(opened.ceremony.defences[0]?.shares.length).toBe(2);
    expect(opened.group.trustees.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
  });

  test("against one who did not deal, or twice against one, are none", () => {
    const all = trusteesNamed(crypto, 4);
    for (const against of [[9], [2, 2], [3, 2]]) {
      const made = convene(crypto, trusteesNamed(crypto, 4), termsFor(all, 2), {
        4: lieIn(3, (truth, _, key) => resaid(verdictSchema, truth, key, { against })),
      });
      expect(made.ceremony.verdicts.length).toBe(3);
    }
  });
});

describe("a dealer", () => {
  const outcomeOf = (lie: Lie) => {
    const all = trusteesNamed(crypto, 4);
    return convene(crypto, all, termsFor(all, 2), { 2: lie }).group.trustees.map(({ index }) => index);
  };

  /** A dealing that is right in itself: its commitments, the proof, and shares that fit. */
  const dealt = (ceremony: Ceremony, degree: number, dealer = 2): Partial<Reveal> => {
    const coefficients = polynomial(crypto, new Uint8Array(32).fill(9), raw(ceremony.id), degree);
    return {
      commitments: commitmentsTo(crypto, coefficients).map(toHex),
      possession: provePossession(crypto, { ceremony: raw(ceremony.id), dealer }, coefficients),
      shares: ceremony.commits.map(({ box }, at) => crypto.seal(box, shareFor(crypto, coefficients, at + 1))),
    };
  };
  const closed = (ceremony: Ceremony, key: SigningKey, degree: number): Partial<Commit> => {
    const commitments = dealt(ceremony, degree).commitments ?? [];
    return { commitments: hashCommitments(crypto, ceremony.id, key.publicKey, commitments) };
  };

  test("that opens other commitments than it closed is out", () => {
    const other: Lie = (truth, ceremony, key) => resaid(revealSchema, truth, key, dealt(ceremony, 2));
    expect(outcomeOf(lieIn(2, other))).toEqual([1, 3, 4]);
  });

  test("that does not know what it committed to is out: it would make the key its own", () => {
    let rogue: readonly Point[] = [];
    const closed: Lie = (truth, ceremony, key) => {
      // F_20 is any point: another's, in a world without round 1.
      rogue = [crypto.group.fromUniform(new Uint8Array(64).fill(3)), crypto.group.base(raw("07".padEnd(64, "0")))];
      const commitments = hashCommitments(crypto, ceremony.id, key.publicKey, rogue.map(toHex));
      return resaid(commitSchema, truth, key, { commitments });
    };
    const opened: Lie = (truth, _, key) => resaid(revealSchema, truth, key, { commitments: rogue.map(toHex) });
    const lie: Lie = (truth, ceremony, key) =>
      ceremony.heard === 0 ? closed(truth, ceremony, key) : ceremony.heard === 1 ? opened(truth, ceremony, key) : truth;
    expect(outcomeOf(lie)).toEqual([1, 3, 4]);
  });

  test("with a polynomial of another degree, or a proof of another's, is out", () => {
    const dealing = (degree: number, dealer: number): Lie => {
      return (truth, ceremony, key) => {
        if (ceremony.heard === 0) return resaid(commitSchema, truth, key, closed(ceremony, key, degree));
        return ceremony.heard === 1 ? resaid(revealSchema, truth, key, dealt(ceremony, degree, dealer)) : truth;
      };
    };
    expect(outcomeOf(lieIn(1, dealing(2, 2)))).toEqual([1, 3, 4]);
    for (const [degree, dealer] of [
      [1, 2],
      [3, 2],
      [2, 3],
    ] as const) {
      expect(outcomeOf(dealing(degree, dealer))).toEqual([1, 3, 4]);
    }
    const right = convene(crypto, trusteesNamed(crypto, 4), termsFor(trusteesNamed(crypto, 4), 2), {
      2: dealing(2, 2),
    });
    expect(right.ceremony.verdicts.every(({ against }) => against.length === 0)).toBe(true);
  });

  test("that seals to too few, or has a box key that nothing can be sealed to, is out", () => {
    const fewer: Lie = (truth, _, key) => {
      return resaid(revealSchema, truth, key, { shares: bodyOfSaid(revealSchema, truth).shares.slice(1) });
    };
    expect(outcomeOf(lieIn(2, fewer))).toEqual([1, 3, 4]);
    const lowOrder: Lie = (truth, _, key) => resaid(commitSchema, truth, key, { box: "00".repeat(32) });
    expect(outcomeOf(lieIn(1, lowOrder))).toEqual([1, 3, 4]);
  });

  test("that takes another's dealing, or another ceremony's, for its own is not heard", () => {
    const all = trusteesNamed(crypto, 3);
    const terms = termsFor(all, 2);
    const made = convene(crypto, all, terms);
    const first = hear(crypto, ceremonyOf(crypto, terms), made.sets[0] as readonly Uint8Array[]);
    if (!first.ok) throw new Error(first.reason);
    const [one, two] = made.sets[1] as readonly Uint8Array[];
    const stolen = sign(crypto, (all[1] as Trustee).config.key, revealSchema, {
      ...bodyOfSaid(revealSchema, one as Uint8Array),
      trustee: (all[1] as Trustee).config.key.publicKey,
    });
    expect(speakerOf(crypto, first.value, stolen)).toBeNull();
    const unsigned = sign(
      crypto,
      (all[0] as Trustee).config.key,
      revealSchema,
      bodyOfSaid(revealSchema, two as Uint8Array),
    );
    expect(speakerOf(crypto, first.value, unsigned)).toBeNull();
    for (const change of [{ ceremony: "11".repeat(32) }, { previous: "11".repeat(32) }]) {
      const moved = resaid<Reveal>(revealSchema, two as Uint8Array, (all[1] as Trustee).config.key, change);
      expect(speakerOf(crypto, first.value, moved)).toBeNull();
    }
    expect(speakerOf(crypto, first.value, two as Uint8Array)).toBe(terms.members[1]);
  });
});

function bodyOfSaid<T>(schema: Schema<T>, message: Uint8Array): T {
  const told = read(schema, message);
  if (!told.ok) throw new Error(told.reason);
  return told.value.value;
}
