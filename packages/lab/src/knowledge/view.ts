/**
 * What somebody has seen, up to the names of what they can neither open nor compute: two views are the same exactly where one
 * is the other with its fresh names renamed one to one. Names are numbered as they are first met, and beside the messages
 * stands every equation between them that can be checked: whatever was ever computed of things that are all known.
 *
 * What is made of known things is known, what is sealed opens by a known key, and a signature is checked by its public key.
 * Proofs give away nothing but that they hold: their scalars are fresh names.
 */
import { toHex } from "@counterfoil/base";
import { fitsModulus } from "@counterfoil/crypto";
import type { Computation, Symbolic } from "../terms/index.ts";
import { RESIDUE_BYTES, type Reader, readerOf } from "./reading.ts";
import { productsIn } from "./residues.ts";

/** One thing that was seen, in order. */
export interface Seen {
  readonly title: string;
  readonly parts: readonly Uint8Array[];
}

export interface Coalition {
  /** What its members know before anything is said: keys, seeds, what is published. */
  readonly knows: readonly Uint8Array[];
  readonly seen: readonly Seen[];
}

/** A line for each thing known and seen, and then one for each equation. Equal lists are equal views. */
export type View = readonly string[];

/**
 * A world as whoever looks at it may look: read once for all coalitions.
 *
 * @param secrets what nobody computes who does not hold it, although the plays make it of words that everybody knows.
 * @param all everything that anybody has seen.
 */
export function viewsIn(
  { names, crypto }: Symbolic,
  secrets: readonly Uint8Array[],
  all: readonly Seen[],
): (coalition: Coalition) => View {
  const reader = readerOf(names);
  const modulus = names.computations.find(({ made }) => made === "power")?.parts[0] ?? null;
  // Everybody takes the power of every number that it sees: that is how a coin is checked, and a blind signature known.
  for (const name of reader.namesIn(...all.flatMap(({ parts }) => parts))) {
    const bytes = reader.bytesOf(name);
    if (modulus !== null && bytes.length === RESIDUE_BYTES && fitsModulus(modulus, bytes))
      crypto.rsaPublic(modulus, bytes);
  }
  const rules = names.computations.filter(({ made }) => !HIDDEN.has(made)).map((each) => ruleOf(reader, each));
  const powers = rules.filter(({ made }) => made === "power").map(({ out }) => out);
  const productsOf = modulus === null ? null : productsIn(modulus, powers);
  const withheld = new Set(reader.namesIn(...secrets));
  return (coalition) => {
    const known = closed(reader, rules, withheld, coalition);
    const { lines, labelOf } = linesOf(reader, known, coalition);
    const equations = equationsOf(reader, telling(known.rules, labelOf), labelOf);
    const shown = [...labelOf].map(([name, label]) => ({ label, bytes: reader.bytesOf(name) }));
    return [...lines, ...equations, ...(productsOf?.(shown) ?? [])];
  };
}

/** What only the lab sees: a point's logarithm, and where a fresh draw comes from. */
const HIDDEN: ReadonlySet<string> = new Set(["point", "random"]);

/** A computation, by the names that it is about. */
interface Rule extends Computation {
  /** All of them are needed to check it. */
  readonly needs: readonly number[];
  /** All of them are needed to make it; null where nobody makes the same again. */
  readonly makes: readonly number[] | null;
  /** null for a small number, which is no name. */
  readonly result: number | null;
}

/** A signature is checked without its key, which comes first; a box is another each time. */
function ruleOf(reader: Reader, computation: Computation): Rule {
  const { made, parts, out } = computation;
  const makes = made === "seal" ? null : reader.namesIn(...parts);
  const needs = made === "sign" ? reader.namesIn(...parts.slice(1)) : reader.namesIn(...parts);
  const result = reader.namesIn(out);
  return { ...computation, needs, makes, result: result.length === 1 ? (result[0] as number) : null };
}

interface Known {
  readonly names: ReadonlySet<number>;
  /** By what was sealed: what is in it. */
  readonly opened: ReadonlyMap<number, Uint8Array>;
  /** What can be checked. */
  readonly rules: readonly Rule[];
}

function closed(
  reader: Reader,
  rules: readonly Rule[],
  withheld: ReadonlySet<number>,
  { knows, seen }: Coalition,
): Known {
  const names = new Set(reader.namesIn(...knows, ...seen.flatMap(({ parts }) => parts)));
  const opened = new Map<number, Uint8Array>();
  const keysOf = new Map(
    rules.flatMap((rule) => (rule.made === "share" ? [[toHex(rule.out), rule.needs] as const] : [])),
  );
  const hasAll = (all: readonly number[]) => all.every((name) => names.has(name));
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const rule of rules) {
      const { result, makes } = rule;
      if (result === null) continue;
      if (!names.has(result) && makes !== null && !withheld.has(result) && hasAll(makes)) names.add(result);
      const inside = names.has(result) && !opened.has(result) ? insideOf(reader, rule, keysOf, hasAll) : null;
      if (inside === null) continue;
      opened.set(result, inside);
      for (const name of reader.namesIn(inside)) names.add(name);
    }
  }
  const checked = rules.filter(
    ({ made, needs, result }) => made !== "seal" && hasAll(needs) && result !== null && names.has(result),
  );
  return { names, opened, rules: checked };
}

/** What is sealed in it, for whoever has the key; null where it is no box, or there is no key. */
function insideOf(
  reader: Reader,
  { made, parts }: Rule,
  keysOf: ReadonlyMap<string, readonly number[]>,
  hasAll: (all: readonly number[]) => boolean,
): Uint8Array | null {
  if (made === "chacha") return hasAll(reader.namesIn(parts[0] as Uint8Array)) ? (parts[2] as Uint8Array) : null;
  if (made !== "seal") return null;
  const key = keysOf.get(toHex(parts[0] as Uint8Array));
  return key !== undefined && hasAll(key) ? (parts[1] as Uint8Array) : null;
}

/** Of everything known and seen, with each name as it is numbered; what is in a box stands where it is first seen. */
function linesOf(reader: Reader, { opened }: Known, { knows, seen }: Coalition) {
  const labelOf = new Map<number, string>();
  const written = (bytes: Uint8Array): string =>
    reader
      .read(bytes)
      .map((each) => {
        if (each.kind === "literal") return each.text;
        const before = labelOf.get(each.name);
        const label = before ?? `n${labelOf.size}`;
        labelOf.set(each.name, label);
        const inside = before === undefined ? opened.get(each.name) : undefined;
        return ` ${label}${each.cut === null ? "" : `/${each.cut}`}${inside === undefined ? "" : `{${written(inside)}}`} `;
      })
      .join("");
  const lines = [
    ...knows.map((bytes) => `known: ${written(bytes)}`),
    ...seen.map(({ title, parts }) => `${title}: ${parts.map(written).join(" | ")}`),
  ];
  return { lines, labelOf };
}

/**
 * The computations that end in something seen, in the same thing as another, or in a number that may fit others. Whoever knows something may compute from it
 * whatever it likes; that says nothing of what happened unless it meets something there.
 */
function telling(rules: readonly Rule[], seen: ReadonlyMap<number, string>): readonly Rule[] {
  const ways = Map.groupBy(rules, ({ result }) => result);
  const wanted = new Set([
    ...seen.keys(),
    ...rules.flatMap(({ result }) => (isMet(result, ways) ? [result as number] : [])),
  ]);
  for (let before = -1; before !== wanted.size; ) {
    before = wanted.size;
    for (const { result, needs } of rules) {
      if (result !== null && wanted.has(result)) for (const name of needs) wanted.add(name);
    }
  }
  return rules.filter(({ result }) => result !== null && wanted.has(result));
}

function isMet(result: number | null, ways: ReadonlyMap<number | null, readonly Rule[]>): boolean {
  return result !== null && (ways.get(result) ?? []).some(({ made }, i) => i > 0 || made === "power");
}

/** In an order that depends on no name: what follows from the same things by the same steps has the same number. */
function equationsOf(reader: Reader, rules: readonly Rule[], labelOf: Map<number, string>): readonly string[] {
  const texts = new Map<Rule, string>();
  const textOf = (rule: Rule): string | null => {
    const before = texts.get(rule);
    if (before !== undefined) return before;
    if (!rule.needs.every((name) => labelOf.has(name))) return null;
    const parts = rule.made === "sign" ? rule.parts.slice(1) : rule.parts;
    const text = `${rule.made}(${parts.map((part) => labelled(reader, part, labelOf)).join(", ")})`;
    texts.set(rule, text);
    return text;
  };
  for (let before = -1; before !== labelOf.size; ) {
    before = labelOf.size;
    const least = new Map<number, string>();
    for (const rule of rules) {
      if (rule.result === null || labelOf.has(rule.result)) continue;
      const text = textOf(rule);
      const other = least.get(rule.result);
      if (text !== null && (other === undefined || text < other)) least.set(rule.result, text);
    }
    const sorted = [...least].sort(([, one], [, other]) => (one < other ? -1 : 1));
    for (const [name] of sorted) labelOf.set(name, `n${labelOf.size}`);
  }
  const equations = rules.flatMap((rule) => {
    const text = textOf(rule);
    return text === null ? [] : [`${text} = ${labelled(reader, rule.out, labelOf)}`];
  });
  return [...new Set(equations)].sort();
}

function labelled(reader: Reader, bytes: Uint8Array, labelOf: ReadonlyMap<number, string>): string {
  return reader
    .read(bytes)
    .map((each) => (each.kind === "literal" ? each.text : ` ${labelOf.get(each.name)}/${each.cut ?? ""} `))
    .join("");
}
