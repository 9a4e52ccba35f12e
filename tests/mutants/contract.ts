/** The contract's hashes, the offer and its proof: P§2C. */
import { edit, inCrypto, type Mutant } from "./mutant.ts";

export const CONTRACT: readonly Mutant[] = [
  {
    name: "a slip's hash without V",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit("contract/contract", "import { encode, type Hex, toHex }", "import { decode, encode, type Hex, toHex }"),
      edit(
        "contract/contract",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip }",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip, slipSchema }",
      ),
      edit(
        "contract/contract",
        '  return H(crypto, "slip-hash/1", slipBody);',
        '  const slip = decode(slipSchema, slipBody);\n  return H(crypto, "slip-hash/1", slip.ok ? encode(slipSchema, { ...slip.value, commitment: "00".repeat(32) }) : slipBody);',
      ),
    ],
  },
  {
    name: "a slip's hash without the price",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit("contract/contract", "import { encode, type Hex, toHex }", "import { decode, encode, type Hex, toHex }"),
      edit(
        "contract/contract",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip }",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip, slipSchema }",
      ),
      edit(
        "contract/contract",
        '  return H(crypto, "slip-hash/1", slipBody);',
        '  const slip = decode(slipSchema, slipBody);\n  return H(crypto, "slip-hash/1", slip.ok ? encode(slipSchema, { ...slip.value, priceMinor: 1n }) : slipBody);',
      ),
    ],
  },
  {
    name: "a slip's hash without the log",
    study: "optimistic-account",
    question: "hold, merchant lies",
    edits: [
      edit("contract/contract", "import { encode, type Hex, toHex }", "import { decode, encode, type Hex, toHex }"),
      edit(
        "contract/contract",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip }",
        "import { type Certificate, certificateSchema, type Order, orderSchema, type Slip, slipSchema }",
      ),
      edit(
        "contract/contract",
        '  return H(crypto, "slip-hash/1", slipBody);',
        '  const slip = decode(slipSchema, slipBody);\n  return H(crypto, "slip-hash/1", slip.ok ? encode(slipSchema, { ...slip.value, log: null }) : slipBody);',
      ),
    ],
  },
  {
    name: "a slip that is compared without the price",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("contract/contract", "    slip.priceMinor === order.priceMinor &&\n", "")],
  },
  {
    name: "an offer of other terms than were ordered",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit(
        "exchange/buying",
        "if (!slipRepeats(crypto, slip, order) || order.certHash !== certHash)",
        "if (order.certHash !== certHash)",
      ),
    ],
  },
  {
    name: "an offer that proves nothing",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit(
        "exchange/buying",
        '  if (!offerHolds(crypto, offer.value, { ...certificate, certHash })) return refused("offer-does-not-open-goods");\n',
        "",
      ),
    ],
  },
  {
    name: "an offer of another V than the slip's",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("exchange/buying", "tid !== slip.tid || commitment !== slip.commitment || ", "tid !== slip.tid || ")],
  },
  {
    name: "an offer that the slip does not name",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("exchange/buying", " || offerHashOf(crypto, offer.value) !== slip.offerHash", "")],
  },
  {
    name: "a proof that says nothing of P",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("contract/offer", "      { bases: [negated, raw(offer.commitment)], image: apart },\n", "")],
  },
  {
    name: "a proof engine that does not compare the challenge",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      inCrypto(
        "proof",
        "  return commitments !== null && crypto.equal(challenge, challengeOf(crypto, statement, commitments));",
        "  return commitments !== null;",
      ),
    ],
  },
  {
    name: "signatures that nobody verifies",
    study: "netbill",
    question: "debit, customer lies",
    edits: [
      inCrypto(
        "cose",
        '  if (!crypto.verify(signer(value.value), concat(STRUCTURE_HEAD, parts.wrapped), parts.signature)) {\n    return refused("wrong-signature");\n  }\n',
        "",
      ),
    ],
  },
];
