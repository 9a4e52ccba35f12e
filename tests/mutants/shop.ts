/** The shop: P§4A, P§2C. */
import { edit, type Mutant } from "./mutant.ts";

export const SHOP: readonly Mutant[] = [
  {
    name: "a shop that takes no piece off the shelf",
    study: "netbill",
    question: "debit",
    edits: [edit("exchange/selling", "      ...restock(pid, item, -1),\n", "")],
  },
  {
    name: "a shop that puts no piece back",
    study: "netbill",
    question: "debit",
    edits: [edit("exchange/selling", "...(item === undefined ? [] : restock(row.pid, item, 1))", "")],
  },
  {
    name: "a shop that forgets what it has endorsed",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "exchange/selling",
        '  const row = view.get("sale", slip.tid);\n  if (row !== undefined) {\n    return row',
        '  const row = view.get("sale", slip.tid);\n  if (row?.phase === "sold") {\n    return row',
      ),
    ],
  },
  {
    name: "a shop that takes every no for the last",
    study: "netbill",
    question: "hold",
    edits: [
      edit(
        "exchange/merchant-answer",
        'return mode === "netbill" ? !MAY_STILL_PASS.has(reason) :',
        'return mode === "netbill" ? true :',
      ),
    ],
  },
  {
    name: "a shop that lets go of a sale that its buyer may still settle",
    study: "optimistic-coins",
    question: "coins, customer lies",
    edits: [edit("exchange/merchant-answer", "ENDS_ANY.has(reason);\n}", "!MAY_STILL_PASS.has(reason);\n}")],
  },
  {
    name: "a shop that believes an abort that nobody signed",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "exchange/merchant-answer",
        "const record = open(crypto, abortedSchema, heard.value.record, () => bank);",
        "const record = read(abortedSchema, heard.value.record);",
      ),
    ],
  },
  {
    name: "a shop that opens on a receipt of another sale",
    study: "netbill",
    question: "debit, customer lies",
    edits: [
      edit(
        "exchange/merchant-admit",
        "  const paid = receiptNames(opened.value.value, slip, slipHash);\n",
        "  const paid = receiptNames.length > 0;\n",
      ),
    ],
  },
  {
    name: "a shop that opens on a receipt of no bank of its own",
    study: "netbill",
    question: "debit, customer lies",
    edits: [
      edit(
        "exchange/merchant-admit",
        "  const opened = open(config.crypto, receiptSchema, receipt, () => config.bank);",
        "  const opened = read(receiptSchema, receipt);",
      ),
    ],
  },
  {
    name: "a shop that sells at a bank of its buyer's",
    study: "optimistic-account",
    question: "hold, customer lies",
    edits: [
      edit(
        "exchange/merchant-admit",
        '      : order.bank !== config.bank\n        ? "wrong-bank"\n        : order',
        "      : order",
      ),
    ],
  },
  {
    name: "a shop that endorses a slip that is not its own",
    study: "netbill",
    question: "debit, customer lies",
    edits: [edit("exchange/merchant-admit", "  if (!isOurs(crypto, key, slipBytes)) return null;\n", "")],
  },
];
