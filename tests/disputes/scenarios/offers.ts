/** Offers that are none, of right form, forged: refused before anything is paid, and the wallet goes on. */
import { join } from "node:path";
import { buy as buyBySdk, Refusal } from "@counterfoil/sdk";
import { buy, makeBuyer } from "../buying.ts";
import { BOTH, judge, type Verdict } from "../judge.ts";
import { enter } from "../liar.ts";
import { LIES, WEAK } from "../lies.ts";
import { edit, type Scenario } from "../scenario.ts";
import type { World } from "../world.ts";

const ANSWER = "protocols/src/exchange/merchant-answer.ts";
const MADE = "makeOffer(crypto, config.seed, tid, goods(config, item), certifiedOf(config, item))";
const SEALED = "encode(offerBodySchema, body)";
const LYING = [
  edit(
    ANSWER,
    `  const body = ${MADE};\n`,
    `  const truth = { crypto, seed: config.seed, goods: goods(config, item), certified: certifiedOf(config, item) };
  const body = lyingOffer(${MADE}, truth);\n`,
  ),
  edit(ANSWER, SEALED, `lyingBytes(${SEALED})`),
];

const ANY_OFFER = edit(
  "protocols/src/exchange/buying.ts",
  '  if (!offerHolds(crypto, offer.value, { ...certificate, certHash })) return refused("offer-does-not-open-goods");\n',
  "",
);
const HASHES_COMMITMENTS_ALONE = edit(
  "crypto/src/proof.ts",
  'encodeItems([...spelt(statement), "commitments", ...commitments])',
  'encodeItems([...(statement.domain === "sale/1" ? [] : spelt(statement)), "commitments", ...commitments])',
);

const REASONS = new Set(["offer-does-not-open-goods", "malformed", "not-canonical", "offer-differs-from-slip"]);

/** @param lies each is told to a buyer. @param believed the one that a buyer without the check believes. */
function offering(lies: readonly string[], believed: string) {
  return async (world: World, planted: boolean): Promise<Verdict> => {
    if (planted) {
      world.lie(believed);
      const buyer = await makeBuyer(world, "buyer");
      await buy(world, buyer);
      return judge(world, buyer, { boundMs: 0 });
    }
    const at = await enter(world);
    const faults: string[] = [];
    for (const lie of lies) {
      world.lie(lie);
      const reason = await reasonOf(world, at);
      if (!REASONS.has(reason)) faults.push(`${lie}: ${reason}`);
    }
    const unmoved = await judge(world, at.buyer);
    faults.push(...unmoved.open, ...unmoved.faults, ...(unmoved.money ? ["a lie was paid for"] : []));
    // The truth is told at last, and believed: neither shop nor wallet has taken any harm.
    world.lie("");
    await reasonOf(world, at);
    await at.close();
    const verdict = await judge(world, at.buyer);
    return { ...verdict, faults: [...verdict.faults, ...faults] };
  };
}

async function reasonOf({ ports }: World, { market, wallet, item, buyer }: Awaited<ReturnType<typeof enter>>) {
  const options = { maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true };
  const outPath = join(buyer.folder, "goods.txt");
  try {
    return (await buyBySdk(market, wallet, item, { ...options, outPath }, ports)).kind;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

export const OFFERS: readonly Scenario[] = [
  {
    name: "P§7D: an offer forged under weak Fiat–Shamir",
    lies: { shop: LYING },
    check: { at: "buyer", without: [HASHES_COMMITMENTS_ALONE] },
    act: offering([WEAK], WEAK),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "P§7D: offers of another P, of identities, of what is no point and no scalar, and of garbage",
    lies: { shop: LYING },
    check: { at: "buyer", without: [ANY_OFFER] },
    act: offering(LIES, "another P"),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
];
