/** The optimistic exchange of an item that trustees can open: the customer from the settlement to the goods, shop and judge. */
import { decode, encode } from "@counterfoil/base";
import { type Crypto, read, sign } from "@counterfoil/crypto";
import {
  abortFor,
  checkCertificate,
  convict,
  customer,
  encodeAccusation,
  encodeEvidence,
  judge,
  merchantAnswer,
  type Purchase,
  type PurchaseState,
  paymentMessage,
  releaseMessage,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import { bankAnswer } from "@counterfoil/protocols/money";
import { answerSchema, groupSchema, trusteeAnswer } from "@counterfoil/protocols/trustees";
import {
  contractOf,
  endorsed,
  fund,
  holdBy,
  listingOf,
  NOW,
  parties,
  seedOf,
  stock,
} from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { certifiedBy, trusteesOf } from "../../packages/protocols/src/exchange/trustees.fixture.ts";
import { ANY_WITNESS } from "./sale.ts";
import { type Named, stepped, type Target, whole } from "./targets.ts";

export function claimTargets(crypto: Crypto, named: Named): readonly Target[] {
  const { all, one, purchase, receipt, trustees, toShop } = claimed(crypto);
  const config = { crypto, seed: seedOf("wallet", crypto) };
  const machine = customer(config);
  const after = (state: PurchaseState, input: Parameters<typeof machine.step>[1], now = NOW): PurchaseState => {
    const next = machine.step(state, input, now);
    if (next === null) throw new Error("the sample was not heard");
    return next;
  };
  const woken = (state: PurchaseState, times: number): PurchaseState =>
    times === 0 ? state : woken(after(state, { kind: "wake" }, machine.deadline(state) as number), times - 1);
  const paid = encode(bankAnswer, { kind: "paid", receipt, opening: null });
  const settling = woken(startPurchase(config, purchase), 4);
  const claiming = woken(after(settling, { kind: "bank", answer: paid }), 2);
  const { escrow } = trustees.certificate;
  const about = { tid: one.slip.tid, head: escrow.head, disputes: one.order.disputes };
  const answers = [1, 2].map((index) => trustees.answer(index, about)) as [Uint8Array, Uint8Array];
  const replies = answers.map((answer) => encode(trusteeAnswer, { kind: "answered", answer }));
  const half = after(claiming, { kind: "trustee", answer: replies[0] as Uint8Array });
  const forfeited = woken({ ...claiming, wakeMs: NOW + trustees.group.claimWindowMs + 1 } as PurchaseState, 1);
  const settled = encode(merchantAnswer, { kind: "settled", receipt, opening: one.opening });
  const hears = (name: string, state: PurchaseState, kind: "merchant" | "bank" | "trustee", valid: Uint8Array[]) =>
    named(name, valid, (answer) => stepped(machine, machine.step(state, { kind, answer }, NOW)));
  const shown = { ...listingOf(all, "thing"), merchant: one.slip.merchant };
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const release = {
    kind: "answers" as const,
    group: trustees.group,
    answers,
    x: Buffer.from(one.keys.disputes.secret).toString("hex"),
  };
  const { certificate } = purchase;
  const evidence = encodeEvidence({
    ...{ kind: "sale", certificate, order, slip, pay, sealed, proof, receipt },
    ...{ logged: null, revealed: null, release },
  });
  const own = read(answerSchema, answers[0]);
  if (!own.ok) throw new Error(own.reason);
  const { r, u } = own.value.value;
  // Any key will do: every signature verifies.
  const answer = sign(crypto, one.keys.buyer, answerSchema, { ...own.value.value, r: u, u: r });
  const falseAnswer = encodeAccusation({ kind: "false-answer", answer, group: trustees.group, order, certificate });
  return [
    hears("the customer that settles hears the bank", settling, "bank", [paid]),
    hears("the customer that claims hears the merchant", claiming, "merchant", [settled]),
    hears("the customer that claims hears a trustee", claiming, "trustee", replies),
    hears("the customer that claims hears the last trustee", half, "trustee", replies.slice(1)),
    hears("the customer that slept hears the merchant", forfeited, "merchant", [settled]),
    named("the customer checks a certificate to trustees", [certificate], (input) => {
      return checkCertificate(crypto, input, shown, trustees.trusted).ok;
    }),
    named("a judge reads evidence by trustees", [evidence], (input) => judge(crypto, input).ok),
    named("a judge convicts a trustee", [evidence, falseAnswer], (input) => convict(crypto, input).ok),
    named("the shop releases", [toShop], (input) => whole(all.shop.authority, all.shop.rows, input)),
    named("the bank settles without a key", [endorsed(one, { kind: "hold" })], (input) => {
      return whole(all.bank.authority, all.bank.rows, input);
    }),
  ];
}

/** A sale that its customer has settled, and of which the shop has not heard. */
function claimed(crypto: Crypto) {
  const all = parties(crypto, {}, ANY_WITNESS);
  const account = crypto.signingKey(new Uint8Array(32).fill(9));
  fund(all, account.publicKey, 10_000n);
  const pid = stock(all, "thing");
  const trustees = trusteesOf(crypto);
  const certificate = certifiedBy(all, pid, trustees);
  const one = contractOf(all, pid, "one", { mode: "optimistic" });
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const payment = encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null });
  const purchase: Purchase = {
    tid: one.slip.tid,
    certificate: all.shop.view.get("item", pid)?.certificate as Uint8Array,
    payment,
    sealed,
    proof,
    group: encode(groupSchema, trustees.group),
    abort: abortFor(crypto, one.keys.buyer, one.slip),
    startedMs: NOW,
  };
  all.bank.hear(holdBy(all, account, one), NOW);
  const said = decode(bankAnswer, all.bank.hear(endorsed(one, { kind: "hold" }), NOW));
  if (!said.ok || said.value.kind !== "paid") throw new Error("the sample is not paid");
  const { receipt } = said.value;
  const toShop = encode(releaseMessage, { payment, receipt });
  return { all, one, purchase, receipt, trustees: { ...trustees, certificate }, toShop };
}
