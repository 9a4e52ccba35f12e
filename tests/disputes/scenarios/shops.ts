/** S1 §5, the merchant behaves improperly: it is silent, it sends a wrong key, it says that it was not paid. */
import { buy, buyUntil, hasAskedOften, makeBuyer, type State } from "../buying.ts";
import { BOTH, judge, NEITHER, type Verdict } from "../judge.ts";
import { edit, type Scenario } from "../scenario.ts";
import type { World } from "../world.ts";

const SHOP = "sdk/src/shop.ts";
const ANSWER = "protocols/src/exchange/merchant-answer.ts";
const HANDLED = "      const { outcome, answer } = await hosted.submit(admitted(hosted.admit(message)));\n";
const KEPT_SHUT = "new Promise<never>(() => {})";

/** Takes what it is paid to the bank, and never says a word about it. */
export const SETTLES_AND_IS_SILENT = edit(
  SHOP,
  HANDLED,
  `${HANDLED}      if (outcome.kind === "pending" || outcome.kind === "settled") return ${KEPT_SHUT};\n`,
);
/** Does nothing at all from the payment on. */
const IS_SILENT = edit(
  SHOP,
  HANDLED,
  `      if (["payment/1", "release/1"].some((tag) => Buffer.from(message).includes(tag))) return ${KEPT_SHUT};\n${HANDLED}`,
);
const RELEASED = '      return { kind: "settled", receipt: outcome.receipt, opening: opening(config, outcome.tid) };\n';
/** A scalar like any other, and the key of another sale. */
const WRONG_KEY = edit(ANSWER, RELEASED, RELEASED.replace("outcome.tid", "config.bank"));
/** It has the bank's receipt, and says no to whoever asks for the key. */
export const SAYS_UNPAID = edit(
  ANSWER,
  RELEASED,
  `      return say(config, { kind: "declined", about: outcome.tid, reason: "payment-refused", bankAnswer: null }, now);\n`,
);

export const ASKS_NO_TRUSTEE = edit(
  "protocols/src/exchange/claiming.ts",
  "  if (tries < MERCHANT_ALONE || group === null || logged === null) return first;",
  "  if (group !== null || logged === null || tries >= MERCHANT_ALONE) return first;",
);
const ANY_KEY = edit(
  "protocols/src/exchange/customer.ts",
  "  if (!opens(crypto, v, slipIn(purchase).commitment)) return null;\n",
  "",
);
export const ABORTS_WHAT_IS_PAID = edit(
  "protocols/src/money/settle.ts",
  "  if (stands !== null) return { writes: [], outcome: stands };\n  const untilMs",
  "  const untilMs",
);

/** The slip that it takes to the bank is another than the buyer has, with another V under the same tid. */
const SWAPS_THE_SLIP = edit(
  ANSWER,
  "encode(settleRequest, { ...parts, opening: released })",
  "encode(settleRequest, { ...parts, slip: sign(config.crypto, config.key, slipSchema, { ...slip, commitment: slip.tid }), opening: released })",
);
const PAYS_ANY_SLIP = edit(
  "protocols/src/money/admit.ts",
  '  return opened.ok && opened.value.value.slipHash === slipHash ? null : "wrong-payment";\n',
  '  return opened.ok ? null : "wrong-payment";\n',
);

/** Paid by a slip that is not its own, the buyer would ask for ever. */
async function swapped(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  const asksInVain = (state: State) => state?.phase === "aborting" && state.tries >= 4;
  if (planted) await buyUntil(world, buyer, asksInVain);
  else await buy(world, buyer);
  return judge(world, buyer, { shopLies: true, ...(planted ? { boundMs: 0 } : {}) });
}

function bought(cash: boolean) {
  return async (world: World, planted: boolean): Promise<Verdict> => {
    const buyer = await makeBuyer(world, "buyer", cash ? 256n : 0n);
    if (planted) await buyUntil(world, buyer, hasAskedOften, (at, who, onStart) => buy(at, who, { cash, onStart }));
    else await buy(world, buyer, { cash });
    return judge(world, buyer, { shopLies: true, ...(planted ? { boundMs: 0 } : {}) });
  };
}

export const SHOPS: readonly Scenario[] = [
  {
    name: "S1 §5 M1: the shop is paid and falls silent",
    lies: { shop: [SETTLES_AND_IS_SILENT] },
    check: { at: "buyer", without: [ASKS_NO_TRUSTEE] },
    act: bought(false),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "S1 §5 M1: the shop takes coins and falls silent, without settling",
    lies: { shop: [IS_SILENT] },
    check: { at: "buyer", without: [ASKS_NO_TRUSTEE] },
    act: bought(true),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "S1 §5 M2: the shop sends a wrong key",
    lies: { shop: [WRONG_KEY] },
    check: { at: "buyer", without: [ANY_KEY] },
    act: bought(false),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "S1 §5 M3: the shop has settled and says that it was not paid",
    lies: { shop: [SAYS_UNPAID] },
    check: { at: "market", without: [ABORTS_WHAT_IS_PAID] },
    act: bought(false),
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "P§7D: two slips, one tid, other V: the shop settles what the buyer has not",
    lies: { shop: [SWAPS_THE_SLIP] },
    check: { at: "market", without: [PAYS_ANY_SLIP] },
    act: swapped,
    ends: NEITHER,
    wrong: { goods: false, money: true },
  },
];
