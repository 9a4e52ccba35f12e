/**
 * One trustee's side of a ceremony: what it says in each round, and at last its share. All of it comes from one secret of
 * this ceremony, drawn fresh, which is forgotten as soon as the share is known: what was sealed then stays closed.
 */
import { assert, toHex } from "@counterfoil/base";
import {
  type BoxKey,
  type Crypto,
  combineShares,
  commitmentsTo,
  isScalar,
  KDF,
  polynomial,
  provePossession,
  raw,
  type Scalar,
  type SigningKey,
  shareFits,
  shareFor,
  sign,
} from "@counterfoil/crypto";
import { type Ceremony, complainersOf, indexIn, publishedShare } from "./ceremony.ts";
import {
  commitSchema,
  defenceSchema,
  hashCommitments,
  type Reveal,
  revealSchema,
  verdictSchema,
} from "./ceremony-messages.ts";
import { groupIdOf, membershipSchema, type TrusteeGroup } from "./messages.ts";

export interface Dealer {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** Of this ceremony alone. */
  readonly secret: Uint8Array;
}

/** What this trustee says next: sealing and proving draw fresh bytes, so the caller keeps it before it is sent. */
export function sayNext(dealer: Dealer, ceremony: Ceremony): Uint8Array {
  switch (ceremony.heard) {
    case 0:
      return commit(dealer, ceremony);
    case 1:
      return reveal(dealer, ceremony);
    case 2:
      return judge(dealer, ceremony);
    case 3:
      return defend(dealer, ceremony);
    default:
      throw new Error("a ceremony has four rounds of dealing");
  }
}

function commit(dealer: Dealer, ceremony: Ceremony): Uint8Array {
  const { crypto, key } = dealer;
  const commitments = commitmentsTo(crypto, coefficientsOf(dealer, ceremony)).map(toHex);
  return sign(crypto, key, commitSchema, {
    ...speaker(dealer, ceremony),
    commitments: hashCommitments(crypto, ceremony.id, key.publicKey, commitments),
    box: boxOf(dealer, ceremony).publicKey,
  });
}

function reveal(dealer: Dealer, ceremony: Ceremony): Uint8Array {
  const { crypto, key } = dealer;
  const { id, terms, commits } = ceremony;
  const coefficients = coefficientsOf(dealer, ceremony);
  const dealing = { ceremony: raw(id), dealer: indexIn(terms, key.publicKey) };
  return sign(crypto, key, revealSchema, {
    ...speaker(dealer, ceremony),
    commitments: commitmentsTo(crypto, coefficients).map(toHex),
    possession: provePossession(crypto, dealing, coefficients),
    shares: commits.map(({ trustee, box }) =>
      crypto.seal(box, shareFor(crypto, coefficients, indexIn(terms, trustee))),
    ),
  });
}

function judge(dealer: Dealer, ceremony: Ceremony): Uint8Array {
  const against = misfits(dealer, ceremony);
  return sign(dealer.crypto, dealer.key, verdictSchema, { ...speaker(dealer, ceremony), against });
}

/** Dealers whose share for this trustee does not open, or is not on the polynomial that they committed to. */
function misfits(dealer: Dealer, ceremony: Ceremony): readonly number[] {
  const box = boxOf(dealer, ceremony);
  return ceremony.reveals
    .filter((dealt) => sealedShare(dealer, ceremony, box, dealt) === null)
    .map(({ trustee }) => indexIn(ceremony.terms, trustee));
}

/** The shares of those who complained. Of whom t complain is out, so nothing is published then. */
function defend(dealer: Dealer, ceremony: Ceremony): Uint8Array {
  const { crypto, key } = dealer;
  const complainers = complainersOf(ceremony, key.publicKey);
  const answered = complainers.length < ceremony.terms.threshold ? complainers : [];
  const coefficients = coefficientsOf(dealer, ceremony);
  const shares = answered.map((to) => ({ to, share: toHex(shareFor(crypto, coefficients, to)) }));
  return sign(crypto, key, defenceSchema, { ...speaker(dealer, ceremony), shares });
}

/** [“in-group/1”, group]trustee, and y_k = Σ f_i(k) over those who count; where one was complained of, what it published. */
export function confirm(
  dealer: Dealer,
  ceremony: Ceremony,
  group: TrusteeGroup,
): { readonly share: Scalar; readonly said: Uint8Array } {
  const { crypto, key } = dealer;
  const index = indexIn(ceremony.terms, key.publicKey);
  const box = boxOf(dealer, ceremony);
  const members = ceremony.reveals.filter(({ trustee }) => group.trustees.some((each) => each.key === trustee));
  const shares = members.map((dealt) => {
    const published = complainersOf(ceremony, dealt.trustee).includes(index)
      ? publishedShare(ceremony, dealt.trustee, index)
      : undefined;
    const share = published === undefined ? sealedShare(dealer, ceremony, box, dealt) : raw(published);
    assert(share !== null, "a share that nobody complained of fits");
    return share;
  });
  const share = combineShares(crypto, shares);
  const own = group.trustees.find((each) => each.index === index);
  assert(isScalar(share) && toHex(crypto.group.base(share)) === own?.share, "the share is that of the descriptor");
  const body = { trustee: key.publicKey, group: groupIdOf(crypto, group) };
  return { share, said: sign(crypto, key, membershipSchema, body) };
}

/** f_i(k), if it opens and fits. */
function sealedShare({ crypto, key }: Dealer, { terms, commits }: Ceremony, box: BoxKey, dealt: Reveal): Scalar | null {
  const place = commits.findIndex(({ trustee }) => trustee === key.publicKey);
  const share = crypto.unseal(box, dealt.shares[place] as Uint8Array);
  const index = indexIn(terms, key.publicKey);
  return share !== null && shareFits(crypto, dealt.commitments.map(raw), index, share) ? share : null;
}

function speaker({ key }: Dealer, { id, soFar }: Ceremony) {
  return { ceremony: id, trustee: key.publicKey, previous: soFar };
}

function coefficientsOf({ crypto, secret }: Dealer, { id, terms }: Ceremony): readonly Scalar[] {
  return polynomial(crypto, secret, raw(id), terms.threshold);
}

function boxOf({ crypto, secret }: Dealer, { id }: Ceremony): BoxKey {
  return crypto.boxKey(KDF(crypto, secret, "ceremony box", raw(id)));
}
