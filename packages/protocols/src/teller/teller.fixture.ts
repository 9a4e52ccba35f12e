/** A slip that tokens are to pay, its parties, and tokens that only a model of a mint has signed. */
import { encode, type Hex, HOUR_MS, MINUTE_MS, toHex, utf8 } from "@counterfoil/base";
import { portableCrypto, type SigningKey, sign } from "@counterfoil/crypto";
import { paySchema, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { type LogDescriptor, logIdOf } from "../log/index.ts";
import { type Ecash, type EcashKeyset, type EcashProof, type SignedSwap, swapMessage } from "./ecash.ts";
import { hashOf, locktimeOf, preimageOf } from "./ecash-money.ts";
import { type EcashFunding, ecashLockRequest, payeeSchema } from "./messages.ts";
import type { TellerConfig } from "./rows.ts";

export const crypto = await portableCrypto();
export const NOW = 1_900_000_000_000;
export const PRICE = 96n;
export const DEADLINE = NOW + HOUR_MS;

const key = (seed: number): SigningKey => crypto.signingKey(new Uint8Array(32).fill(seed));
const hash = (text: string): Hex => toHex(crypto.sha256(utf8(text)));
const point = (text: string): Hex => `02${hash(text)}`;

export const merchant = key(1);
export const buyer = key(2);
export const tellerKey = key(3);
export const log: LogDescriptor = {
  key: key(4).publicKey,
  origin: "log.example",
  witnesses: [],
  quorum: 0,
  time: "UTC",
  retentionMs: HOUR_MS,
  mergeDelayMs: MINUTE_MS,
};
export const logId = logIdOf(crypto, log);
export const NOBODYS = point("nobody");
export const PAYEE = point("payee");
export const REFUND = point("buyer");

const KEYSETS: Record<string, EcashKeyset> = {
  "00ab": { unit: "xts", feePpk: 0, finalExpiryMs: null },
  /** Half of one for each input. */
  "00fe": { unit: "xts", feePpk: 500, finalExpiryMs: null },
  /** Ends with the lock. */
  "00ed": { unit: "xts", feePpk: 0, finalExpiryMs: DEADLINE + HOUR_MS },
  "00eu": { unit: "eur", feePpk: 0, finalExpiryMs: null },
};

/** Symbolic: a signature is the hash of who signs what. */
export const ecash: Ecash = {
  keyset: (id) => KEYSETS[id] ?? null,
  isSignedByMint: ({ signed }) => signed !== NOBODYS,
  isSignedBy: (by, message, signature) => signature === signedBy(by, message),
};

export function signedBy(by: Hex, message: string): Hex {
  return hash(`${by} ${message}`).repeat(2);
}

export const config: TellerConfig = {
  crypto,
  key: tellerKey,
  secret: new Uint8Array(32).fill(9),
  unit: "XTS",
  mint: "https://mint.example",
  ecash,
  logs: [log],
  marginMs: HOUR_MS,
  longestMs: 24 * HOUR_MS,
};

export function slipOfTest(changes: Partial<Slip> = {}): { slip: Slip; slipHash: Hex; signed: Uint8Array } {
  const parts = {
    bank: tellerKey.publicKey,
    merchant: merchant.publicKey,
    buyer: buyer.publicKey,
    poHash: hash("order"),
  };
  const slip: Slip = {
    mode: "logged",
    ...parts,
    tid: tidOf(crypto, parts),
    offerHash: hash("offer"),
    commitment: hash("V"),
    priceMinor: PRICE,
    unit: "XTS",
    notAfterMs: DEADLINE,
    log: logId,
    ...changes,
  };
  return {
    slip,
    slipHash: slipHashOf(crypto, encode(slipSchema, slip)),
    signed: sign(crypto, merchant, slipSchema, slip),
  };
}

export interface Form {
  readonly hash: Hex;
  readonly receivers: readonly Hex[];
  readonly locktimeSeconds: number;
  readonly refund: Hex;
}

/** What the merchant's swap shows, and the lock's hash is of. */
export function preimageFor(slipHash: Hex): Hex {
  return toHex(preimageOf(config, slipHash));
}

export function formFor({ slip, slipHash }: { slip: Slip; slipHash: Hex }): Form {
  return {
    hash: hashOf(crypto, preimageOf(config, slipHash)),
    receivers: [PAYEE, REFUND],
    locktimeSeconds: locktimeOf(config, slip.notAfterMs),
    refund: REFUND,
  };
}

export function proofsOf(form: Form, name: string, amounts: readonly bigint[] = [64n, 32n]): readonly EcashProof[] {
  const tags = [
    ["locktime", String(form.locktimeSeconds)],
    ["pubkeys", ...form.receivers],
    ["refund", form.refund],
    ["sigflag", "SIG_ALL"],
  ];
  return amounts.map((amountMinor) => {
    const secret = JSON.stringify(["HTLC", { nonce: hash(`${name} ${amountMinor}`), data: form.hash, tags }]);
    const dleq = { e: hash("e"), s: hash("s"), r: hash("r") };
    return { amountMinor, keyset: "00ab", secret, signed: point(secret), dleq };
  });
}

export function swapOf(proofs: readonly EcashProof[], by: Hex, name: string, amountMinor = PRICE): SignedSwap {
  const outputs = [{ amountMinor, keyset: "00ab", blinded: point(name) }];
  return { outputs, signature: signedBy(by, swapMessage(proofs, outputs)) };
}

export function payeeFor(slipHash: Hex, signer = merchant): Uint8Array {
  return sign(crypto, signer, payeeSchema, { slipHash, key: PAYEE });
}

export function fundingFor(slipHash: Hex, proofs: readonly EcashProof[]): EcashFunding {
  return { payee: payeeFor(slipHash), proofs, refund: swapOf(proofs, REFUND, "back") };
}

export function lockMessage(
  { slipHash, signed }: { slipHash: Hex; signed: Uint8Array },
  funding: EcashFunding,
): Uint8Array {
  return encode(ecashLockRequest, { slip: signed, pay: sign(crypto, buyer, paySchema, { slipHash }), funding });
}
