/**
 * A bank's books made again from what others have signed (S3 §2.3: a corrupted bank can be unwound from its signed records), and
 * compared with the books that it has. Whoever has taken a bank over has its rows, and may have changed any of them; it has
 * not got the keys of merchants, buyers, accounts and coins. What it wrote without them shows here, and what it struck out.
 *
 * Some movements nobody but the bank has signed: play money granted, coins issued, a bond given back. These are taken as they
 * stand, on the bank's word, and counted.
 */
import type { Hex, Instant } from "@counterfoil/base";
import { evidenceOf } from "./unwind-evidence.ts";
import { leafFaults } from "./unwind-leaves.ts";
import type { FoundLeaves, Ledger, Legs, Posted, UnwindFault, UnwindTerms, Unwound } from "./unwind-terms.ts";

/** @param leaves by log: of a log that is not asked, nothing is said. */
export function unwind(terms: UnwindTerms, ledger: Ledger, leaves: ReadonlyMap<Hex, FoundLeaves>): Unwound {
  const posted = transactionsIn(ledger.postings);
  const proven = evidenceOf(terms, ledger, posted);
  const faults: UnwindFault[] = [];
  const balances = new Map<string, bigint>();
  const onItsWord = new Map<string, number>();
  let signed = 0;
  for (const [name, transaction] of posted) {
    const evidence = proven.get(name);
    if (evidence === undefined) {
      const says = `${transaction.kind} ${shown(transaction.legs)} was posted, and nothing shows it`;
      faults.push({ kind: "posting-without-evidence", about: name, says });
      continue;
    }
    if (evidence.onItsWord) onItsWord.set(transaction.kind, (onItsWord.get(transaction.kind) ?? 0) + 1);
    else signed += 1;
    if (!isSame(evidence.legs, transaction.legs)) {
      const says = `${shown(transaction.legs)} was posted, ${shown(evidence.legs)} is shown`;
      faults.push({ kind: "wrong-amount", about: name, says });
    }
  }
  for (const [name, evidence] of proven) {
    for (const [account, minor] of evidence.legs) balances.set(account, (balances.get(account) ?? 0n) + minor);
    if (posted.has(name)) continue;
    faults.push({
      kind: "evidence-without-posting",
      about: name,
      says: `${shown(evidence.legs)} is shown, and not posted`,
    });
  }
  faults.push(...balanceFaults(ledger.accounts, balances));
  const found = leafFaults(terms, ledger, leaves);
  return { balances, signed, onItsWord, leaves: found.leaves, faults: [...faults, ...found.faults] };
}

function transactionsIn(postings: Ledger["postings"]): ReadonlyMap<string, Posted> {
  const posted = new Map<string, { kind: string; legs: Map<string, bigint>; timeMs: Instant }>();
  for (const [, { transaction_id: id, kind, account, amount, time_ms: timeMs }] of postings) {
    const name = nameOf(id, kind);
    const transaction = posted.get(name) ?? { kind, legs: new Map(), timeMs };
    const minor = (transaction.legs.get(account) ?? 0n) + amount;
    if (minor === 0n) transaction.legs.delete(account);
    else transaction.legs.set(account, minor);
    posted.set(name, transaction);
  }
  return posted;
}

/** Refunds of one sale, and movements of one bond, have one statement that says what they come to together. */
function nameOf(id: string, kind: string): string {
  if (kind !== "refund" && kind !== "bond") return id;
  const [of] = id.split("/");
  return `${of}/${kind}`;
}

function balanceFaults(accounts: Ledger["accounts"], balances: ReadonlyMap<string, bigint>): readonly UnwindFault[] {
  const left = new Map(balances);
  const faults: UnwindFault[] = [];
  const differs = (about: string, says: bigint, shows: bigint) => {
    if (says !== shows)
      faults.push({ kind: "wrong-balance", about, says: `${says} is the balance, ${shows} is shown` });
  };
  for (const [id, { balance }] of accounts) {
    differs(id, balance, left.get(id) ?? 0n);
    left.delete(id);
  }
  for (const [id, minor] of left) differs(id, 0n, minor);
  return faults;
}

function isSame(one: Legs, other: Legs): boolean {
  return one.size === other.size && [...one].every(([account, minor]) => other.get(account) === minor);
}

function shown(legs: Legs): string {
  return [...legs].map(([account, minor]) => `${account.slice(0, 16)} ${minor > 0n ? "+" : ""}${minor}`).join(", ");
}
