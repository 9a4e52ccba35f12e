/** Bank, shop and log of the logged exchange: P§3C. */
import { edit, type Mutant } from "./mutant.ts";

export const LOGGED: readonly Mutant[] = [
  {
    name: "a bank that forgets what it has locked",
    study: "logged-coins",
    question: "honest",
    edits: [edit("money/logged", "  if (row !== undefined) return repeated(command, row, view, now);\n", "")],
  },
  {
    name: "a bank that locks after the log's deadline",
    study: "logged-coins",
    question: "honest",
    edits: [edit("money/logged", '  if (headMs >= slip.notAfterMs) return "expired" as const;\n', "")],
  },
  {
    name: "a LOCK without the tree's size",
    study: "logged-coins",
    question: "a log that enters ABORTED first",
    edits: [edit("money/logged", '    tree_size: view.get("followed_log", log)?.size ?? 0,', "    tree_size: 0,")],
  },
  {
    name: "a bank that heeds a second outcome",
    study: "logged-coins",
    question: "a log that enters a second outcome",
    edits: [edit("money/logged", "  if (record.outcome_index !== null) {\n", "  if (index < 0) {\n")],
  },
  {
    name: "a bank that does not write down the first outcome",
    study: "logged-coins",
    question: "a log that enters a second outcome",
    edits: [
      edit(
        "money/logged",
        '  draft.put([{ table: "recorded", id: recKey, row: { ...record, outcome: kind, outcome_index: index } }]);\n',
        "",
      ),
    ],
  },
  {
    name: "a bank that pays the merchant upon ABORTED",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "money/logged",
        'const operation = kind === "committed" ? money.settle : money.free;',
        'const operation = kind === "committed" || now > 0 ? money.settle : money.free;',
      ),
    ],
  },
  {
    name: "a bank that frees nothing upon ABORTED",
    study: "logged-account",
    question: "honest",
    edits: [
      edit(
        "money/logged",
        'abortWith(tid, untilMs, "log", [...over, ...moved], now, slip.log)',
        'abortWith(tid, untilMs, "log", over, now, slip.log)',
      ),
    ],
  },
  {
    name: "a bank that owes the log no ABORTED",
    study: "logged-coins",
    question: "honest",
    edits: [edit("money/logged", "      ...aborting.writes,\n", "")],
  },
  {
    name: "a bank that owes the log no leaf",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "money/logged",
        '{ table: "sale", id: tid, row: paid }, ...owed.writes]',
        '{ table: "sale", id: tid, row: paid }]',
      ),
    ],
  },
  {
    name: "a bank that ends a locked hold by the clock",
    study: "logged-account",
    question: "honest",
    edits: [
      edit("money/settle", "held !== undefined && !held.locked && (timeBy", "held !== undefined && (timeBy"),
      edit(
        "money/bank",
        "hold: (tid, row) => (row.locked ? null : {",
        'hold: (tid, row) => (row.log === "" ? null : {',
      ),
    ],
  },
  {
    name: "a LOCK that does not lock its hold",
    study: "logged-account",
    question: "honest",
    edits: [
      edit(
        "money/hold-money",
        'const writes = held.locked ? [] : [{ table: "hold", id: tid, row: { ...held, locked: true } } as const];',
        "const writes: [] = [];",
      ),
    ],
  },
  {
    name: "a log that enters a second outcome",
    study: "logged-coins",
    question: "honest",
    edits: [edit("log/posting", '  if (decided && entry.kind !== "opened") return "already-decided";\n', "")],
  },
  {
    name: "a log that takes a LOCK of no bank",
    study: "logged-coins",
    question: "a merchant that commits without a LOCK",
    edits: [
      edit(
        "log/log-admit",
        "  const lock = open(crypto, lockSchema, posting.lock, () => slip.bank);",
        "  const lock = read(lockSchema, posting.lock);",
      ),
    ],
  },
  {
    name: "a log that takes the LOCK of another slip",
    study: "logged-coins",
    question: "a merchant that has two slips of one order",
    edits: [edit("log/log-admit", " || locked !== slipHash) return", ") return")],
  },
  {
    name: "a shop that shows v upon a LOCK",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit("exchange/committing", 'step: stands ? "opening" : "declining"', 'step: stands ? "revealing" : "declining"'),
    ],
  },
  {
    name: "a shop that shows v once OPEN is entered",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "exchange/committing",
        'return post(recKey, { ...row, step: "committing", tries: 0 }, view, now);',
        'return post(recKey, { ...row, step: "revealing", tries: 0 }, view, now);',
      ),
    ],
  },
  {
    name: "a shop that shows v once its commit is accepted",
    study: "logged-coins",
    question: "a log that enters a second outcome",
    edits: [
      edit(
        "exchange/committing",
        '    case "revealing":\n      return just',
        '    case "committing":\n      return post(recKey, { ...row, step: "revealing" }, view, now);\n    case "revealing":\n      return just',
      ),
    ],
  },
  {
    name: "a shop that shows v upon ABORTED",
    study: "logged-coins",
    question: "honest",
    edits: [
      edit(
        "exchange/committing",
        '  if (entry.kind === "aborted") return { recKey, row: { ...noted, step: "over", wake_ms: null } };\n',
        "",
      ),
    ],
  },
  {
    name: "a shop that takes a LOCK of a smaller tree than it has seen",
    study: "logged-coins",
    question: "a log that enters ABORTED first",
    edits: [edit("exchange/committing", "treeSize >= row.from_size && ", "")],
  },
  {
    name: "a shop that heeds a second outcome",
    study: "logged-coins",
    question: "a log that enters a second outcome",
    edits: [
      edit(
        "exchange/committing",
        "  if (row === undefined || row.outcome !== null) return null;\n",
        "  if (row === undefined) return null;\n",
      ),
    ],
  },
];
