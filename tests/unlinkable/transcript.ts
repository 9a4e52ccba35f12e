/** All that bank and shop together ever have: what came in, what went out, and what they keep. No address of anyone. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";

export interface Heard {
  readonly atMs: Instant;
  /** A payment goes to the shop first; everything else to the bank. */
  readonly by: "bank" | "shop";
  readonly message: Uint8Array;
  readonly answer: Uint8Array;
}

export interface Transcript {
  readonly heard: readonly Heard[];
  readonly rows: ReadonlyMap<string, Row>;
  readonly prices: readonly [bigint, bigint];
  /** The two purchases, by their tids, in the order of their times. */
  readonly purchases: readonly [Hex, Hex];
}

/** One game: the transcript, and whose account the first purchase was made by. */
export interface Game {
  readonly transcript: Transcript;
  readonly first: Hex;
}
