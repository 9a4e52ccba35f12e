/** The logged exchange: what bank and log say to a customer and a shop, and what the log says to the bank. */
import { decode, encode } from "@counterfoil/base";
import { type Crypto, sign } from "@counterfoil/crypto";
import type { Send } from "@counterfoil/protocols";
import {
  abortFor,
  customer,
  hearBank,
  hearLog,
  type Purchase,
  type PurchaseState,
  paymentMessage,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import {
  type EntryKind,
  type LogReason,
  logAnswer,
  notPostedSchema,
  postedSchema,
  recKeyOf,
} from "@counterfoil/protocols/log";
import { bankAnswer, hearLog as hearLogAtBank } from "@counterfoil/protocols/money";
import { groupSchema } from "@counterfoil/protocols/trustees";
import {
  contractOf,
  endorsed,
  followBy,
  followByBank,
  fund,
  holdBy,
  NOW,
  type Parties,
  parties,
  seedOf,
  stock,
} from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { certifiedBy, trusteesOf } from "../../packages/protocols/src/exchange/trustees.fixture.ts";
import { ANY_WITNESS } from "./sale.ts";
import { type Named, stepped, type Target, whole } from "./targets.ts";
import { viewOf } from "./view.ts";

const LATER = NOW + 1_000;

export function loggedSaleTargets(crypto: Crypto, named: Named): readonly Target[] {
  const { all, one, purchase, payment, locked, opening, toLog, paid, entries } = loggedSale(crypto);
  const config = { crypto, seed: seedOf("wallet", crypto) };
  const machine = customer(config);
  const woken = (state: PurchaseState, times: number): PurchaseState => {
    if (times === 0) return state;
    const next = machine.step(state, { kind: "wake" }, machine.deadline(state) as number);
    if (next === null) throw new Error("the sample was not woken");
    return woken(next, times - 1);
  };
  const after = (state: PurchaseState, answer: Uint8Array): PurchaseState => {
    const next = machine.step(state, { kind: "bank", answer }, NOW);
    if (next === null) throw new Error("the sample was not heard");
    return next;
  };
  const settling = woken(startPurchase(config, purchase), 4);
  const awaiting = after(settling, locked);
  const claiming = after(awaiting, paid);
  const hears = (name: string, state: PurchaseState, kind: "bank" | "log", valid: readonly Uint8Array[]) =>
    named(name, valid, (answer) => stepped(machine, machine.step(state, { kind, answer }, NOW)));
  const answers = answersBy(all, recKeyOf(crypto, one.slip.bank, one.slip.tid));
  const sent = endorsed(one, { kind: "hold" });
  return [
    hears("the customer that settles hears of the LOCK", settling, "bank", [locked]),
    hears("the customer that awaits the log hears the bank", awaiting, "bank", [paid]),
    hears("the customer that awaits the log hears it", awaiting, "log", [entries]),
    hears("the customer that claims hears the log", claiming, "log", [entries]),
    named("the shop sells by a log", [payment], (input) => whole(all.shop.authority, all.shop.rows, input)),
    named("the bank locks", [sent], (input) => whole(all.bank.authority, all.bank.rows, input)),
    named("the shop hears of the LOCK", [locked], (input) => {
      const command = hearBank(all.shopConfig, sent, input);
      if (command !== null) all.shop.authority.decide(command, viewOf(all.shop.rows), LATER);
      return command !== null;
    }),
    named("the shop hears its log", answers("open", "expired"), (input) => {
      const command = hearLog(all.shopConfig, opening.bytes, input);
      if (command === null) return false;
      const { effects } = all.shop.authority.decide(command, viewOf(all.shop.rows), LATER);
      for (const effect of effects ?? []) all.shop.authority.send?.(effect, LATER);
      return true;
    }),
    named("the bank hears its log", answers("open", "wrong-lock"), (input) => {
      const command = hearLogAtBank(all.bankConfig, toLog.bytes, input);
      if (command !== null) all.bank.authority.decide(command, viewOf(all.bank.rows), LATER);
      return command !== null;
    }),
  ];
}

function answersBy({ crypto, log }: Parties, recKey: string) {
  return (kind: EntryKind, reason: LogReason): readonly Uint8Array[] => {
    const posted = sign(crypto, log.key, postedSchema, { log: log.id, postings: [{ recKey, kind, index: 0 }] });
    const refusal = sign(crypto, log.key, notPostedSchema, { log: log.id, recKey, reason });
    return [encode(logAnswer, { kind: "posted", posted }), encode(logAnswer, { kind: "refused", refusal })];
  };
}

/** Locked, opened, committed and paid; shop and bank have sent what they owe the log. */
function loggedSale(crypto: Crypto) {
  const all = parties(crypto, {}, ANY_WITNESS);
  const account = crypto.signingKey(new Uint8Array(32).fill(9));
  fund(all, account.publicKey, 10_000n);
  const pid = stock(all, "thing");
  const trustees = trusteesOf(crypto);
  certifiedBy(all, pid, trustees);
  const one = contractOf(all, pid, "one", { mode: "logged" });
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
  all.shop.hear(payment, NOW);
  all.bank.hear(holdBy(all, account, one), NOW);
  const endorsement = endorsed(one, { kind: "hold" });
  const locked = all.bank.hear(endorsement, NOW);
  const [toLog] = all.bank.takeSends();
  const heard = hearBank(all.shopConfig, endorsement, locked);
  if (heard === null) throw new Error("the sample is not locked");
  all.shop.takeSends();
  all.shop.decide(heard, NOW);
  const [opening] = all.shop.takeSends();
  const bankAt = all.bank;
  const about = { slip: one.slip, slipHash: one.slipHash };
  all.log.enter("open", about, NOW);
  all.log.enter("committed", about, NOW);
  const v = all.log.opened(about, one.opening, NOW);
  const leaf = all.log.paid(about, all.bankConfig.key, NOW);
  const entries = encode(logAnswer, { kind: "logged", entries: [v, leaf].map((at) => all.log.logged(at, NOW)) });
  // As they stand before the log has decided; what they say afterwards is said by others over the same rows.
  const [bankRows, shopRows] = [new Map(bankAt.rows), new Map(all.shop.rows)];
  followBy(all, 0, NOW);
  followByBank(all, 0, NOW);
  const paid = all.bank.hear(endorsement, NOW);
  const said = decode(bankAnswer, paid);
  if (!said.ok || said.value.kind !== "paid") throw new Error("the sample is not paid");
  restore(bankAt.rows, bankRows);
  restore(all.shop.rows, shopRows);
  return { all, one, purchase, payment, locked, opening: opening as Send, toLog: toLog as Send, paid, entries };
}

function restore<K, V>(rows: Map<K, V>, before: ReadonlyMap<K, V>): void {
  rows.clear();
  for (const [id, row] of before) rows.set(id, row);
}
