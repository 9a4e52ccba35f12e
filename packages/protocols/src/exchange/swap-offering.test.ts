/** What each side of a swap refuses before it gives anything. Every check has a lie that only it sees. */
import { decode, encode, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, H, portableCrypto, sign } from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import {
  goodsPointOf,
  makeOffer,
  type Order,
  offerBodySchema,
  offerHashOf,
  orderSchema,
  poHashOf,
  purchaseKeys,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { combineAnswers, disputedSale, disputeRequest, disputeSchema, knowledgeFor } from "../trustees/index.ts";
import { keyNamed, type Trustee, tell, word } from "../trustees/trustees.fixture.ts";
import {
  answerTo,
  goodsCertificate,
  NOT_AFTER,
  NOW,
  proposalIn,
  ruleFor,
  swapIn,
  type World,
  worldOf,
} from "./swap.fixture.ts";
import { SWAPS_UNDER_WAY } from "./swap-desk.ts";
import { swapItem } from "./swap-items.ts";
import { type SwapOffer, swapAnswer, swapAsk, swapOffer } from "./swap-messages.ts";
import { LONGEST_SWAP_MS, type Proposal, readOffer, readOrdered } from "./swap-offering.ts";
import { openingIn, orderOf, slipHashIn, slipOf } from "./swap-record.ts";

let crypto: Crypto;
let world: World;
beforeAll(async () => {
  crypto = await portableCrypto();
});

function fresh() {
  world = worldOf(crypto);
  return world;
}

function offerIn({ message }: Proposal): SwapOffer {
  const read = decode(swapOffer, message);
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

/** The reason of a no, or the kind of the answer. */
function said(message: Uint8Array, now = NOW, fetched: "no" | "yes" | "failed" = "yes"): string {
  const heard = decode(swapAnswer, answerTo(world, message, now, fetched).answer);
  if (!heard.ok) return heard.reason;
  return heard.value.kind === "declined" ? heard.value.reason : heard.value.kind;
}

describe("a responder's order", () => {
  const ask = () => ({
    certificate: world.a.item.signed,
    wanted: world.wanted,
    session: "33".repeat(32),
    notAfterMs: NOT_AFTER,
  });
  const ordered = () => {
    const heard = decode(swapAnswer, world.responder.hear(encode(swapAsk, ask()), NOW));
    if (!heard.ok || heard.value.kind !== "ordered") throw new Error("not ordered");
    return heard.value;
  };
  /** Another order, under a key of the responder's. */
  const changed = (changes: Partial<Order>) => {
    const { certificate, order } = ordered();
    const body = { ...orderOf(order), ...changes };
    const { buyer } = purchaseKeys(crypto, world.b.config.seed, orderOf(order).nonce);
    const signed = sign(crypto, buyer, orderSchema, body);
    return readOrdered(
      crypto,
      world.a.item,
      ask(),
      encode(swapAnswer, { kind: "ordered", certificate, order: signed }),
    );
  };

  test("is taken as it is, and is the same again", () => {
    fresh();
    expect(changed({}).ok).toBe(true);
    expect(ordered()).toEqual(ordered());
    expect([...world.responder.rows.keys()].filter((id) => !id.startsWith("swap_rule"))).toEqual([]);
  });

  test("is refused for other terms", () => {
    fresh();
    const others: Partial<Order>[] = [
      { mode: "optimistic" },
      { bank: "11".repeat(32) },
      { priceMinor: 1n },
      { unit: "XTS" },
      { merchant: world.b.config.key.publicKey },
      { certHash: world.b.item.certHash },
      { notAfterMs: NOT_AFTER + 1 },
      { buyer: "11".repeat(32) },
    ];
    for (const other of others) expect(changed(other)).toMatchObject({ ok: false });
  });

  test("is refused where it names a slip in return: with it trustees would open our item for nothing", () => {
    fresh();
    const { a, b, trustees, group } = world;
    // The responder's trap: a slip of its own, whose opening it may give away.
    const own = swapIn(world);
    const trap = slipHashIn(crypto, own.theirs.slip);
    expect(changed({ inReturn: trap })).toEqual({ ok: false, reason: "wrong-order" });
    // Had the initiator offered over it, this is what would have come of it.
    const asked = orderOf(ordered().order);
    const keys = purchaseKeys(crypto, b.config.seed, asked.nonce);
    const order = { ...asked, inReturn: trap };
    const signed = sign(crypto, keys.buyer, orderSchema, order);
    const slip = slipOver(a, order);
    const shown = { certificate: a.item.signed, order: signed, slip };
    const about = disputedSale(crypto, shown) as NonNullable<ReturnType<typeof disputedSale>>;
    const answers = trustees.map((each: Trustee) =>
      tell(
        each,
        encode(disputeRequest, {
          ...shown,
          entitlement: { kind: "given", slip: own.theirs.slip, opening: trapOpening(own.theirs.slip) },
          dispute: sign(crypto, keys.buyer, disputeSchema, { group: a.item.group, slipHash: slipHashIn(crypto, slip) }),
          knowledge: knowledgeFor(crypto, each.config.key.publicKey, about.tid, keys.disputes),
        }),
      ),
    );
    const bytes = answers.flatMap((answer) => (answer.kind === "answered" ? [answer.answer] : []));
    const { point } = combineAnswers(crypto, group, about, bytes, keys.disputes.secret);
    expect(point).toBe(Buffer.from(a.own.point.point).toString("hex"));
  });

  function trapOpening(slip: Uint8Array) {
    return openingIn(world.b.config, { mine: { slip } } as never);
  }

  function slipOver({ config, own }: World["a"], order: Order): Uint8Array {
    const { answer } = offeredOver(config, own, order);
    return answer;
  }
});

function offeredOver({ key, seed }: World["a"]["config"], own: World["a"]["own"], order: Order, point = own.point) {
  const { mode, bank, merchant, buyer, priceMinor, unit, notAfterMs, log } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash });
  const body = makeOffer(crypto, seed, tid, point, own.certified);
  const { commitment } = body;
  const offerHash = offerHashOf(crypto, body);
  const slip = { mode, bank, merchant, tid, buyer, poHash, offerHash, commitment, priceMinor, unit, notAfterMs, log };
  const sealed = crypto.seal(order.replies, encode(offerBodySchema, body));
  return { answer: sign(crypto, key, slipSchema, slip), sealed };
}

describe("an initiator's offer", () => {
  test("is answered, and again the same", () => {
    fresh();
    const { message } = proposalIn(world);
    const slips = [0, 1].map(() => {
      const heard = decode(swapAnswer, answerTo(world, message).answer);
      return heard.ok && heard.value.kind === "offer" ? heard.value.slip : null;
    });
    expect(slips[0]).not.toBeNull();
    expect(slips[1]).toEqual(slips[0]);
    expect(world.responder.view.get("swap_rule", `${world.wanted}/${world.a.item.certHash}`)?.under_way).toBe(1);
  });

  const refusals: [string, string, () => Uint8Array][] = [
    ["whose order names another slip", "wrong-order", () => reordered({ inReturn: "44".repeat(32) })],
    ["whose order names none", "wrong-order", () => reordered({ inReturn: null })],
    ["whose order ends at another time", "wrong-order", () => reordered({ notAfterMs: NOT_AFTER + 1 })],
    ["whose order is for another item", "wrong-order", () => reordered({ certHash: "44".repeat(32) })],
    ["whose order is to another shop", "wrong-order", () => reordered({ merchant: world.a.config.key.publicKey })],
    ["whose order is no swap", "wrong-order", () => reordered({ mode: "optimistic" })],
    ["whose order has a bank", "wrong-order", () => reordered({ bank: "44".repeat(32) })],
    ["whose order is not signed by its key", "wrong-order", () => reordered({}, true)],
    ["over an order that is not ours", "wrong-order", () => withAsked({ nonce: "44".repeat(32) })],
    ["over an order of ours that we did not sign so", "wrong-order", () => withAsked({ inReturn: "44".repeat(32) })],
    ["whose slip another signed", "wrong-slip", () => reslipped(keyNamed(crypto, "another"))],
    ["whose slip says something else", "wrong-slip", () => reslipped(world.a.config.key)],
    ["that nobody can unseal", "wrong-slip", () => changedOffer({ body: new Uint8Array(100) })],
    ["for what nobody here takes", "no-such-swap", () => changedOffer({ wanted: "44".repeat(32) })],
    ["with a certificate that is none", "wrong-certificate", () => changedOffer({ certificate: new Uint8Array(9) })],
  ];
  for (const [what, reason, make] of refusals) {
    test(`${what} is refused: ${reason}`, () => {
      fresh();
      expect(said(make())).toBe(reason);
      expect([...world.responder.rows.keys()].filter((id) => !id.startsWith("swap_rule"))).toEqual([]);
    });
  }

  const changedOffer = (changes: Partial<SwapOffer>) =>
    encode(swapOffer, { ...offerIn(proposalIn(world)), ...changes });

  function reordered(changes: Partial<Order>, stranger = false): Uint8Array {
    const offer = offerIn(proposalIn(world));
    const order = orderOf(offer.order);
    const { buyer } = purchaseKeys(crypto, world.a.config.seed, order.nonce);
    const by = stranger ? keyNamed(crypto, "stranger") : buyer;
    return encode(swapOffer, { ...offer, order: sign(crypto, by, orderSchema, { ...order, ...changes }) });
  }

  function withAsked(changes: Partial<Order>): Uint8Array {
    const offer = offerIn(proposalIn(world));
    const asked = orderOf(offer.asked);
    const { buyer } = purchaseKeys(crypto, world.b.config.seed, asked.nonce);
    return encode(swapOffer, { ...offer, asked: sign(crypto, buyer, orderSchema, { ...asked, ...changes }) });
  }

  function reslipped(key: World["a"]["config"]["key"]): Uint8Array {
    const offer = offerIn(proposalIn(world));
    const slip = { ...slipOf(offer.slip), ...(key === world.a.config.key ? { priceMinor: 1n } : {}) };
    return encode(swapOffer, { ...offer, slip: sign(crypto, key, slipSchema, slip) });
  }

  test("that holds another point than the certificate's is refused: offer-does-not-open-goods", () => {
    fresh();
    const { a } = world;
    const proposal = proposalIn(world);
    const offer = offerIn(proposal);
    const point = goodsPointOf(crypto, a.config.seed, "55".repeat(32));
    const lie = offeredOver(a.config, a.own, orderOf(offer.asked), { ...point, scalar: a.own.point.scalar });
    const order = orderOf(offer.order);
    const { buyer } = purchaseKeys(crypto, a.config.seed, order.nonce);
    const inReturn = slipHashIn(crypto, lie.answer);
    const signed = sign(crypto, buyer, orderSchema, { ...order, inReturn });
    expect(said(encode(swapOffer, { ...offer, slip: lie.answer, body: lie.sealed, order: signed }))).toBe(
      "offer-does-not-open-goods",
    );
  });

  test("is refused too late and too far ahead, and waits for the goods", () => {
    fresh();
    const { message } = proposalIn(world);
    expect(said(message, NOT_AFTER)).toBe("expired");
    expect(said(message, NOW, "no")).toBe("waiting");
    expect(said(message, NOW, "failed")).toBe("goods-not-fetched");
    expect(said(message, NOT_AFTER - LONGEST_SWAP_MS - 1)).toBe("too-far-ahead");
    expect(said(message, NOW)).toBe("offer");
    expect(() => proposalIn(world, { notAfterMs: NOW + LONGEST_SWAP_MS + 1 })).toThrow("too-far-ahead");
    expect(() => proposalIn(world, { notAfterMs: NOW })).toThrow("expired");
    expect(() =>
      proposalIn(world, { notAfterMs: world.group.sellUntilMs + 1, now: world.group.sellUntilMs - MINUTE_MS }),
    ).toThrow("too-far-ahead");
  });

  test("with another slip over the same order is refused once one was answered", () => {
    fresh();
    const proposal = proposalIn(world);
    expect(said(proposal.message)).toBe("offer");
    const offer = offerIn(proposal);
    const slip = sign(crypto, world.a.config.key, slipSchema, { ...slipOf(offer.slip), unit: "X" });
    expect(said(encode(swapOffer, { ...offer, slip }))).toBe("wrong-slip");
  });

  test("is refused while too many are under way, and taken again when one has ended", () => {
    fresh();
    const swaps = Array.from({ length: SWAPS_UNDER_WAY }, (_, at) => {
      const proposal = proposalIn(world, { nonce: H(crypto, "nonce", at) });
      return { proposal, said: said(proposal.message) };
    });
    expect(swaps.every((each) => each.said === "offer")).toBe(true);
    const next = proposalIn(world, { nonce: H(crypto, "nonce", "next") });
    expect(said(next.message)).toBe("too-many");
    const [one] = swaps as [(typeof swaps)[0]];
    const swap = swapIn(world, one.proposal);
    const give = { kind: "give", tid: swap.tid, opening: openingIn(world.a.config, swap) } as const;
    world.responder.decide(give, NOW);
    world.responder.decide(give, NOW);
    expect(world.responder.view.get("swap_rule", `${world.wanted}/${world.a.item.certHash}`)?.under_way).toBe(15);
    expect(said(next.message)).toBe("offer");
  });

  test("is refused when the owner has ended the rule", () => {
    fresh();
    const proposal = proposalIn(world);
    const rule = { ...ruleFor(world.b, world.a, world.wanted, world.group), rule: null };
    world.responder.decide({ kind: "rule", rule }, NOW);
    expect(said(proposal.message)).toBe("no-such-swap");
  });
});

describe("a responder's offer", () => {
  test("is refused over another point, and where it does not say what was ordered", () => {
    fresh();
    const { a, b } = world;
    const proposal = proposalIn(world);
    const read = (slip: Uint8Array, body: Uint8Array) =>
      readOffer(a.config, proposal, b.item, encode(swapAnswer, { kind: "offer", slip, body }), NOW);
    const order = orderOf(proposal.mine.order);
    const truth = offeredOver(b.config, b.own, order);
    expect(read(truth.answer, truth.sealed).ok).toBe(true);
    const other = { point: goodsPointOf(crypto, b.config.seed, "55".repeat(32)).point, scalar: b.own.point.scalar };
    const lie = offeredOver(b.config, b.own, order, other);
    expect(read(lie.answer, lie.sealed)).toEqual({ ok: false, reason: "offer-does-not-open-goods" });
    expect(read(truth.answer, lie.sealed)).toEqual({ ok: false, reason: "wrong-slip" });
    const later = offeredOver(b.config, b.own, { ...order, notAfterMs: NOT_AFTER + 1 });
    expect(read(later.answer, later.sealed)).toEqual({ ok: false, reason: "wrong-slip" });
  });
});

describe("what may be swapped", () => {
  test("is not what only its seller vouches for, nor what unknown certifiers or trustees do", () => {
    fresh();
    const { a, group, trusted } = world;
    const { config, own } = a;
    const by = (certifier: Parameters<typeof goodsCertificate>[1], key = group.key) =>
      swapItem(crypto, goodsCertificate(config, certifier, own.registration, a.item.group, key), trusted);
    expect(by(keyNamed(crypto, "certifier")).ok).toBe(true);
    expect(by(config.key)).toEqual({ ok: false, reason: "not-certified-by-another" });
    expect(by(keyNamed(crypto, "another"))).toEqual({ ok: false, reason: "unknown-certifier" });
    expect(by(keyNamed(crypto, "certifier"), own.certified.escrow.head)).toEqual({
      ok: false,
      reason: "unknown-trustees",
    });
    expect(swapItem(crypto, a.item.signed, { ...trusted, groups: [] })).toEqual({
      ok: false,
      reason: "unknown-trustees",
    });
    expect(swapItem(crypto, new Uint8Array(3), trusted)).toEqual({ ok: false, reason: "wrong-certificate" });
  });

  test("is not one's own item for one's own", () => {
    fresh();
    const { a, b, responder } = world;
    const self = { ...a, item: b.item, own: b.own, config: b.config };
    responder.decide({ kind: "rule", rule: ruleFor(b, self, world.wanted, world.group) }, NOW);
    expect(() => proposalIn({ ...world, a: self })).toThrow("no-such-swap");
  });
});

describe("trustees", () => {
  test("answer a swap to nobody but the one whose order it is", () => {
    fresh();
    const swap = swapIn(world);
    const { theirs, mine } = swap;
    const stranger = purchaseKeys(crypto, world.b.config.seed, "66".repeat(32));
    const [one] = world.trustees as [Trustee];
    const request = (keys: typeof stranger) =>
      encode(disputeRequest, {
        certificate: theirs.certificate,
        order: mine.order,
        slip: theirs.slip,
        entitlement: { kind: "given", slip: mine.slip, opening: openingIn(world.a.config, swap) },
        dispute: sign(crypto, keys.buyer, disputeSchema, {
          group: world.b.item.group,
          slipHash: slipHashIn(crypto, theirs.slip),
        }),
        knowledge: knowledgeFor(crypto, one.config.key.publicKey, swap.tid, keys.disputes),
      });
    expect(word(tell(one, request(stranger), NOW))).toBe("wrong-dispute");
    const own = purchaseKeys(crypto, world.a.config.seed, orderOf(mine.order).nonce);
    expect(word(tell(one, request(own), NOT_AFTER + 1))).toBe("too-late");
    expect(word(tell(one, request(own), NOT_AFTER))).toBe("answered");
  });
});
