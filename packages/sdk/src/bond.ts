/** Bonds and claims as their holders use them: set money aside for whom one may wrong, see what is left, have a price back. */
import { decode, encode, type Hex, type Instant, type Schema } from "@counterfoil/base";
import { type Crypto, KDF, open, type Signed, type SigningKey, sign } from "@counterfoil/crypto";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import { orderIn, type Purchase, slipIn } from "@counterfoil/protocols/exchange";
import {
  type BankAnswer,
  type BankDescriptor,
  type Bonded,
  bankAnswer,
  bondedQuery,
  bondedSchema,
  bondRequest,
  bondSchema,
  type Claimed,
  claimedSchema,
  claimRequest,
  claimSchema,
  refusalSchema,
} from "@counterfoil/protocols/money";
import { type Holder, signedRefusal } from "./account.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

type Post = (message: Uint8Array) => Promise<Uint8Array>;

/** Who may be convicted of what a buyer was sold. */
export const BOND_OWNERS = ["shop", "certifier"] as const;
export type BondOwner = (typeof BOND_OWNERS)[number];

/** The key that its slips or certificates are signed with: a bond is its account's, under that very key. */
export function bondKey(crypto: Crypto, seed: Uint8Array, owner: BondOwner): SigningKey {
  return crypto.signingKey(KDF(crypto, seed, `${owner} signing key`, new Uint8Array(0)));
}

/** The whole of the bond and its day: said again it moves nothing; a later one may raise both. */
export async function putBond(holder: Holder, amountMinor: bigint, untilMs: Instant): Promise<Bonded> {
  const { crypto, key, bank, client } = holder;
  const body = { bank: bank.bank, account: key.publicKey, amountMinor, untilMs };
  const request = encode(bondRequest, { bond: sign(crypto, key, bondSchema, body) });
  const answer = await client.post(request);
  if (reasonIn(crypto, bank, answer) === "already-decided") throw onlyRaised();
  return said(crypto, bank, bondedSchema, bondedIn(crypto, bank, answer));
}

/** [“bonded/1”, …]bank, to be shown to anybody, and what it says; null where there is no bond. */
export async function askBond(
  crypto: Crypto,
  bank: Pick<BankDescriptor, "bank">,
  post: Post,
  account: Hex,
): Promise<{ readonly signed: Uint8Array; readonly bonded: Bonded } | null> {
  const answer = await post(encode(bondedQuery, { bank: bank.bank, account }));
  if (reasonIn(crypto, bank, answer) === "no-bond") return null;
  const signed = bondedIn(crypto, bank, answer);
  const bonded = said(crypto, bank, bondedSchema, signed);
  if (bonded.account !== account) throw notAnAnswer();
  return { signed, bonded };
}

/**
 * The price of a purchase, from the bond of whom the accusation convicts. The bank sees the accusation, and with it what was
 * bought, and that this account is its buyer's.
 */
export async function claimPrice(
  crypto: Crypto,
  walletSeed: Uint8Array,
  purchase: Purchase,
  account: Hex,
  accusation: Uint8Array,
  post: Post,
): Promise<Claimed> {
  const { bank, tid, buyer } = slipIn(purchase);
  const { buyer: key } = purchaseKeys(crypto, walletSeed, orderIn(purchase).nonce);
  const claim = sign(crypto, key, claimSchema, { bank, tid, buyer, account });
  const answer = answerIn(crypto, { bank }, await post(encode(claimRequest, { claim, accusation })));
  if (answer.kind !== "claimed") throw notAnAnswer();
  const claimed = said(crypto, { bank }, claimedSchema, answer.claimed);
  if (claimed.tid !== tid) throw notAnAnswer();
  return claimed;
}

function bondedIn(crypto: Crypto, bank: Pick<BankDescriptor, "bank">, bytes: Uint8Array): Signed {
  const answer = answerIn(crypto, bank, bytes);
  if (answer.kind !== "bonded") throw notAnAnswer();
  return answer.bonded;
}

function answerIn(crypto: Crypto, bank: Pick<BankDescriptor, "bank">, bytes: Uint8Array): BankAnswer {
  const answer = decode(bankAnswer, bytes);
  if (!answer.ok) throw notAnAnswer();
  if (answer.value.kind === "refused") throw signedRefusal(crypto, bank, answer.value.refusal);
  return answer.value;
}

function reasonIn(crypto: Crypto, { bank }: Pick<BankDescriptor, "bank">, bytes: Uint8Array): string | null {
  const answer = decode(bankAnswer, bytes);
  if (!answer.ok || answer.value.kind !== "refused") return null;
  const refusal = open(crypto, refusalSchema, answer.value.refusal, () => bank);
  return refusal.ok ? refusal.value.value.reason : null;
}

function said<T>(crypto: Crypto, { bank }: Pick<BankDescriptor, "bank">, schema: Schema<T>, signed: Signed): T {
  const opened = open(crypto, schema, signed, () => bank);
  if (!opened.ok) throw notAnAnswer();
  return opened.value.value;
}

function onlyRaised(): Refusal {
  const detail = "The bond that stands is larger or lasts longer, and a bond can only be raised.";
  const next = "Name at least the amount and the day that it was put with; counterfoil bond show says what is left.";
  return new Refusal("already-decided", detail, NO_MONEY_MOVED, next);
}

function notAnAnswer(): Refusal {
  return new Refusal("not-an-answer", "The bank's answer is not one.", NO_MONEY_MOVED, "Check COUNTERFOIL_URL.");
}
