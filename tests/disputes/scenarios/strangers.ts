/** S1 §5, the customer behaves improperly; and whoever would have trustees or a certifier open what nobody has paid for. */
import { decode, MINUTE_MS, toHex } from "@counterfoil/base";
import { G, IDENTITY, open, post, prove, raw, type Scalar, scalarOf, sign, ZERO_HASH } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import {
  certifierAnswer,
  notCertifiedSchema,
  type Registration,
  registerRequest,
  sealRegistration,
} from "@counterfoil/protocols/certifying";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  descriptionHashOf,
  pidOf,
} from "@counterfoil/protocols/contract";
import { type DisputeFacts, type DisputeRequest, knowledgeContext } from "@counterfoil/protocols/trustees";
import { certifierAt, newNonce } from "@counterfoil/sdk";
import { BOTH, judge, NEITHER, type Verdict } from "../judge.ts";
import {
  askByHand,
  byCoins,
  coinsOf,
  dealt,
  disputes,
  enter,
  factsOf,
  forgedLeaf,
  type Liar,
  leafOf,
  OWN_PRICE_MINOR,
  offered,
  opensGoods,
  ownSale,
  pays,
  placing,
  pointBy,
  refusalsIn,
} from "../liar.ts";
import { edit, type Scenario } from "../scenario.ts";
import { PRICE_MINOR, type World } from "../world.ts";

const TRUSTEE = "protocols/src/trustees/trustee-admit.ts";

export const ANY_LEAF = edit(
  "protocols/src/log/logged.ts",
  "  return leaf.ok && leafNames(crypto, leaf.value.value, slip, slipHash) ? leaf.value.value : null;\n",
  "  return leaf.ok && leafNames ? leaf.value.value : null;\n",
);
const ANY_BANK = edit(
  "protocols/src/exchange/merchant-admit.ts",
  "      : order.bank !== config.bank\n",
  '      : order.bank === ""\n',
);
const ANY_ESCROW = edit(
  "protocols/src/trustees/certified.ts",
  "if (!opened.ok || !escrowHolds(crypto, opened.value.value)) return null;",
  "if (!opened.ok) return null;",
);
const ANYBODYS_ESCROW = edit(
  "protocols/src/certifying/registration.ts",
  "  return own.head === head && own.body === body && escrowHolds(crypto, certificate);\n",
  "  return own.head !== head || body !== head;\n",
);
const ANY_X = edit(TRUSTEE, "  return names && knowledgeHolds(", "  return names || knowledgeHolds(");

export function said(words: readonly string[], wanted: string): readonly string[] {
  return words.filter((word) => word !== wanted).map((word) => `${word} was said, not ${wanted}`);
}

/** Too little is paid, and the trustees are shown that something else was. */
async function paysTooLittle(world: World): Promise<Verdict> {
  const liar = await enter(world, 256n);
  const deal = await dealt(liar);
  const few = (await coinsOf(liar, PRICE_MINOR / 2n)).slice(0, 1);
  const answer = await pays(liar, deal, byCoins(liar, few));
  const own = await ownSale(liar, liar.certified.certHash, liar.crypto.signingKey(raw(newNonce())));
  const asked = await disputes(liar, factsOf(liar, deal, own.logged));
  const goods = await opensGoods(liar, asked.point);
  const shop = answer.kind === "declined" ? [] : [`the shop says ${answer.kind}`];
  const verdict = await judge(world, liar.buyer, { goods, spentElsewhere: OWN_PRICE_MINOR });
  await liar.close();
  return { ...verdict, faults: [...verdict.faults, ...shop, ...said(refusalsIn(asked), "wrong-entitlement")] };
}

/** A bank that the buyer owns signs whatever the buyer likes. */
async function namesItsOwnBank(world: World): Promise<Verdict> {
  const liar = await enter(world);
  const bank = liar.crypto.signingKey(raw(newNonce()));
  const deal = await offered(liar, await placing(liar, { bank: bank.publicKey }));
  if (typeof deal === "string") {
    await liar.close();
    return judge(world, liar.buyer, { goods: false });
  }
  const leaf = await forgedLeaf(liar, bank, deal.offer.slip, deal.offer.slipHash);
  const asked = await disputes(liar, factsOf(liar, deal, leaf));
  const goods = await opensGoods(liar, asked.point);
  await liar.close();
  return judge(world, liar.buyer, { goods });
}

/** A + δG and D + δY of the honest certificate: the same P to the trustees, as anybody can compute. */
function movedEscrow({ crypto, certified }: Liar): Certificate["escrow"] {
  const { group } = crypto;
  const { escrow, groupKey } = certified.certificate;
  const delta = scalarOf(7);
  const head = group.add(raw(escrow.head), group.base(delta));
  const body = group.add(raw(escrow.body), group.multiply(delta, raw(groupKey)));
  return { ...escrow, head: toHex(head), body: toHex(body) };
}

/** The goods of another as its own: certified by itself, sold to itself, paid for at the bank, and opened by the trustees. */
async function sellsWhatIsAnothers(world: World): Promise<Verdict> {
  const liar = await enter(world);
  const { crypto, certified } = liar;
  const merchant = crypto.signingKey(raw(newNonce()));
  const certificate: Certificate = {
    ...certified.certificate,
    certifier: merchant.publicKey,
    merchant: merchant.publicKey,
    pid: newNonce(),
    escrow: movedEscrow(liar),
  };
  const sale = await ownSale(liar, certHashOf(crypto, certificate), merchant);
  const facts: DisputeFacts = {
    certificate: sign(crypto, merchant, certificateSchema, certificate),
    order: sale.orderSigned,
    slip: sale.slipSigned,
    slipHash: sale.slipHash,
    tid: sale.slip.tid,
    group: certificate.group,
    entitlement: { kind: "paid", logged: sale.logged },
    keys: sale.keys,
  };
  const { point, words } = await askByHand(liar, facts, certificate.escrow.body);
  const goods = await opensGoods(liar, point);
  const verdict = await judge(world, liar.buyer, { goods, spentElsewhere: OWN_PRICE_MINOR });
  await liar.close();
  return { ...verdict, faults: [...verdict.faults, ...said(words, "wrong-certificate")] };
}

/** The same at the certifier's door: whoever does not know P and a cannot say what they are. */
async function registersWhatIsAnothers(world: World): Promise<Verdict> {
  const liar = await enter(world);
  const { crypto, certified, item } = liar;
  const merchant = crypto.signingKey(raw(newNonce()));
  const registration = newNonce();
  const { title, description, mediaType } = item;
  const certificate: Certificate = {
    ...certified.certificate,
    merchant: merchant.publicKey,
    pid: pidOf(crypto, merchant.publicKey, registration),
    descriptionHash: descriptionHashOf(crypto, title, description, mediaType),
    escrow: movedEscrow(liar),
  };
  const guessed = { point: certificate.escrow.head, scalar: toHex(scalarOf(7)) };
  const told = { registration, title, description, mediaType, certificate };
  const register = (changes: Partial<Registration>) =>
    registers(world, liar, merchant, { ...told, ...guessed, ...changes });
  const words = [
    [await register({}), "wrong-escrow"],
    [await register({ point: ZERO }), "wrong-point"],
    [await register({ scalar: ZERO }), "wrong-point"],
    [await register({ point: TOO_HIGH }), "wrong-point"],
    [await register({ scalar: TOO_HIGH }), "wrong-point"],
    [await register({ certificate: { ...certificate, groupKey: ZERO } }), "wrong-escrow"],
  ] as const;
  await liar.close();
  const verdict = await judge(world, liar.buyer, { goods: false });
  return { ...verdict, faults: [...verdict.faults, ...words.flatMap(([word, wanted]) => said([word], wanted))] };
}

/** The identity, and what is neither a point nor a scalar. */
export const ZERO = "00".repeat(32);
export const TOO_HIGH = "ff".repeat(32);

async function registers(
  world: World,
  { crypto }: Liar,
  merchant: ReturnType<Liar["crypto"]["signingKey"]>,
  told: Registration,
): Promise<string> {
  const client = wireClient(world.marketUrl);
  try {
    const terms = await certifierAt(crypto, client);
    const notAfterMs = world.ports.clock() + MINUTE_MS;
    const envelope = { recipient: terms.certifier, session: newNonce(), previous: ZERO_HASH, notAfterMs };
    const sealed = sealRegistration(crypto, terms.box, told);
    const answer = decode(
      certifierAnswer,
      await client.post(post(crypto, merchant, registerRequest, envelope, { sealed })),
    );
    if (!answer.ok || answer.value.kind !== "refused") return answer.ok ? answer.value.kind : answer.reason;
    const refusal = open(crypto, notCertifiedSchema, answer.value.refusal, () => terms.certifier);
    return refusal.ok ? refusal.value.value.reason : refusal.reason;
  } finally {
    client.close();
  }
}

/** A sale that is paid and released, under an X that is no key: no trustee says y_iA to the world. */
async function asksUnderNoKey(world: World): Promise<Verdict> {
  const liar = await enter(world, 256n);
  const { crypto, certified } = liar;
  const { escrow } = certified.certificate;
  const deal = await dealt(liar, { disputes: ZERO });
  const answer = await pays(liar, deal, byCoins(liar, (await coinsOf(liar, PRICE_MINOR)).slice(0, 1)));
  if (answer.kind !== "settled") throw new Error(`not settled: ${answer.kind}`);
  const facts = factsOf(liar, deal, await leafOf(liar, deal.offer.slip, deal.offer.slipHash));
  const ask = (changed: (request: DisputeRequest, trustee: string) => DisputeRequest) =>
    askByHand(liar, facts, escrow.body, changed);
  const provesZero = (request: DisputeRequest, trustee: string): DisputeRequest => {
    const statement = {
      domain: "dispute/1",
      context: knowledgeContext(trustee, facts.tid),
      relations: [{ bases: [G], image: IDENTITY } as const],
    };
    return { ...request, knowledge: prove(crypto, statement, [new Uint8Array(32) as Scalar]) };
  };
  const certifiedAs = (changes: Partial<Certificate["escrow"]>) => (request: DisputeRequest) => {
    const key = crypto.signingKey(raw(newNonce()));
    const own = { ...certified.certificate, certifier: key.publicKey, escrow: { ...escrow, ...changes } };
    return { ...request, certificate: sign(crypto, key, certificateSchema, own) };
  };
  const words = [
    [await ask(provesZero), "wrong-dispute"],
    [await ask((it) => ({ ...it, knowledge: { ...it.knowledge, responses: [TOO_HIGH] } })), "wrong-dispute"],
    [await ask((it) => ({ ...it, knowledge: { ...it.knowledge, challenge: TOO_HIGH } })), "wrong-dispute"],
    [await ask(certifiedAs({ head: ZERO })), "wrong-certificate"],
    [await ask(certifiedAs({ body: TOO_HIGH })), "wrong-certificate"],
    [await ask(certifiedAs({ twin: ZERO })), "wrong-certificate"],
  ] as const;
  const goods = await opensGoods(liar, pointBy(liar, deal, answer.opening));
  const faults = words.flatMap(([asked, wanted]) => said(asked.words, wanted));
  await liar.close();
  const verdict = await judge(world, liar.buyer, { goods, buyerAway: true });
  return { ...verdict, faults: [...verdict.faults, ...new Set(faults)] };
}

export const STRANGERS: readonly Scenario[] = [
  {
    name: "S1 §5 C: the customer pays too little, and shows trustees the leaf of something else",
    check: { at: "market", without: [ANY_LEAF] },
    act: paysTooLittle,
    ends: NEITHER,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§2C: the buyer names a bank of its own",
    check: { at: "shop", without: [ANY_BANK] },
    act: namesItsOwnBank,
    ends: NEITHER,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§2C: another's escrow, moved by δ, sold to oneself and disputed",
    check: { at: "market", without: [ANY_ESCROW] },
    act: sellsWhatIsAnothers,
    ends: NEITHER,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§2C: another's escrow, moved by δ, at the certifier's door; and points and scalars that are none",
    check: { at: "market", without: [ANYBODYS_ESCROW] },
    act: registersWhatIsAnothers,
    ends: NEITHER,
    wrong: { goods: false, money: false, faults: ["awaiting was said, not wrong-escrow"] },
  },
  {
    name: "P§7D: the identity for X, and points and scalars that are none, before the trustees",
    check: { at: "market", without: [ANY_X] },
    act: asksUnderNoKey,
    ends: BOTH,
    wrong: { goods: true, money: true, faults: ["answered was said, not wrong-dispute"] },
  },
];
