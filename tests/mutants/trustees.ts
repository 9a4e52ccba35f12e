/** Trustees and the leaf: P§2C. */
import { edit, type Mutant } from "./mutant.ts";

export const TRUSTEES: readonly Mutant[] = [
  {
    name: "a trustee that answers without a leaf",
    study: "optimistic-account",
    question: "hold, customer lies",
    edits: [
      edit(
        "trustees/trustee-admit",
        '  return leaf && { kind: "paid", fromMs: leaf.timeMs };',
        '  return { kind: "paid", fromMs: leaf?.timeMs ?? slip.notAfterMs };',
      ),
    ],
  },
  {
    name: "a leaf that is compared without its content",
    study: "optimistic-coins",
    question: "coins, customer lies",
    edits: [
      edit(
        "log/logged",
        '    leaf.log === slip.log &&\n    leaf.recKey === recKeyOf(crypto, slip.bank, slip.tid) &&\n    leaf.contentHash === contentHashOf(crypto, "paid", slip.bank, slipHash)\n',
        '    leaf.log === slip.log && (crypto !== null || slipHash !== "")\n',
      ),
    ],
  },
  {
    name: "a trustee that forgets its answer",
    study: "optimistic-account",
    question: "hold",
    edits: [
      edit(
        "trustees/answering",
        '  if (stored !== undefined) return { writes: [], outcome: { kind: "answered", answer: stored.answer } };\n',
        "",
      ),
    ],
  },
];
