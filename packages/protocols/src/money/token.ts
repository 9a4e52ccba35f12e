/**
 * The atomicity layer's interface to any token money (S2 §4: "any electronic token currency"). A contract takes tokens out of
 * their owner's hands, and later either gives their worth to the merchant or gives them back. Whoever decides which, a bank's
 * own row or a log, knows nothing of what the tokens are; whoever knows them decides nothing.
 *
 *     verify   what the funding proves by itself: form, signatures, the exact price, that it names this contract
 *     lock     free → LOCKED(tid)      all of the tokens or none
 *     settle   LOCKED(tid) → SPENT     the merchant has the price
 *     free     LOCKED(tid) → free      the owner has the tokens, or their worth, again
 *
 * Native kinds are coins (coin-money.ts) and account holds (hold-money.ts); both answer at once. Money that lies elsewhere,
 * with a mint that must be asked, answers `asked`: its effects leave after the commit, its own row under the tid owes them and
 * sends them again, and what comes back is a command that writes that row. The layer then calls the same function with the
 * same arguments again, and as often as it likes.
 *
 * What each kind must guarantee:
 * 1. `verify` looks at no row and no clock, and refuses all where one part is wrong.
 * 2. `lock` that is `done`: nobody can use the tokens any more but by `settle` or `free` of this tid, their owner included,
 *    and no date of theirs can end the lock. `refused`: nothing has changed, or what had is undone.
 * 3. `settle` and `free` never refuse: whatever could speak against them, `lock` has looked at. Between them they are called
 *    with one outcome only, since a contract has one; after the first, the other asserts.
 * 4. `free` needs nobody's presence, and leaves the owner at least the bank's claim window to fetch what is its own.
 * 5. Each is idempotent: called again after its own writes it is `done`, or `asked` with the same effects, and writes nothing.
 * 6. `asked` is never a no, and says nothing about what the answer will be.
 *
 * Money at another's mint can promise 2 and 3 only up to a date of the mint's own. Past it, `settle` stays `asked` for ever, and
 * the owner may have its tokens again although the log said COMMITTED: goods must then follow PAID (topic `teller`).
 */
import { assert, type Hex, type Instant, type Result } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Tables, View, Write } from "../index.ts";
import { over } from "./over.ts";

/** What tokens are locked for: the slip says for whom, how much and until when. */
export interface Contract {
  readonly slip: Slip;
  readonly slipHash: Hex;
}

/** Done: with these writes. Asked: with these writes and effects, and somebody elsewhere has to answer. */
export type Step<T extends Tables, Effect = never> =
  | { readonly kind: "done"; readonly writes: readonly Write<T>[] }
  | Asked<T, Effect>;

/** No kind without effects can ask. */
type Asked<T extends Tables, Effect> = [Effect] extends [never]
  ? never
  : { readonly kind: "asked"; readonly writes: readonly Write<T>[]; readonly effects: readonly Effect[] };

/** Why tokens cannot be locked; with it whatever the kind has to show for it. */
export interface NotLocked<Reason extends string> {
  readonly kind: "refused";
  readonly reason: Reason;
}

export type LockStep<T extends Tables, No extends NotLocked<string>, Effect = never> =
  | {
      readonly kind: "done";
      readonly writes: readonly Write<T>[];
      /** What `settle` and `free` need to find the tokens again. The layer keeps it in its own row and looks at none of it. */
      readonly kept: Uint8Array;
    }
  | Asked<T, Effect>
  | No;

/**
 * One kind of money.
 * @param Funding as it came. Token: the same, verified. No: its refusals.
 */
export interface TokenMoney<
  T extends Tables,
  Funding,
  Token,
  Reason extends string,
  No extends NotLocked<Reason> = NotLocked<Reason>,
  Effect = never,
> {
  verify(funding: Funding, contract: Contract): Result<Token, Reason>;
  lock(token: Token, contract: Contract, view: View<T>, now: Instant): LockStep<T, No, Effect>;
  settle(kept: Uint8Array, contract: Contract, view: View<T>, now: Instant): Step<T, Effect>;
  free(kept: Uint8Array, contract: Contract, view: View<T>, now: Instant): Step<T, Effect>;
}

/** SETTLE of P§2D: both steps in one commit, so that nothing is ever seen locked. Of kinds that answer at once alone. */
export function lockAndSettle<T extends Tables, Funding, Token, Reason extends string, No extends NotLocked<Reason>>(
  money: TokenMoney<T, Funding, Token, Reason, No>,
  token: Token,
  contract: Contract,
  view: View<T>,
  now: Instant,
): { readonly kind: "done"; readonly writes: readonly Write<T>[] } | No {
  const locked = money.lock(token, contract, view, now);
  if (locked.kind === "refused") return locked;
  const settled = money.settle(locked.kept, contract, over(view, locked.writes), now);
  assert(settled.kind === "done", "money without effects asks nobody");
  return { kind: "done", writes: [...locked.writes, ...settled.writes] };
}
