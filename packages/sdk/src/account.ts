/** An account at a bank, as its holder uses it: open, be granted play money, read the statement, have a key certified. */
import { decode, type Hex, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, open, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host/portable";
import { credentialSchema } from "@counterfoil/protocols/contract";
import { lend } from "@counterfoil/protocols/exchange";
import {
  type AccountRequest,
  accountRequest,
  type BankAnswer,
  type BankDescriptor,
  bankAnswer,
  refusalSchema,
  type StatementLine,
} from "@counterfoil/protocols/money";
import { newNonce } from "./nonce.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

export interface Holder {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  readonly bank: BankDescriptor;
  readonly client: WireClient;
  readonly clock: () => Instant;
}

export type AccountState = Extract<BankAnswer, { kind: "account" }>;

const LINES = 100;
/** Nobody reads more, and a bank that never comes to an end of them is not followed for ever. */
const STATEMENT_LIMIT = 100_000;

/** Accounts open without asking who; opening again changes nothing. */
export function openAccount(holder: Holder): Promise<AccountState> {
  return ask(holder, { kind: "open" });
}

/** Play money. The nonce makes a repeat the same grant: keep it until an answer has come. */
export function grant(holder: Holder, amountMinor: bigint, nonce: Hex): Promise<AccountState> {
  return ask(holder, { kind: "grant", amountMinor, nonce });
}

export function balance(holder: Holder): Promise<AccountState> {
  return ask(holder, { kind: "statement", from: 1, most: 0 });
}

/** Every line of the statement, oldest first; of a longer one the first `STATEMENT_LIMIT`. */
export async function statement(holder: Holder): Promise<readonly StatementLine[]> {
  const lines: StatementLine[] = [];
  for (;;) {
    const page = await ask(holder, { kind: "statement", from: lines.length + 1, most: LINES });
    lines.push(...page.lines);
    if (page.lines.length < LINES || lines.length >= STATEMENT_LIMIT) return lines;
  }
}

/** The bank's word that an account holder is behind `key`, for shops that are shown it. */
export async function certify(holder: Holder, key: SigningKey, days: number): Promise<Uint8Array> {
  const { crypto, bank } = holder;
  const use = lend(crypto, key, bank.bank, holder.key.publicKey);
  const answer = await say(holder, { kind: "certify", use, days });
  if (answer.kind !== "certified") throw notAnAnswer();
  const opened = open(crypto, credentialSchema, answer.credential, () => bank.bank);
  if (!opened.ok || opened.value.value.holder !== key.publicKey) throw notAnAnswer();
  return answer.credential;
}

async function ask(holder: Holder, request: AccountRequest): Promise<AccountState> {
  const answer = await say(holder, request);
  if (answer.kind === "account" && answer.account === holder.key.publicKey) return answer;
  throw notAnAnswer();
}

async function say({ crypto, key, bank, client, clock }: Holder, request: AccountRequest): Promise<BankAnswer> {
  const envelope = { recipient: bank.bank, session: newNonce(), previous: ZERO_HASH, notAfterMs: clock() + MINUTE_MS };
  const answer = decode(bankAnswer, await client.post(post(crypto, key, accountRequest, envelope, request)));
  if (!answer.ok) throw notAnAnswer();
  if (answer.value.kind === "refused") throw signedRefusal(crypto, bank, answer.value.refusal);
  return answer.value;
}

function notAnAnswer(): Refusal {
  return new Refusal("not-an-answer", "The bank's answer is not one.", NO_MONEY_MOVED, "Check COUNTERFOIL_URL.");
}

/** A bank's signed no, in words. */
export function signedRefusal(crypto: Crypto, bank: Pick<BankDescriptor, "bank">, signed: Uint8Array): Refusal {
  const opened = open(crypto, refusalSchema, signed, () => bank.bank);
  if (opened.ok) return bankRefusal(opened.value.value.reason, NO_MONEY_MOVED);
  const unknown = "Not known: whoever answered is not the bank.";
  return new Refusal(
    "unsigned-refusal",
    "The refusal is not signed by the bank.",
    unknown,
    "Check COUNTERFOIL_URL, then ask again.",
  );
}

/** @param money what happened to it, which depends on what was asked. */
export function bankRefusal(reason: string, money: string): Refusal {
  const [detail, next] = BANK_WORDS[reason] ?? [`The bank refused: ${reason}.`, "Nothing needs to be undone."];
  return new Refusal(reason, detail, money, next);
}

const BANK_WORDS: Readonly<Record<string, readonly [detail: string, next: string]>> = {
  "not-a-sandbox": ["This bank deals in real money and grants none.", "Be paid by somebody, or use a sandbox."],
  "above-grant-limit": [
    "That is more play money than this bank grants at once or lets one account have.",
    "Ask for less.",
  ],
  "insufficient-funds": ["There is not enough money in the account.", "Get more, then try again."],
  "not-paid": ["The bank knows no paid sale of this shop under that id.", "counterfoil shop sales lists them."],
  "no-such-account": ["The bank has no account of this wallet.", "counterfoil wallet create opens it."],
  "too-many-keys": [
    "The bank has certified as many keys for this account as it does at a time.",
    "Buy without --certified, or wait until some have lapsed.",
  ],
  "above-price": ["A refund cannot exceed the price.", "Refund at most what was paid."],
  "already-decided": ["The same request was made before with another amount.", "Use a new request."],
  "coin-used": [
    "A coin was used before: the bank shows what its key signed.",
    "If somebody handed it to you, ask them for another; else another wallet of your phrase has used it.",
  ],
  "coin-locked": [
    "A coin is locked in a contract whose log has not decided yet.",
    "Wait for the log: the coin is spent then, or free again.",
  ],
  "unknown-log": ["The bank does not take the log that the contract names.", "Order again with one that it names."],
  "log-misbehaved": ["The log that the contract names has said two things.", "Order again with another log."],
  "log-behind": ["The bank has heard nothing of that log for too long.", "Try again later, or name another log."],
  "coin-expired": ["A coin is past its last day.", "It is worth nothing any more."],
  "key-closed": ["The bank has closed that key.", "Try again: the wallet takes the newest."],
  "key-over-redeemed": [
    "More coins of that key came back than were ever made: its key was stolen. The bank pays no more of them.",
    "Ask the bank; the coins stay in the wallet.",
  ],
  "certified-delivery-only": [
    "These coins pay only for goods that the bank sees released.",
    "Buy something with them.",
  ],
  "convicts-nobody": [
    "The evidence convicts no shop and no certifier of this sale.",
    "counterfoil verify says what it shows.",
  ],
  "not-the-buyer": ["Only the buyer of a sale has a claim about it.", "Use the wallet that bought it."],
  "nothing-due": ["The whole price was given back already.", "counterfoil wallet history shows it."],
  "no-bond": [
    "There is no bond of theirs at this bank, or nothing is left of it.",
    "The evidence stands: show it to their certifier, who strikes a convicted shop.",
  ],
  expired: ["Its time is over; it will never be paid.", "Order again."],
};
