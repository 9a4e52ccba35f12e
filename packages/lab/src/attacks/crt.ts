/**
 * The forgery of P§2B R1: Theorem 3 of S1 takes T' for an encryption of one number, which no customer can check. T' is made
 * by Chinese remainders instead, of the advertised goods modulo N and of others modulo N_1. It passes the comparison, and
 * K_M1⁻¹ opens the others.
 *
 * On ours the merchant tries whatever it can say about goods other than the certificate's, and the customer makes its check.
 */
import { assert, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, raw, scalarFrom, sign } from "@counterfoil/crypto";
import { certificateSchema, commitmentOf, makeEscrow, makeOffer, openingOf } from "@counterfoil/protocols/contract";
import { checkCertificate, checkOffer } from "@counterfoil/protocols/exchange";
import type { Means } from "../letters.ts";
import {
  advertised,
  drawnBelow,
  encrypt,
  encryptUnderBoth,
  joinedCiphers,
  keyPair,
  type Masked,
  maskFor,
  opened,
  pairOf,
  type RsaKey,
  type RsaPair,
  unmasking,
  validates,
} from "../literal/rsa/index.ts";
import { type Attack, anyOf, attackOf, type Half, type Line, tellerOf } from "./attack.ts";
import { answerWith, honestly, type Item, type Lie, opensItem, orderFor, type Shelf, shelfOf } from "./shelf.ts";

/** The customer's two looks: at the certificate, and at the offer. */
export interface CustomerChecks {
  readonly certificate: typeof checkCertificate;
  readonly offer: typeof checkOffer;
}

const SHIPPED: CustomerChecks = { certificate: checkCertificate, offer: checkOffer };

export function crtAttack(crypto: Crypto, checks: CustomerChecks = SHIPPED): Attack {
  const of = {
    id: "crt",
    title: "other goods than the validated ones, by Chinese remainders",
    source: "S1 §3.1 and §3.2, Theorem 3; P§2B R1",
  };
  return attackOf(of, literal, () => ours(shelfOf(crypto), checks));
}

/** The numbers of the small example (vectors/cross-validation.json). */
export const EXAMPLE = {
  catalogue: pairOf(1_019n, 1_031n, 7n),
  sale: pairOf(1_013n, 1_049n, 7n),
  wanted: 123_456n,
  other: 666n,
  mask: 271_828n,
} as const;

const BITS = 2_048;

const literally = tellerOf("literal");

function* literal(means: Means): Half {
  const { catalogue, sale, wanted, other, mask } = EXAMPLE;
  yield literally("K_M, of the primes 1019 and 1031", `⟨7, ${catalogue.n}⟩`);
  yield literally("K_M1, of the primes 1013 and 1049", `⟨7, ${sale.n}⟩`);
  const small = yield* forged(means, catalogue, sale, wanted, other, mask);
  yield literally(`the same with keys of ${BITS} bits and goods drawn at random`);
  const long = { catalogue: keyPair(means, BITS, 65_537n), sale: keyPair(means, BITS, 65_537n) };
  const [m, g] = [drawnBelow(means, long.sale.n >> 1n), drawnBelow(means, long.sale.n >> 1n)];
  const full = yield* forged(means, long.catalogue, long.sale, m, g, maskFor(means, long.sale));
  return small && full ? "succeeded" : "refused";
}

/** @returns whether both forms passed the customer's check and opened to the other goods. */
function* forged(
  means: Means,
  catalogue: RsaPair,
  sale: RsaPair,
  wanted: bigint,
  other: bigint,
  mask: bigint,
): Generator<Line, boolean> {
  const shown = advertised(means, wanted, catalogue);
  const plain = { product: forge(means, catalogue, sale, shown, other), mask: 1n };
  yield literally("the goods advertised, m", wanted);
  yield literally("T = [m, K_M]", shown);
  yield literally("the merchant's other goods, g", other);
  yield literally("T*, which is T modulo N and [g, K_M1] modulo N_1", plain.product);
  yield literally("T* modulo N, which the customer compares with T", plain.product % catalogue.n);
  const plainGot = opened(means, plain.product, sale, 1n);
  yield literally("[T*, K_M1⁻¹], which the customer has paid for", plainGot);
  const root = joinedCiphers(wanted % catalogue.n, catalogue, other % sale.n, sale);
  const isOne = root > catalogue.n && encryptUnderBoth(means, root, catalogue, sale) === plain.product;
  yield literally(`T* is ${isOne ? "" : "not "}[x, K_M × K_M1] of an x above N`, root);
  const masked = forgeMasked(means, catalogue, sale, shown, other, mask);
  yield literally("with r", mask);
  yield literally("R = [r, K_M]", masked.mask);
  yield literally("T*, which is T·R modulo N and [g·r, K_M1] modulo N_1", masked.product);
  const maskedGot = opened(means, masked.product, sale, unmasking(mask, sale));
  yield literally("[T*, K_M1⁻¹]·r⁻¹ modulo N_1", maskedGot);
  const passed = [plain, masked].map((offer) => validates(shown, offer, catalogue.n));
  yield literally(
    "the customer's comparison, without r and with it",
    passed.map((is) => (is ? "passes" : "fails")).join(", "),
  );
  return isOne && wanted !== other && passed.every((is) => is) && plainGot === other && maskedGot === other;
}

/** T*, by nothing but what the merchant has: T of the catalogue, the keys, and its other goods. */
function forge(means: Means, catalogue: RsaKey, sale: RsaKey, shown: bigint, other: bigint): bigint {
  return joinedCiphers(shown, catalogue, encrypt(means, other, sale), sale);
}

function forgeMasked(
  means: Means,
  catalogue: RsaKey,
  sale: RsaKey,
  shown: bigint,
  other: bigint,
  mask: bigint,
): Masked {
  const maskCipher = encrypt(means, mask % catalogue.n, catalogue);
  const second = encrypt(means, (other * mask) % sale.n, sale);
  return { mask: maskCipher, product: joinedCiphers((shown * maskCipher) % catalogue.n, catalogue, second, sale) };
}

const onOurs = tellerOf("ours");

function* ours(shelf: Shelf, checks: CustomerChecks): Half {
  const { crypto, contract, wanted } = shelf;
  const honest = honestly(contract);
  const isCertified = checks.certificate(crypto, wanted.signed, wanted.shown, shelf.trustees.trusted).ok;
  const isTaken = accepts(shelf, checks, honest).accepted && isCertified;
  assert(isTaken && opensItem(crypto, wanted, honest.opening, honest.offer.sealed), "an honest offer is taken");
  yield onOurs("the certificate of the wanted goods, its D", raw(wanted.certificate.escrow.body));
  yield onOurs("an honest offer's D′: it is taken, and v opens the wanted goods", raw(honest.offer.sealed.body));
  const succeeded: boolean[] = [];
  for (const [name, lie] of liesOf(shelf)) {
    const { accepted, reason } = accepts(shelf, checks, lie);
    const isWanted = opensItem(crypto, wanted, lie.opening, lie.offer.sealed);
    succeeded.push(accepted && !isWanted);
    yield onOurs(`${name}: ${accepted ? "taken" : "refused"}`, reason);
  }
  const swapped = checks.certificate(crypto, reescrowed(shelf), wanted.shown, shelf.trustees.trusted);
  succeeded.push(swapped.ok);
  yield onOurs(
    `the certificate of the wanted goods with the other's point in it, proven: ${swapped.ok ? "taken" : "refused"}`,
    swapped.ok ? undefined : swapped.reason,
  );
  return anyOf(succeeded);
}

function accepts({ crypto, contract, wanted, ...shelf }: Shelf, { offer: check }: CustomerChecks, lie: Lie) {
  const { certificate, certified } = wanted;
  const named = { certificate, certHash: certified.certHash };
  const answer = answerWith({ ...shelf, crypto, contract, wanted }, lie.offer);
  const checked = check(crypto, contract.keys, contract.order, named, answer);
  return { accepted: checked.ok, reason: checked.ok ? undefined : checked.reason };
}

/** Every way in which an offer for the wanted certificate can be made to hold something else. */
function liesOf(shelf: Shelf): readonly (readonly [string, Lie])[] {
  const { crypto, all, contract, wanted, other } = shelf;
  const { group } = crypto;
  const { seed } = all.shopConfig;
  const { tid } = contract.slip;
  const honest = honestly(contract);
  const opening = openingOf(crypto, seed, tid);
  const made = (goods: Item["goods"], of: Item): Lie => ({
    offer: makeOffer(crypto, seed, tid, goods, of.certified),
    opening,
  });
  const otherPoint = made({ ...wanted.goods, point: other.goods.point }, wanted);
  const own = made(other.goods, wanted);
  const apart = group.subtract(other.goods.point, wanted.goods.point);
  const moved = toHex(group.add(raw(honest.offer.sealed.body), apart));
  const anotherOpening = toHex(scalarFrom(crypto, seed, "another v"));
  const earlier = honestly(orderFor(all, wanted, "an order before"));
  const [first, second] = [honest.offer.proof, own.offer.proof];
  const mixed = { ...first, responses: [first.responses[0] as Hex, second.responses[1] as Hex] };
  return [
    ["the other goods' P, proven with the a of the wanted", otherPoint],
    ["the other goods' P and a, proven for the wanted certificate", own],
    ["the other goods' P and a, proven for their own certificate", made(other.goods, other)],
    ["D′ moved to the other goods' P, under the honest proof", lieOf(honest, { sealed: { body: moved } })],
    ["the other goods' D′, under a proof of halves of two", { ...own, offer: { ...own.offer, proof: mixed } }],
    [
      "the honest D′ under another V, whose v is released",
      {
        ...lieOf(honest, { commitment: commitmentOf(crypto, anotherOpening) }),
        opening: anotherOpening,
      },
    ],
    ["an offer of an earlier sale, with this one's v", { offer: { ...earlier.offer, tid }, opening: honest.opening }],
    ["D itself as D′", lieOf(honest, { sealed: { body: wanted.certificate.escrow.body } })],
  ];
}

function lieOf(
  { offer, opening }: Lie,
  changes: { readonly commitment?: Hex; readonly sealed?: { readonly body: Hex } },
): Lie {
  const sealed = { ...offer.sealed, ...changes.sealed };
  return { offer: { ...offer, commitment: changes.commitment ?? offer.commitment, sealed }, opening };
}

/** π_reg holds of it, since the shop knows both P and a. It has no signature of the certifier on that, and so signs itself. */
function reescrowed({ crypto, all, wanted, other }: Shelf): Uint8Array {
  const { certifier, escrow: _, ...label } = wanted.certificate;
  const certificate = { ...label, certifier, escrow: makeEscrow(crypto, label, other.goods) };
  return sign(crypto, all.shopConfig.key, certificateSchema, certificate);
}
