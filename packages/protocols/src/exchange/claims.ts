/**
 * The claims that are made here (P§7A), as predicates over what the parties durably hold at the end of a run, or bring
 * before a judge. Crash campaigns and explorers evaluate these; docs cite them by id.
 */
import type { Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { certHashOf, escrowHolds, offerHashOf, offerHolds, slipRepeats } from "../contract/index.ts";
import type { Claim } from "../index.ts";
import type { BankTables, TrialBalance } from "../money/index.ts";
import { convict } from "./convictions.ts";
import type { PurchaseState } from "./customer.ts";
import { judge } from "./evidence.ts";
import type { ShopTables } from "./merchant-rows.ts";
import { certificateIn, hashedSlip, orderIn, type Purchase } from "./purchase.ts";

/** One purchase as the three parties hold it once nobody has anything left to do. */
export interface Quiescent {
  readonly tid: Hex;
  readonly bank: BankTables["sale"] | undefined;
  readonly customer: PurchaseState | undefined;
  readonly merchant: ShopTables["sale"] | undefined;
  /** Whether the goods, opened and byte-identical, lie where the customer wanted them. */
  readonly goodsDelivered: boolean;
}

export const moneyConserved: Claim<TrialBalance> = {
  id: "money-conserved",
  restsOn: "the bank's own honesty: a bank can refuse service, but every transaction it posts sums to zero",
  refute: ({ faults }) => faults[0] ?? null,
};

export const goodsAtomic: Claim<Quiescent> = {
  id: "goods-atomic",
  restsOn: "an honest bank, which sees v; not that v opens the goods, which is judged afterwards (certified-delivery)",
  refute({ tid, bank, customer, goodsDelivered }) {
    const paid = bank?.phase === "PAID";
    if (paid && !goodsDelivered) return `${tid} is paid and its goods are not there`;
    if (!paid && (customer?.phase === "paid" || goodsDelivered)) return `${tid} is not paid and its goods are there`;
    return null;
  },
};

export const consistent: Claim<Quiescent> = {
  id: "consistent",
  restsOn: "the bank's row being the one decision",
  refute({ tid, bank, customer, merchant }) {
    const paid = bank?.phase === "PAID";
    if (customer !== undefined && !OVER.has(customer.phase)) {
      return `${tid}: the customer still waits (${customer.phase})`;
    }
    if (customer?.phase === "ended" && paid) return `${tid}: the customer holds a proof that it is not paid, and it is`;
    if (merchant?.phase === "sold" && !paid) return `${tid}: the merchant calls it sold and the bank does not`;
    if (merchant?.phase === "lost" && paid) return `${tid}: the merchant calls it lost and the bank paid`;
    return null;
  },
};

export const timely: Claim<Quiescent> = {
  id: "timely",
  restsOn: "the bank answering in the end; waiting for merchant and trustees is bounded by the customer's own patience",
  refute: ({ tid, customer }) => (customer === undefined || OVER.has(customer.phase) ? null : `${tid} has not ended`),
};

const OVER: ReadonlySet<PurchaseState["phase"]> = new Set(["paid", "ended", "forfeited"]);

/** What a customer holds when its payment leaves. */
export interface Paying {
  readonly crypto: Crypto;
  readonly purchase: Purchase;
}

export const validatedReceipt: Claim<Paying> = {
  id: "validated-receipt",
  restsOn: "the certifier, for the way from P to the file and for the description; not on merchant, bank or trustees",
  refute({ crypto, purchase }) {
    const certificate = certificateIn(purchase);
    const { slip } = hashedSlip(crypto, purchase);
    const order = orderIn(purchase);
    const certHash = certHashOf(crypto, certificate);
    if (order.certHash !== certHash || !slipRepeats(crypto, slip, order))
      return `${slip.tid} pays for another certificate`;
    if (!escrowHolds(crypto, certificate)) return `${slip.tid}: nobody is known to know what the certificate holds`;
    const offer = { tid: slip.tid, commitment: slip.commitment, sealed: purchase.sealed, proof: purchase.proof };
    if (offerHashOf(crypto, offer) !== slip.offerHash) return `${slip.tid}: the slip is of another offer`;
    if (!offerHolds(crypto, offer, { ...certificate, certHash }))
      return `${slip.tid} pays for a key that opens something else`;
    return null;
  },
};

/** What either side can show of a sale. */
export interface Shown {
  readonly crypto: Crypto;
  readonly evidence: Uint8Array;
}

export const certifiedDelivery: Claim<Shown> = {
  id: "certified-delivery",
  restsOn: "signatures and hashes; that the content is what its description says is the certifier's word",
  refute({ crypto, evidence }) {
    const judged = judge(crypto, evidence);
    if (!judged.ok) return `the judge is not shown a sale: ${judged.reason}`;
    if (judged.value.kind !== "sale") return "the evidence is of a payment alone";
    const { fault } = judged.value.sale;
    return fault === null ? null : `${fault.role} ${fault.who} is at fault: ${fault.what}`;
  },
};

/** Anything that anybody can bring before the judge, and who has followed the protocol. */
export interface Brought {
  readonly crypto: Crypto;
  readonly accusation: Uint8Array;
  readonly honest: ReadonlySet<Hex>;
}

export const onlyTheGuilty: Claim<Brought> = {
  id: "only-the-guilty",
  restsOn: "signatures and hashes alone; that an honest merchant lists no certificate but of its own registration",
  refute({ crypto, accusation, honest }) {
    const convicted = convict(crypto, accusation);
    if (!convicted.ok || !honest.has(convicted.value.who)) return null;
    return `${convicted.value.role} ${convicted.value.who} is convicted (${convicted.value.what}) and has done nothing`;
  },
};
