/**
 * What convicts a log: statements that no log signs whose tree only grows. Heads count once a quorum of the log's witnesses has
 * cosigned them, so that nobody can be shown a head that was merely about to be one.
 */
import { decode, done, type Hex, type Result, refused } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import {
  type Entry,
  type LogDescriptor,
  type Logged,
  leafSchema,
  loggedSchema,
  logIdOf,
  logSchema,
  postedSchema,
  readHead,
  readLogged,
} from "../log/index.ts";

/** As the accusations of convictions.ts. */
export type LogAccusation =
  | {
      readonly kind: "two-heads";
      readonly descriptor: Uint8Array;
      readonly first: Uint8Array;
      readonly second: Uint8Array;
    }
  | { readonly kind: "two-outcomes"; readonly first: Uint8Array; readonly second: Uint8Array }
  | { readonly kind: "posted-and-other"; readonly posted: Uint8Array; readonly logged: Uint8Array };

/**
 * - `split-view`: two trees of one size.
 * - `two-outcomes`: a contract was decided twice.
 * - `entry-missing`: what it accepted is not where it said.
 */
export type LogOffence = "split-view" | "two-outcomes" | "entry-missing";

export interface ConvictedLog {
  readonly key: Hex;
  readonly log: Hex;
  readonly what: LogOffence;
}

type Verdict = Result<ConvictedLog, "wrong-statement" | "no-contradiction">;

export function convictLog(crypto: Crypto, accusation: LogAccusation): Verdict {
  switch (accusation.kind) {
    case "two-heads":
      return ofHeads(crypto, accusation);
    case "two-outcomes":
      return ofOutcomes(crypto, accusation);
    case "posted-and-other":
      return ofPosted(crypto, accusation);
  }
}

type Kind<K extends LogAccusation["kind"]> = Extract<LogAccusation, { kind: K }>;

function ofHeads(crypto: Crypto, { descriptor, first, second }: Kind<"two-heads">): Verdict {
  const log = decode(logSchema, descriptor);
  const [one, other] = log.ok
    ? [readHead(crypto, log.value, first), readHead(crypto, log.value, second)]
    : [null, null];
  if (!log.ok || one === null || other === null) return refused("wrong-statement");
  if (one.size !== other.size || crypto.equal(one.root, other.root)) return refused("no-contradiction");
  return guilty(crypto, log.value, "split-view");
}

/** One outcome a contract, whatever the LOCK said: what is in the tiles alone convicts. */
function ofOutcomes(crypto: Crypto, { first, second }: Kind<"two-outcomes">): Verdict {
  const [one, other] = [inItsOwnLog(crypto, first), inItsOwnLog(crypto, second)];
  if (one === null || other === null) return refused("wrong-statement");
  const sameLog = logIdOf(crypto, one.descriptor) === logIdOf(crypto, other.descriptor);
  const [a, b] = [outcomeOf(one.entry), outcomeOf(other.entry)];
  if (!sameLog || a === null || a !== b || one.index === other.index) return refused("no-contradiction");
  return guilty(crypto, one.descriptor, "two-outcomes");
}

/** The place is taken by something else, under a head that enough witnesses have seen. */
function ofPosted(crypto: Crypto, { posted, logged }: Kind<"posted-and-other">): Verdict {
  const there = inItsOwnLog(crypto, logged);
  const said = there && open(crypto, postedSchema, posted, () => there.descriptor.key);
  if (there === null || !said?.ok) return refused("wrong-statement");
  const { log, postings } = said.value.value;
  const promised = postings.find(({ index }) => index === there.index);
  if (log !== logIdOf(crypto, there.descriptor) || promised === undefined) return refused("no-contradiction");
  const kept = promised.kind === there.entry.kind && promised.recKey === recKeyIn(there.entry);
  return kept ? refused("no-contradiction") : guilty(crypto, there.descriptor, "entry-missing");
}

/** A log is whatever its descriptor says; whether it is the one that a contract named, the reader compares. */
function inItsOwnLog(crypto: Crypto, bytes: Uint8Array): Logged | null {
  const logged = decode(loggedSchema, bytes);
  const log = logged.ok ? decode(logSchema, logged.value.descriptor) : logged;
  return log.ok ? readLogged(crypto, logIdOf(crypto, log.value), bytes) : null;
}

function outcomeOf(entry: Entry): Hex | null {
  return entry.kind === "committed" || entry.kind === "aborted" ? entry.recKey : null;
}

function recKeyIn(entry: Entry): Hex | null {
  if (entry.kind !== "paid") return entry.recKey;
  const leaf = read(leafSchema, entry.leaf);
  return leaf.ok ? leaf.value.value.recKey : null;
}

function guilty(crypto: Crypto, log: LogDescriptor, what: LogOffence): Verdict {
  return done({ key: log.key, log: logIdOf(crypto, log), what });
}
