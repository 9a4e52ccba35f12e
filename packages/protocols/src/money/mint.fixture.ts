/** A mint for tests: keys of some epochs in a signed list, and blind signatures at once instead of by a pool of workers. */
import { type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import { type Crypto, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import type { Desk } from "../desk.fixture.ts";
import { withSignatures } from "./bank.ts";
import { type CoinKey, keyIdOf } from "./coin.ts";
import { type CoinKeys, coinKeysSchema } from "./mint-messages.ts";
import type { BankCommand, BankConfig, BankOutcome, BankTables, Mint } from "./rows.ts";
import { TEST_RSA, type TestRsa } from "./rsa.fixture.ts";

export interface TestEpoch {
  readonly epoch: number;
  readonly from: Instant;
  readonly certifiedOnly?: boolean;
  readonly denominations?: readonly bigint[];
}

export interface TestMint extends Mint {
  readonly keys: readonly CoinKey[];
  signerOf(keyId: Hex): TestRsa;
}

export const EPOCH_MS = 24 * HOUR_MS;
/** 1 to 2^9 minor units: 10.23 in all with one coin each. */
export const DENOMINATIONS: readonly bigint[] = Array.from({ length: 10 }, (_, i) => 1n << BigInt(i));

/** Epochs of a day; coins pay for two more and are refreshed for two after that. */
export function testMint(
  crypto: Crypto,
  bank: SigningKey,
  unit: string,
  epochs: readonly TestEpoch[],
  list: Partial<CoinKeys> = {},
): TestMint {
  const keys = epochs.flatMap(({ epoch, from, certifiedOnly = false, denominations = DENOMINATIONS }) =>
    denominations.map(
      (denominationMinor): CoinKey => ({
        bank: bank.publicKey,
        unit,
        denominationMinor,
        epoch,
        modulus: (TEST_RSA[epoch % TEST_RSA.length] as TestRsa).modulus,
        withdrawFromMs: from,
        withdrawUntilMs: from + EPOCH_MS,
        depositUntilMs: from + 3 * EPOCH_MS,
        refreshUntilMs: from + 5 * EPOCH_MS,
        certifiedOnly,
      }),
    ),
  );
  const byId = new Map(keys.map((key) => [keyIdOf(crypto, key), key]));
  const newest = Math.max(...epochs.map(({ epoch }) => epoch));
  const said = { bank: bank.publicKey, unit, sequence: newest, previous: ZERO_HASH, issuedMs: 0, keys, ...list };
  const signed = sign(crypto, bank, coinKeysSchema, said);
  return {
    keys,
    find: (keyId) => byId.get(keyId),
    list: () => signed,
    signerOf: (keyId) => TEST_RSA[(byId.get(keyId) as CoinKey).epoch % TEST_RSA.length] as TestRsa,
  };
}

/** Hears a message as the bank's door does: decides, then makes the signatures that the outcome still owes. */
export function hearWithMint<Effect>(
  config: BankConfig & { readonly mint: TestMint },
  desk: Desk<BankTables, BankCommand, BankOutcome, Effect>,
  message: Uint8Array,
  now: Instant,
): Uint8Array {
  const admitted = desk.authority.admit(message, now);
  if (!admitted.ok) throw new Error(admitted.reason);
  return answerWithMint(config, desk, desk.decide(admitted.value, now).outcome, now);
}

/** What the bank answers, with the signatures that follow its commit. */
export function answerWithMint<Effect>(
  config: BankConfig & { readonly mint: TestMint },
  { authority }: Pick<Desk<BankTables, BankCommand, BankOutcome, Effect>, "authority">,
  outcome: BankOutcome,
  now: Instant,
): Uint8Array {
  if (outcome.kind !== "issued" && outcome.kind !== "reissued") return authority.answer(outcome, now);
  const signatures = outcome.sign.map((each) => each && config.mint.signerOf(each.keyId).sign(each.blinded));
  return withSignatures(config, outcome, signatures);
}
