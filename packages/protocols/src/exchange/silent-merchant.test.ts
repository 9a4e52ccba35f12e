/** All parties themselves, message by message: a ceremony, a sale, a merchant that falls silent, and what trustees do then. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { bodyOf, portableCrypto } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { goodsPointOf } from "../contract/index.ts";
import { logAnswer } from "../log/index.ts";
import { groupSchema, noAnswerSchema, type TrusteeAnswer, trusteeAnswer } from "../trustees/index.ts";
import { convene, type Trustee, tell, termsFor, trusteesNamed } from "../trustees/trustees.fixture.ts";
import { abortFor, customer, type PurchaseState, startPurchase } from "./customer.ts";
import { paymentMessage } from "./messages.ts";
import { contractOf, endorsed, fund, holdBy, NOW, PRICE, parties, seedOf, stock } from "./parties.fixture.ts";
import { certifiedBy } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const config = { crypto, seed: seedOf("wallet", crypto) };
const machine = customer(config);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
const trustees = trusteesNamed(crypto, 3);
const { group } = convene(crypto, trustees, termsFor(trustees, 2));
const certifier = crypto.signingKey(seedOf("certifier", crypto));

const all = parties(crypto);
fund(all, payer.publicKey, 10n * PRICE);
const pid = stock(all, "thing");
certifiedBy(all, pid, { group, certifier } as Parameters<typeof certifiedBy>[2]);
const registration = all.shop.view.get("item", pid)?.registration as Hex;
const point = toHex(goodsPointOf(crypto, all.shopConfig.seed, registration).point);

/** A purchase that the bank has taken the money for, and of which the merchant has said nothing since. */
function claimingAt(word: string): PurchaseState {
  const one = contractOf(all, pid, word, { mode: "optimistic" });
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  let state: PurchaseState = startPurchase(config, {
    tid: one.slip.tid,
    certificate,
    payment: encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null }),
    sealed,
    proof,
    group: encode(groupSchema, group),
    abort: abortFor(crypto, one.keys.buyer, one.slip),
    startedMs: NOW,
  });
  while (state.phase === "paying") state = woken(state);
  all.bank.hear(holdBy(all, payer, one), NOW);
  const answer = all.bank.hear(endorsed(one, { kind: "hold" }), NOW);
  state = machine.step(state, { kind: "bank", answer }, NOW) as PurchaseState;
  const entries = [all.log.logged(all.log.paid(one, all.bankConfig.key, NOW), NOW)];
  state = machine.step(
    state,
    { kind: "log", answer: encode(logAnswer, { kind: "logged", entries }) },
    NOW,
  ) as PurchaseState;
  while (state.phase === "claiming" && disputes(state).length === 0) state = woken(state);
  return state;
}

function woken(state: PurchaseState): PurchaseState {
  return machine.step(state, { kind: "wake" }, machine.deadline(state) as number) as PurchaseState;
}

function disputes(state: PurchaseState) {
  return machine.sends(state).filter(({ to }) => to.startsWith("trustee/"));
}

/** What the trustee says to the customer's own message, and what the customer makes of it. */
function heard(state: PurchaseState, index: number, now = NOW): { answer: TrusteeAnswer; state: PurchaseState } {
  const send = disputes(state).find(({ to }) => to === `trustee/${index}`);
  const answer = tell(trustees[index - 1] as Trustee, send?.bytes as Uint8Array, now);
  const next = machine.step(state, { kind: "trustee", answer: encode(trusteeAnswer, answer) }, now);
  return { answer, state: next ?? state };
}

test("a customer whose merchant is silent has its goods from any two of three trustees", () => {
  for (const [first, second] of [
    [1, 2],
    [3, 1],
    [2, 3],
  ] as const) {
    const asking = claimingAt(`sale ${first} ${second}`);
    expect(disputes(asking).map(({ to }) => to)).toEqual(["trustee/1", "trustee/2", "trustee/3"]);
    const one = heard(asking, first);
    expect(one.state).toMatchObject({ phase: "claiming" });
    expect(disputes(one.state).map(({ to }) => to)).not.toContain(`trustee/${first}`);
    expect(heard(one.state, second).state).toMatchObject({ phase: "paid", secret: point });
  }
});

test("a customer that slept past the claim window is told so by each, and has nothing", () => {
  const asking = claimingAt("late");
  const { answer, state } = heard(asking, 1, NOW + group.claimWindowMs + 1);
  if (answer.kind !== "refused") throw new Error(answer.kind);
  expect(decode(noAnswerSchema, bodyOf(answer.refusal))).toMatchObject({ ok: true, value: { reason: "too-late" } });
  expect(state).toEqual(asking);
});
