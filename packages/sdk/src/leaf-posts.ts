/**
 * PAID leaves on their way to one log. The bank's rows owe each by itself; what one turn of the event loop brought leaves
 * together, since the log signs, and writes, once a request.
 */
import { decode, encode, type Hex, type Of } from "@counterfoil/base";
import { tagOf } from "@counterfoil/crypto";
import { APPEND_LIMIT, paidPosting } from "@counterfoil/protocols/log";

const PAID_TAG = "log-paid/1";

type Leaves = Of<typeof paidPosting>["leaves"];

export class LeafPosts {
  readonly #about: { readonly log: Hex; readonly bank: Hex };
  #leaves: Leaves[number][] = [];

  constructor(log: Hex, bank: Hex) {
    this.#about = { log, bank };
  }

  /** @returns false for any other posting, which leaves by itself. */
  add(posting: Uint8Array): boolean {
    const paid = tagOf(posting) === PAID_TAG ? decode(paidPosting, posting) : null;
    if (!paid?.ok) return false;
    this.#leaves.push(...paid.value.leaves);
    return true;
  }

  get isEmpty(): boolean {
    return this.#leaves.length === 0;
  }

  /** All that was added since, in requests as large as a log takes them. */
  take(): readonly Uint8Array[] {
    const leaves = this.#leaves;
    this.#leaves = [];
    const requests: Uint8Array[] = [];
    for (let at = 0; at < leaves.length; at += APPEND_LIMIT) {
      requests.push(encode(paidPosting, { ...this.#about, leaves: leaves.slice(at, at + APPEND_LIMIT) }));
    }
    return requests;
  }

  /** Of a request that was refused as a whole: each leaf alone, so that one holds up none of the others. None where it was one. */
  singly(request: Uint8Array): readonly Uint8Array[] {
    const paid = decode(paidPosting, request);
    if (!paid.ok || paid.value.leaves.length === 1) return [];
    return paid.value.leaves.map((leaf) => encode(paidPosting, { ...this.#about, leaves: [leaf] }));
  }
}
