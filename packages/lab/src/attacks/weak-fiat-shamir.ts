/**
 * A proof whose challenge is of its commitments alone (P§2C *One proof engine*): the liar commits first, learns c, and then
 * solves for the image that fits, here for a D′ that holds another point than the certificate's. With π_sale made so, a
 * customer's check passes and v opens no file.
 *
 * The engine of ours hashes the whole statement, D′ included. The same transcript, and every other order in which one could
 * try to make it, is shown to the check of an offer.
 */
import { encodeItems, sameBytes, toHex } from "@counterfoil/base";
import { type Crypto, type Point, raw, type Scalar, scalarFrom } from "@counterfoil/crypto";
import {
  makeOffer,
  type OfferBody,
  offerHolds,
  openingOf,
  sealPoint,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import type { Means } from "../letters.ts";
import { type Attack, anyOf, attackOf, type Half, type Line, tellerOf } from "./attack.ts";
import { honestly, isPointOf, type Lie, opensItem, type Shelf, shelfOf } from "./shelf.ts";

/** A customer's check of π_sale. */
export type ChecksOffer = typeof offerHolds;

export function weakFiatShamirAttack(crypto: Crypto, checks: ChecksOffer = offerHolds): Attack {
  const of = {
    id: "weak-fiat-shamir",
    title: "a proof of something false, where the challenge leaves the statement out",
    source: "P§2C, One proof engine",
  };
  return attackOf(
    of,
    (means) => forgery("literal", means, shelfOf(crypto), offerHoldsWeakly),
    (means) => forgery("ours", means, shelfOf(crypto), checks),
  );
}

function* forgery(of: Line["of"], means: Means, shelf: Shelf, checks: ChecksOffer): Half {
  const tells = tellerOf(of);
  const { crypto, wanted, contract } = shelf;
  const { certified } = wanted;
  const honest = honestly(contract);
  yield tells(`a customer whose c is of ${of === "ours" ? "the whole statement" : "T1, T2 and T3 alone"}`);
  if (of === "ours") yield tells(`the honest offer: ${checks(crypto, honest.offer, certified) ? "taken" : "refused"}`);
  const { lie, commitments, challenge, point } = forge(means, shelf);
  for (const [i, point] of commitments.entries()) yield tells(`T${i + 1}, committed to before anything else`, point);
  yield tells("c of these three alone", challenge);
  yield tells("D′, solved for afterwards", raw(lie.offer.sealed.body));
  const tries: readonly (readonly [string, Lie])[] = [
    ["the forged offer", lie],
    ["the same D′, proven by the engine as if it were true", { ...lie, offer: proven(shelf, point) }],
  ];
  const succeeded: boolean[] = [];
  for (const [name, { offer, opening }] of tries) {
    const isTaken = checks(crypto, offer, certified);
    const isOpen = opensItem(crypto, wanted, opening, offer.sealed);
    yield tells(`${name}: ${isTaken ? "taken" : "refused"}`);
    succeeded.push(isTaken && !isOpen);
  }
  const released = unsealPoint(crypto, lie.opening, lie.offer.sealed);
  const opens = isPointOf(crypto, wanted.certificate, released) ? "opens" : "does not open";
  yield tells(`D′ − vA′, which ${opens} the file that was certified`, raw(released));
  return anyOf(succeeded);
}

interface Forged {
  readonly lie: Lie;
  /** T_1, T_2, T_3. */
  readonly commitments: readonly Point[];
  readonly challenge: Scalar;
  /** What D′ holds: P less a point that nobody chose. */
  readonly point: Point;
}

/**
 * T_3 is committed to with a point E too many. c·(D′ − D) then takes it up: D′ = P + bV − E/c, which is no encryption of P.
 */
function forge(means: Means, { crypto, all, wanted, contract }: Shelf): Forged {
  const { group } = crypto;
  const { seed } = all.shopConfig;
  const { tid } = contract.slip;
  const [s, u, e] = ["s", "u", "e"].map((name) => scalarFrom(crypto, means.random(32), name)) as [
    Scalar,
    Scalar,
    Scalar,
  ];
  const { scalar: b, commitment, sealed } = sealPoint(crypto, seed, tid, wanted.goods.point);
  const bound = group.subtract(group.multiply(u, raw(commitment)), group.multiply(s, raw(wanted.certified.groupKey)));
  const commitments = [group.base(s), group.base(u), group.add(bound, group.base(e))];
  const challenge = weakChallenge(crypto, commitments);
  const away = group.base(group.times(e, group.invert(challenge)));
  const responses = [
    group.plus(s, group.times(challenge, wanted.goods.scalar)),
    group.plus(u, group.times(challenge, b)),
  ];
  const offer: OfferBody = {
    ...{ tid, commitment },
    sealed: { head: sealed.head, body: toHex(group.subtract(raw(sealed.body), away)) },
    proof: { challenge: toHex(challenge), responses: responses.map(toHex) },
  };
  const point = group.subtract(wanted.goods.point, away);
  return { lie: { offer, opening: openingOf(crypto, seed, tid) }, commitments, challenge, point };
}

/** The same v, A′ and D′, since they are made of the same seed and tid. */
function proven({ crypto, all, wanted, contract }: Shelf, point: Point): OfferBody {
  const goods = { point, scalar: wanted.goods.scalar };
  return makeOffer(crypto, all.shopConfig.seed, contract.slip.tid, goods, wanted.certified);
}

/** The check of π_sale with c = H(T_1, T_2, T_3), and nothing else in the hash. */
export const offerHoldsWeakly: ChecksOffer = (crypto, { commitment, sealed, proof }, { groupKey, escrow }) => {
  const { group } = crypto;
  const challenge = raw(proof.challenge);
  const [a, b] = proof.responses.map(raw) as [Scalar, Scalar];
  const apart = group.subtract(raw(sealed.body), raw(escrow.body));
  const less = (sum: Point, image: Point): Point => group.subtract(sum, group.multiply(challenge, image));
  const bound = group.subtract(group.multiply(b, raw(commitment)), group.multiply(a, raw(groupKey)));
  const commitments = [
    less(group.base(a), raw(escrow.head)),
    less(group.base(b), raw(sealed.head)),
    less(bound, apart),
  ];
  return sameBytes(weakChallenge(crypto, commitments), challenge);
};

function weakChallenge(crypto: Crypto, commitments: readonly Point[]): Scalar {
  return crypto.group.reduce(crypto.sha512(encodeItems(["commitments", ...commitments])));
}
