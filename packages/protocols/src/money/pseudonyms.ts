/**
 * The bank says of a key that an account holder is behind it, and not which (NetBill's pseudonym server, P§4A, P§4B-5, P§4B-6): an
 * ordinary credential, lent to shops as any other. The bank itself knows whose key it is, and to which accounts it has said so
 * stands in its rows. A shop that is paid in coins asks for none of this, and neither does a shop that knows a key by its purchases.
 */
import { DAY_MS, done, type Hex, type Instant, type Result } from "@counterfoil/base";
import { open, sign } from "@counterfoil/crypto";
import { credentialSchema, credentialUseSchema } from "../contract/index.ts";
import type { AccountRequest } from "./messages.ts";
import { type BankCommand, type BankConfig, type BankDecision, type BankView, refuse } from "./rows.ts";

/** The group that the bank's credentials name. */
export const ACCOUNT_HOLDER = "account-holder";

/** The key has lent itself to this account at this bank: nobody can have another's key certified, or occupy it. */
export function admitCertify(
  { crypto, key: bank }: BankConfig,
  account: Hex,
  { use, days }: Extract<AccountRequest, { kind: "certify" }>,
): Result<BankCommand> {
  const opened = open(crypto, credentialUseSchema, use, (value) => value.holder);
  const lent = opened.ok ? opened.value.value : null;
  if (lent === null || lent.merchant !== bank.publicKey || lent.buyer !== account) {
    return done({ kind: "refuse", about: account, slipHash: null, reason: "wrong-credential" });
  }
  return done({ kind: "certify", account, key: lent.holder, days });
}

/** One key, one account, one credential until it lapses: asked again, the bank says the same to the byte. */
export function certify(
  config: BankConfig,
  { account, key, days }: Extract<BankCommand, { kind: "certify" }>,
  view: BankView,
  now: Instant,
): BankDecision {
  if (view.get("account", account) === undefined) return refuse(account, null, "no-such-account");
  const before = view.get("certified", key);
  if (before !== undefined && now < before.not_after_ms) {
    if (before.account !== account) return refuse(account, null, "already-decided");
    return { writes: [], outcome: { kind: "certified", key, notAfterMs: before.not_after_ms } };
  }
  const others = keysOf(account, view) - (before?.account === account ? 1 : 0);
  if (others >= config.keysPerAccount) return refuse(account, null, "too-many-keys");
  const notAfterMs = dayAfter(now + days * DAY_MS);
  return {
    writes: [
      ...(before === undefined || before.account === account ? [] : oneLess(before.account, view)),
      { table: "certified", id: key, row: { account, not_after_ms: notAfterMs } },
      { table: "certifying", id: account, row: { keys: others + 1 } },
    ],
    outcome: { kind: "certified", key, notAfterMs },
  };
}

/** Whole days: the hour of asking would tell two keys of one wallet from those of others. */
function dayAfter(instant: Instant): Instant {
  return Math.ceil(instant / DAY_MS) * DAY_MS;
}

/** It has lapsed: no shop takes it, and the account has room for another. */
export function forgetCertified(key: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("certified", key);
  if (row === undefined || now < row.not_after_ms) return { writes: [], outcome: { kind: "nothing" } };
  const writes = [{ table: "certified", id: key, row: null } as const, ...oneLess(row.account, view)];
  return { writes, outcome: { kind: "nothing" } };
}

function keysOf(account: Hex, view: BankView): number {
  return view.get("certifying", account)?.keys ?? 0;
}

function oneLess(account: Hex, view: BankView) {
  const keys = keysOf(account, view) - 1;
  return [{ table: "certifying", id: account, row: keys === 0 ? null : { keys } } as const];
}

/** [“credential/1”, bank, key, “account-holder”, notAfter]bank: a function of the row. */
export function credentialFor({ crypto, key: bank }: BankConfig, holder: Hex, notAfterMs: Instant): Uint8Array {
  const body = { issuer: bank.publicKey, holder, group: ACCOUNT_HOLDER, notAfterMs };
  return sign(crypto, bank, credentialSchema, body);
}
