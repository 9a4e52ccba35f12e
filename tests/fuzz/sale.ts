/** A sale that really takes place, for valid values of all that is said in it. */
import * as base from "@counterfoil/base";
import { encode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, type MessageKind, post, sign, ZERO_HASH } from "@counterfoil/crypto";
import * as exchange from "@counterfoil/protocols/exchange";
import * as money from "@counterfoil/protocols/money";
import {
  type Contract,
  contractOf,
  debitBy,
  endorsed,
  fund,
  NOW,
  type Parties,
  parties,
  stock,
} from "../../packages/protocols/src/exchange/parties.fixture.ts";

/** Where all hashes are one, so are all witnesses. */
export const ANY_WITNESS = { quorum: 1 };

export interface Sold {
  readonly all: Parties;
  readonly pid: Hex;
  readonly one: Contract;
  readonly account: Parties["bankConfig"]["key"];
  readonly purchase: exchange.Purchase;
  readonly payment: Uint8Array;
  readonly bankPaid: Uint8Array;
  readonly bankRefused: Uint8Array;
  readonly bankAborted: Uint8Array;
  readonly shopSettled: Uint8Array;
  readonly shopDeclined: Uint8Array;
  readonly evidence: Uint8Array;
}

/** One paid sale and, beside it, one that was refused and one that was aborted. */
export function sold(crypto: Crypto): Sold {
  const all = parties(crypto, {}, ANY_WITNESS);
  const account = crypto.signingKey(new Uint8Array(32).fill(9));
  fund(all, account.publicKey, 10_000n);
  const pid = stock(all, "thing", { floorMinor: 100n, stock: 5 });
  const one = contractOf(all, pid, "one");
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  const funding = debitBy(all, account, one);
  const { orderSigned: order, slipSigned: slip, pay, opening, sealed, proof } = one;
  const payment = encode(exchange.paymentMessage, { pid, order, slip, pay, funding, visit: null });
  const abort = exchange.abortFor(crypto, one.keys.buyer, one.slip);
  const purchase = { tid: one.slip.tid, certificate, payment, sealed, proof, group: null, abort, startedMs: NOW };
  all.shop.hear(payment, NOW);
  const bankPaid = all.bank.hear(endorsed(one, funding), NOW);
  const paid = base.decode(money.bankAnswer, bankPaid);
  if (!paid.ok || paid.value.kind !== "paid") throw new Error("the sample is not paid");
  const { receipt } = paid.value;
  const settled = all.shop.authority.answer({ kind: "settled", tid: one.slip.tid, receipt }, NOW);
  const declined = { kind: "declined", about: pid, reason: "sold-out", bankAnswer: null } as const;
  const by = { bank: one.slip.bank, tid: one.slip.tid };
  const record = sign(crypto, all.bankConfig.key, money.abortedSchema, { ...by, cause: "buyer", untilMs: NOW });
  const facts = { bank: one.slip.bank, about: one.slip.tid, slipHash: one.slipHash, reason: "expired" } as const;
  const refusal = sign(crypto, all.bankConfig.key, money.refusalSchema, facts);
  const evidence = {
    kind: "sale",
    certificate,
    order,
    slip,
    pay,
    sealed,
    proof,
    receipt,
    logged: null,
    revealed: null,
    release: { kind: "opening", opening },
  } as const;
  return {
    all,
    pid,
    one,
    account,
    purchase,
    payment,
    bankPaid,
    bankRefused: encode(money.bankAnswer, { kind: "refused", refusal, paid: receipt, used: [], lock: null }),
    bankAborted: encode(money.bankAnswer, { kind: "aborted", record }),
    shopSettled: settled,
    shopDeclined: all.shop.authority.answer(declined, NOW),
    evidence: exchange.encodeEvidence(evidence),
  };
}

/** An envelope as the fuzzed party expects it: fresh, addressed to it. */
export function posted<T>(sale: Sold, kind: MessageKind<T>, recipient: Hex, payload: T): Uint8Array {
  const envelope = { recipient, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + MINUTE_MS };
  return post(sale.all.crypto, sale.account, kind, envelope, payload);
}
