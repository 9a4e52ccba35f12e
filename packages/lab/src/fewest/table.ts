/** The fewest messages under each set of terms, as a table. */
import type { Fewest } from "./fewest.ts";
import type { Terms } from "./items.ts";

/** Every holder of the key, with and without a last word to the merchant. */
export function fewestTerms(): readonly Terms[] {
  const holders: readonly Pick<Terms, "bankKey" | "trustees">[] = [
    { bankKey: "sealed", trustees: false },
    { bankKey: "from M", trustees: false },
    { bankKey: "never", trustees: true },
    { bankKey: "never", trustees: false },
  ];
  const asked = holders.flatMap((holder) => [false, true].map((merchantTold) => ({ ...holder, merchantTold })));
  return [...asked, { bankKey: "sealed", trustees: false, merchantTold: false, openOffer: true }];
}

const HOLDERS = {
  sealed: "the bank, sealed in what C carries",
  "from M": "the bank, from M only",
  never: "nobody but M",
} as const;

export function fewestText(rows: readonly Fewest[]): string {
  const head = ["who may hold the key", "M is told", "fewest", "protocols", "tried", "worlds"];
  const lines = rows.map(({ terms, messages, protocols, tried, worlds, bound }) => [
    `${HOLDERS[terms.bankKey]}${terms.trustees ? "; trustees open it" : ""}${terms.openOffer ? "; the offer lies open" : ""}`,
    terms.merchantTold ? "yes" : "no",
    messages === null ? `none up to ${bound}` : String(messages),
    String(protocols.length),
    tried.toLocaleString("en"),
    worlds.toLocaleString("en"),
  ]);
  const widths = head.map((word, at) => Math.max(word.length, ...lines.map((line) => (line[at] as string).length)));
  const table = [head, ...lines].map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] as number))
      .join("  ")
      .trimEnd(),
  );
  const examples = rows.flatMap(({ protocols }) => (protocols[0] === undefined ? [] : [protocols[0].join("; ")]));
  return [...table, "", "One of each:", ...new Set(examples)].join("\n");
}
