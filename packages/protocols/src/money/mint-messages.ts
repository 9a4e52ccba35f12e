/**
 * What is said between a purse and the bank's mint (P§2D): the published keys, coins for account money, new coins for old
 * ones, and signatures once more for a purse that lost them. None but the withdrawal names an account.
 */
import {
  amount,
  bytes,
  count,
  encode,
  type Hex,
  hex32,
  instant,
  list,
  nullable,
  type Of,
  record,
  union,
} from "@counterfoil/base";
import { type Crypto, H, type MessageKind } from "@counterfoil/crypto";
import { signedBytes, unit } from "../contract/index.ts";
import { COINS_LIMIT, coinKeySchema, rsaBytes, signedCoinSchema } from "./coin.ts";
import { thresholdsSchema } from "./reporting.ts";

/** Keys alive at a time: some four epochs of 24 denominations. With 3072-bit keys the list stays under 56 kB. */
export const COIN_KEYS_LIMIT = 104;
/** A withdrawal of 64 outputs of 3072-bit keys takes 27 kB. */
const WITHDRAW_LIMIT_BYTES = 32 * 1024;
export const KEY_LIST_LIMIT_BYTES = 56 * 1024;

/**
 * [“coin-keys/1”, …]bank: every key that is not past its refresh, dated. `previous` is the hash of the list before, so the
 * lists are a chain; two lists of one sequence number, or two keys of one denomination and epoch, convict the bank.
 */
export const coinKeysSchema = record("coin-keys/1", {
  bank: hex32,
  unit,
  sequence: count(),
  previous: hex32,
  issuedMs: instant,
  keys: list(coinKeySchema, COIN_KEYS_LIMIT),
});
export type CoinKeys = Of<typeof coinKeysSchema>;

/** Names a list in the next one. */
export function coinKeysHashOf(crypto: Crypto, list: CoinKeys): Hex {
  return H(crypto, "coin-keys-hash/1", encode(coinKeysSchema, list));
}

export const coinKeysRequest = record("coin-keys-request/1", { bank: hex32 });

/** A blinded value to be signed under a key. */
export const outputSchema = record(null, { keyId: hex32, blinded: rsaBytes });
export type Output = Of<typeof outputSchema>;
const outputs = list(outputSchema, COINS_LIMIT);

/**
 * [“withdraw/1”, …]account: coins for account money. What was signed before is signed again and not paid again. After
 * notAfter it buys nothing new, so that a copy that comes late cannot debit a holder who has given up.
 */
export const withdrawSchema = record("withdraw/1", { bank: hex32, account: hex32, notAfterMs: instant, outputs });
export type Withdraw = Of<typeof withdrawSchema>;
export const withdrawRequest = record("withdraw-request/1", { withdraw: bytes(1, WITHDRAW_LIMIT_BYTES) });

/**
 * [“refresh/1”, …], signed over its hash by every input coin: new coins for old ones of the same total; what is left
 * goes to an account, where one is named.
 */
export const refreshSchema = record("refresh/1", {
  bank: hex32,
  /** Sorted, distinct. */
  inputs: list(hex32, COINS_LIMIT),
  outputs,
  deposit: nullable(record(null, { account: hex32, amountMinor: amount })),
});
export type Refresh = Of<typeof refreshSchema>;
/** `coins` in the order of `inputs`. */
export const refreshRequest = record("refresh-request/1", {
  refresh: refreshSchema,
  coins: list(signedCoinSchema, COINS_LIMIT),
});

/** The signatures on blinded values once more, where there are any: for a purse restored from its phrase. Moves nothing. */
export const reissueRequest = record("reissue-request/1", { bank: hex32, outputs });

/** [“deposited/1”, …]bank: this much of a refresh was credited. */
export const depositedSchema = record("deposited/1", {
  bank: hex32,
  request: hex32,
  account: hex32,
  amountMinor: amount,
});

/** That a coin's key signed another statement: its digest and the signature, never its text (P§2D). */
export const usedCoinSchema = record(null, { coinId: hex32, digest: hex32, statement: bytes(64, 64) });
export type UsedCoin = Of<typeof usedCoinSchema>;

/** Proofs in one refusal: one is enough to show that the payment was not good, a few help to drop the right coins. */
export const USED_LIMIT = 8;

export const coinAnswers = {
  "coin-keys": record(null, { list: bytes(1, KEY_LIST_LIMIT_BYTES) }),
  /** In the order of the request's outputs. */
  issued: record(null, {
    request: hex32,
    signatures: list(rsaBytes, COINS_LIMIT),
    deposited: nullable(signedBytes),
  }),
  reissued: record(null, { signatures: list(nullable(rsaBytes), COINS_LIMIT) }),
};

const operatorRequestSchema = union("kind", {
  /** Opens a new epoch now, unless there is one after `after` already. */
  rotate: record(null, { after: nullable(count()) }),
  /** Records and reports what is above from now on, unless others than `after` stand by now. */
  thresholds: record(null, { thresholds: nullable(thresholdsSchema), after: count() }),
});
export type OperatorRequest = Of<typeof operatorRequestSchema>;

/** What the operator tells the running bank, signed with the bank's own key. */
export const operatorRequest: MessageKind<OperatorRequest> = {
  domain: "counterfoil/money/operator-request/1",
  payload: operatorRequestSchema,
};
