/**
 * The mint as a program runs it: the keys of each epoch on disk, made ahead of their use; the signed list of them; and the
 * signatures, made by threads after the books have moved. A key is on disk before a list names it, and a list before
 * anyone sees it.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { DAY_MS, type Hex, type Instant } from "@counterfoil/base";
import { type Crypto, open, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { generateCoinKey, openSigners, type Signers } from "@counterfoil/host";
import {
  type CoinKey,
  type CoinKeys,
  coinKeysHashOf,
  coinKeysSchema,
  type Issued,
  keyIdOf,
  type Mint,
  type NamedOutput,
  type Reissued,
} from "@counterfoil/protocols/money";
import { SHORTEST_EPOCH_MS } from "@counterfoil/protocols/purse";
import { makeFolder, writeDurably } from "./folder.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

export interface MintTerms {
  /** Denominations 1, 2, 4, … minor units, so many. */
  readonly denominations: number;
  readonly bits: 2048 | 3072;
  /** How long coins of one epoch are withdrawn, how much longer they pay, and how much longer they are exchanged. */
  readonly epochMs: number;
  readonly payMs: number;
  readonly refreshMs: number;
  /** Coins only for goods that the bank sees released (S2 §1). */
  readonly certifiedOnly: boolean;
}

/** 0.01 to 327.68; a crowd of a month; two more months to spend, and a year to exchange what was forgotten. */
export const MINT_TERMS: MintTerms = {
  denominations: 16,
  bits: 2048,
  epochMs: 30 * DAY_MS,
  payMs: 60 * DAY_MS,
  refreshMs: 365 * DAY_MS,
  certifiedOnly: false,
};

export interface OpenMint extends Mint {
  /** @throws Refusal where one of these keys, under which coins were made, is in no list of the folder. */
  expect(keyIds: readonly Hex[]): void;
  /** Makes the first keys, or those of the next epoch once the newest nears its end. */
  ready(): Promise<void>;
  /** Opens a new epoch now. @param after the newest epoch that the operator has seen: asking again changes nothing. */
  rotate(after: number): Promise<CoinKeys>;
  /** Signatures on the blinded values of a decision that is durable, in order. */
  signed(outcome: Issued | Reissued): Promise<readonly (Uint8Array | null)[]>;
  close(): Promise<void>;
}

export interface MintPorts {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  readonly unit: string;
  readonly clock: () => Instant;
  /** How long past its last refresh a coin is still answered for. */
  readonly claimWindowMs: number;
}

/** The next epoch's keys are published this part of an epoch before they are used. */
const AHEAD = 0.1;
/** Blinded values waiting for a signature: two seconds of two threads. More are refused at once. */
const SIGNING_QUEUE = 8_192;
/** Signatures remembered, so that asking again and again costs nothing: 1 MB. */
const REMEMBERED = 4_096;

export function openMint(folder: string, terms: MintTerms, ports: MintPorts): OpenMint {
  const place = makeFolder(join(folder, "keys"));
  const known = new Map<Hex, CoinKey>();
  const remembered = new Map<Hex, Uint8Array>();
  let current: { readonly list: CoinKeys; readonly signed: Uint8Array } | null = null;
  let signers: Signers | null = null;
  let making: Promise<void> = Promise.resolve();

  for (const signed of listsIn(place)) {
    const opened = open(ports.crypto, coinKeysSchema, signed, () => ports.key.publicKey);
    if (!opened.ok) throw damaged(place);
    current = { list: opened.value.value, signed };
    for (const key of current.list.keys) known.set(keyIdOf(ports.crypto, key), key);
  }
  forgetOld();
  for (const [keyId, key] of known) if (!isOver(key) && !existsSync(pemPath(place, keyId))) throw incomplete(place);

  function isOver(key: CoinKey): boolean {
    return ports.clock() > key.refreshUntilMs + ports.claimWindowMs;
  }

  /** Private keys that can sign nothing more that anyone may ask for. */
  function forgetOld(): void {
    for (const [keyId, key] of known) {
      if (!isOver(key)) continue;
      signers?.remove(keyId);
      rmSync(pemPath(place, keyId), { force: true });
    }
  }

  function pool(): Signers {
    if (signers !== null) return signers;
    signers = openSigners({ workers: Math.max(1, Math.min(cpus().length, 8)), queue: SIGNING_QUEUE });
    for (const keyId of known.keys()) addTo(signers, keyId);
    return signers;
  }

  function addTo(to: Signers, keyId: Hex): void {
    const path = pemPath(place, keyId);
    if (existsSync(path)) to.add(keyId, readFileSync(path, "utf8"));
  }

  /** One rotation at a time. */
  function alone<T>(action: () => Promise<T>): Promise<T> {
    const done = making.then(action);
    making = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** @param wishedMs when it is to open; wallets refuse epochs that follow closer than an hour, as too small a crowd. */
  async function makeEpoch(wishedMs: Instant): Promise<CoinKeys> {
    const epoch = newestEpoch(current?.list) + 1;
    const earliestMs = Math.max(0, ...(current?.list.keys ?? []).map((key) => key.withdrawFromMs + SHORTEST_EPOCH_MS));
    const withdrawFromMs = Math.max(wishedMs, earliestMs);
    const withdrawUntilMs = withdrawFromMs + terms.epochMs;
    const dates = {
      withdrawFromMs,
      withdrawUntilMs,
      depositUntilMs: withdrawUntilMs + terms.payMs,
      refreshUntilMs: withdrawUntilMs + terms.payMs + terms.refreshMs,
    };
    const fresh = await Promise.all(
      Array.from({ length: terms.denominations }, async (_, i): Promise<[Hex, CoinKey]> => {
        const { modulus, privateKeyPem } = await generateCoinKey(terms.bits);
        const { certifiedOnly } = terms;
        const named = { bank: ports.key.publicKey, unit: ports.unit, denominationMinor: 1n << BigInt(i), epoch };
        const key: CoinKey = { ...named, modulus, ...dates, certifiedOnly };
        const keyId = keyIdOf(ports.crypto, key);
        writeDurably(pemPath(place, keyId), privateKeyPem, "coin key");
        return [keyId, key];
      }),
    );
    publish(fresh.map(([, key]) => key));
    for (const [keyId, key] of fresh) {
      known.set(keyId, key);
      if (signers !== null) addTo(signers, keyId);
    }
    forgetOld();
    return (current as { list: CoinKeys }).list;
  }

  function publish(fresh: readonly CoinKey[]): void {
    const issuedMs = ports.clock();
    const alive = (current?.list.keys ?? []).filter((key) => issuedMs < key.refreshUntilMs);
    const list: CoinKeys = {
      bank: ports.key.publicKey,
      unit: ports.unit,
      sequence: current === null ? 0 : current.list.sequence + 1,
      previous: current === null ? ZERO_HASH : coinKeysHashOf(ports.crypto, current.list),
      issuedMs,
      keys: [...alive, ...fresh],
    };
    const signed = sign(ports.crypto, ports.key, coinKeysSchema, list);
    writeDurably(listPath(place, list.sequence), signed, "coin key list");
    current = { list, signed };
  }

  return {
    expect(keyIds) {
      if (!keyIds.every((keyId) => known.has(keyId))) throw incomplete(place);
    },
    find: (keyId) => known.get(keyId),
    list: () => current?.signed ?? new Uint8Array(0),
    ready: () =>
      alone(async () => {
        const now = ports.clock();
        const untilMs = Math.max(0, ...(current?.list.keys ?? []).map((key) => key.withdrawUntilMs));
        if (now >= untilMs) await makeEpoch(now);
        else if (now >= untilMs - AHEAD * terms.epochMs) await makeEpoch(untilMs);
      }),
    rotate: (after) =>
      alone(async () => {
        if (current !== null && newestEpoch(current.list) > after) return current.list;
        return makeEpoch(ports.clock());
      }),
    async signed(outcome) {
      const signatures: (Uint8Array | null)[] = outcome.sign.map((each) => each && (remembered.get(each.id) ?? null));
      const missing = new Map<Hex, { readonly at: number; readonly output: NamedOutput }[]>();
      outcome.sign.forEach((output, at) => {
        if (output === null || signatures[at] !== null) return;
        missing.set(output.keyId, [...(missing.get(output.keyId) ?? []), { at, output }]);
      });
      const groups = [...missing].map(async ([keyId, group]) => {
        const made = await pool().sign(
          keyId,
          group.map(({ output }) => output.blinded),
        );
        group.forEach(({ at, output }, i) => {
          signatures[at] = made[i] as Uint8Array;
          remember(remembered, output.id, made[i] as Uint8Array);
        });
      });
      await Promise.all(groups);
      return signatures;
    },
    async close() {
      await making;
      await signers?.close();
    },
  };
}

export function newestEpoch(list: CoinKeys | undefined): number {
  return Math.max(-1, ...(list?.keys ?? []).map(({ epoch }) => epoch));
}

/** The signed list of a bank that may not be running; null before its first. */
export function readMintList(crypto: Crypto, folder: string, bank: Hex): CoinKeys | null {
  return mintListReader(crypto, folder, bank)();
}

/** The same for whoever asks again and again: each list is read once, since none ever changes under its name. */
export function mintListReader(crypto: Crypto, folder: string, bank: Hex): () => CoinKeys | null {
  const place = join(folder, "keys");
  let last: { readonly name: string; readonly list: CoinKeys } | null = null;
  return () => {
    const name = listNames(place).at(-1);
    if (name === undefined) return null;
    if (last?.name === name) return last.list;
    const opened = open(crypto, coinKeysSchema, new Uint8Array(readFileSync(join(place, name))), () => bank);
    if (!opened.ok) return null;
    last = { name, list: opened.value.value };
    return last.list;
  };
}

const LIST_NAME = /^list-\d{9}[.]cbor$/;

function listsIn(place: string): readonly Uint8Array[] {
  return listNames(place).map((name) => new Uint8Array(readFileSync(join(place, name))));
}

/** Oldest first. */
function listNames(place: string): readonly string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => LIST_NAME.test(name))
    .sort();
}

function listPath(place: string, sequence: number): string {
  return join(place, `list-${String(sequence).padStart(9, "0")}.cbor`);
}

function pemPath(place: string, keyId: Hex): string {
  return join(place, `${keyId}.pem`);
}

function remember(memory: Map<Hex, Uint8Array>, id: Hex, signature: Uint8Array): void {
  if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value as Hex);
  memory.set(id, signature);
}

/** Without its keys a bank would sign nothing that it has taken money for, and publish a list that contradicts its last. */
function incomplete(place: string): Refusal {
  return new Refusal(
    "keys-missing",
    `Keys of coins that this bank has made are not in ${place}.`,
    NO_MONEY_MOVED,
    "Restore the folder from a backup: without its keys the bank cannot honour its coins.",
  );
}

function damaged(place: string): Refusal {
  return new Refusal(
    "keys-damaged",
    `A list of coin keys in ${place} is not signed by this bank.`,
    NO_MONEY_MOVED,
    "Restore the folder from a backup: without its keys the bank cannot honour its coins.",
  );
}
