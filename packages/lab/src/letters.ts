/** A literal protocol run once with real cryptography over real goods, as its paper's figure shows it. */

/** One message of the figure. */
export interface Letter {
  /** Its number in the paper: "3", "E2", "SA". */
  readonly step: string;
  readonly from: string;
  readonly to: string;
  /** As the figure writes it: "[CC(PO)]C, TOK". */
  readonly says: string;
  /** What was really sent, by the name that the figure gives it; what is long is cut for people. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly bytes: number;
}

/** What a run may use that is not its own. Nothing here is repeatable but the powers. */
export interface Means {
  /** Fresh bytes. */
  random(length: number): Uint8Array;
  /** base^exponent modulo an odd modulus; the portable one takes a second for 2,048 bits where a machine's takes a millisecond. */
  power(base: bigint, exponent: bigint, modulus: bigint): bigint;
  /** A prime of exactly so many bits. */
  prime(bits: number): bigint;
}

export interface LiteralRun {
  /** "ray-basic" */
  readonly id: string;
  readonly title: string;
  /** "S1 §5, Figure 3" */
  readonly source: string;
  /** The most goods that it takes, and why, in bytes. */
  readonly goodsLimitBytes: number;
  /** Step by step, so that whoever watches sees each when it is made. @returns what the customer ends with. */
  run(goods: Uint8Array, means: Means): Generator<Letter, Uint8Array>;
}
