/**
 * How few messages an atomic purchase takes (S3 §7 asks it of NetBill's six). Every protocol that can be said in the vocabulary
 * below is tried, the shorter ones first; those that deliver where nothing fails are explored with loss and crashes.
 *
 * Vocabulary: C, M and B. A protocol is a row of channels, such as C→M M→C C→B B→C; each message carries all that its sender
 * may let out, so that no protocol with these channels says more. Items: order (C's), offer (M's answer to the order: the slip
 * and the goods, locked), pay (C's signature upon the offer), sealed (the key, for B alone), key, receipt (B's decision).
 *
 * Assumed, and none of it counted: B's row is the decision, and B decides once; whoever asks B to close the sale has its final
 * word, repeats included (abort and expiry in ours); the goods are downloaded, the price is known; trustees open the goods for
 * whoever holds a receipt, where there are any.
 */
import { explore, type Found } from "../explore/index.ts";
import { CHANNELS, type Channel, deliver, type Terms } from "./items.ts";
import { playFor } from "./play.ts";

export interface Fewest {
  readonly terms: Terms;
  /** null: none has been found up to `bound`. */
  readonly messages: number | null;
  /** All of that length that hold, each in words. */
  readonly protocols: readonly (readonly string[])[];
  /** Rows of channels that were looked at, those of them that deliver, and worlds that these came to. */
  readonly tried: number;
  readonly delivering: number;
  readonly worlds: number;
  /** Why the first that delivers and does not hold does not. */
  readonly refuted: Found | null;
  readonly bound: number;
}

/** 6^6 rows are 46,656. */
export const BOUND = 6;

export function fewest(terms: Terms, bound = BOUND): Fewest {
  let [tried, delivering, worlds] = [0, 0, 0];
  let refuted: Found | null = null;
  for (let length = 1; length <= bound; length++) {
    const protocols: (readonly string[])[] = [];
    for (const row of rowsOf(length)) {
      tried += 1;
      const letters = deliver(terms, row);
      if (letters === null) continue;
      delivering += 1;
      const explored = explore(playFor(terms, letters), { limit: WORLDS });
      if (explored.isCut) throw new Error("a protocol of so few messages has more worlds than it can have");
      worlds += explored.worlds;
      const [wrong] = explored.found;
      if (wrong === undefined) protocols.push(letters.map(({ name }) => name));
      else refuted ??= wrong;
    }
    if (protocols.length > 0) return { terms, messages: length, protocols, tried, delivering, worlds, refuted, bound };
  }
  return { terms, messages: null, protocols: [], tried, delivering, worlds, refuted, bound };
}

/** Some hundreds are usual. */
const WORLDS = 100_000;

function* rowsOf(length: number): Generator<readonly Channel[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const start of rowsOf(length - 1)) for (const channel of CHANNELS) yield [...start, channel];
}
