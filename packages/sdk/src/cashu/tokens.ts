/**
 * What a buyer and a merchant do with their own Cashu wallets about one slip: lock tokens, say where the money goes before
 * anybody can send it there, and fetch it. Outputs are random, so whoever made them keeps them before they leave; the mint
 * signs them again for whoever asks (NUT-09).
 */
import {
  Amount,
  getPubKeyFromPrivKey,
  OutputData,
  type OutputDataLike,
  type P2PKOptions,
  type Proof,
  type SerializedOutputData,
  type Wallet,
} from "@cashu/cashu-ts";
import { assert, encode, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, KDF, open, raw, type SigningKey, sign } from "@counterfoil/crypto";
import { paySchema, type Slip } from "@counterfoil/protocols/contract";
import {
  claimRequest,
  type EcashFunding,
  type EcashProof,
  type EcashTerms,
  ecashLockRequest,
  payeeSchema,
  type SignedSwap,
  termsSchema,
} from "@counterfoil/protocols/teller";
import { proofIn } from "./mint.ts";

/** A key of secp256k1, for one slip alone. */
export interface SlipKey {
  readonly secret: Uint8Array;
  readonly publicKey: Hex;
}

/** @param role keeps a buyer's key and a merchant's apart where one seed is both. */
export function slipKey(crypto: Crypto, seed: Uint8Array, role: "payee" | "payer", slipHash: Hex): SlipKey {
  const secret = KDF(crypto, seed, `ecash ${role}`, raw(slipHash));
  return { secret, publicKey: toHex(getPubKeyFromPrivKey(secret)) };
}

/** The merchant's word for where this slip is paid: with the slip, to the buyer. */
export function payeeOf(crypto: Crypto, key: SigningKey, slipHash: Hex, payee: SlipKey): Uint8Array {
  return sign(crypto, key, payeeSchema, { slipHash, key: payee.publicKey });
}

/** What the buyer believes before it locks anything: the merchant's payee and the teller's terms, for this slip. */
export interface LockTerms {
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly slipSigned: Uint8Array;
  readonly payee: Uint8Array;
  readonly terms: Uint8Array;
}

/** Tokens on their way into a lock. All of it is kept before any of it leaves. */
export interface LockedTokens {
  readonly funding: EcashFunding;
  /** What the mint signs when the money comes back. */
  readonly back: readonly SerializedOutputData[];
  /** What was not needed. */
  readonly keep: readonly Proof[];
}

/** The teller's own terms of this slip, or null. */
export function readTerms(crypto: Crypto, { slip, slipHash, terms }: LockTerms): EcashTerms | null {
  const opened = open(crypto, termsSchema, terms, () => slip.bank);
  return opened.ok && opened.value.value.slipHash === slipHash ? opened.value.value : null;
}

/**
 * Swaps tokens for ones that are locked for this slip. They are the buyer's alone until somebody is told of them: after the
 * lock's end it takes them back by its own key.
 */
export async function lockTokens(
  crypto: Crypto,
  wallet: Wallet,
  held: readonly Proof[],
  payer: SlipKey,
  at: LockTerms,
): Promise<LockedTokens> {
  const terms = readTerms(crypto, at);
  const payee = open(crypto, payeeSchema, at.payee, () => at.slip.merchant);
  assert(terms !== null && payee.ok && payee.value.value.slipHash === at.slipHash, "terms and payee are this slip's");
  const price = Amount.from(at.slip.priceMinor);
  const options: P2PKOptions = {
    hashlock: terms.hash,
    pubkey: [payee.value.value.key, payer.publicKey],
    locktime: terms.locktimeSeconds,
    refundKeys: [payer.publicKey],
    sigFlag: "SIG_ALL",
  };
  const { send, keep } = await wallet.send(
    price,
    [...held],
    { includeFees: true },
    { send: { type: "p2pk", options } },
  );
  const proofs = send.map(proofOf);
  const { swap, outputs } = await swapTo(wallet, proofs, payer);
  return { funding: { payee: at.payee, proofs, refund: swap }, back: outputs, keep };
}

/** What the buyer sends the teller, as often as it likes. */
export function lockMessage(crypto: Crypto, buyer: SigningKey, at: LockTerms, { funding }: LockedTokens): Uint8Array {
  const pay = sign(crypto, buyer, paySchema, { slipHash: at.slipHash });
  return encode(ecashLockRequest, { slip: at.slipSigned, pay, funding });
}

/** The merchant's way to the money, once it has seen for itself that the tokens are real. Kept before it leaves. */
export async function claimFor(
  wallet: Wallet,
  { bank, tid }: Slip,
  proofs: readonly EcashProof[],
  payee: SlipKey,
): Promise<{ readonly message: Uint8Array; readonly payout: readonly SerializedOutputData[] }> {
  const { swap, outputs } = await swapTo(wallet, proofs, payee);
  return { message: encode(claimRequest, { bank, tid, payout: swap }), payout: outputs };
}

/** Fetches what the mint has signed for these outputs: tokens, or none while it has not. */
export async function fetchTokens(wallet: Wallet, kept: readonly SerializedOutputData[]): Promise<readonly Proof[]> {
  const outputs = kept.map((each) => OutputData.deserialize(each));
  const asked = outputs.map(({ blindedMessage }) => blindedMessage);
  const { outputs: found, signatures } = await wallet.mint.restore({ outputs: asked });
  return outputs.flatMap((output) => {
    const at = found.findIndex(({ B_ }) => B_ === output.blindedMessage.B_);
    const signature = signatures[at];
    if (signature === undefined) return [];
    return [output.toProof(signature, wallet.keyChain.getKeyset(signature.id))];
  });
}

/** After the lock's end the buyer needs nobody. @throws where the mint does not let it, or they are spent. */
export async function takeBack(wallet: Wallet, { funding }: LockedTokens, payer: SlipKey): Promise<readonly Proof[]> {
  return wallet.receive(funding.proofs.map(proofIn), { privkey: toHex(payer.secret) });
}

/** All of the proofs into fresh outputs, and this key's signature over the whole. cashu-ts refuses what has no valid DLEQ. */
export async function swapTo(
  wallet: Wallet,
  proofs: readonly EcashProof[],
  key: SlipKey,
): Promise<{ readonly swap: SignedSwap; readonly outputs: readonly SerializedOutputData[] }> {
  const random = { type: "random" } as const;
  const preview = await wallet.prepareSwapToReceive(proofs.map(proofIn), { requireDleq: true }, random);
  const made: OutputDataLike[] = preview.keepOutputs ?? [];
  const [first] = wallet.signP2PKProofs(preview.inputs, toHex(key.secret), made);
  const witness = first?.witness;
  const parsed = (typeof witness === "string" ? JSON.parse(witness) : witness) as { signatures?: string[] } | undefined;
  const [signature] = parsed?.signatures ?? [];
  assert(signature !== undefined, "a receiver of the lock signs it");
  const outputs = made.map(({ blindedMessage: { amount, id, B_ } }) => {
    return { amountMinor: amount.toBigInt(), keyset: id, blinded: B_ };
  });
  return { swap: { outputs, signature }, outputs: made.map((each) => OutputData.serialize(each)) };
}

/** As cashu-ts has it. */
export function proofOf({ amount, id, secret, C, dleq }: Proof): EcashProof {
  assert(dleq?.r !== undefined, "what the mint has signed comes with its proof");
  return { amountMinor: amount.toBigInt(), keyset: id, secret, signed: C, dleq: { e: dleq.e, s: dleq.s, r: dleq.r } };
}
