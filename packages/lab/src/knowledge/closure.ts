/**
 * What a coalition knows: everything in its documents, everything it can compute from them, and which of them it can tell
 * to be about the same thing. Two documents are tied by a value that both show or lead to and that is nobody else's, by
 * coming over one connection, or by arithmetic that fits. Times and amounts tie nothing here: they make guesses, and what
 * is said about them is in docs/money.md.
 */
import { type Hex, toHex, utf8 } from "@counterfoil/base";
import { type BoxKey, type Crypto, raw, SEAL_OVERHEAD_BYTES } from "@counterfoil/crypto";
import { arithmeticTies, type Moduli } from "./arithmetic.ts";
import { type Contents, contentsOf, type Part } from "./contents.ts";
import { contentsOpened, goodsOpened, type Opened, type ShopOf } from "./openings.ts";
import { type Sighting, sightingOf } from "./rules.ts";

/** One exchange of messages, or one row, as whoever holds it has it. */
export interface Document {
  readonly name: string;
  readonly parts: readonly Part[];
  /** The connection that it came over, where that is one customer's. */
  readonly channel: string | null;
}

export interface Holding {
  readonly documents: readonly Document[];
  readonly boxes: readonly BoxKey[];
}

export interface Published {
  readonly moduli: Moduli;
  /** What somebody knows who has nothing to do with it: it tells nobody from anybody. */
  readonly common: ReadonlySet<Hex>;
  /** What a shop makes of its seed, so that whoever holds one is known to have all that follows. */
  readonly shopOf: ShopOf;
}

export const NOTHING_PUBLISHED: Published = { moduli: new Map(), common: new Set(), shopOf: () => null };

/** Whom or what a question is about, by any of its names. */
export interface Subject {
  readonly values?: readonly Uint8Array[];
  readonly texts?: readonly string[];
  readonly numbers?: readonly bigint[];
  readonly channels?: readonly string[];
}

export interface Knowledge {
  /** Whether any of the subject's names is held, in any encoding, or follows from what is held. */
  holds(subject: Subject): boolean;
  /** How one leads to the other, document by document; null where it does not. */
  tie(from: Subject, to: Subject): readonly string[] | null;
  /** Every value that is held or follows. */
  readonly values: ReadonlySet<Hex>;
}

export function close(crypto: Crypto, holding: Holding, published: Published): Knowledge {
  const seen = openAll(crypto, holding, published.moduli);
  const known = seen.map((document) => learn(crypto, document, published.moduli));
  const values = new Set(known.flatMap(({ values }) => [...values]));
  const learnAlso = (all: readonly Opened[]) => {
    for (const { at, value } of all) {
      (known[at] as Known).values.add(value);
      values.add(value);
    }
  };
  learnAlso(goodsOpened(crypto, known, values, published.shopOf));
  learnAlso(contentsOpened(crypto, known, values));
  let links: Links | null = null;
  const mentioning = (subject: Subject) => known.filter((each) => mentions(crypto, each, subject));
  return {
    values,
    holds: (subject) => mentioning(subject).length > 0,
    tie(from, to) {
      links ??= linksBetween(known, published);
      return pathBetween(mentioning(from), new Set(mentioning(to)), links);
    },
  };
}

interface Known {
  readonly document: Document;
  readonly contents: Contents;
  readonly sighting: Sighting;
  readonly values: Set<Hex>;
}

const learnt = new WeakMap<Document, Omit<Known, "values">>();

function learn(crypto: Crypto, document: Document, moduli: Moduli): Known {
  let known = learnt.get(document);
  if (known === undefined) {
    const contents = contentsOf(document.parts);
    known = { document, contents, sighting: sightingOf(crypto, contents, moduli) };
    learnt.set(document, known);
  }
  return { ...known, values: new Set([...known.contents.values, ...known.sighting.derived]) };
}

/** The documents, and what is sealed in them for these keys; what is sealed in that too. */
function openAll(crypto: Crypto, { documents, boxes }: Holding, moduli: Moduli): readonly Document[] {
  const all = new Set(documents);
  for (const document of all) {
    for (const box of boxes) for (const letter of lettersIn(crypto, box, document, moduli)) all.add(letter);
  }
  return [...all];
}

const opened = new WeakMap<Document, Map<Hex, readonly Document[]>>();
const sealedAs = new WeakMap<Document, Hex>();

/** A letter is a document by itself, tied to the one that it was in by the sealed bytes, which both show. */
function lettersIn(crypto: Crypto, box: BoxKey, document: Document, moduli: Moduli): readonly Document[] {
  const known = opened.get(document) ?? new Map<Hex, readonly Document[]>();
  opened.set(document, known);
  const before = known.get(box.publicKey);
  if (before !== undefined) return before;
  const letters: Document[] = [];
  for (const value of learn(crypto, document, moduli).contents.values) {
    if (value.length <= 2 * SEAL_OVERHEAD_BYTES || value === sealedAs.get(document)) continue;
    const plain = crypto.unseal(box, raw(value));
    if (plain === null) continue;
    const letter = { name: `${document.name}, unsealed`, parts: [plain, raw(value)], channel: document.channel };
    sealedAs.set(letter, value);
    letters.push(letter);
  }
  known.set(box.publicKey, letters);
  return letters;
}

/** By each tie, the documents that it ties. */
type Links = { readonly of: (known: Known) => readonly string[]; readonly all: ReadonlyMap<string, readonly Known[]> };

function linksBetween(known: readonly Known[], { moduli, common }: Published): Links {
  const arithmetic = arithmeticTies(
    known.map(({ sighting, contents }) => ({ ...sighting, held: contents.values })),
    moduli,
  );
  const ties = known.map(({ document, values }, i) => [
    ...[...values].filter((value) => !common.has(value)),
    ...(document.channel === null ? [] : [`channel ${document.channel}`]),
    ...(arithmetic.get(i) ?? []),
  ]);
  const all = new Map<string, Known[]>();
  known.forEach((each, i) => {
    for (const name of ties[i] as readonly string[]) {
      const others = all.get(name);
      if (others === undefined) all.set(name, [each]);
      else others.push(each);
    }
  });
  const names = new Map(known.map((each, i) => [each, ties[i] as readonly string[]]));
  return { of: (each) => names.get(each) ?? [], all };
}

function pathBetween(from: readonly Known[], to: ReadonlySet<Known>, links: Links): readonly string[] | null {
  const via = new Map<Known, Known | null>(from.map((each) => [each, null]));
  const used = new Set<string>();
  const queue = [...from];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (to.has(next)) return namesOf(next, via);
    for (const name of links.of(next)) {
      if (used.has(name)) continue;
      used.add(name);
      for (const other of links.all.get(name) ?? []) {
        if (via.has(other)) continue;
        via.set(other, next);
        queue.push(other);
      }
    }
  }
  return null;
}

function namesOf(last: Known, via: ReadonlyMap<Known, Known | null>): readonly string[] {
  const names: string[] = [];
  for (let each: Known | null = last; each !== null; each = via.get(each) ?? null) names.unshift(each.document.name);
  return names;
}

const mentioned = new WeakMap<Subject, WeakMap<Document, boolean>>();

/** Asked once of each document, whoever holds it; what P was unmasked is looked for by its value alone. */
function mentions(crypto: Crypto, { document, contents, values }: Known, subject: Subject): boolean {
  const asked = mentioned.get(subject) ?? new WeakMap<Document, boolean>();
  mentioned.set(subject, asked);
  let answer = asked.get(document);
  if (answer === undefined) {
    answer =
      (document.channel !== null && subject.channels?.includes(document.channel) === true) ||
      subject.numbers?.some((number) => contents.numbers.has(number)) === true ||
      isWritten(needlesOf(crypto, subject), contents.raw);
    asked.set(document, answer);
  }
  return answer || hexOf(subject).some((value) => values.has(value));
}

const named = new WeakMap<Subject, readonly Hex[]>();

function hexOf(subject: Subject): readonly Hex[] {
  const names = named.get(subject) ?? (subject.values ?? []).map(toHex);
  named.set(subject, names);
  return names;
}

/** By their first four bytes. */
type Needles = ReadonlyMap<number, readonly Uint8Array[]>;

function isWritten(needles: Needles, texts: readonly Uint8Array[]): boolean {
  return texts.some((text) => {
    for (let at = 0; at + 4 <= text.length; at++) {
      if (needles.get(wordAt(text, at))?.some((needle) => standsAt(text, at, needle)) === true) return true;
    }
    return false;
  });
}

function standsAt(text: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at + needle.length > text.length) return false;
  for (let i = 0; i < needle.length; i++) if (text[at + i] !== needle[i]) return false;
  return true;
}

function wordAt(bytes: Uint8Array, at: number): number {
  const byte = (i: number) => bytes[at + i] as number;
  return (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
}

const written = new WeakMap<Subject, Needles>();

/** Every way in which a name may be written, also in the middle of something else. */
function needlesOf(crypto: Crypto, subject: Subject): Needles {
  const before = written.get(subject);
  if (before !== undefined) return before;
  const needles = [...(subject.texts ?? [])].map(utf8);
  for (const value of subject.values ?? []) {
    for (const each of [value, crypto.sha256(value)]) {
      const hex = toHex(each);
      needles.push(each, utf8(hex), utf8(hex.toUpperCase()));
    }
  }
  const byStart = Map.groupBy(needles, (needle) => wordAt(needle, 0));
  written.set(subject, byStart);
  return byStart;
}
