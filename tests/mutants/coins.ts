/** Coins, and what they sign: P§2D. */
import { edit, type Mutant } from "./mutant.ts";

export const COINS: readonly Mutant[] = [
  {
    name: "a settlement that leaves its coins locked",
    study: "netbill",
    question: "coins",
    edits: [edit("money/coin-money", "          ...spent,\n", "")],
  },
  {
    name: "coins that are spent for nothing",
    study: "netbill",
    question: "coins",
    edits: [
      edit(
        "money/coin-money",
        '          ...transferAll(view, { transaction: tid, kind: "sale", unit, legs }, now),\n',
        "",
      ),
    ],
  },
  {
    name: "a bank that is paid with used coins",
    study: "netbill",
    question: "coins, customer lies",
    edits: [edit("money/mint", 'if (used.length > 0) return { reason: "coin-used", used } as const;', "")],
  },
  {
    name: "a bank that changes used coins",
    study: "netbill",
    question: "coins, customer lies",
    edits: [edit("money/mint", '  if (used.length > 0) return refuse(id, null, "coin-used", { used });\n', "")],
  },
  {
    name: "a change that marks no coin",
    study: "netbill",
    question: "coins, customer lies",
    edits: [
      edit("money/mint", '      ...inputs.map((input) => mark(input, "REFRESHED", id, null, now, keepUntilMs)),\n', ""),
    ],
  },
  {
    name: "a bank that forgets which coins it has changed",
    study: "netbill",
    question: "coins, customer lies",
    edits: [
      edit(
        "money/mint",
        'const USED: ReadonlySet<string> = new Set(["SPENT", "REFRESHED"]);',
        'const USED: ReadonlySet<string> = new Set(["SPENT"]);',
      ),
    ],
  },
  {
    name: "a coin that signs no slip",
    study: "netbill",
    question: "coins, observer lies",
    edits: [
      edit(
        "money/coin",
        'H(crypto, "spend/1", raw(coinId), raw(slipHash), raw(coinSet))',
        'H(crypto, "spend/1", raw(coinId), raw(coinSet))',
      ),
    ],
  },
  {
    name: "a coin that signs no set",
    study: "netbill",
    question: "coins, merchant lies",
    edits: [
      edit(
        "money/coin",
        'H(crypto, "spend/1", raw(coinId), raw(slipHash), raw(coinSet))',
        'H(crypto, "spend/1", raw(coinId), raw(slipHash))',
      ),
    ],
  },
  {
    name: "a coin that signs nothing",
    study: "netbill",
    question: "coins, observer lies",
    edits: [
      edit(
        "money/mint-admit",
        'if (!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement)) return refused("wrong-spend");',
        "",
      ),
    ],
  },
  {
    name: "one coin twice in a list",
    study: "netbill",
    question: "coins, customer lies",
    edits: [edit("money/mint-admit", 'if (named.length === 0 || !distinct) return refused("wrong-coins");', "")],
  },
  {
    name: "coins of another total",
    study: "netbill",
    question: "coins, customer lies",
    edits: [
      edit("money/mint-admit", '  if (totalOf(named.value) !== priceMinor) return refused("wrong-total");\n', ""),
    ],
  },
  {
    name: "a locked coin that is changed",
    study: "logged-coins",
    question: "a customer that asks a coin back at once",
    edits: [
      edit(
        "money/mint",
        '  if (lock !== undefined) return refuse(id, null, "coin-locked", { locked: lockOf(lock, view) });\n',
        "",
      ),
    ],
  },
  {
    name: "a locked coin that is locked again",
    study: "logged-coins",
    question: "a customer that pays two orders with the same money",
    edits: [edit("money/mint", '  if (locked.length > 0) return { reason: "coin-locked", used: locked };\n', "")],
  },
];
