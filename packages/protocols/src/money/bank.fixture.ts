/** A bank in memory, and sales whose buyer and merchant the test plays. */
import { decode, encode, encodeItems, type Hex, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type BoxKey, type Crypto, H, open, raw, type SigningKey, sign } from "@counterfoil/crypto";
import { commitmentOf, openingOf, paySchema, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import { bank } from "./bank.ts";
import {
  abortRequest,
  abortSchema,
  bankAnswer,
  debitSchema,
  type Funding,
  type Hold,
  holdRequest,
  holdSchema,
  refusalSchema,
  settleRequest,
} from "./messages.ts";
import type { BankCommand, BankConfig, BankOutcome, BankTables, Owed } from "./rows.ts";

export const NOW = 1_800_000_000_000;
export const PRICE = 250n;
export const UNIT = "XTS";
export const ORDER_MS = 10 * MINUTE_MS;

export interface Bench {
  readonly crypto: Crypto;
  readonly config: BankConfig;
  readonly desk: Desk<BankTables, BankCommand, BankOutcome, Owed>;
  readonly merchant: SigningKey;
}

export function keyNamed(crypto: Crypto, word: string): SigningKey {
  return crypto.signingKey(crypto.sha256(encodeItems([word])));
}

export function boxNamed(crypto: Crypto, word: string): BoxKey {
  return crypto.boxKey(crypto.sha256(encodeItems([word])));
}

/** A bank with `PRICE` times ten on the account "payer". */
export function bench(crypto: Crypto, changes: Partial<BankConfig> = {}): Bench {
  const config: BankConfig = {
    crypto,
    key: keyNamed(crypto, "bank"),
    box: boxNamed(crypto, "bank"),
    unit: UNIT,
    sandbox: { grantLimitMinor: 100_000n, balanceLimitMinor: 1_000_000n },
    longestHoldMs: 24 * HOUR_MS,
    claimWindowMs: 24 * HOUR_MS,
    mint: null,
    holdsPerAccount: 3,
    keysPerAccount: 2,
    noticeMs: HOUR_MS,
    slicesPerTab: 3,
    judge: () => null,
    logs: new Map(),
    ...changes,
  };
  return { crypto, config, desk: desk(bank(config)), merchant: keyNamed(crypto, "merchant") };
}

export function grantTo({ crypto, desk: { decide } }: Bench, account: Hex, amountMinor: bigint, word = "first"): void {
  decide({ kind: "grant", account, amountMinor, nonce: H(crypto, "grant", word, account) }, NOW);
}

export interface Sale {
  readonly buyer: SigningKey;
  readonly slip: Slip;
  readonly signed: Uint8Array;
  readonly slipHash: Hex;
  readonly opening: Hex;
  readonly pay: Uint8Array;
}

export function saleOf(at: Bench, word: string, changes: Partial<Slip> = {}): Sale {
  const { crypto, config, merchant } = at;
  const buyer = keyNamed(crypto, `buyer ${word}`);
  const parts = {
    bank: config.key.publicKey,
    merchant: merchant.publicKey,
    buyer: buyer.publicKey,
    poHash: H(crypto, "po", word),
  };
  const tid = tidOf(crypto, { ...parts, ...changes });
  const opening = openingOf(crypto, raw(H(crypto, "seed", word)), tid);
  const slip: Slip = {
    ...parts,
    mode: "netbill",
    log: null,
    tid,
    offerHash: H(crypto, "offer", word),
    commitment: commitmentOf(crypto, opening),
    priceMinor: PRICE,
    unit: UNIT,
    notAfterMs: NOW + ORDER_MS,
    ...changes,
  };
  return { buyer, opening, ...signedBy(at, at.merchant, buyer, slip) };
}

/** The same sale under another slip. */
export function otherSlip(at: Bench, sale: Sale, changes: Partial<Slip>, by = at.merchant): Sale {
  return { ...sale, ...signedBy(at, by, sale.buyer, { ...sale.slip, ...changes }) };
}

function signedBy({ crypto }: Bench, merchant: SigningKey, buyer: SigningKey, slip: Slip) {
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const signed = sign(crypto, merchant, slipSchema, slip);
  return { slip, slipHash, signed, pay: sign(crypto, buyer, paySchema, { slipHash }) };
}

export function debitFor({ crypto, config }: Bench, account: SigningKey, slipHash: Hex): Funding {
  const debit = sign(crypto, account, debitSchema, {
    bank: config.key.publicKey,
    account: account.publicKey,
    slipHash,
  });
  return { kind: "debit", sealed: crypto.seal(config.box.publicKey, debit) };
}

/** As whoever may send it does: with v in NetBill, without in the optimistic exchange. */
export function settling(
  sale: Sale,
  funding: Funding,
  changes: { pay?: Uint8Array; opening?: Hex | null } = {},
): Uint8Array {
  const { signed: slip, pay } = sale;
  const opening = sale.slip.mode === "netbill" ? sale.opening : null;
  return encode(settleRequest, { slip, pay, funding, opening, ...changes });
}

export function holdOf(account: SigningKey, sale: Sale, changes: Partial<Hold> = {}): Hold {
  const { mode, bank: at, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs, log: named } = sale.slip;
  const log = mode === "logged" ? named : null;
  const terms = { bank: at, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs, log };
  return { account: account.publicKey, ...terms, ...changes };
}

export function holding(
  { crypto, config }: Bench,
  by: SigningKey,
  sale: Sale,
  changes: Partial<Hold> = {},
): Uint8Array {
  const statement = sign(crypto, by, holdSchema, holdOf(by, sale, changes));
  return encode(holdRequest, { sealed: crypto.seal(config.box.publicKey, statement) });
}

export function aborting({ crypto }: Bench, sale: Sale, slip: Uint8Array | null = sale.signed): Uint8Array {
  const { bank: at, tid, buyer } = sale.slip;
  return encode(abortRequest, { abort: sign(crypto, sale.buyer, abortSchema, { bank: at, tid, buyer }), slip });
}

/** What the bank says, in a word: a refusal's reason, or the kind of its answer. */
export function word({ crypto, config }: Bench, answer: Uint8Array): string {
  const said = decode(bankAnswer, answer);
  if (!said.ok) return said.reason;
  if (said.value.kind !== "refused") return said.value.kind;
  const refusal = open(crypto, refusalSchema, said.value.refusal, () => config.key.publicKey);
  return refusal.ok ? refusal.value.value.reason : "unsigned";
}

/** Hears a message and says in a word what came of it. */
export function ask(at: Bench, message: Uint8Array, now: Instant = NOW): string {
  return word(at, at.desk.hear(message, now));
}
