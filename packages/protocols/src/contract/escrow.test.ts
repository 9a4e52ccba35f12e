/** Registration (P§2C): the escrow is its maker's, of this item alone, and nobody can move it (P§7D "Proofs and keys"). */
import { toHex } from "@counterfoil/base";
import { namedPoint, portableCrypto, prove, raw, type Scalar, scalarFrom } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { escrowHolds, goodsPointOf, type Label, makeEscrow, noTrustees } from "./escrow.ts";
import type { Certificate, Escrow } from "./messages.ts";
import { filled, hexOf, openedBy, registered } from "./registered.fixture.ts";

const crypto = await portableCrypto();
const { group } = crypto;
const { merchantSeed, trusteeKey, goods, label, certificate } = registered(crypto);
const IDENTITY = "00".repeat(32);
const NO_POINT = "ff".repeat(32);
const another = toHex(group.base(scalarFrom(crypto, filled(1), "other")));

const holds = (changes: Partial<Certificate>): boolean => escrowHolds(crypto, { ...certificate, ...changes });
const withEscrow = (changes: Partial<Escrow>): boolean => holds({ escrow: { ...certificate.escrow, ...changes } });

describe("an escrow", () => {
  test("holds, whoever signs the certificate", () => {
    expect(holds({})).toBe(true);
    expect(holds({ certifier: hexOf(77) })).toBe(true);
  });

  test("holds P for whoever has the trustees' key", () => {
    expect(openedBy(crypto, trusteeKey, certificate.escrow)).toEqual(goods.point);
    expect(openedBy(crypto, group.plus(trusteeKey, goods.scalar), certificate.escrow)).not.toEqual(goods.point);
  });

  test("is the same again but for its proof, and that proof holds as well", () => {
    const again = makeEscrow(crypto, label, goods);
    expect({ ...again, proof: null }).toEqual({ ...certificate.escrow, proof: null });
    expect(again.proof).not.toEqual(certificate.escrow.proof);
    expect(holds({ escrow: again })).toBe(true);
  });
});

describe("is of this item alone: another", () => {
  const changed: Label = {
    merchant: hexOf(91),
    pid: hexOf(92),
    version: 2,
    descriptionHash: hexOf(93),
    contentBytes: 6,
    contentHash: hexOf(94),
    fileBytes: 206,
    pieceBytes: 65_537,
    root: hexOf(95),
    keyCommitment: hexOf(96),
    group: hexOf(97),
    groupKey: another,
  };
  for (const [field, value] of Object.entries(changed)) {
    test(field, () => {
      expect(value).not.toBe(label[field as keyof Label]);
      expect(holds({ [field]: value })).toBe(false);
    });
  }
});

describe("is refused with another", () => {
  for (const part of ["head", "twin", "body"] as const) {
    test(part, () => expect(withEscrow({ [part]: another })).toBe(false));
    test(`${part} that is the identity or no point`, () => {
      expect([withEscrow({ [part]: IDENTITY }), withEscrow({ [part]: NO_POINT })]).toEqual([false, false]);
    });
  }

  test("group key that is the identity or no point", () => {
    expect([holds({ groupKey: IDENTITY }), holds({ groupKey: NO_POINT })]).toEqual([false, false]);
  });

  test("body that its maker made the identity, truly proved", () => {
    const point = group.subtract(raw(IDENTITY), group.multiply(goods.scalar, raw(label.groupKey)));
    const escrow = makeEscrow(crypto, label, { ...goods, point });
    expect(escrow.body).toBe(IDENTITY);
    expect(holds({ escrow })).toBe(false);
  });

  test("group key that its maker made the identity, truly proved: P would be in the open", () => {
    const multiply: typeof group.multiply = (k, point) =>
      toHex(point) === IDENTITY ? point : group.multiply(k, point);
    const open: Label = { ...label, groupKey: IDENTITY };
    const escrow = makeEscrow({ ...crypto, group: { ...group, multiply } }, open, goods);
    expect(escrow.body).toBe(toHex(goods.point));
    expect(holds({ ...open, escrow })).toBe(false);
  });

  test("proof, of another escrow of the same label", () => {
    const other = makeEscrow(crypto, label, goodsPointOf(crypto, merchantSeed, hexOf(88)));
    expect(holds({ escrow: other })).toBe(true);
    expect(withEscrow({ proof: other.proof })).toBe(false);
  });

  test("twin than A's own: its maker knows one a, or none", () => {
    const apart = [goods.scalar, scalarFrom(crypto, filled(2), "apart")] as const;
    const twin = toHex(group.multiply(apart[1], namedPoint(crypto, "fx/gbar")));
    expect(withEscrow({ twin })).toBe(false);
  });
});

describe("re-randomised by one who wants the trustees to open it: (A + δG, D + δY)", () => {
  const delta = scalarFrom(crypto, filled(3), "delta");
  const thief: Label = { ...label, merchant: hexOf(31), pid: hexOf(32) };
  const moved = {
    head: plus(certificate.escrow.head, group.base(delta)),
    twin: plus(certificate.escrow.twin, group.multiply(delta, namedPoint(crypto, "fx/gbar"))),
    body: plus(certificate.escrow.body, group.multiply(delta, raw(label.groupKey))),
  };
  const listed = (escrow: Escrow): Certificate => ({ ...thief, certifier: hexOf(33), escrow });

  test("it would open to P", () => {
    const { proof } = certificate.escrow;
    expect(openedBy(crypto, trusteeKey, { ...moved, proof })).toEqual(goods.point);
  });

  test("the old proof does not hold of it, as it is or moved by c·δ; nor under the old label", () => {
    const { proof } = certificate.escrow;
    const shifted = {
      challenge: proof.challenge,
      responses: proof.responses.map((z) => toHex(group.plus(raw(z), group.times(raw(proof.challenge), delta)))),
    };
    for (const said of [proof, shifted]) {
      expect(escrowHolds(crypto, listed({ ...moved, proof: said }))).toBe(false);
      expect(escrowHolds(crypto, { ...certificate, escrow: { ...moved, proof: said } })).toBe(false);
    }
  });

  test("nor does a proof of the part that the thief knows, δ; only a + δ would do", () => {
    const made = (scalar: Scalar): Escrow => ({ ...makeEscrow(crypto, thief, { ...goods, scalar }), ...moved });
    expect(escrowHolds(crypto, listed(made(delta)))).toBe(false);
    expect(escrowHolds(crypto, listed(made(group.plus(goods.scalar, delta))))).toBe(true);
  });

  test("unmoved and listed as another's item, it is refused too", () => {
    expect(escrowHolds(crypto, listed(certificate.escrow))).toBe(false);
  });

  function plus(hex: string, point: Uint8Array): string {
    return toHex(group.add(raw(hex), point));
  }
});

test("a proof of the same equations for another purpose is none", () => {
  const gbar = namedPoint(crypto, "fx/gbar");
  const { head, twin } = certificate.escrow;
  const relations = [
    { bases: ["G" as const], image: raw(head) },
    { bases: [gbar], image: raw(twin) },
  ];
  expect(withEscrow({ proof: prove(crypto, { domain: "reg/1", context: [], relations }, [goods.scalar]) })).toBe(false);
});

describe("P and a", () => {
  test("are made again of the seed and the registration, and of no other", () => {
    expect(goodsPointOf(crypto, merchantSeed, hexOf(8))).toEqual(goods);
    const all = [goods, goodsPointOf(crypto, merchantSeed, hexOf(10)), goodsPointOf(crypto, filled(51), hexOf(8))];
    expect(new Set(all.map(({ point }) => toHex(point))).size).toBe(3);
    expect(new Set(all.map(({ scalar }) => toHex(scalar))).size).toBe(3);
  });

  test("have nothing to do with each other: P is no multiple that a is the factor of", () => {
    expect(group.isPoint(goods.point)).toBe(true);
    expect(goods.point).not.toEqual(group.base(goods.scalar));
  });
});

describe("goods that no trustee can open", () => {
  const nobody = noTrustees(crypto);

  test("are registered like others, under a key of a name", () => {
    const own: Label = { ...label, ...nobody };
    const escrow = makeEscrow(crypto, own, goods);
    expect(escrowHolds(crypto, { ...own, certifier: hexOf(9), escrow })).toBe(true);
    expect(escrowHolds(crypto, { ...certificate, escrow })).toBe(false);
    expect(openedBy(crypto, goods.scalar, escrow)).not.toEqual(goods.point);
  });

  test("have the same group for everybody: the map of the name's hash, whose logarithm nobody chose", () => {
    expect(nobody).toEqual(noTrustees(crypto));
    expect(nobody.groupKey).toBe(toHex(namedPoint(crypto, "fx/no-trustees")));
    expect(nobody.groupKey).not.toBe(toHex(namedPoint(crypto, "fx/gbar")));
    expect(nobody.group).toMatch(/^[0-9a-f]{64}$/);
  });
});
