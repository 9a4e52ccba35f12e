/** The offer (P§2C): before paying, a buyer knows that v will open exactly the certified goods, and only v will. */
import { toHex } from "@counterfoil/base";
import { portableCrypto, raw, type Scalar, scalarFrom } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { goodsPointOf, type Label, makeEscrow } from "./escrow.ts";
import type { Certificate, OfferBody, SealedPoint } from "./messages.ts";
import {
  type Certified,
  commitmentOf,
  makeOffer,
  offerHashOf,
  offerHolds,
  openingOf,
  opens,
  sealPoint,
  unsealPoint,
} from "./offer.ts";
import { certifiedOf, filled, hexOf, registered } from "./registered.fixture.ts";

const crypto = await portableCrypto();
const { group } = crypto;
const { merchantSeed, goods, label, certificate, certified } = registered(crypto);
const TID = hexOf(70);
const IDENTITY = "00".repeat(32);
const NO_POINT = "ff".repeat(32);
/** q, little-endian: zero, spelt otherwise. */
const ORDER = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
const another = toHex(group.base(scalarFrom(crypto, filled(1), "other")));

const offer = makeOffer(crypto, merchantSeed, TID, goods, certified);
const opening = openingOf(crypto, merchantSeed, TID);

const holds = (changes: Partial<OfferBody>): boolean => offerHolds(crypto, { ...offer, ...changes }, certified);
const sealedIn = (changes: Partial<SealedPoint>): boolean => holds({ sealed: { ...offer.sealed, ...changes } });
const holdsOf = (changes: Partial<Certified>): boolean => offerHolds(crypto, offer, { ...certified, ...changes });

describe("an offer", () => {
  test("holds, and v takes P out", () => {
    expect(offerHolds(crypto, offer, certified)).toBe(true);
    expect(unsealPoint(crypto, opening, offer.sealed)).toBe(toHex(goods.point));
    expect(opens(crypto, opening, offer.commitment)).toBe(true);
  });

  test("is made again of the seed and the tid, but for its proof, which holds as well", () => {
    const again = makeOffer(crypto, merchantSeed, TID, goods, certified);
    expect({ ...again, proof: null }).toEqual({ ...offer, proof: null });
    expect(again.proof).not.toEqual(offer.proof);
    expect(offerHolds(crypto, again, certified)).toBe(true);
    expect(offerHashOf(crypto, again)).toBe(offerHashOf(crypto, offer));
  });

  test("has a v and a b of its own: no other sale's, no other merchant's, and no v that opens two", () => {
    const [sale, merchant] = [
      makeOffer(crypto, merchantSeed, hexOf(71), goods, certified),
      makeOffer(crypto, filled(51), TID, goods, certified),
    ];
    for (const other of [sale, merchant]) {
      expect(offerHolds(crypto, other, certified)).toBe(true);
      expect(other.commitment).not.toBe(offer.commitment);
      expect(other.sealed.head).not.toBe(offer.sealed.head);
      expect(unsealPoint(crypto, opening, other.sealed)).not.toBe(toHex(goods.point));
    }
  });

  test("without v is not P: neither b's key nor the certificate's a opens it", () => {
    for (const wrong of [toHex(goods.scalar), openingOf(crypto, merchantSeed, hexOf(71))]) {
      expect(unsealPoint(crypto, wrong, offer.sealed)).not.toBe(toHex(goods.point));
    }
  });
});

describe("is refused", () => {
  test("for another tid: a relay has no proof for its own sale", () => expect(holds({ tid: hexOf(71) })).toBe(false));
  test("for another certificate", () => expect(holdsOf({ certHash: hexOf(72) })).toBe(false));
  test("for another group's key", () => expect(holdsOf({ groupKey: another })).toBe(false));

  test("with anything in it changed", () => {
    expect(holds({ commitment: another })).toBe(false);
    expect(sealedIn({ head: another })).toBe(false);
    expect(sealedIn({ body: another })).toBe(false);
    expect(holds({ proof: certificate.escrow.proof })).toBe(false);
    for (const part of ["head", "body"] as const) {
      expect(holdsOf({ escrow: { ...certified.escrow, [part]: another } })).toBe(false);
    }
  });

  test("for the same P and a under another label, whose certificate has another name", () => {
    const renamed: Label = { ...label, descriptionHash: hexOf(73) };
    const other: Certificate = { ...certificate, ...renamed, escrow: makeEscrow(crypto, renamed, goods) };
    expect(certifiedOf(crypto, other).escrow.body).toBe(certified.escrow.body);
    expect(offerHolds(crypto, offer, certifiedOf(crypto, other))).toBe(false);
  });

  test("where V, D′, D or Y is the identity or no point, and so where A′ or A is", () => {
    for (const wrong of [IDENTITY, NO_POINT]) {
      expect(holds({ commitment: wrong })).toBe(false);
      expect(sealedIn({ head: wrong })).toBe(false);
      expect(sealedIn({ body: wrong })).toBe(false);
      expect(holdsOf({ groupKey: wrong })).toBe(false);
      expect(holdsOf({ escrow: { ...certified.escrow, head: wrong } })).toBe(false);
      expect(holdsOf({ escrow: { ...certified.escrow, body: wrong } })).toBe(false);
    }
  });

  test("where P was chosen so that D′ or D is the identity, though all of it is proven", () => {
    const { commitment, scalar } = sealPoint(crypto, merchantSeed, TID, goods.point);
    const masks = [group.multiply(scalar, raw(commitment)), group.multiply(goods.scalar, raw(label.groupKey))];
    for (const mask of masks) {
      const chosen = { ...goods, point: group.subtract(raw(IDENTITY), mask) };
      const escrow = makeEscrow(crypto, label, chosen);
      const of = certifiedOf(crypto, { ...certificate, escrow });
      const made = makeOffer(crypto, merchantSeed, TID, chosen, of);
      expect([made.sealed.body, escrow.body]).toContain(IDENTITY);
      expect(offerHolds(crypto, made, of)).toBe(false);
    }
  });

  test("where D′ is D", () => expect(sealedIn({ body: certified.escrow.body })).toBe(false));
});

describe("a liar's offer", () => {
  const garbage = goodsPointOf(crypto, merchantSeed, hexOf(99));

  test("of another P than the certified one is refused, though v opens it to that", () => {
    const lie = makeOffer(crypto, merchantSeed, TID, { ...goods, point: garbage.point }, certified);
    expect(unsealPoint(crypto, opening, lie.sealed)).toBe(toHex(garbage.point));
    expect(offerHolds(crypto, lie, certified)).toBe(false);
  });

  test("of another registration of its own, a and all, is refused", () => {
    expect(offerHolds(crypto, makeOffer(crypto, merchantSeed, TID, garbage, certified), certified)).toBe(false);
  });

  test("of P under a V other than the one it names is refused", () => {
    const { sealed } = makeOffer(crypto, filled(51), TID, goods, certified);
    expect(holds({ sealed })).toBe(false);
  });

  test("with the true P sealed again is refused too: a proof is of one sealing", () => {
    const b = scalarFrom(crypto, filled(4), "b");
    const sealed = {
      head: toHex(group.base(b)),
      body: toHex(group.add(goods.point, group.multiply(b, raw(offer.commitment)))),
    };
    expect(unsealPoint(crypto, opening, sealed)).toBe(toHex(goods.point));
    expect(holds({ sealed })).toBe(false);
  });
});

describe("the offer's hash", () => {
  test("is of tid, V, A′ and D′", () => {
    const { sealed } = offer;
    const all = [
      offer,
      { ...offer, tid: hexOf(71) },
      { ...offer, commitment: another },
      { ...offer, sealed: { ...sealed, head: another } },
      { ...offer, sealed: { ...sealed, body: another } },
      { ...offer, sealed: { head: sealed.body, body: sealed.head } },
    ];
    expect(new Set(all.map((each) => offerHashOf(crypto, each))).size).toBe(all.length);
  });

  test("is known before there is a proof", () => {
    expect(offerHashOf(crypto, sealPoint(crypto, merchantSeed, TID, goods.point))).toBe(offerHashOf(crypto, offer));
  });
});

describe("v", () => {
  const plusOrder = (scalar: Scalar): string => {
    let carry = 0;
    return toHex(
      scalar.map((byte, at) => {
        carry += byte + (raw(ORDER)[at] as number);
        const low = carry & 255;
        carry >>= 8;
        return low;
      }),
    );
  };

  test("opens its own V and no other", () => {
    expect(opens(crypto, opening, another)).toBe(false);
    expect(opens(crypto, openingOf(crypto, merchantSeed, hexOf(71)), offer.commitment)).toBe(false);
  });

  test("is canonical and not zero: the same modulo q is refused", () => {
    const same = plusOrder(raw(opening));
    expect(commitmentOf(crypto, same)).toBe(offer.commitment);
    expect(opens(crypto, same, offer.commitment)).toBe(false);
    for (const zero of [IDENTITY, ORDER]) expect(opens(crypto, zero, IDENTITY)).toBe(false);
  });
});
