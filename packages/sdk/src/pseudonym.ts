/**
 * Under which key a shop may know a buyer (S2 §2): none, so that no two purchases are seen to be one customer's; a key kept for
 * this shop; or the key that a credential was issued to. And what the bank or somebody else says of that key.
 */
import type { Hex } from "@counterfoil/base";
import { type Crypto, KDF, read, type SigningKey } from "@counterfoil/crypto";
import { credentialSchema, pseudonymKey } from "@counterfoil/protocols/contract";
import type { Pseudonym } from "@counterfoil/protocols/exchange";
import { certify } from "./account.ts";
import type { Ports } from "./ports.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { Visit } from "./visit.ts";
import type { OpenWallet } from "./wallet.ts";

export interface KnownAs {
  /** Let the shop know this buyer again and count this purchase, by the wallet's key for this shop alone. */
  readonly regular?: boolean;
  /** What may earn another price: a credential to a key of this wallet, or one that its bank is to sign now. */
  readonly credential: Uint8Array | "certified" | null;
}

/** The bank says the same again until it lapses, so a month spares it work; a key of one purchase needs no more than a day. */
const REGULAR_DAYS = 30;
const ONCE_DAYS = 1;

/** @param once the order's nonce, for a key that nobody is to see twice. */
export async function pseudonymFor(
  visit: Visit,
  wallet: Pick<OpenWallet, "seed" | "account">,
  merchant: Hex,
  once: Hex,
  { regular = false, credential }: KnownAs,
  { crypto, clock }: Ports,
): Promise<Pseudonym | null> {
  const own = pseudonymKey(crypto, wallet.seed, merchant);
  if (credential === null) return regular ? { key: own, credential } : null;
  if (credential === "certified") {
    const key = regular ? own : pseudonymKey(crypto, wallet.seed, once);
    const { terms: bank, client } = visit.bank;
    const holder = { crypto, clock, bank, client, key: wallet.account };
    return { key, credential: await certify(holder, key, regular ? REGULAR_DAYS : ONCE_DAYS) };
  }
  const named = read(credentialSchema, credential);
  const keys = regular ? [own] : [credentialKey(crypto, wallet.seed), own];
  const key = keys.find(({ publicKey }) => named.ok && publicKey === named.value.value.holder);
  if (key === undefined) {
    throw new Refusal(
      "not-your-credential",
      `The credential is not issued to ${regular ? "the key that this shop knows you by" : "a key of this wallet"}.`,
      NO_MONEY_MOVED,
      `Have it issued to what counterfoil wallet key${regular ? " --shop" : ""} prints.`,
    );
  }
  return { key, credential };
}

/** The key that credentials are issued to: the same at every shop that is shown one, by the holder's choice. */
export function credentialKey(crypto: Crypto, seed: Uint8Array): SigningKey {
  return crypto.signingKey(KDF(crypto, seed, "credential key", new Uint8Array(0)));
}
