import { DAY_MS, encode, type Hex, toHex } from "@counterfoil/base";
import {
  type Crypto,
  H,
  IDENTITY,
  namedPoint,
  portableCrypto,
  post,
  raw,
  scalarOf,
  sign,
  ZERO_HASH,
} from "@counterfoil/crypto";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Escrow, slipSchema } from "../contract/index.ts";
import type { Row } from "../index.ts";
import { smallLog } from "../log/small-log.fixture.ts";
import { receiptSchema } from "../money/index.ts";
import { knowledgeFor } from "./answers.ts";
import { answersHold, oneAnswer } from "./claims.ts";
import { answerIsFalse, combineAnswers, disputedSale } from "./combining.ts";
import {
  answerSchema,
  type DisputeRequest,
  disputeSchema,
  type Entitlement,
  givenQuery,
  groupIdOf,
  NOTICES_PAGE,
  noticesRequest,
  noticesSchema,
  type TrusteeGroup,
} from "./messages.ts";
import {
  askingFor,
  CLAIM_MS,
  type Convened,
  convene,
  fallDue,
  keyNamed,
  logOf,
  NOW,
  openingAt,
  paidFor,
  rowOf,
  type Sale,
  type SaleChanges,
  saleAt,
  signedBy,
  signedIn,
  type Trustee,
  tell,
  termsFor,
  trusteeNamed,
  trusteesNamed,
  word,
} from "./trustees.fixture.ts";

let crypto: Crypto;
let made: Convened;
let all: readonly Trustee[];
let group: Hex;
let descriptor: TrusteeGroup;

beforeAll(async () => {
  crypto = await portableCrypto();
  all = trusteesNamed(crypto, 3);
  made = convene(crypto, all, termsFor(all, 2));
  descriptor = made.group;
  group = groupIdOf(crypto, descriptor);
});

/** Each test starts from the ceremony's rows. */
let afterCeremony: readonly ReadonlyMap<string, Row>[] = [];
beforeAll(() => {
  afterCeremony = all.map((each) => new Map(each.desk.rows));
});
beforeEach(() => {
  all.forEach((each, at) => {
    each.desk.rows.clear();
    for (const [place, row] of afterCeremony[at] ?? []) each.desk.rows.set(place, row);
  });
});

function sale(changes: SaleChanges = {}, name?: string): Sale {
  return saleAt(crypto, group, descriptor.key, changes, name);
}

/** What trustee 1 says to this, in a word. */
function ask(of: Sale, changes: Partial<DisputeRequest> = {}, now = NOW): string {
  const [one] = all as [Trustee];
  return word(tell(one, askingFor(crypto, of, one, changes), now));
}

function answersTo(of: Sale, entitlement: Entitlement = paidFor(crypto, of)): readonly Uint8Array[] {
  return all.map((each) => signedIn(tell(each, askingFor(crypto, of, each, { entitlement }))));
}

describe("answers", () => {
  for (const [count, threshold] of [
    [3, 2],
    [5, 3],
    [16, 8],
  ] as const) {
    test(`of any ${threshold} of ${count} open the goods for the buyer, and of fewer nothing`, () => {
      const trustees = trusteesNamed(crypto, count);
      const convened = convene(crypto, trustees, termsFor(trustees, threshold));
      const id = groupIdOf(crypto, convened.group);
      const of = saleAt(crypto, id, convened.group.key);
      const asked = disputedSale(crypto, of.signed) as NonNullable<ReturnType<typeof disputedSale>>;
      const answers = trustees.map((each) => signedIn(tell(each, askingFor(crypto, of, each))));
      const { secret } = of.keys.disputes;
      const combined = (some: readonly Uint8Array[]) => combineAnswers(crypto, convened.group, asked, some, secret);
      expect(combined(answers.slice(0, threshold)).point).toBe(of.point);
      expect(combined(answers.slice(-threshold)).point).toBe(of.point);
      expect(combined(answers).held.length).toBe(count);
      expect(combined(answers.slice(1, threshold)).point).toBeNull();
      expect(combineAnswers(crypto, convened.group, asked, answers, scalarOf(7)).point).not.toBe(of.point);
      const again = [...answers.slice(1, threshold), answers[1] as Uint8Array];
      expect(combined(again).point).toBeNull();
    });
  }

  test("are the same bytes when asked again, also after a crash, and never a second one", () => {
    const of = sale();
    const [one] = all as [Trustee];
    const first = signedIn(tell(one, askingFor(crypto, of, one)));
    const restarted = trusteeNamed(crypto, 1, true);
    for (const [place, row] of one.desk.rows) restarted.desk.rows.set(place, row);
    const second = signedIn(tell(restarted, askingFor(crypto, of, restarted)));
    expect(second).toEqual(first);
    // The leaf may be another one and the clock far on: what was answered stands.
    const late = { entitlement: paidFor(crypto, of, { timeMs: NOW - 2 * CLAIM_MS }) };
    expect(signedIn(tell(restarted, askingFor(crypto, of, restarted, late)))).toEqual(first);
    expect(restarted.desk.rows).toEqual(one.desk.rows);
    expect(oneAnswer.refute({ answers: [first, second] })).toBeNull();
    // A file that was rolled back answers anew: that is what the claim is about.
    const rolledBack = trusteeNamed(crypto, 1, true);
    for (const [place, row] of afterCeremony[0] ?? []) rolledBack.desk.rows.set(place, row);
    const other = signedIn(tell(rolledBack, askingFor(crypto, of, rolledBack)));
    expect(oneAnswer.refute({ answers: [first, other] })).toMatch(/twice/);
  });

  test("that are false convict who signed them, and nobody else", () => {
    const of = sale();
    const other = sale({}, "another");
    const asked = disputedSale(crypto, of.signed) as NonNullable<ReturnType<typeof disputedSale>>;
    const answers = answersTo(of);
    const [one] = all as [Trustee];
    const said = (changes: object, by = one.config.key) => {
      const body = { group, tid: of.slip.tid, index: 1, r: of.point, u: of.point, proof: ZERO_PROOF };
      return sign(crypto, by, answerSchema, { ...body, ...changes });
    };
    const wrong = said({});
    expect(answerIsFalse(crypto, descriptor, asked, wrong)).toBe(true);
    expect(answersHold.refute({ crypto, held: heldBy(one), asked, answer: wrong })).toMatch(/falsely/);
    expect(answerIsFalse(crypto, descriptor, asked, answers[0] as Uint8Array)).toBe(false);
    expect(answersHold.refute({ crypto, held: heldBy(one), asked, answer: answers[0] as Uint8Array })).toBeNull();
    const nobodys = [
      said({}, keyNamed(crypto, "nobody")),
      said({ index: 2 }),
      said({ index: 9 }),
      said({ tid: other.slip.tid }),
      said({ group: H(crypto, "another group") }),
      new Uint8Array(10),
    ];
    for (const each of nobodys) expect(answerIsFalse(crypto, descriptor, asked, each)).toBe(false);
    const { secret } = of.keys.disputes;
    const combined = combineAnswers(crypto, descriptor, asked, [wrong, ...nobodys, ...answers.slice(1)], secret);
    expect(combined).toEqual({ point: of.point, held: [2, 3], wrong: [1] });
  });

  test("are judged by certificate, order and slip that belong together", () => {
    const of = sale();
    const other = sale({}, "another");
    expect(disputedSale(crypto, of.signed)?.tid).toBe(of.slip.tid);
    expect(disputedSale(crypto, { ...of.signed, certificate: other.signed.certificate })).toBeNull();
    expect(disputedSale(crypto, { ...of.signed, order: other.signed.order })).toBeNull();
    expect(disputedSale(crypto, { ...of.signed, slip: other.signed.slip })).toBeNull();
    const forged = sale({ signer: { order: keyNamed(crypto, "nobody") } });
    expect(disputedSale(crypto, forged.signed)).toBeNull();
  });
});

describe("a dispute is refused", () => {
  const nobody = () => keyNamed(crypto, "nobody");

  test("by another group's trustee, and about a key that is not the group's", () => {
    const stranger = saleAt(crypto, H(crypto, "another group"), descriptor.key);
    expect(ask(stranger)).toBe("wrong-group");
    expect(ask(sale({ certificate: { groupKey: toHex(namedPoint(crypto, "mine")) } }))).toBe("wrong-group");
  });

  test("for its certificate: unsigned, or an escrow that is another's, moved a little", () => {
    expect(ask(sale({ signer: { certificate: nobody() } }))).toBe("wrong-certificate");
    const { escrow } = sale().certificate;
    const { add, base } = crypto.group;
    const delta = scalarOf(5);
    const moved: Escrow = {
      ...escrow,
      head: toHex(add(raw(escrow.head), base(delta))),
      body: toHex(add(raw(escrow.body), crypto.group.multiply(delta, raw(descriptor.key)))),
    };
    expect(ask(sale({ afterwards: { escrow: moved } }))).toBe("wrong-certificate");
    expect(ask(sale({ afterwards: { merchant: nobody().publicKey } }))).toBe("wrong-certificate");
    expect(ask(sale(), { certificate: sale().signed.slip })).toBe("wrong-certificate");
  });

  test("for its slip: not the merchant's, or another merchant's", () => {
    expect(ask(sale({ signer: { slip: nobody() } }))).toBe("wrong-slip");
    const other = nobody();
    const order = { merchant: other.publicKey };
    expect(ask(sale({ order, signer: { slip: other } }))).toBe("wrong-slip");
  });

  test("for its order: not Q's, of other goods, or not what the slip repeats", () => {
    expect(ask(sale({ signer: { order: nobody() } }))).toBe("wrong-order");
    expect(ask(sale({ order: { certHash: H(crypto, "other goods") } }))).toBe("wrong-order");
    const changes: readonly Partial<Sale["slip"]>[] = [
      { tid: H(crypto, "tid") },
      { poHash: H(crypto, "po") },
      { bank: nobody().publicKey },
      { priceMinor: 1n },
      { unit: "EUR" },
      { notAfterMs: NOW + DAY_MS },
      { mode: "netbill" },
      { buyer: nobody().publicKey },
    ];
    for (const slip of changes) expect(ask(sale({ slip }))).toBe("wrong-order");
  });

  test("without the bank's PAID leaf of this slip in the log that it names", () => {
    const of = sale();
    const { slip, slipHash, bank } = of;
    const other = smallLog(crypto, "another-log");
    const paid = (slipChanges: Partial<Sale["slip"]>, more: Partial<typeof of> = {}) =>
      paidFor(crypto, { slip: { ...slip, ...slipChanges }, slipHash, bank, ...more });
    const wrong = [
      paidFor(crypto, of, { by: nobody() }),
      paidFor(crypto, of, { log: other }),
      paid({ bank: nobody().publicKey }),
      paid({ log: other.id }),
      paid({ tid: H(crypto, "tid") }),
      paid({}, { slipHash: sale({}, "another").slipHash }),
    ];
    for (const entitlement of wrong) expect(ask(of, { entitlement })).toBe("wrong-entitlement");
    for (const mode of ["netbill", "swap", "part"] as const) {
      const inReturn = mode === "swap" ? sale({}, "another").slipHash : null;
      expect(ask(sale({ order: { mode, inReturn } }))).toBe("wrong-entitlement");
    }
    const nowhere = sale({ order: { log: null } });
    expect(ask(nowhere, { entitlement: paidFor(crypto, of) })).toBe("wrong-entitlement");
    expect(ask(sale({ order: { mode: "logged" } }))).toBe("answered");
  });

  test("on anything less than the leaf: a commit, a receipt, a head that too few witnesses have seen", () => {
    const of = sale({ order: { mode: "logged" } });
    const log = logOf(crypto);
    const committed = log.enter("committed", of, NOW);
    const paid = log.paid(of, of.bank, NOW);
    const ticket = (logged: Uint8Array) => ask(of, { entitlement: { kind: "paid", logged } });
    expect(ticket(log.logged(committed, NOW))).toBe("wrong-entitlement");
    expect(ticket(log.logged(paid, NOW, [0]))).toBe("wrong-entitlement");
    expect(ticket(log.logged(paid, NOW, [2, 1]))).toBe("answered");
    const { tid, merchant, priceMinor, unit } = of.slip;
    const body = { bank: of.slip.bank, tid, slipHash: of.slipHash, merchant, priceMinor, unit, timeMs: NOW };
    const receipt = sign(crypto, of.bank, receiptSchema, { ...body, fundingHash: "22".repeat(32) });
    expect(ticket(receipt)).toBe("wrong-entitlement");
  });

  test("unless Q asks this group about this slip", () => {
    const of = sale();
    const signed = (changes: object, by = of.keys.buyer) =>
      sign(crypto, by, disputeSchema, { group, slipHash: of.slipHash, ...changes });
    expect(ask(of, { dispute: signed({}) })).toBe("answered");
    const another = sale({}, "another");
    expect(ask(another, { dispute: signed({}, another.keys.buyer) })).toBe("wrong-dispute");
    const fresh = sale({}, "third");
    expect(ask(fresh, { dispute: sign(crypto, nobody(), disputeSchema, { group, slipHash: fresh.slipHash }) })).toBe(
      "wrong-dispute",
    );
    // A group of this trustee's, and not the certificate's.
    const [one] = all as [Trustee];
    const second = H(crypto, "second group");
    one.desk.rows.set(`held_group/${second}`, rowOf(one, "held_group", group) as never);
    const asked = sign(crypto, fresh.keys.buyer, disputeSchema, { group: second, slipHash: fresh.slipHash });
    expect(ask(fresh, { dispute: asked })).toBe("wrong-dispute");
  });

  test("unless whoever asks shows this trustee, about this sale, that it knows x", () => {
    const of = sale();
    const [one, two] = all.map(({ config }) => config.key.publicKey) as [Hex, Hex];
    const { disputes } = of.keys;
    const proofs = [
      knowledgeFor(crypto, two, of.slip.tid, disputes),
      knowledgeFor(crypto, one, sale({}, "another").slip.tid, disputes),
      knowledgeFor(crypto, one, of.slip.tid, { ...disputes, secret: scalarOf(9) }),
    ];
    for (const knowledge of proofs) expect(ask(of, { knowledge })).toBe("wrong-dispute");
    expect(ask(of)).toBe("answered");
  });

  test("for an X that is the identity, or no point: the answer would be there for all to read", () => {
    const none = sale({ order: { disputes: toHex(IDENTITY) } });
    const zero = { publicKey: toHex(IDENTITY), secret: new Uint8Array(32) };
    const knowledge = knowledgeFor(crypto, (all[0] as Trustee).config.key.publicKey, none.slip.tid, zero);
    expect(ask(none, { knowledge })).toBe("wrong-dispute");
    expect(ask(sale({ order: { disputes: "ff".repeat(32) } }))).toBe("wrong-dispute");
  });

  test("when the claim window is past, or the group's last day is", () => {
    const of = sale();
    expect(ask(of, {}, NOW + CLAIM_MS + 1)).toBe("too-late");
    const [one] = all as [Trustee];
    const { decide } = one.desk.authority;
    const late = one.desk.authority.admit(askingFor(crypto, of, one), NOW);
    if (!late.ok) throw new Error(late.reason);
    expect(decide(late.value, one.desk.view, NOW + CLAIM_MS + 1).fixesTime).toBe(true);
    expect(ask(of, {}, NOW + CLAIM_MS)).toBe("answered");
    const last = descriptor.answerUntilMs;
    const lately = sale({}, "late");
    const entitlement = paidFor(crypto, lately, { timeMs: last });
    expect(ask(lately, { entitlement }, last + 1)).toBe("share-destroyed");
    fallDue(one, last + 1);
    // Whatever the clock says now: there is nothing left to answer with, and the first answer is forgotten too.
    expect(ask(lately, { entitlement }, last)).toBe("share-destroyed");
    expect(ask(of, {}, NOW)).toBe("share-destroyed");
  });

  test("in the order of the reasons, and with no row written", () => {
    const [one] = all as [Trustee];
    const before = new Map(one.desk.rows);
    const of = sale({ signer: { certificate: nobody(), slip: nobody(), order: nobody() } });
    expect(ask(of, { entitlement: paidFor(crypto, of, { by: nobody() }) }, NOW + 2 * CLAIM_MS)).toBe(
      "wrong-certificate",
    );
    const later = sale({ signer: { order: nobody() } });
    expect(ask(later, { entitlement: paidFor(crypto, later, { by: nobody() }) })).toBe("wrong-order");
    expect(one.desk.rows).toEqual(before);
  });
});

describe("a part", () => {
  const releaseMs = NOW + DAY_MS;
  const parted = (changes: SaleChanges = {}, mainChanges: SaleChanges = {}) => {
    const main = sale({ order: { mode: "logged" }, ...mainChanges }, "main");
    const part = { of: main.slip.poHash, releaseMs };
    const { buyer } = main.keys;
    const order = { mode: "part", priceMinor: 0n, part, buyer: buyer.publicKey, ...changes.order } as const;
    const made = sale({ ...changes, order, signer: { order: buyer, ...changes.signer } }, "part");
    return { main, of: { ...made, keys: { ...made.keys, buyer } } };
  };
  const ticket = (main: Sale, headMs = releaseMs): Entitlement => {
    const { logged } = paidFor(crypto, main, { headMs });
    return { kind: "part", slip: main.signed.slip, logged };
  };

  test("is answered for the payment of the order that it names, and not before it is due by the log's clock", () => {
    const { main, of } = parted();
    expect(ask(of, { entitlement: ticket(main, releaseMs - 1) })).toBe("too-early");
    const answers = answersTo(of, ticket(main));
    const asked = disputedSale(crypto, of.signed) as NonNullable<ReturnType<typeof disputedSale>>;
    expect(combineAnswers(crypto, descriptor, asked, answers, of.keys.disputes.secret).point).toBe(of.point);
  });

  test("has its claim window from when it is due", () => {
    const { main, of } = parted();
    expect(ask(of, { entitlement: ticket(main) }, releaseMs + CLAIM_MS + 1)).toBe("too-late");
    expect(ask(of, { entitlement: ticket(main) }, releaseMs + CLAIM_MS)).toBe("answered");
  });

  test("is not answered for another order's payment, nor for another buyer", () => {
    const { main, of } = parted();
    const stranger = keyNamed(crypto, "nobody");
    const another = sale({ order: { mode: "logged" } }, "another");
    expect(ask(of, { entitlement: ticket(another) })).toBe("wrong-entitlement");
    expect(ask(of, { entitlement: { ...ticket(main), logged: paidFor(crypto, another).logged } as Entitlement })).toBe(
      "wrong-entitlement",
    );
    const forged = { ...ticket(main), slip: sign(crypto, stranger, slipSchema, main.slip) } as Entitlement;
    expect(ask(of, { entitlement: forged })).toBe("wrong-entitlement");
    const byOther = sale({ order: { mode: "part", priceMinor: 0n, part: of.order.part } }, "other buyer");
    expect(ask(byOther, { entitlement: ticket(main) })).toBe("wrong-entitlement");
    for (const order of [
      { priceMinor: 1n },
      { part: null },
      { mode: "logged" },
      { log: smallLog(crypto, "other").id },
      { bank: stranger.publicKey },
    ] as const) {
      const own = parted({ order });
      expect(ask(own.of, { entitlement: ticket(own.main) })).toBe("wrong-entitlement");
    }
    const buyer = main.keys.buyer.publicKey;
    const signer = { order: main.keys.buyer };
    const bought = sale({ order: { mode: "logged", buyer, nonce: H(crypto, "again") }, signer }, "main");
    expect(ask(of, { entitlement: ticket(bought) }), "the same buyer's, and another order").toBe("wrong-entitlement");
    expect(ask(main, { entitlement: ticket(main) })).toBe("wrong-entitlement");
    const free = parted({}, { order: { mode: "netbill" } });
    expect(ask(free.of, { entitlement: ticket(free.main) })).toBe("wrong-entitlement");
  });
});

describe("a swap", () => {
  const swapped = () => {
    const given = saleAt(crypto, group, descriptor.key, { order: { mode: "swap" } }, "given");
    const wanted = sale({ order: { mode: "swap", inReturn: given.slipHash } });
    const entitlement: Entitlement = {
      kind: "given",
      slip: given.signed.slip,
      opening: openingAt(crypto, given, "given"),
    };
    return { given, wanted, entitlement };
  };

  test("is answered for the other item's opening, which the other owner then comes for", () => {
    const { given, wanted, entitlement } = swapped();
    const [one] = all as [Trustee];
    const query = encode(givenQuery, { group, slipHash: given.slipHash, notAfterMs: wanted.order.notAfterMs });
    expect(word(tell(one, query))).toBe("nothing");
    const answers = answersTo(wanted, entitlement);
    const asked = disputedSale(crypto, wanted.signed) as NonNullable<ReturnType<typeof disputedSale>>;
    const { secret } = wanted.keys.disputes;
    expect(combineAnswers(crypto, descriptor, asked, answers, secret).point).toBe(wanted.point);
    expect(tell(one, query)).toEqual({ kind: "given", opening: openingAt(crypto, given, "given") });
  });

  test("is not answered for less", () => {
    const { given, wanted, entitlement } = swapped();
    const third = saleAt(crypto, group, descriptor.key, {}, "third");
    const wrong: readonly Entitlement[] = [
      { ...(entitlement as { kind: "given"; slip: Uint8Array; opening: Hex }), opening: toHex(scalarOf(3)) },
      { kind: "given", slip: third.signed.slip, opening: openingAt(crypto, third, "third") },
      paidFor(crypto, wanted),
    ];
    for (const each of wrong) expect(ask(wanted, { entitlement: each })).toBe("wrong-entitlement");
    const unsigned = sign(crypto, keyNamed(crypto, "nobody"), slipSchema, given.slip);
    const forged = { ...entitlement, slip: unsigned } as Entitlement;
    expect(ask(wanted, { entitlement: forged })).toBe("wrong-entitlement");
    const paidInstead = sale({ order: { mode: "optimistic", inReturn: given.slipHash } });
    expect(ask(paidInstead, { entitlement })).toBe("wrong-entitlement");
    expect(ask(wanted, { entitlement }, wanted.order.notAfterMs + 1)).toBe("too-late");
    expect(ask(wanted, { entitlement }, wanted.order.notAfterMs)).toBe("answered");
  });
});

describe("notices", () => {
  const asking = (of: Trustee, by = keyNamed(crypto, "merchant"), after = 0, recipient?: Hex) =>
    post(
      crypto,
      by,
      noticesRequest,
      {
        recipient: recipient ?? of.config.key.publicKey,
        session: H(crypto, "session"),
        previous: ZERO_HASH,
        notAfterMs: NOW + 1000,
      },
      { after },
    );
  const noticed = (of: Trustee, message: Uint8Array) => {
    const answer = tell(of, message);
    if (answer.kind !== "notices") throw new Error(answer.kind);
    return signedBy(of, noticesSchema, answer.notices);
  };

  test("tell a merchant which of its sales were answered, a page at a time, and nobody else", () => {
    const [one] = all as [Trustee];
    const sales = Array.from({ length: NOTICES_PAGE + 2 }, (_, at) => sale({}, `sale ${at}`));
    for (const each of sales) expect(ask(each)).toBe("answered");
    expect(ask(sales[0] as Sale)).toBe("answered");
    const first = noticed(one, asking(one));
    expect(first).toMatchObject({ after: 0, total: NOTICES_PAGE + 2, trustee: one.config.key.publicKey });
    const rest = noticed(one, asking(one, undefined, NOTICES_PAGE));
    const tids = [...first.notices, ...rest.notices].map(({ tid }) => tid);
    expect(tids).toEqual(sales.map(({ slip }) => slip.tid));
    expect(noticed(one, asking(one, keyNamed(crypto, "another"))).notices).toEqual([]);
    expect(() => tell(one, asking(one, undefined, 0, all[1]?.config.key.publicKey))).toThrow("wrong-recipient");
    expect(() => tell(one, asking(one), NOW + 1000)).toThrow("expired");
    fallDue(one, descriptor.answerUntilMs + 1);
    expect(noticed(one, asking(one)).notices).toEqual([]);
    expect([...one.desk.rows.keys()].filter((place) => /^(answered_case|notice)\//.test(place))).toEqual([]);
  });
});

const ZERO_PROOF = { challenge: "01".padEnd(64, "0"), responses: ["01".padEnd(64, "0"), "01".padEnd(64, "0")] };

function heldBy(of: Trustee) {
  return rowOf(of, "held_group", group) as { descriptor: Uint8Array };
}
