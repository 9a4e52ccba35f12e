/** S2: what the atomicity layer is said to give. */
import { failsIn, holdsIn, type Theorem } from "./theorem.ts";

const LOGGED = ["docs/protocols/logged.md", "packages/protocols/src/log"];

export const CAMP_CLAIMS: readonly Theorem[] = [
  {
    id: "S2-1",
    source: "S2, introduction",
    says: "a DigiCash token that is cut off on its way leaves both or neither party believing that it owns it, and returning it is a race",
    verdict: "holds",
    because: "who keeps silent is stuck, and who returns the coin makes it spent twice",
    repairedIn: [],
    shown: [failsIn("digicash-offline", "money", "stuck"), failsIn("digicash-offline", "money", "double-spend")],
  },
  {
    id: "S2-2",
    source: "S2, introduction",
    says: "MicroMint in its simplest form is not money atomic",
    verdict: "holds",
    because: "a coin lost on its way is lost, and a coin spent twice is found too late",
    repairedIn: [],
    shown: [failsIn("micromint", "money", "lost-coin"), failsIn("micromint", "money", "double-spending")],
  },
  {
    id: "S2-3",
    source: "S2 §2, the steps P1 to P7",
    says: "the token moves once: the layer is money atomic",
    verdict: "holds",
    because: "the bank alone decides about a token, and decides once",
    repairedIn: [],
    shown: [holdsIn("camp", "money", "token")],
  },
  {
    id: "S2-4",
    source: "S2 §2, after the figure of the purchase",
    says: "any failure leaves either both, payment and key, or neither: the layer gives goods atomicity",
    verdict: "repaired",
    because:
      "it does where no notice is lost and all clocks are one. The bank credits where it hears of no abort, so that the loss of one " +
      "notice pays for nothing (P§3B 1), and so does a bank's clock ahead of the log's (P§3B 4)",
    repairedIn: LOGGED,
    shown: [
      failsIn("camp", "goods", "lost-abort"),
      failsIn("camp", "goods", "skew"),
      { kind: "attack", attack: "lost-abort" },
      holdsIn("camp", "goods", "corrected"),
      holdsIn("logged-coins", "goods"),
    ],
  },
  {
    id: "S2-5",
    source: "S2 §2, certified delivery",
    says: "the customer can show what was agreed and what was delivered",
    verdict: "holds",
    because:
      "contract, checksum and key are signed by the merchant or published by the log; the merchant can show nothing of it",
    repairedIn: [],
    shown: [holdsIn("camp", "certified", "dispute")],
  },
  {
    id: "S2-6",
    source: "S2 §2, on bogus keys",
    says: "a merchant gains nothing by a bogus key, since the customer has its money back on showing it",
    verdict: "repaired",
    because:
      "nothing in the contract fixes the key and the log takes anything, so that the customer pays first and is heard later, by people, " +
      "and as far as the merchant's account reaches (P§3B 5)",
    repairedIn: LOGGED,
    shown: [failsIn("camp", "validated", "bogus-key"), holdsIn("logged-coins", "validated")],
  },
  {
    id: "S2-7",
    source: "S2 §2, on trust",
    says: "the one thing that has to be trusted is that the log records what it receives",
    verdict: "refuted",
    because:
      "the network is trusted to carry the notice of an abort, and the bank's clock to be no earlier than the log's; with the log " +
      "honest either is enough to pay for nothing (P§3B 1, 4, 6)",
    repairedIn: [],
    shown: [failsIn("camp", "goods", "lost-abort"), failsIn("camp", "goods", "skew")],
  },
  {
    id: "S2-8",
    source: "S2 §4, Table 2",
    says: "bank, merchant and log together do not learn who the customer is",
    verdict: "holds",
    because: "the token is blinded and its key is used once",
    repairedIn: [],
    shown: [holdsIn("camp", "anonymous", "who-bought")],
  },
  {
    id: "S2-9",
    source: "S2, abstract and §5",
    says: "any token currency becomes reliable and stays anonymous under the layer: one need not choose",
    verdict: "repaired",
    because: "as printed it is anonymous and not reliable; settled on the log's first entry it is both",
    repairedIn: LOGGED,
    shown: [
      failsIn("camp", "goods", "lost-abort"),
      holdsIn("camp", "anonymous", "who-bought"),
      holdsIn("logged-coins", "goods"),
      holdsIn("logged-coins", "anonymous"),
    ],
  },
];
