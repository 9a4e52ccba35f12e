/** A gift proven to one authority: by nobody but its donor, about nothing but itself, once, and to nobody else. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { portableCrypto, raw } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import { encodeEvidence, paymentOnly } from "../exchange/index.ts";
import {
  type Contract,
  contractOf,
  debitBy,
  endorsed,
  fund,
  NOW,
  parties,
  reslipped,
  seedOf,
  stock,
} from "../exchange/parties.fixture.ts";
import { bankAnswer } from "../money/index.ts";
import { giftAuthority } from "./authority.ts";
import {
  authorityHolds,
  authorityIdOf,
  authorityKeys,
  describeAuthority,
  giftTag,
  type OwnGift,
  openGift,
  proveGift,
} from "./gift.ts";
import { GIFT_REASONS, type GiftProof, giftAnswer, giftMessage, giftProofSchema } from "./messages.ts";

const crypto = await portableCrypto();
const all = parties(crypto);
const payer = crypto.signingKey(seedOf("payer", crypto));
fund(all, payer.publicKey, 100_000n);
const DONATION = { priceMinor: 0n, floorMinor: 100n } as const;
const pid = stock(all, "relief", DONATION);
const AS = { name: "Ann Example, 12/345", purpose: "2027" };

function authorityOf(word: string, name = "The tax office") {
  const keys = authorityKeys(crypto, seedOf(word, crypto));
  const descriptor = describeAuthority(crypto, keys, name);
  return { keys, descriptor, id: authorityIdOf(crypto, descriptor) };
}
const office = authorityOf("office");
const rival = authorityOf("rival");

/** A gift that was paid, as its donor has it. */
function gift(one: Contract): OwnGift & { readonly one: Contract } {
  const answer = decode(bankAnswer, all.bank.hear(endorsed(one, debitBy(all, payer, one)), NOW));
  if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
  const { receipt } = answer.value;
  const paid = { slip: one.slipSigned, pay: one.pay, receipt, logged: null };
  const evidence = encodeEvidence(paymentOnly({ kind: "payment", ...paid }));
  return { evidence, order: one.orderSigned, secret: one.keys.disputes.secret, one };
}
const given = (word: string, priceMinor = 500n) => gift(contractOf(all, pid, word, { priceMinor }));
const [ours, another] = [given("ours"), given("another", 700n)];

const named = new Set<string>();
function reason(proof: Uint8Array, to = office): string {
  const opened = openGift(crypto, to.keys, to.id, proof);
  if (!opened.ok) named.add(opened.reason);
  return opened.ok ? "convinced" : opened.reason;
}

const proofOf = (from: OwnGift = ours, as = AS): GiftProof => {
  const message = decode(giftMessage, proveGift(crypto, office.descriptor, from, as));
  const proof = decode(
    giftProofSchema,
    (message.ok && crypto.unseal(office.keys.box, message.value.sealed)) || seedOf("", crypto),
  );
  if (!proof.ok) throw new Error(proof.reason);
  return proof.value;
};
const sealedTo = (proof: GiftProof, to = office) =>
  encode(giftMessage, { authority: to.id, sealed: crypto.seal(to.keys.box.publicKey, encode(giftProofSchema, proof)) });
const changed = (changes: Partial<GiftProof>) => reason(sealedTo({ ...proofOf(), ...changes }));

test("the authority learns amount, recipient, time and who claims it", () => {
  const opened = openGift(crypto, office.keys, office.id, proveGift(crypto, office.descriptor, ours, AS));
  expect(opened).toEqual({
    ok: true,
    value: {
      tid: ours.one.slip.tid,
      slipHash: ours.one.slipHash,
      merchant: all.shopConfig.key.publicKey,
      bank: all.bankConfig.key.publicKey,
      certHash: all.shop.view.get("item", pid)?.cert_hash,
      priceMinor: 500n,
      unit: "XTS",
      paidAtMs: NOW,
      ...AS,
    },
  });
});

describe("each part from another true proof of the same donor", () => {
  test.each([
    ["evidence", "wrong-order"],
    ["order", "wrong-order"],
    ["tag", "wrong-tag"],
  ] as const)("%s: %s", (field, expected) => {
    expect(changed({ [field]: proofOf(another)[field] })).toBe(expected);
  });

  test("evidence and order, so another amount: wrong-tag", () => {
    const { evidence, order } = proofOf(another);
    expect(changed({ evidence, order })).toBe("wrong-tag");
  });

  test.each([
    ["name", { name: "Eve" }],
    ["purpose", { purpose: "2028" }],
  ])("another %s: wrong-tag", (_, changes) => {
    expect(changed(changes)).toBe("wrong-tag");
  });

  test("none: it is convinced", () => {
    expect(changed({})).toBe("convinced");
  });
});

test("each byte of it turned is refused", () => {
  const proof = proofOf();
  const honest = encode(giftProofSchema, proof);
  // An order's own signature adds nothing: the slip names the order's hash, and the buyer's key took the slip.
  const spare = toHex(honest).indexOf(toHex(proof.order.slice(-64))) / 2;
  expect(spare).toBeGreaterThan(0);
  for (let at = 0; at < honest.length; at += 5) {
    if (at >= spare && at < spare + 64) continue;
    const bytes = honest.with(at, (honest[at] as number) ^ 1);
    const message = encode(giftMessage, {
      authority: office.id,
      sealed: crypto.seal(office.keys.box.publicKey, bytes),
    });
    expect(reason(message), `byte ${at}`).not.toBe("convinced");
  }
});

describe("what merchant and bank have makes no tag", () => {
  const { one } = ours;
  const statement = { ...AS, authority: office.id, tid: one.slip.tid, slipHash: one.slipHash };
  const by = (secret: Uint8Array, point: Hex) => giftTag(crypto, secret, point, statement);
  const scalars: [string, Uint8Array][] = [
    ["v, which the bank sees", raw(one.opening)],
    ["x of another purchase", another.secret],
    ["the rival authority's a", rival.keys.secret],
    ["one", Uint8Array.of(1, ...new Uint8Array(31))],
  ];
  const points: [string, Hex][] = [
    ["A", office.descriptor.point],
    ["X", one.order.disputes],
    ["V", one.slip.commitment],
    ["the rival's A", rival.descriptor.point],
  ];
  test.each(scalars)("%s", (_, scalar) => {
    for (const [word, point] of points) expect(changed({ tag: by(scalar, point) }), word).toBe("wrong-tag");
  });

  test("public values alone", () => {
    for (const tag of [one.slipHash, one.slip.tid, office.id, office.descriptor.point, one.order.disputes]) {
      expect(changed({ tag })).toBe("wrong-tag");
    }
  });

  test("x and A do, and only together", () => {
    expect(changed({ tag: by(ours.secret, office.descriptor.point) })).toBe("convinced");
    for (const [word, point] of points.slice(1))
      expect(changed({ tag: by(ours.secret, point) }), word).toBe("wrong-tag");
  });

  test("an order of the merchant's own making, with an X that it knows, is not the one that was paid", () => {
    const order = { ...one.order, disputes: another.one.order.disputes };
    const forged = contractOf(all, pid, "ours", { ...order });
    expect(changed({ order: forged.orderSigned })).toBe("wrong-order");
    const reslip = reslipped(all, forged, {});
    const paid = { ...ours, order: reslip.orderSigned };
    expect(() => proveGift(crypto, office.descriptor, { ...paid, secret: another.secret }, AS)).toThrow("none");
  });
});

describe("it convinces nobody else", () => {
  test("the authority makes the same proof without the donor", () => {
    const { one } = ours;
    const as = { name: "Whoever it likes", purpose: "anything" };
    const statement = { ...as, authority: office.id, tid: one.slip.tid, slipHash: one.slipHash };
    const tag = giftTag(crypto, office.keys.secret, one.order.disputes, statement);
    const simulated = { ...as, evidence: ours.evidence, order: ours.order, tag };
    expect(reason(sealedTo(simulated))).toBe("convinced");
    expect(simulated).toEqual(proofOf(ours, as));
  });

  test("what is for one authority says nothing to another, nor under another's name for the same keys", () => {
    const proof = proveGift(crypto, office.descriptor, ours, AS);
    expect(reason(proof, rival)).toBe("another-authority");
    expect(reason(sealedTo(proofOf(), rival), rival)).toBe("wrong-tag");
    const renamed = authorityOf("office", "The other office");
    expect(reason(sealedTo(proofOf(), renamed), renamed)).toBe("wrong-tag");
  });

  test("an authority that does not know a is none", () => {
    expect(authorityHolds(crypto, office.descriptor)).toBe(true);
    const { descriptor } = office;
    for (const changes of [
      { point: rival.descriptor.point },
      { point: ours.one.order.disputes },
      { box: rival.descriptor.box },
      { name: "The other office" },
      { proof: rival.descriptor.proof },
      { point: "00".repeat(32) },
      { point: "ff".repeat(32) },
    ]) {
      expect(authorityHolds(crypto, { ...descriptor, ...changes })).toBe(false);
    }
  });
});

describe("what is no proof", () => {
  test("bytes, and what is sealed to another", () => {
    expect(reason(new Uint8Array(9))).toBe("malformed");
    const sealed = crypto.seal(rival.keys.box.publicKey, encode(giftProofSchema, proofOf()));
    expect(reason(encode(giftMessage, { authority: office.id, sealed }))).toBe("malformed");
  });

  test("evidence that is none, or that gives away the goods as well", () => {
    expect(changed({ evidence: new Uint8Array(9) })).toBe("wrong-evidence");
    const spoilt = decode(giftProofSchema, encode(giftProofSchema, proofOf()));
    if (!spoilt.ok) throw new Error(spoilt.reason);
    expect(changed({ evidence: spoilt.value.evidence.with(200, 0) })).toBe("wrong-evidence");
    const { one } = ours;
    const { sealed, proof, opening, orderSigned: order, slipSigned: slip, pay } = one;
    const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
    const answer = decode(bankAnswer, all.bank.hear(endorsed(one, debitBy(all, payer, one)), NOW));
    if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
    const { receipt } = answer.value;
    const release = { kind: "opening", opening } as const;
    const unlogged = { logged: null, revealed: null };
    const paid = { certificate, order, slip, pay, sealed, proof, receipt, ...unlogged, release };
    const sale = encodeEvidence({ kind: "sale", ...paid });
    expect(changed({ evidence: sale })).toBe("wrong-evidence");
  });

  test("an X that is no point", () => {
    for (const disputes of ["00".repeat(32), "ff".repeat(32)]) {
      const odd = gift(contractOf(all, pid, `odd ${disputes}`, { priceMinor: 500n, disputes }));
      const { evidence, order } = odd;
      expect(changed({ evidence, order })).toBe("wrong-order");
    }
  });
});

describe("the authority", () => {
  const certHash = all.shop.view.get("item", pid)?.cert_hash as Hex;
  const recipient = {
    merchant: all.shopConfig.key.publicKey,
    bank: all.bankConfig.key.publicKey,
    unit: "XTS",
    name: "Relief",
    title: "A gift",
  };
  const opened = (changes: Partial<typeof recipient> = {}) => {
    const { keys, descriptor } = office;
    const authority = desk(giftAuthority({ crypto, keys, descriptor }));
    authority.decide({ kind: "recognise", certHash, recipient: { ...recipient, ...changes } }, NOW);
    const claim = (from = ours, as = AS, now = NOW) => {
      const answer = decode(giftAnswer, authority.hear(proveGift(crypto, descriptor, from, as), now));
      if (!answer.ok) throw new Error(answer.reason);
      if (answer.value.kind === "refused") named.add(answer.value.reason);
      return answer.value.kind === "refused" ? answer.value.reason : answer.value;
    };
    return { authority, claim };
  };

  test("keeps a row for each gift, and takes a repeat for what it is", () => {
    const { authority, claim } = opened();
    const { tid } = ours.one.slip;
    expect(claim()).toEqual({ kind: "accepted", tid, claimedMs: NOW });
    expect(claim(ours, AS, NOW + 5)).toEqual({ kind: "accepted", tid, claimedMs: NOW });
    expect(authority.view.get("gift", tid)).toEqual({
      recipient: certHash,
      ...AS,
      amount: 500n,
      unit: "XTS",
      paid_ms: NOW,
      claimed_ms: NOW,
    });
    expect(claim(another)).toMatchObject({ kind: "accepted", tid: another.one.slip.tid });
  });

  test("refuses the same gift under a second name, or for a second purpose, and says who was first", () => {
    const { authority, claim } = opened();
    claim();
    expect(claim(ours, { ...AS, name: "Bob" })).toBe("claimed-already");
    expect(claim(ours, { ...AS, purpose: "2028" })).toBe("claimed-already");
    expect(authority.view.get("gift", ours.one.slip.tid)).toMatchObject(AS);
    const again = openGift(
      crypto,
      office.keys,
      office.id,
      proveGift(crypto, office.descriptor, ours, { ...AS, name: "Bob" }),
    );
    if (!again.ok) throw new Error(again.reason);
    const { outcome } = authority.decide({ kind: "claim", gift: again.value }, NOW);
    expect(outcome).toMatchObject({ reason: "claimed-already", before: AS });
  });

  test.each<[string, Partial<typeof recipient>]>([
    ["of another merchant", { merchant: payer.publicKey }],
    ["at another bank", { bank: payer.publicKey }],
    ["in another unit", { unit: "EUR" }],
  ])("takes no receipt %s", (_, changes) => {
    expect(opened(changes).claim()).toBe("unknown-recipient");
  });

  test("takes no purchase for a gift, and recognises once", () => {
    const { authority, claim } = opened();
    const bought = gift(contractOf(all, stock(all, "calendar"), "bought"));
    expect(claim(bought)).toBe("unknown-recipient");
    authority.decide({ kind: "recognise", certHash, recipient: { ...recipient, name: "Other" } }, NOW + 1);
    expect(authority.view.get("recipient", certHash)).toEqual({ ...recipient, added_ms: NOW });
  });
});

afterAll(() => expect([...named].sort()).toEqual([...GIFT_REASONS].sort()));
