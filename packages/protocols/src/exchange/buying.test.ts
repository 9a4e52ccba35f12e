/** The customer before the point of no return: what it must see before it pays, and what of it the bank sees. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { portableCrypto, raw, read, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  goodsPointOf,
  makeEscrow,
  makeOffer,
  noTrustees,
  type OfferBody,
  offerBodySchema,
  offerHashOf,
} from "../contract/index.ts";
import { fundingSchema, settleRequest } from "../money/index.ts";
import { groupIdOf } from "../trustees/index.ts";
import { askPrice, checkCertificate, checkOffer, payFor, readQuote, type Trusted } from "./buying.ts";
import { merchantAnswer, paymentMessage } from "./messages.ts";
import { contractOf, debitBy, endorsed, listingOf, NOW, parties, reslipped, seedOf, stock } from "./parties.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const { group } = crypto;
const OTHER = "ab".repeat(32);
const NO_POINT = "ff".repeat(32);
const IDENTITY = "00".repeat(32);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));

const all = parties(crypto);
const pid = stock(all, "thing");
const own = certificateAt(pid);
const certified = { certificate: own, certHash: certHashOf(crypto, own) };
const [one, two] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
const funding = debitBy(all, payer, one);
const merchant = one.slip.merchant;

function item(at: Hex = pid) {
  const found = all.shop.view.get("item", at);
  if (found === undefined) throw new Error("no item");
  return found;
}

function certificateAt(at: Hex): Certificate {
  const certificate = read(certificateSchema, item(at).certificate);
  if (!certificate.ok) throw new Error(certificate.reason);
  return certificate.value.value;
}

function point(word: string): Uint8Array {
  return goodsPointOf(crypto, seedOf(word, crypto), OTHER).point;
}

describe("an offer", () => {
  const said = decode(
    merchantAnswer,
    all.shop.authority.answer({ kind: "offer", order: one.order, item: item() }, NOW),
  );
  const body = said.ok && said.value.kind === "offer" ? crypto.unseal(one.keys.replies, said.value.body) : null;
  const honest = decode(offerBodySchema, body as Uint8Array);
  if (!honest.ok) throw new Error("no offer");

  const answer = (slip: Uint8Array, offer: OfferBody, to = one.keys.replies.publicKey) =>
    encode(merchantAnswer, { kind: "offer", slip, body: crypto.seal(to, encode(offerBodySchema, offer)) });
  const reason = (bytes: Uint8Array, to: Parameters<typeof checkOffer>[3] = certified, order = one.order) => {
    const offer = checkOffer(crypto, one.keys, order, to, bytes);
    return offer.ok ? "taken" : offer.reason;
  };
  /** The merchant signs whatever it offers: only what is inside can be wrong. */
  const offering = (changes: Partial<OfferBody>) => {
    const offer = { ...honest.value, ...changes };
    const { commitment } = offer;
    return answer(reslipped(all, one, { commitment, offerHash: offerHashOf(crypto, offer) }).slipSigned, offer);
  };
  const { sealed, commitment, proof } = honest.value;

  test("that is honest is taken, whoever makes it again", () => {
    expect(reason(answer(one.slipSigned, honest.value))).toBe("taken");
    expect(reason(offering({}))).toBe("taken");
    const goods = goodsPointOf(crypto, all.shopConfig.seed, item().registration);
    const again = makeOffer(crypto, all.shopConfig.seed, one.slip.tid, goods, { ...own, certHash: certified.certHash });
    expect(again.proof).not.toEqual(proof);
    expect(reason(answer(one.slipSigned, again))).toBe("taken");
  });

  test("must say what was ordered and hold what its slip names", () => {
    expect(reason(answer(two.slipSigned, honest.value))).toBe("slip-differs-from-order");
    expect(reason(answer(one.slipSigned, honest.value, two.keys.replies.publicKey))).toBe("malformed");
    expect(reason(answer(one.slipSigned, { ...honest.value, sealed: two.sealed }))).toBe("offer-differs-from-slip");
    expect(reason(answer(one.slipSigned, { ...honest.value, tid: OTHER }))).toBe("offer-differs-from-slip");
    expect(reason(answer(one.slipSigned, { ...honest.value, commitment: two.slip.commitment }))).toBe(
      "offer-differs-from-slip",
    );
    expect(reason(encode(merchantAnswer, { kind: "pending", tid: pid }))).toBe("not-an-offer");
  });

  test("must be of the certificate that was ordered", () => {
    const elsewhere = { certificate: own, certHash: OTHER };
    expect(reason(answer(one.slipSigned, honest.value), elsewhere)).toBe("slip-differs-from-order");
  });

  test("of another P, of which the merchant may know all, does not open the goods", () => {
    const rubbish = toHex(group.add(raw(sealed.body), point("rubbish")));
    expect(reason(offering({ sealed: { ...sealed, body: rubbish } }))).toBe("offer-does-not-open-goods");
    const other = {
      point: point("rubbish"),
      scalar: goodsPointOf(crypto, all.shopConfig.seed, item().registration).scalar,
    };
    const made = makeOffer(crypto, all.shopConfig.seed, one.slip.tid, other, { ...own, certHash: certified.certHash });
    expect(reason(offering(made))).toBe("offer-does-not-open-goods");
  });

  test("of another sale's proof, or a proof of another certificate, does not hold", () => {
    const goods = goodsPointOf(crypto, all.shopConfig.seed, item().registration);
    const of = (tid: Hex, certHash: Hex) =>
      makeOffer(crypto, all.shopConfig.seed, tid, goods, { ...own, certHash }).proof;
    expect(reason(offering({ proof: of(two.slip.tid, certified.certHash) }))).toBe("offer-does-not-open-goods");
    expect(reason(offering({ proof: of(one.slip.tid, OTHER) }))).toBe("offer-does-not-open-goods");
  });

  test.each([
    ["V", { commitment: NO_POINT }],
    ["V", { commitment: IDENTITY }],
    ["A'", { sealed: { ...sealed, head: NO_POINT } }],
    ["A'", { sealed: { ...sealed, head: IDENTITY } }],
    ["D'", { sealed: { ...sealed, body: NO_POINT } }],
    ["D'", { sealed: { ...sealed, body: IDENTITY } }],
    ["D', of D itself", { sealed: { ...sealed, body: own.escrow.body } }],
    ["a challenge", { proof: { ...proof, challenge: NO_POINT } }],
    ["responses", { proof: { ...proof, responses: proof.responses.slice(1) } }],
    ["V for another", { commitment: toHex(group.add(raw(commitment), point("more"))) }],
  ] as const)("with %s that is none", (_, changes) => {
    expect(reason(offering(changes))).toBe("offer-does-not-open-goods");
  });
});

test("a quote must be this merchant's, for this item", () => {
  const ask = { merchant, pid, session: OTHER, notAfterMs: NOW + 1, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, one.keys, ask);
  const quote = all.shop.hear(request, NOW);
  const heard = (changes: { pid?: Hex; merchant?: Hex }) => {
    const result = readQuote(crypto, one.keys, { ...ask, ...changes }, request, quote, NOW);
    return result.ok ? "taken" : result.reason;
  };
  expect([heard({}), heard({ pid: OTHER }), heard({ merchant: OTHER })]).toEqual([
    "taken",
    "wrong-quote",
    "wrong-signature",
  ]);
});

describe("a certificate", () => {
  const trustees = trusteesOf(crypto);
  const seen = { ...listingOf(all, "thing"), merchant };
  const elsewhere = parties(crypto);
  const escrowed = certifiedBy(elsewhere, stock(elsewhere, "thing"), trustees);
  const NOBODY: Trusted = { certifiers: [], groups: [] };

  const check = (signed: Uint8Array, trusted: Trusted = NOBODY, shown: object = {}) => {
    const result = checkCertificate(crypto, signed, { ...seen, ...shown }, trusted);
    return result.ok ? result.value.group : result.reason;
  };
  const signedBy = (key: typeof payer, certificate: Certificate) =>
    sign(crypto, key, certificateSchema, { ...certificate, certifier: key.publicKey });
  const { certifier, group: trusted } = trustees;
  const shop = all.shopConfig.key;

  test("must be this merchant's, for this description", () => {
    const signed = item().certificate;
    expect(check(signed)).toBeNull();
    expect(check(signed, NOBODY, { merchant: OTHER })).toBe("wrong-merchant");
    expect(check(signed, NOBODY, { title: "x" })).toBe("description-differs");
  });

  test("by a certifier that the buyer trusts names whom to ask; a shop's own word does not", () => {
    expect(check(signedBy(certifier, escrowed), trustees.trusted)).toEqual(trusted);
    expect(check(signedBy(certifier, own), trustees.trusted)).toBeNull();
    expect(check(signedBy(shop, escrowed), trustees.trusted)).toBeNull();
  });

  test("by a certifier that it does not: the seller could name itself", () => {
    expect(check(signedBy(payer, escrowed), trustees.trusted)).toBe("unknown-certifier");
    expect(check(signedBy(certifier, escrowed), { certifiers: [], groups: [trusted] })).toBe("unknown-certifier");
  });

  test("to trustees that it does not trust, or to a key that is not theirs", () => {
    expect(check(signedBy(certifier, escrowed), { ...trustees.trusted, groups: [] })).toBe("unknown-trustees");
    const { certifier: _, escrow: __, ...label } = escrowed;
    const goods = goodsPointOf(crypto, all.shopConfig.seed, item().registration);
    const under = (changes: Pick<Certificate, "group" | "groupKey">): Certificate => {
      const changed = { ...label, ...changes };
      return { ...changed, certifier: certifier.publicKey, escrow: makeEscrow(crypto, changed, goods) };
    };
    const [id, key] = [groupIdOf(crypto, trusted), toHex(point("a key of its own"))];
    const nobody = noTrustees(crypto);
    const checked = (group: Hex, groupKey: Hex) =>
      check(signedBy(certifier, under({ group, groupKey })), trustees.trusted);
    expect(checked(id, trusted.key), "the case below can fail").toEqual(trusted);
    expect(checked(id, key)).toBe("unknown-trustees");
    expect(checked(id, nobody.groupKey)).toBe("unknown-trustees");
    expect(checked(nobody.group, trusted.key)).toBe("unknown-trustees");
    expect(checked(OTHER, key)).toBe("unknown-trustees");
  });

  test("with an escrow that was made for another, or by somebody who did not know P", () => {
    const goods = goodsPointOf(crypto, all.shopConfig.seed, item().registration);
    const { escrow } = escrowed;
    const moved = (by: Uint8Array) => ({ ...escrow, body: toHex(group.add(raw(escrow.body), by)) });
    const spoiled: Certificate["escrow"][] = [
      moved(point("a little")),
      { ...escrow, head: toHex(group.add(raw(escrow.head), point("a little"))) },
      { ...escrow, twin: escrow.head },
      { ...escrow, head: NO_POINT },
      { ...escrow, body: IDENTITY },
      { ...escrow, proof: { ...escrow.proof, responses: [] } },
      makeEscrow(crypto, { ...escrowed, version: 2 }, goods),
      makeEscrow(crypto, { ...escrowed, merchant: payer.publicKey }, goods),
      own.escrow,
    ];
    for (const each of spoiled) {
      expect(check(signedBy(certifier, { ...escrowed, escrow: each }), trustees.trusted)).toBe("wrong-escrow");
    }
    const again = makeEscrow(crypto, escrowed, goods);
    expect(check(signedBy(certifier, { ...escrowed, escrow: again }), trustees.trusted)).toEqual(trusted);
    expect(check(signedBy(shop, { ...own, escrow }))).toBe("wrong-escrow");
  });
});

test("the bank sees neither the sealed point nor what is bought", () => {
  const seen = toHex(endorsed(one, funding));
  const { certHash } = one.order;
  for (const hidden of [one.sealed.head, one.sealed.body, certHash, one.pid, toHex(one.orderSigned)])
    expect(seen).not.toContain(hidden);
  expect(seen, "the scan can find what is there").toContain(one.slip.offerHash);
  const placed = { order: one.order, signed: one.orderSigned, message: new Uint8Array(0) };
  const { slip: own, slipSigned, slipHash, sealed: point, proof } = one;
  const offer = { slip: own, slipSigned, slipHash, sealed: point, proof };
  const account = { kind: "account" as const, account: payer, bankBox: all.bankConfig.box.publicKey };
  const purchase = payFor(
    crypto,
    one.keys,
    one.pid,
    placed,
    offer,
    { certificate: new Uint8Array(1), group: null },
    account,
    NOW,
  );
  const message = decode(paymentMessage, purchase.payment);
  if (!message.ok) throw new Error(message.reason);
  const { slip, pay, funding: sealed } = message.value;
  const settle = toHex(encode(settleRequest, { slip, pay, funding: sealed, opening: one.opening }));
  for (const hidden of [one.sealed.head, one.sealed.body, certHash, one.pid]) expect(settle).not.toContain(hidden);
  expect(toHex(encode(fundingSchema, sealed)), "nor does the merchant see whose account pays").not.toContain(
    payer.publicKey,
  );
});
