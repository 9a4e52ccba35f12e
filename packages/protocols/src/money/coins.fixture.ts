/** Coins made by hand, as a purse would make them: for tests of the bank that want to bend each part. */
import { encode, encodeItems, type Hex, HOUR_MS, toHex } from "@counterfoil/base";
import {
  blindAll,
  type Crypto,
  FACTOR_EXCESS_BYTES,
  factorFrom,
  finalize,
  KDF,
  SALT_BYTES,
  type SigningKey,
  sign,
} from "@counterfoil/crypto";
import { type Bench, bench, grantTo, keyNamed, NOW, UNIT } from "./bank.fixture.ts";
import {
  type Coin,
  type CoinKey,
  coinIdOf,
  coinMessageOf,
  coinSetOf,
  keyIdOf,
  type SignedCoin,
  signDigest,
  spendDigestOf,
} from "./coin.ts";
import type { Funding } from "./messages.ts";
import { DENOMINATIONS, hearWithMint, type TestEpoch, type TestMint, testMint } from "./mint.fixture.ts";
import { refreshIdOf } from "./mint-admit.ts";
import {
  coinKeysRequest,
  type Output,
  type Refresh,
  refreshRequest,
  reissueRequest,
  type Withdraw,
  withdrawRequest,
  withdrawSchema,
} from "./mint-messages.ts";
import type { BankConfig } from "./rows.ts";

/** A coin before the bank has signed it. */
export interface Blank {
  readonly key: CoinKey;
  readonly keyId: Hex;
  readonly signer: SigningKey;
  readonly coinId: Hex;
  readonly output: Output;
  readonly unsigned: Omit<Coin, "signature">;
  readonly inverse: Uint8Array;
}

export interface MadeCoin extends Blank {
  readonly coin: Coin;
}

/** A bank that makes coins, and "payer" with a thousand coins' worth of money. */
export interface MintBench extends Bench {
  readonly mint: TestMint;
  readonly config: BankConfig & { readonly mint: TestMint };
  readonly payer: SigningKey;
}

/** Epoch 0 opened an hour ago, epoch 1 opens when 0 closes, epoch 2 is as 0 but for certified delivery only. */
export const EPOCHS: readonly TestEpoch[] = [
  { epoch: 0, from: NOW - HOUR_MS },
  { epoch: 1, from: NOW + 23 * HOUR_MS },
  { epoch: 2, from: NOW - HOUR_MS, certifiedOnly: true },
];
export const FUNDS = 20_000n;

export function mintBench(crypto: Crypto, epochs = EPOCHS, changes: Partial<BankConfig> = {}): MintBench {
  const mint = testMint(crypto, keyNamed(crypto, "bank"), UNIT, epochs);
  const at = bench(crypto, { mint, ...changes });
  const payer = keyNamed(crypto, "payer");
  grantTo(at, payer.publicKey, FUNDS);
  return { ...at, mint, config: { ...at.config, mint }, payer };
}

export function keyOf(mint: TestMint, denominationMinor: bigint, epoch = 0): CoinKey {
  const key = mint.keys.find((each) => each.epoch === epoch && each.denominationMinor === denominationMinor);
  if (key === undefined) throw new Error(`no key of ${denominationMinor} in epoch ${epoch} of ${DENOMINATIONS}`);
  return key;
}

const blanks = new Map<string, Blank>();
const coins = new Map<string, MadeCoin>();

/** Always the same of one word; `by` mixes parts of two words, which no purse does. */
export function blankOf(crypto: Crypto, key: CoinKey, word: string, by: { readonly factor?: string } = {}): Blank {
  const keyId = keyIdOf(crypto, key);
  const name = `${keyId} ${word} ${by.factor ?? word}`;
  const known = blanks.get(name);
  if (known !== undefined) return known;
  const part = (of: string, label: string, length: number) =>
    KDF(crypto, crypto.sha256(encodeItems([of])), label, new Uint8Array(0), length);
  const signer = keyNamed(crypto, `coin ${word}`);
  const unsigned = { keyId, publicKey: signer.publicKey, prefix: toHex(part(word, "prefix", 32)) };
  const wide = part(by.factor ?? word, "factor", key.modulus.length + FACTOR_EXCESS_BYTES);
  const blinding = {
    message: coinMessageOf(crypto, unsigned),
    salt: part(word, "salt", SALT_BYTES),
    factor: factorFrom(key.modulus, wide),
  };
  const blinded = blindAll(crypto, key.modulus, [blinding]);
  if (!blinded.ok) throw new Error(blinded.reason);
  const [{ blinded: value, inverse }] = blinded.value as [{ blinded: Uint8Array; inverse: Uint8Array }];
  const coinId = coinIdOf(crypto, unsigned);
  const blank = { key, keyId, signer, coinId, output: { keyId, blinded: value }, unsigned, inverse };
  blanks.set(name, blank);
  return blank;
}

/** As the holder of the mint's private key makes it, the bank's books knowing nothing. */
export function coinOf(at: Pick<MintBench, "crypto" | "mint">, key: CoinKey, word: string): MadeCoin {
  const blank = blankOf(at.crypto, key, word);
  const name = `${blank.keyId} ${word}`;
  const made = coins.get(name) ?? unblinded(at.crypto, blank, at.mint.signerOf(blank.keyId).sign(blank.output.blinded));
  coins.set(name, made);
  return made;
}

export function unblinded(crypto: Crypto, blank: Blank, blindSignature: Uint8Array): MadeCoin {
  const { key, unsigned, inverse } = blank;
  const signature = finalize(crypto, key.modulus, coinMessageOf(crypto, unsigned), blindSignature, inverse);
  if (signature === null) throw new Error("that is no signature on the coin");
  return { ...blank, coin: { ...unsigned, signature } };
}

/** Coins of these denominations, withdrawn by the payer in one message. */
export function withdrawn(at: MintBench, word: string, denominations: readonly bigint[], epoch = 0): MadeCoin[] {
  const wanted = denominations.map((each, i) => blankOf(at.crypto, keyOf(at.mint, each, epoch), `${word} ${i}`));
  hearWithMint(at.config, at.desk, withdrawing(at, wanted), NOW);
  return denominations.map((each, i) => coinOf(at, keyOf(at.mint, each, epoch), `${word} ${i}`));
}

/** Who asks which bank. */
export interface Asker {
  readonly crypto: Crypto;
  readonly config: { readonly key: Pick<SigningKey, "publicKey"> };
}

export function withdrawing(
  at: Asker & Pick<MintBench, "payer">,
  wanted: readonly Pick<Blank, "output">[],
  changes: Partial<Withdraw> = {},
  by = at.payer,
): Uint8Array {
  const outputs = wanted.map(({ output }) => output);
  const body = { bank: at.config.key.publicKey, account: by.publicKey, notAfterMs: NOW + HOUR_MS, outputs, ...changes };
  return encode(withdrawRequest, { withdraw: sign(at.crypto, by, withdrawSchema, body) });
}

export interface Refreshing {
  readonly deposit?: Refresh["deposit"];
  readonly bank?: Hex;
  /** As named in the request; the sorted names of the coins unless given. */
  readonly inputs?: readonly Hex[];
  /** Who signs for a coin instead of its own key. */
  readonly signer?: SigningKey;
}

export function refreshing(
  { crypto, config }: Asker,
  from: readonly MadeCoin[],
  into: readonly Pick<Blank, "output">[],
  { deposit = null, bank = config.key.publicKey, inputs, signer }: Refreshing = {},
): Uint8Array {
  const sorted = [...from].sort((a, b) => (a.coinId < b.coinId ? -1 : 1));
  const named = inputs ?? sorted.map(({ coinId }) => coinId);
  const refresh = { bank, inputs: named, outputs: into.map(({ output }) => output), deposit };
  const id = refreshIdOf(crypto, refresh);
  const signed = sorted.map((each) => ({
    coin: each.coin,
    statement: signDigest(crypto, signer ?? each.signer, id),
  }));
  return encode(refreshRequest, { refresh, coins: signed });
}

export function reissuing({ config }: MintBench, wanted: readonly Pick<Blank, "output">[]): Uint8Array {
  return encode(reissueRequest, { bank: config.key.publicKey, outputs: wanted.map(({ output }) => output) });
}

export function askingKeys(bank: Hex): Uint8Array {
  return encode(coinKeysRequest, { bank });
}

/** Each coin's statement that it pays this slip, together with these coins and no others. */
export function spending(
  crypto: Crypto,
  paid: readonly MadeCoin[],
  slipHash: Hex,
  coinSet = coinSetOf(
    crypto,
    paid.map(({ coinId }) => coinId),
  ),
): SignedCoin[] {
  return paid.map(({ coin, coinId, signer }) => ({
    coin,
    statement: signDigest(crypto, signer, spendDigestOf(crypto, coinId, slipHash, coinSet)),
  }));
}

export function byCoins(crypto: Crypto, paid: readonly MadeCoin[], slipHash: Hex): Funding {
  return { kind: "coins", coins: spending(crypto, paid, slipHash) };
}
