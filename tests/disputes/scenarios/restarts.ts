/** Asked twice across a crash: no two proofs share a nonce, and a trustee says the same again, byte for byte. */
import { decode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Proof, raw } from "@counterfoil/crypto";
import { type OfferBody, offerBodySchema } from "@counterfoil/protocols/contract";
import { merchantAnswer } from "@counterfoil/protocols/exchange";
import { visit } from "@counterfoil/sdk";
import { BOTH, judge, type Verdict } from "../judge.ts";
import {
  askOne,
  byCoins,
  coinsOf,
  dealt,
  enter,
  factsOf,
  type Liar,
  leafOf,
  must,
  offered,
  opensGoods,
  type Placed,
  pays,
  placing,
  pointBy,
} from "../liar.ts";
import { edit, type Scenario } from "../scenario.ts";
import { PRICE_MINOR, type World } from "../world.ts";

const PROOF = "crypto/src/proof.ts";
/** Nonces that depend on nothing but what a restart brings back. */
const ANY_NONCES = [
  edit(PROOF, "  const secret = concat(...witness);\n", "  const secret = new Uint8Array(32);\n"),
  edit(
    PROOF,
    '  const about = crypto.sha256(encodeItems([...spelt(statement), "fresh", crypto.random(32)]));\n',
    "  const about = new Uint8Array(32);\n",
  ),
];
const ANSWERS_ANEW = edit(
  "protocols/src/trustees/answering.ts",
  '  if (stored !== undefined) return { writes: [], outcome: { kind: "answered", answer: stored.answer } };\n',
  "",
);

interface Shown {
  readonly slip: Uint8Array;
  readonly offer: OfferBody;
}

async function shown(liar: Liar, { keys, placed }: Placed): Promise<Shown> {
  const client = liar.market.client;
  const answer = decode(merchantAnswer, await client.post(placed.message));
  if (!answer.ok || answer.value.kind !== "offer") throw new Error("no offer");
  const body = liar.crypto.unseal(keys.replies, answer.value.body);
  return { slip: answer.value.slip, offer: must(decode(offerBodySchema, body ?? new Uint8Array(0))) };
}

/** T₁ = z_aG − cA and T₂ = z_bG − cA': as telling as the nonces themselves. */
function commitmentsOf({ crypto, certified }: Liar, { proof, sealed }: OfferBody): readonly Hex[] {
  const { group } = crypto;
  const images = [certified.certificate.escrow.head, sealed.head];
  return images.map((image, at) =>
    toHex(
      group.subtract(group.base(raw(proof.responses[at] as Hex)), group.multiply(raw(proof.challenge), raw(image))),
    ),
  );
}

/** a = Δz/Δc of two proofs under one nonce, and P = D − aY of a: what an unpaid buyer would have. */
function pointOf({ crypto, certified }: Liar, one: Proof, other: Proof): Hex | null {
  const { group } = crypto;
  if (one.challenge === other.challenge) return null;
  const [c, z] = [group.minus(raw(one.challenge), raw(other.challenge)), difference(one, other)];
  const a = group.times(z, group.invert(c));
  const { escrow, groupKey } = certified.certificate;
  return toHex(group.subtract(raw(escrow.body), group.multiply(a, raw(groupKey))));

  function difference(left: Proof, right: Proof): Uint8Array {
    return group.minus(raw(left.responses[0] as Hex), raw(right.responses[0] as Hex));
  }
}

/** One order twice and another once, the shop killed in between; then the first is paid for. */
async function provesAgain(world: World): Promise<Verdict> {
  const before = await enter(world, 256n);
  const placed = await placing(before);
  const first = await shown(before, placed);
  await world.restartShop();
  const market = await visit(world.ports, world.shopUrl, null);
  const liar = { ...before, market };
  const second = await shown(liar, placed);
  const requoted = { ...placed, ...(await placing(liar, { notAfterMs: Date.now() + 5 * MINUTE_MS })) };
  const third = await shown(liar, requoted);
  const faults = nonceFaults(
    liar,
    [first, second, third].map(({ offer }) => offer),
  );
  if (toHex(first.slip) !== toHex(second.slip)) faults.push("one order has two slips");
  const stolen = pointOf(liar, first.offer.proof, third.offer.proof);
  let goods = await opensGoods(liar, stolen);
  if (!goods) {
    const deal = await offered(liar, placed);
    if (typeof deal === "string") throw new Error(deal);
    const [coin] = await coinsOf(liar, PRICE_MINOR);
    const answer = await pays(liar, deal, byCoins(liar, coin ? [coin] : []));
    goods = answer.kind === "settled" && (await opensGoods(liar, pointBy(liar, deal, answer.opening)));
  }
  market.close();
  await before.close();
  const verdict = await judge(world, liar.buyer, { goods, buyerAway: true });
  return { ...verdict, faults: [...verdict.faults, ...faults] };
}

function nonceFaults(liar: Liar, offers: readonly OfferBody[]): string[] {
  const challenges = new Set(offers.map(({ proof }) => proof.challenge));
  const commitments = offers.flatMap((offer) => commitmentsOf(liar, offer));
  return [
    ...(challenges.size === offers.length ? [] : ["two proofs share a challenge"]),
    ...(new Set(commitments).size === commitments.length ? [] : ["two proofs share a nonce"]),
  ];
}

/** A sale that is paid; each trustee is asked, killed, and asked again. */
async function answersAgain(world: World): Promise<Verdict> {
  const liar = await enter(world, 256n);
  const deal = await dealt(liar);
  const [coin] = await coinsOf(liar, PRICE_MINOR);
  const answer = await pays(liar, deal, byCoins(liar, coin ? [coin] : []));
  if (answer.kind !== "settled") throw new Error(`not settled: ${answer.kind}`);
  const facts = factsOf(liar, deal, await leafOf(liar, deal.offer.slip, deal.offer.slipHash));
  const ask = async (at: Liar) => {
    const indices = [...(at.market.groups[0]?.urls.keys() ?? [])];
    return Promise.all(indices.map(async (index) => toHex(await askOne(at, facts, index))));
  };
  const before = await ask(liar);
  await world.restartMarket();
  const market = await visit(world.ports, world.marketUrl, null);
  const after = await ask({ ...liar, market });
  const goods = await opensGoods(liar, pointBy(liar, deal, answer.opening));
  market.close();
  await liar.close();
  const verdict = await judge(world, liar.buyer, { goods, buyerAway: true });
  const same = before.length === 3 && before.every((said, at) => said === after[at]);
  return { ...verdict, faults: [...verdict.faults, ...(same ? [] : ["a trustee said another thing"])] };
}

export const RESTARTS: readonly Scenario[] = [
  {
    name: "P§0: a proof is made again after kill -9 of the shop",
    check: { at: "shop", without: ANY_NONCES },
    act: provesAgain,
    ends: BOTH,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§7D: a trustee is asked twice across kill -9",
    check: { at: "market", without: [ANSWERS_ANEW] },
    act: answersAgain,
    ends: BOTH,
    wrong: { goods: true, money: true, faults: ["a trustee said another thing"] },
  },
];
