import { DAY_MS, encode, type Hex, HOUR_MS } from "@counterfoil/base";
import { type Crypto, portableCrypto, type SigningKey, sign } from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { ceremonyOf, hear, setOf, termsHold } from "./ceremony.ts";
import { beginRequest, ceremonyIdOf } from "./ceremony-messages.ts";
import { sharesForgotten } from "./claims.ts";
import { LONGEST_GROUP_MS } from "./convening.ts";
import { standingGroup } from "./group.ts";
import { CEREMONIES_LIMIT, GROUPS_LIMIT } from "./limits.ts";
import { groupIdOf, groupSchema, membershipSchema, signedGroupSchema, type TrusteeGroup } from "./messages.ts";
import type { HeldGroup } from "./trustee-rows.ts";
import {
  convene,
  fallDue,
  NOW,
  roundMessage,
  rowOf,
  said,
  type Trustee,
  tell,
  termsFor,
  trusteeNamed,
  trusteesNamed,
  word,
} from "./trustees.fixture.ts";

type TrusteeMember = TrusteeGroup["trustees"][number];

let crypto: Crypto;
beforeAll(async () => {
  crypto = await portableCrypto();
});

describe("a convener", () => {
  test("that tells trustees different things makes no group", () => {
    const all = trusteesNamed(crypto, 4);
    const terms = termsFor(all, 2);
    const commits = all.map((each) => said(tell(each, encode(beginRequest, { terms }))) as Uint8Array);
    // Trustees 1 and 2 hear of everybody, 3 and 4 not of the first.
    const some = commits.slice(1);
    const reveals = all.map((each, at) =>
      said(tell(each, roundMessage(crypto, terms, 1, at < 2 ? commits : some))),
    ) as Uint8Array[];
    const whole = hear(crypto, ceremonyOf(crypto, terms), commits);
    if (!whole.ok) throw new Error(whole.reason);
    expect(setOf(crypto, whole.value, reveals)).toEqual(reveals.slice(0, 2));
    const [one] = all as [Trustee];
    expect(word(tell(one, roundMessage(crypto, terms, 2, reveals)))).toBe("wrong-message");
    expect(word(tell(one, roundMessage(crypto, terms, 2, reveals.slice(0, 2))))).toBe("too-few");
  });

  test("is not answered when it comes with another set, and what shows it is kept", () => {
    const all = trusteesNamed(crypto, 4);
    const terms = termsFor(all, 2);
    const made = convene(crypto, all, terms);
    const [one] = all as [Trustee];
    const other = (made.sets[0] as readonly Uint8Array[]).slice(0, 3);
    expect(word(tell(one, roundMessage(crypto, terms, 1, [...other].reverse())))).toBe("another-set");
    expect(rowOf(one, "ceremony", made.ceremony.id)?.other).toBeNull();
    expect(word(tell(one, roundMessage(crypto, terms, 1, other)))).toBe("another-set");
    expect(rowOf(one, "ceremony", made.ceremony.id)?.other).toEqual(roundMessage(crypto, terms, 1, other));
    const kept = new Map(one.desk.rows);
    const third = (made.sets[0] as readonly Uint8Array[]).slice(1);
    expect(word(tell(one, roundMessage(crypto, terms, 1, third)))).toBe("another-set");
    expect(one.desk.rows).toEqual(kept);
  });

  test("cannot leave a trustee out and have it go on, skip a round, or convene without the members", () => {
    const all = trusteesNamed(crypto, 4);
    const terms = termsFor(all, 2);
    const commits = all.map((each) => said(tell(each, encode(beginRequest, { terms }))) as Uint8Array);
    const [one] = all as [Trustee];
    expect(word(tell(one, roundMessage(crypto, terms, 1, commits.slice(1))))).toBe("left-out");
    expect(word(tell(one, roundMessage(crypto, terms, 2, commits)))).toBe("wrong-round");
    expect(word(tell(one, roundMessage(crypto, { ...terms, nonce: "78".repeat(32) }, 1, commits)))).toBe(
      "no-such-ceremony",
    );
    expect(word(tell(one, roundMessage(crypto, terms, 1, [...commits].reverse())))).toBe("wrong-message");
    expect(word(tell(one, roundMessage(crypto, terms, 1, [...commits, commits[3] as Uint8Array])))).toBe(
      "wrong-message",
    );
    const stranger = termsFor(all.slice(1), 2);
    expect(word(tell(one, encode(beginRequest, { terms: stranger })))).toBe("not-a-member");
  });

  test("is refused terms that protect nobody, or a trustee that takes no part", () => {
    const all = trusteesNamed(crypto, 3);
    const terms = termsFor(all, 2);
    const [one] = all as [Trustee];
    const bad = [
      { threshold: 3 },
      { members: [...terms.members.slice(0, 2), terms.members[1] as Hex] },
      { answerUntilMs: terms.sellUntilMs + terms.claimWindowMs - 1 },
      { sellUntilMs: terms.endsMs },
      { endsMs: NOW + HOUR_MS + 1 },
      { answerUntilMs: NOW + LONGEST_GROUP_MS + 1 },
    ];
    for (const change of bad) {
      expect(word(tell(one, encode(beginRequest, { terms: { ...terms, ...change } })))).toBe("wrong-terms");
    }
    expect(termsHold(terms)).toBe(true);
    expect(word(tell(one, encode(beginRequest, { terms: { ...terms, endsMs: NOW } })))).toBe("too-late");
    const shy = trusteeNamed(crypto, 1, false);
    expect(word(tell(shy, encode(beginRequest, { terms })))).toBe("takes-no-part");
  });

  test("that comes late finds everything that was dealt forgotten", () => {
    const all = trusteesNamed(crypto, 3);
    const terms = termsFor(all, 2);
    const commits = all.map((each) => said(tell(each, encode(beginRequest, { terms }))) as Uint8Array);
    const [one] = all as [Trustee];
    expect(word(tell(one, roundMessage(crypto, terms, 1, commits), terms.endsMs))).toBe("too-late");
    const id = ceremonyIdOf(crypto, terms);
    const fileAt = (now: number) => ({ now, ceremonies: [rowOf(one, "ceremony", id)].filter(isRow), groups: [] });
    expect(sharesForgotten.refute(fileAt(terms.endsMs))).toMatch(/is there/);
    fallDue(one, terms.endsMs - 1);
    expect(rowOf(one, "ceremony", id)?.secret).not.toBeUndefined();
    fallDue(one, terms.endsMs);
    expect(sharesForgotten.refute(fileAt(terms.endsMs))).toBeNull();
    expect(rowOf(one, "tally", "own")).toEqual({ ceremonies: 0, groups: 0 });
    expect(word(tell(one, encode(beginRequest, { terms }), terms.endsMs))).toBe("too-late");
  });

  test("finds no room where too many ceremonies are under way", () => {
    const all = trusteesNamed(crypto, 3);
    const [one] = all as [Trustee];
    const begun = (nonce: number) => {
      const terms = termsFor(all, 2, { nonce: nonce.toString(16).padStart(64, "0") });
      return word(tell(one, encode(beginRequest, { terms })));
    };
    for (let nonce = 0; nonce < CEREMONIES_LIMIT; nonce++) expect(begun(nonce)).toBe("said");
    expect(begun(CEREMONIES_LIMIT)).toBe("too-many");
    expect(begun(0)).toBe("said");
    fallDue(one, NOW + HOUR_MS);
    one.desk.rows.set("tally/own", { ceremonies: 1, groups: GROUPS_LIMIT - 1 });
    expect(begun(CEREMONIES_LIMIT)).toBe("too-many");
    one.desk.rows.set("tally/own", { ceremonies: 0, groups: GROUPS_LIMIT - 1 });
    const later = termsFor(all, 2, { endsMs: NOW + 2 * HOUR_MS });
    expect(word(tell(one, encode(beginRequest, { terms: later }), NOW + HOUR_MS))).toBe("said");
  });
});

describe("a group", () => {
  test("stands only when every member signed this descriptor", () => {
    const all = trusteesNamed(crypto, 3);
    const made = convene(crypto, all, termsFor(all, 2));
    const { group, memberships } = standingGroup(crypto, made.signed as Uint8Array) as NonNullable<
      ReturnType<typeof standingGroup>
    >;
    const stands = (changed: object) =>
      standingGroup(crypto, encode(signedGroupSchema, { group, memberships, ...changed })) !== null;
    expect(stands({})).toBe(true);
    expect(stands({ memberships: memberships.slice(0, 2) })).toBe(false);
    expect(stands({ memberships: [...memberships, memberships[0]] })).toBe(false);
    expect(stands({ memberships: [memberships[0], memberships[2], memberships[1]] })).toBe(false);
    expect(stands({ group: { ...group, sellUntilMs: group.sellUntilMs - DAY_MS } })).toBe(false);
    const [one] = all as [Trustee];
    expect(() => tell(one, new Uint8Array([0x80]))).toThrow("malformed");
  });

  test("that protects nobody does not stand, although its members signed it", () => {
    const all = trusteesNamed(crypto, 3);
    const { group } = convene(crypto, all, termsFor(all, 2));
    const keyOf = (key: Hex) => all.find(({ config }) => config.key.publicKey === key)?.config.key as SigningKey;
    const stands = (changes: Partial<TrusteeGroup>, named?: Hex) => {
      const changed = { ...group, ...changes };
      const id = groupIdOf(crypto, changed);
      const memberships = changed.trustees.map(({ key }) =>
        sign(crypto, keyOf(key), membershipSchema, { trustee: named ?? key, group: id }),
      );
      return standingGroup(crypto, encode(signedGroupSchema, { group: changed, memberships })) !== null;
    };
    const [one, two, three] = group.trustees as [TrusteeMember, TrusteeMember, TrusteeMember];
    expect(stands({})).toBe(true);
    expect(stands({}, one.key)).toBe(false);
    expect(stands({ threshold: 3 })).toBe(false);
    expect(stands({ trustees: [two, one, three] })).toBe(false);
    expect(stands({ trustees: [one, two, { ...three, index: 2 }] })).toBe(false);
    expect(stands({ trustees: [one, two, { ...three, key: two.key }] })).toBe(false);
    expect(stands({ trustees: [one, two, { ...three, share: "00".repeat(32) }] })).toBe(false);
    expect(stands({ key: "ff".repeat(32) })).toBe(false);
    expect(stands({ answerUntilMs: group.sellUntilMs + group.claimWindowMs - 1 })).toBe(false);
    // A polynomial's value at 0 is its secret, and nothing at all would open what nobody has to open: neither has a form.
    for (const change of [{ threshold: 0 }, { trustees: [{ ...one, index: 0 }, two, three] }]) {
      expect(() => encode(groupSchema, { ...group, ...change })).toThrow();
    }
  });

  test("loses its shares after the last day, and not before", () => {
    const all = trusteesNamed(crypto, 3);
    const made = convene(crypto, all, termsFor(all, 2));
    const [one] = all as [Trustee];
    const id = groupIdOf(crypto, made.group);
    const fileAt = (now: number) => ({
      now,
      ceremonies: [rowOf(one, "ceremony", made.ceremony.id)].filter(isRow),
      groups: [rowOf(one, "held_group", id)].filter(isRow) as HeldGroup[],
    });
    fallDue(one, made.group.answerUntilMs);
    for (const [table, of] of [
      ["held_group", id],
      ["ceremony", made.ceremony.id],
    ] as const) {
      // Nothing makes it forget sooner, not even being told to.
      const { writes } = one.desk.decide({ kind: "forget", table, id: of }, made.group.answerUntilMs);
      expect(writes).toEqual([]);
    }
    expect(rowOf(one, "held_group", id)?.share).not.toBeNull();
    expect(sharesForgotten.refute(fileAt(made.group.answerUntilMs))).toBeNull();
    expect(sharesForgotten.refute(fileAt(made.group.answerUntilMs + 1))).toMatch(/outlived/);
    fallDue(one, made.group.answerUntilMs + 1);
    expect(sharesForgotten.refute(fileAt(made.group.answerUntilMs + 1))).toBeNull();
    expect(rowOf(one, "held_group", id)?.share).toBeNull();
    expect(rowOf(one, "held_group", id)?.descriptor).toBeDefined();
    expect(rowOf(one, "tally", "own")).toEqual({ ceremonies: 0, groups: 0 });
    expect(rowOf(one, "ceremony", made.ceremony.id)).toBeUndefined();
  });
});

function isRow<R>(row: R | undefined): row is R {
  return row !== undefined;
}
