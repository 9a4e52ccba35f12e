/** S3: what is said of the systems of its time, of NetBill, and of what can be had. */
import { failsIn, holdsIn, type Theorem } from "./theorem.ts";

const NETBILL = ["docs/protocols/netbill.md", "packages/protocols/src/money"];

const OTHERS: readonly Theorem[] = [
  {
    id: "S3-1",
    source: "S3 §2.2, §3.1",
    says: "off-line digital cash is not money atomic when communication fails",
    verdict: "holds",
    because: "who hears nothing can keep silent and be out of its money, or return the coin and have it spent twice",
    repairedIn: [],
    shown: [failsIn("digicash-offline", "money", "stuck"), failsIn("digicash-offline", "money", "double-spend")],
  },
  {
    id: "S3-2",
    source: "S3 §2.2, §3.1",
    says: "when communication fails, it can fail to be anonymous too",
    verdict: "holds",
    because:
      "who returns a coin that had arrived has spent it twice, and that names it; where nothing fails it stays unknown",
    repairedIn: [],
    shown: [
      holdsIn("digicash-offline", "anonymous", "who-bought"),
      failsIn("digicash-offline", "anonymous", "who-bought-on-failure"),
    ],
  },
  {
    id: "S3-3",
    source: "S3 §3.2",
    says: "First Virtual is money atomic and not goods atomic",
    verdict: "holds",
    because: "one ledger moves the money; the customer's no comes after the goods",
    repairedIn: [],
    shown: [holdsIn("first-virtual", "money", "ledger"), failsIn("first-virtual", "goods", "veto")],
  },
  {
    id: "S3-4",
    source: "S3 §3.3, §3.4",
    says: "cards over SSL or SET are as money atomic as cards are, and do not address goods",
    verdict: "holds",
    because: "the card network is taken for one ledger; goods are one message that nobody answers",
    repairedIn: [],
    shown: [
      holdsIn("ssl", "money", "ledger"),
      failsIn("ssl", "goods", "lost-goods"),
      holdsIn("set", "money", "ledger"),
      failsIn("set", "goods", "lost-goods"),
    ],
  },
  {
    id: "S3-5",
    source: "S3 §3.3, §3.4",
    says: "SET keeps a merchant from charging again, and SSL does not",
    verdict: "holds",
    because: "in SSL the merchant has the number of the card, in SET an order for one price",
    repairedIn: [],
    shown: [failsIn("ssl", "consistent", "charged-again"), holdsIn("set", "consistent", "charged-again")],
  },
];

const NETBILL_CLAIMS: readonly Theorem[] = [
  {
    id: "S3-6",
    source: "S3 §4, money atomicity",
    says: "NetBill is money atomic, since one server's database moves all the money",
    verdict: "holds",
    because: "debit, credit and key are one row",
    repairedIn: [],
    shown: [holdsIn("netbill-1995", "money", "ledger")],
  },
  {
    id: "S3-7",
    source: "S3 §4, goods atomicity",
    says: "NetBill is goods atomic, since the key can be had from merchant or server at any time",
    verdict: "holds",
    because: "the row that pays has the key. It wants links to the server that lose nothing for ever",
    repairedIn: [],
    shown: [holdsIn("netbill-1995", "goods", "delivery"), holdsIn("netbill-1995", "timely", "end")],
  },
  {
    id: "S3-8",
    source: "S3 §4, steps e and g",
    says: "a time-out in the order, which the server looks at, ends a sale that fails",
    verdict: "repaired",
    because:
      "a query that is answered unknown ends nothing, and the customer is charged after it (P§4B 2); in the protocol of 1995 the time " +
      "is the merchant's to choose (P§4B 1)",
    repairedIn: NETBILL,
    shown: [
      failsIn("netbill-1995", "timely", "unknown-then-charged"),
      failsIn("netbill-1995", "timely", "post-dated"),
      holdsIn("netbill", "timely"),
    ],
  },
  {
    id: "S3-9",
    source: "S3 §4, certified delivery",
    says: "a judge who is shown ciphertext, checksum and key finds what was delivered",
    verdict: "holds",
    because:
      "the merchant signs the key and both sign the checksum; whether it is what was ordered shows only after the payment",
    repairedIn: [],
    shown: [holdsIn("netbill-1995", "certified", "dispute"), failsIn("netbill-1995", "validated", "bogus-key")],
  },
  {
    id: "S3-10",
    source: "S3 §4.1",
    says: "anonymous and atomic can be had together, by a public log and two-phase commitment",
    verdict: "repaired",
    because:
      "not by the layer as S2 prints it, which pays for nothing by one lost notice; by settling on the log's first entry",
    repairedIn: ["docs/protocols/logged.md", "packages/protocols/src/log"],
    shown: [
      failsIn("camp", "goods", "lost-abort"),
      holdsIn("camp", "goods", "corrected"),
      holdsIn("logged-coins", "goods"),
      holdsIn("logged-coins", "anonymous"),
    ],
  },
  {
    id: "S3-11",
    source: "S3 §4.1",
    says: "certified delivery can be one-sided, and that is enough where the customer alone has anything to prove",
    verdict: "holds",
    because: "what the customer holds convinces the judge, and nothing that the merchant holds is asked for",
    repairedIn: [],
    shown: [holdsIn("camp", "certified", "dispute")],
  },
];

export const TYGAR_CLAIMS: readonly Theorem[] = [...OTHERS, ...NETBILL_CLAIMS];
