/**
 * What a file of evidence is made of: who signed what, and which of it names which by its hash. It is shown beside the verdict
 * and decides nothing: the verdict is the judge's (packages/protocols/src/exchange/evidence.ts).
 */
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import { paySchema, slipSchema } from "@counterfoil/protocols/contract";
import { accusationSchema, type Evidence, evidenceSchema } from "@counterfoil/protocols/exchange";
import { leafSchema } from "@counterfoil/protocols/log";
import { statementsOfAccusation } from "./accused.ts";
import {
  answerOf,
  certificateOf,
  type Kind,
  loggedOf,
  NOBODY,
  orderOf,
  readOwn,
  receiptOf,
  type Statement,
  slipOf,
  statement,
} from "./statement.ts";

/** In the order in which they came about; none where it is no evidence. */
export function statementsIn(crypto: Crypto, bytes: Uint8Array): readonly Statement[] {
  const evidence = decode(evidenceSchema, bytes);
  if (evidence.ok) return ofEvidence(crypto, evidence.value);
  const accusation = decode(accusationSchema, bytes);
  return accusation.ok && accusation.value.kind !== "sale" ? statementsOfAccusation(crypto, accusation.value) : [];
}

function ofEvidence(crypto: Crypto, evidence: Evidence): readonly Statement[] {
  const slip = read(slipSchema, evidence.slip);
  const bank = slip.ok ? slip.value.value.bank : NOBODY;
  const buyer = slip.ok ? slip.value.value.buyer : NOBODY;
  const isSale = evidence.kind === "sale";
  const paid = [
    slipOf(crypto, evidence.slip, isSale ? ["order", "offer"] : []),
    statement(crypto, PAYMENT, evidence.pay, paySchema, () => buyer),
    receiptOf(crypto, evidence.receipt, ["slip"]),
    ...(evidence.logged === null ? [] : [leafOf(crypto, bank, evidence.logged)]),
  ];
  if (!isSale) return paid;
  return [
    certificateOf(crypto, evidence.certificate),
    orderOf(crypto, evidence.order),
    offerOf(evidence),
    ...paid,
    ...releaseOf(crypto, evidence),
  ];
}

const PAYMENT: Kind = {
  id: "pay",
  title: "Payment",
  says: "The buyer takes exactly this slip.",
  who: "the buyer's one-time key",
  names: ["slip"],
};

/** A bank's leaf where its log has it: under the log's head, and by its own signature. */
function leafOf(crypto: Crypto, bank: Hex, logged: Uint8Array): Statement {
  const entered = loggedOf(crypto, logged, {
    id: "leaf",
    title: "Leaf in the log",
    says: "This slip is paid, and the log has the bank's word for it.",
    names: ["slip"],
  });
  const there = readOwn(crypto, logged);
  const leaf = there?.entry.kind === "paid" ? open(crypto, leafSchema, there.entry.leaf, () => bank) : null;
  return { ...entered, signer: { who: "the bank, in the log", key: bank }, holds: leaf?.ok === true };
}

type Sale = Extract<Evidence, { kind: "sale" }>;

function offerOf({ sealed }: Sale): Statement {
  return {
    id: "offer",
    title: "Offer",
    says: "The goods' key, locked so that only the opening of the slip's commitment frees it, with a proof that it is the certified one.",
    signer: null,
    holds: null,
    names: ["certificate"],
    against: null,
    fields: [
      { name: "head", value: sealed.head },
      { name: "body", value: sealed.body },
    ],
  };
}

function releaseOf(crypto: Crypto, { release, revealed }: Sale): readonly Statement[] {
  const shown =
    revealed === null
      ? []
      : [
          loggedOf(crypto, revealed, {
            id: "revealed",
            title: "Key in the log",
            says: "The seller has handed the key over, before everybody.",
            names: ["slip"],
          }),
        ];
  if (release.kind === "opening") return [openingOf(release.opening), ...shown];
  return [...release.answers.map((answer, at) => answerOf(crypto, answer, release.group.trustees, at)), ...shown];
}

function openingOf(opening: Hex): Statement {
  return {
    id: "opening",
    title: "Opening",
    says: "It fits the slip's commitment, and frees the goods' key from the offer.",
    signer: null,
    holds: null,
    names: ["offer", "slip"],
    against: null,
    fields: [{ name: "opening", value: opening, keepsTheGoods: true }],
  };
}
