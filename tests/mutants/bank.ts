/** The bank's row, its clock and its checks: P§2D. */
import { edit, type Mutant } from "./mutant.ts";

export const BANK: readonly Mutant[] = [
  {
    name: "a bank that forgets what it has paid",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "money/settle",
        "  if (row !== undefined) return repeated(command, row, view, now);",
        '  if (row?.phase === "ABORTED") return repeated(command, row, view, now);',
      ),
    ],
  },
  {
    name: "a bank that settles what it has aborted",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "money/settle",
        "  if (row !== undefined) return repeated(command, row, view, now);",
        '  if (row?.phase === "PAID") return repeated(command, row, view, now);',
      ),
    ],
  },
  {
    name: "a bank that aborts what it has paid",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "money/settle",
        "  if (stands !== null) return { writes: [], outcome: stands };\n  const untilMs",
        '  if (stands?.kind === "aborted") return { writes: [], outcome: stands };\n  const untilMs',
      ),
    ],
  },
  {
    name: "a bank that looks at the clock before the row",
    study: "netbill",
    question: "debit",
    edits: [
      edit("money/settle", "  if (row !== undefined) return repeated(command, row, view, now);\n", ""),
      edit(
        "money/settle",
        '  if (slip.notAfterMs - now > config.longestHoldMs) return refuse(tid, slipHash, "too-far-ahead");\n  if (command.fault',
        '  if (row !== undefined) return repeated(command, row, view, now);\n  if (slip.notAfterMs - now > config.longestHoldMs) return refuse(tid, slipHash, "too-far-ahead");\n  if (command.fault',
      ),
    ],
  },
  {
    name: "a bank that settles after the end",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "money/settle",
        'if (now >= slip.notAfterMs) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };',
        "",
      ),
    ],
  },
  {
    name: "a bank that does not keep the time by which it refused to settle",
    study: "netbill",
    question: "debit, clock set back",
    edits: [
      edit(
        "money/settle",
        'if (now >= slip.notAfterMs) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };',
        'if (now >= slip.notAfterMs) return refuse(tid, slipHash, "expired");',
      ),
    ],
  },
  {
    name: "a bank that does not keep the time by which it refused to abort",
    study: "netbill",
    question: "debit, clock set back",
    edits: [
      edit(
        "money/settle",
        'return { ...refuse(tid, slipHash, "expired"), fixesTime: true };\n  if (slip.notAfterMs > untilMs)',
        'return refuse(tid, slipHash, "expired");\n  if (slip.notAfterMs > untilMs)',
      ),
    ],
  },
  {
    name: "a bank that looks at no fault of a payment",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("money/settle", "  if (command.fault !== null) return refuse(tid, slipHash, command.fault);\n", "")],
  },
  {
    name: "a payment that names no slip",
    study: "netbill",
    question: "hold, merchant lies",
    edits: [edit("money/admit", "opened.ok && opened.value.value.slipHash === slipHash ? null", "opened.ok ? null")],
  },
  {
    name: "a debit that names no slip",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "money/admit",
        "debit.bank === key.publicKey && debit.slipHash === slipHash",
        "debit.bank === key.publicKey",
      ),
    ],
  },
  {
    name: "a bank that takes a key that opens nothing",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [edit("money/settle", '  if (!command.opens) return refuse(tid, slipHash, "key-does-not-open");\n', "")],
  },
  {
    name: "a bank where a merchant pays itself",
    study: "netbill",
    question: "debit, merchant lies",
    edits: [
      edit("money/settle", '  if (payer === slip.merchant) return refuse(tid, slipHash, "payer-is-payee");\n', ""),
    ],
  },
  {
    name: "a bank that lets anybody abort a hold",
    study: "netbill",
    question: "hold, observer lies",
    edits: [edit("money/settle", "held !== undefined && held.buyer === buyer", "held !== undefined")],
  },
  {
    name: "a bank that lets anybody abort a slip",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "money/admit",
        'if (slip.tid !== tid || slip.buyer !== buyer) return refuse(tid, "tid-mismatch");',
        'if (slip.tid !== tid) return refuse(tid, "tid-mismatch");',
      ),
    ],
  },
  {
    name: "a bank that does not make the tid again",
    study: "netbill",
    question: "debit, observer lies",
    edits: [
      edit(
        "money/admit",
        '          : slip.tid !== tidOf(crypto, slip)\n            ? "tid-mismatch"\n            : null;',
        "          : null;",
      ),
    ],
  },
  {
    name: "a hold that is compared without its price",
    study: "netbill",
    question: "hold, customer lies",
    edits: [edit("money/hold-money", "    held.price === slip.priceMinor &&\n", "")],
  },
  {
    name: "a settlement without the sale's row",
    study: "netbill",
    question: "debit",
    edits: [edit("money/settle", '      { table: "sale", id: tid, row: paid },\n', "")],
  },
  {
    name: "a settlement without the credit",
    study: "netbill",
    question: "debit",
    edits: [edit("money/settle", "      ...movingPrice(command, payer, after, now),\n", "")],
  },
  {
    name: "an abort without its row",
    study: "netbill",
    question: "debit",
    edits: [
      edit(
        "money/settle",
        '  return { writes: [...freed, { table: "sale", id: tid, row }], outcome: { kind: "aborted", tid, cause, untilMs } };',
        '  return { writes: freed.slice(), outcome: { kind: "aborted", tid, cause, untilMs } };',
      ),
    ],
  },
  {
    name: "a settlement that leaves its hold",
    study: "netbill",
    question: "hold",
    edits: [
      edit(
        "money/hold-money",
        '    return { kind: "done", writes: [...freed, ...transfer(over(view, freed), order, now)] };',
        '    return { kind: "done", writes: transfer(view, order, now) };',
      ),
    ],
  },
  {
    name: "a settlement that owes the log no leaf",
    study: "optimistic-account",
    question: "hold",
    edits: [edit("money/settle", "      ...owed.writes,\n", "")],
  },
];
