/**
 * vectors/optimistic.json, by which another implementation of P§2C can check itself: our verifier and an independent one
 * accept all that is sound in it and refuse every change that it lists.
 */
import { readFileSync } from "node:fs";
import { encode, toHex } from "@counterfoil/base";
import {
  answerHolds,
  groupKeyOf,
  pointFromAnswers,
  portableCrypto,
  possessionHolds,
  publicShareOf,
  raw,
  shareFits,
} from "@counterfoil/crypto";
import {
  certHashOf,
  certificateSchema,
  commitmentOf,
  escrowHolds,
  offerHashOf,
  offerHolds,
  opens,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import { answerContext } from "@counterfoil/protocols/trustees";
import { describe, expect, test } from "vitest";
import type { Change } from "./optimistic-vectors/changes.ts";
import { makeVectors, type Vectors } from "./optimistic-vectors/make.ts";
import * as other from "./optimistic-vectors/other.ts";

const crypto = await portableCrypto();
const file = new URL("../vectors/optimistic.json", import.meta.url);
const read = (): Vectors => JSON.parse(readFileSync(file, "utf8")) as Vectors;
const vectors = read();

/** What rests on a prover's fresh bytes. */
const RANDOMISED = ["proof", "encoded", "r", "u", "refused"];

/** Ours and the other's judgement of one vector, which must be the same. */
function holds({ registration, offer, answers, trustees, points }: Vectors, of: Change["of"], at: number): boolean {
  const verdicts = {
    registration: () => [
      escrowHolds(crypto, registration.certificate),
      other.registrationHolds(registration.certificate, points.gbar),
    ],
    offer: () => [offerHolds(crypto, offer, offer), other.offerHolds(offer)],
    answer: () => {
      const answer = answers.said[at] as (typeof answers.said)[number];
      const publicShare = trustees.publicShares[answer.index - 1] as string;
      const context = answerContext(answer.group, answer.index, answer.tid);
      const asked = {
        publicShare: raw(publicShare),
        head: raw(answers.head),
        disputes: raw(answers.disputes),
        context,
      };
      return [
        answerHolds(crypto, asked, { r: raw(answer.r), u: raw(answer.u), proof: answer.proof }),
        other.answerHolds(answer, publicShare, answers.head, answers.disputes),
      ];
    },
    possession: () => {
      const { dealer, commitments, proof } = trustees.dealers[at] as (typeof trustees.dealers)[number];
      return [
        possessionHolds(crypto, { ceremony: raw(trustees.ceremony), dealer }, commitments.map(raw), proof),
        other.possessionHolds(trustees.ceremony, dealer, commitments, proof),
      ];
    },
  }[of]();
  expect(new Set(verdicts).size, `both say ${verdicts.join(" and ")}`).toBe(1);
  return verdicts[0] as boolean;
}

describe("what is sound", () => {
  test("holds", () => {
    expect(holds(vectors, "registration", 0)).toBe(true);
    expect(holds(vectors, "offer", 0)).toBe(true);
    for (const at of [0, 1, 2]) {
      expect(holds(vectors, "answer", at)).toBe(true);
      expect(holds(vectors, "possession", at)).toBe(true);
    }
  });

  test("has these bytes and hashes", () => {
    const { registration, offer } = vectors;
    const encoded = encode(certificateSchema, registration.certificate);
    expect(toHex(encoded)).toBe(registration.encoded);
    expect(toHex(other.certificateBytes(registration.certificate))).toBe(registration.encoded);
    expect(certHashOf(crypto, registration.certificate)).toBe(offer.certHash);
    expect(other.H("cert-hash/1", encoded)).toBe(offer.certHash);
    expect([offerHashOf(crypto, offer), other.offerHash(offer)]).toEqual([offer.offerHash, offer.offerHash]);
    expect(offer).toMatchObject({
      groupKey: registration.certificate.groupKey,
      escrow: { head: registration.certificate.escrow.head, body: registration.certificate.escrow.body },
    });
  });

  test("has the trustees' keys that its commitments make", () => {
    const { dealers, key, publicShares, shares, threshold } = vectors.trustees;
    const commitments = dealers.map((dealer) => dealer.commitments);
    expect(commitments.map(({ length }) => length)).toEqual(dealers.map(() => threshold));
    expect(
      toHex(
        groupKeyOf(
          crypto,
          commitments.map((of) => of.map(raw)),
        ),
      ),
    ).toBe(key);
    expect(key).toBe(vectors.registration.certificate.groupKey);
    [1, 2, 3].forEach((index, at) => {
      const expected = publicShares[at] as string;
      expect(
        toHex(
          publicShareOf(
            crypto,
            commitments.map((of) => of.map(raw)),
            index,
          ),
        ),
      ).toBe(expected);
      expect(other.publicShare(commitments, index)).toBe(expected);
      expect(other.multipleOfBase(shares[at] as string)).toBe(expected);
      expect(shareFits(crypto, [raw(expected)], index, raw(shares[at] as string))).toBe(true);
    });
  });

  test("opens to the goods: by v, and by any two answers", () => {
    const { offer, registration, answers } = vectors;
    const { escrow } = registration.certificate;
    expect(opens(crypto, offer.opening, offer.commitment)).toBe(true);
    expect(commitmentOf(crypto, offer.opening)).toBe(other.multipleOfBase(offer.opening));
    expect(unsealPoint(crypto, offer.opening, offer.sealed)).toBe(registration.goodsPoint);
    expect(other.unsealed(offer.sealed, offer.opening)).toBe(registration.goodsPoint);
    for (const left of [0, 1, 2]) {
      const two = answers.said.filter((_, at) => at !== left);
      const answered = two.map(({ index, r, u }) => ({ index, r: raw(r), u: raw(u) }));
      const opened = toHex(pointFromAnswers(crypto, answered, raw(answers.secret), raw(escrow.body)));
      expect([opened, other.goodsPoint(two, answers.secret, escrow.body)]).toEqual([
        registration.goodsPoint,
        registration.goodsPoint,
      ]);
    }
  });
});

describe("what is refused", () => {
  vectors.refused.forEach((change, number) => {
    test(`${number}: ${change.of}, ${change.why}`, () => {
      expect(holds(changed(change), change.of, change.at)).toBe(false);
    });
  });

  test("is a D′ that a weak verifier believes, so that the strong challenge is what refuses it", () => {
    const forged = vectors.refused.filter(({ why }) => why.includes("weak Fiat-Shamir"));
    expect(forged.length).toBe(1);
    const { offer, registration } = changed(forged[0] as Change);
    expect(other.offerHolds(offer, other.commitmentsAlone)).toBe(true);
    expect(other.unsealed(offer.sealed, offer.opening)).not.toBe(registration.goodsPoint);
  });

  test("is each a change, and has every kind", () => {
    for (const change of vectors.refused) expect(changed(change)).not.toEqual(vectors);
    expect(new Set(vectors.refused.map(({ of }) => of)).size).toBe(4);
  });
});

test("the file is what its script makes, proofs apart, which are others each time", () => {
  const plain = (of: Vectors): unknown =>
    JSON.parse(JSON.stringify(of, (name, value) => (RANDOMISED.includes(name) ? undefined : value)));
  const { offer, ...rest } = makeVectors(crypto);
  // A certificate's name covers its proof, and so is another each time.
  expect(plain({ ...rest, offer: { ...offer, certHash: vectors.offer.certHash } })).toEqual(plain(vectors));
  expect(rest.refused.map(({ why }) => why)).toEqual(vectors.refused.map(({ why }) => why));
});

function changed({ set }: Change): Vectors {
  const copy = read();
  for (const [path, value] of Object.entries(set)) {
    const names = path.split(".");
    const last = names.pop() as string;
    // biome-ignore lint/suspicious/noExplicitAny: a path through JSON
    const parent = names.reduce((at: any, name) => at[name], copy);
    if (!(last in parent)) throw new Error(`nothing is at ${path}`);
    parent[last] = value;
  }
  return copy;
}
