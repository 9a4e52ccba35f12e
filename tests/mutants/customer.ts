/** What a customer believes: P§4A, P§2C. */
import { edit, type Mutant } from "./mutant.ts";

export const CUSTOMER: readonly Mutant[] = [
  {
    name: "a customer that goes away upon a merchant's no",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit(
        "exchange/customer",
        '      return state.phase === "paying" ? become("aborting", state, config, now) : null;\n    default:\n      return null;\n  }\n}\n\nfunction hearBank',
        '      return state.phase === "paying" ? { phase: "ended", purchase: state.purchase, cause: "declined", proof: answerBytes } : null;\n    default:\n      return null;\n  }\n}\n\nfunction hearBank',
      ),
    ],
  },
  {
    name: "a customer that gives up without the bank's word",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "exchange/customer",
        'return state.phase === "paying" ? become("aborting", state, config, now) : null;\n        case "dispute"',
        'return state.phase === "paying" ? { phase: "ended", purchase: state.purchase, cause: "gave up", proof: state.purchase.abort } : null;\n        case "dispute"',
      ),
    ],
  },
  {
    name: "a customer that believes a refusal that nobody signed",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "exchange/customer",
        "const refusal = open(crypto, refusalSchema, heard.value.refusal, () => slip.bank);",
        "const refusal = read(refusalSchema, heard.value.refusal);",
      ),
      edit(
        "exchange/customer",
        "import { type Crypto, open, type SigningKey, sign } from",
        "import { type Crypto, open, read, type SigningKey, sign } from",
      ),
    ],
  },
  {
    name: "a customer that believes an abort that nobody signed",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "exchange/customer",
        "const aborted = open(crypto, abortedSchema, heard.value.record, () => slip.bank);",
        "const aborted = read(abortedSchema, heard.value.record);",
      ),
      edit(
        "exchange/customer",
        "import { type Crypto, open, type SigningKey, sign } from",
        "import { type Crypto, open, read, type SigningKey, sign } from",
      ),
    ],
  },
  {
    name: "a customer that believes a receipt that nobody signed",
    study: "optimistic-account",
    question: "hold, observer lies",
    edits: [
      edit(
        "exchange/customer",
        "const opened = open(crypto, receiptSchema, receipt, () => slip.bank);",
        "const opened = read(receiptSchema, receipt);",
      ),
      edit(
        "exchange/customer",
        "import { type Crypto, open, type SigningKey, sign } from",
        "import { type Crypto, open, read, type SigningKey, sign } from",
      ),
    ],
  },
  {
    name: "an abort of another sale",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit(
        "money/receipt",
        "aborted.bank === slip.bank && aborted.tid === slip.tid && ",
        "aborted.bank === slip.bank && ",
      ),
    ],
  },
  {
    name: "a refusal of another slip",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit(
        "exchange/customer",
        "if (about !== slip.tid || named !== slipHash) return null;",
        "if (about !== slip.tid) return null;",
      ),
    ],
  },
  {
    name: "a customer that goes away upon any refusal",
    study: "optimistic-account",
    question: "hold",
    edits: [edit("exchange/customer", 'if (reason === "expired") return', 'if (reason !== "") return')],
  },
  {
    name: "a customer that takes a v that does not open V",
    study: "optimistic-account",
    question: "hold, merchant lies",
    edits: [edit("exchange/customer", "  if (!opens(crypto, v, slipIn(purchase).commitment)) return null;\n", "")],
  },
  {
    name: "a customer that claims too late",
    study: "optimistic-account",
    question: "hold",
    edits: [edit("exchange/claiming", "if (endMs === null || now > endMs)", "if (endMs === null || now <= endMs)")],
  },
  {
    name: "a customer that combines false answers",
    study: "optimistic-account",
    question: "hold, trustee lies",
    edits: [
      edit(
        "trustees/answers",
        "return answerHolds(crypto, known, claimed) ? answer : null;",
        "return known && claimed && answer;",
      ),
    ],
  },
  {
    name: "a customer that goes away upon a LOCK",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "exchange/customer",
        'return { phase: "awaiting", purchase, lock, opening: null, tries: 0, wakeMs: now + waitMs(config, 0) };',
        'return { phase: "ended", purchase, cause: "locked", proof: lock } as never;',
      ),
    ],
  },
  {
    name: "a customer that takes v in the log for payment",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "exchange/customer",
        "  return v === null ? null : { ...state, opening: v };",
        '  if (v === null) return null;\n  return { phase: "paid", purchase: state.purchase, receipt: state.lock, logged: null, secret: unsealPoint(config.crypto, v, state.purchase.sealed), release: { kind: "opening", opening: v } };',
      ),
    ],
  },
];
