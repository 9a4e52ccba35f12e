/**
 * Threads that hold a bank's coin keys and sign blinded coins with them (P§2D *Withdraw*): one signature takes a processor
 * for up to a millisecond, which the event loop has no time for. Whatever lists one turn of the loop brings are
 * dealt out together, evenly and in turns, so that a large list keeps every thread busy and no small one waiting.
 */
import { concat } from "@counterfoil/base";
import { fitsModulus } from "@counterfoil/crypto";
import { Overloaded, SigningFault, Stopped, Unknown } from "./failures.ts";
import { type Idleness, idleness } from "./idleness.ts";
import { rsaKeyOf } from "./rsa.ts";
import { type Part, type SignerThread, startSignerThread } from "./signer-thread.ts";
import type { SigningPart, ToSigner } from "./signing.ts";

export interface SignersOptions {
  /** Threads: as many as there are cores to spare. Each takes some 10 MB. */
  readonly workers: number;
  /** Values waiting or being signed; a list that would make more is refused. A thread signs 1,000 to 3,000 a second. */
  readonly queue: number;
  /** What a thread runs instead of the signer: a test plants its faults there. */
  readonly entry?: URL;
}

export interface Signers {
  /** Under a name that is free. @throws where the PEM is no private RSA key with e = 65537, without saying what it is. */
  add(keyId: string, privateKeyPem: string): void;
  /** What was asked for before is signed still; then the threads forget the key. */
  remove(keyId: string): void;
  /**
   * The raw private operation on each, in order. Each result has been checked: s^e is what was to be signed.
   * @param blinded values that `fitsModulus` accepts; another one is a bug of the caller, as is an unknown key.
   * @throws Overloaded or Stopped when it was refused, Unknown when a thread died over it, SigningFault when a result was
   * wrong. Asking again is safe each time, and gives the same signatures.
   */
  sign(keyId: string, blinded: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  /** Refuses new lists, and resolves when those taken are settled and the threads have ended. */
  close(): Promise<void>;
}

/** Values in a thread's hands: 10 to 30 ms of work, so that it has some left while a busy event loop is not looking. */
const HANDED_VALUES = 32;
/** Values in one message: half of that, so that the next is there before the last is done. */
const MESSAGE_VALUES = 16;
/** Threads in a row that die before they can sign anything: it is the machine then, and no new thread will do better. */
const FAILED_STARTS = 3;

const ENTRY = new URL("./signer-worker.ts", import.meta.url);

export function openSigners({ workers, queue, entry = ENTRY }: SignersOptions): Signers {
  const pool: Pool = {
    entry,
    named: new Map(),
    held: new Set(),
    threads: [],
    waiting: [],
    idle: idleness(),
    owed: 0,
    serials: 0,
    failedStarts: 0,
    dealing: false,
    refusal: null,
  };
  for (let i = 0; i < workers; i++) pool.threads.push(start(pool));
  let closed: Promise<void> | null = null;
  return {
    add(keyId, privateKeyPem) {
      if (pool.named.has(keyId)) throw new Error("a signing key of that name is there");
      const { modulus } = rsaKeyOf(privateKeyPem);
      const key: Key = { serial: pool.serials++, modulus, privateKeyPem, lists: 0, removed: false };
      pool.named.set(keyId, key);
      pool.held.add(key);
      for (const thread of pool.threads) thread.tell(addition(key));
    },
    remove(keyId) {
      const key = pool.named.get(keyId);
      if (key === undefined) return;
      pool.named.delete(keyId);
      key.removed = true;
      forgetUnused(pool, key);
    },
    sign(keyId, blinded) {
      const key = pool.named.get(keyId);
      if (pool.refusal !== null) return Promise.reject(pool.refusal);
      if (key === undefined) return Promise.reject(new Error("no signing key of that name"));
      if (!blinded.every((value) => fitsModulus(key.modulus, value))) {
        return Promise.reject(new Error("a value to sign is as long as the modulus, and less"));
      }
      if (pool.owed + blinded.length > queue) return Promise.reject(new Overloaded());
      return blinded.length === 0 ? Promise.resolve([]) : enqueue(pool, key, blinded);
    },
    close() {
      pool.refusal ??= new Stopped("the signers were closed");
      closed ??= pool.idle.wait().then(async () => {
        await Promise.all(pool.threads.map((thread) => thread.end()));
      });
      return closed;
    },
  };
}

interface Pool {
  readonly entry: URL;
  readonly named: Map<string, Key>;
  /** What the threads know: also a key that was removed and whose last list is not settled. */
  readonly held: Set<Key>;
  readonly threads: SignerThread<List>[];
  /** Lists of which something is not yet handed over. The first has the next turn. */
  readonly waiting: List[];
  readonly idle: Idleness;
  /** Values waiting or in a thread's hands. */
  owed: number;
  serials: number;
  failedStarts: number;
  /** Whether a deal is due at the end of this turn of the loop. */
  dealing: boolean;
  refusal: Stopped | null;
}

interface Key {
  readonly serial: number;
  readonly modulus: Uint8Array;
  readonly privateKeyPem: string;
  /** Not settled ones. */
  lists: number;
  removed: boolean;
}

interface List {
  readonly key: Key;
  /** A copy, one after the other, so that nobody changes what is yet to be signed. */
  readonly values: Uint8Array;
  /** As long, filled as signatures come back. */
  readonly signed: Uint8Array;
  readonly count: number;
  /** Not yet handed to a thread: the last ones. */
  left: number;
  /** Not yet signed. */
  missing: number;
  settled: boolean;
  readonly resolve: (signatures: readonly Uint8Array[]) => void;
  readonly reject: (failure: Error) => void;
}

function enqueue(pool: Pool, key: Key, blinded: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const [values, count] = [concat(...blinded), blinded.length];
    const signed = new Uint8Array(values.length);
    pool.waiting.push({ key, values, signed, count, left: count, missing: count, settled: false, resolve, reject });
    pool.owed += count;
    pool.idle.enter();
    key.lists += 1;
    if (pool.dealing) return;
    pool.dealing = true;
    setImmediate(() => {
      pool.dealing = false;
      deal(pool);
    });
  });
}

/** Brings every thread to one level; what is above that waits for answers. */
function deal({ threads, waiting }: Pool): void {
  if (waiting.length === 0) return;
  const flying = threads.reduce((sum, thread) => sum + thread.flying(), 0);
  const left = waiting.reduce((sum, list) => sum + list.left, 0);
  const level = Math.min(HANDED_VALUES, Math.ceil((left + flying) / threads.length));
  for (const thread of threads) {
    while (waiting.length > 0 && thread.flying() < level) {
      const parts = takeTurns(waiting, Math.min(MESSAGE_VALUES, level - thread.flying()));
      thread.hand(parts, { kind: "sign", parts: parts.map(signingPart) });
    }
  }
}

/** One message's worth. A list of which some is left goes behind the others. */
function takeTurns(waiting: List[], values: number): Part<List>[] {
  const parts: Part<List>[] = [];
  for (let room = values; room > 0; ) {
    const list = waiting.shift();
    if (list === undefined) break;
    const count = Math.min(room, list.left);
    parts.push({ list, from: list.count - list.left, count });
    list.left -= count;
    room -= count;
    if (list.left > 0) waiting.push(list);
  }
  return parts;
}

/** Sliced, because a message takes along all the memory that it shows a part of. */
function signingPart({ list: { key, values }, from, count }: Part<List>): SigningPart {
  const { length } = key.modulus;
  return { serial: key.serial, values: values.slice(from * length, (from + count) * length) };
}

function start(pool: Pool): SignerThread<List> {
  let ready = false;
  const thread = startSignerThread<List>(pool.entry, {
    onReady() {
      ready = true;
      pool.failedStarts = 0;
    },
    onSigned(parts, signed) {
      parts.forEach((part, i) => {
        takeBack(pool, part, signed[i] ?? null);
      });
      deal(pool);
    },
    onDeath(parts, cause) {
      if (!ready) pool.failedStarts += 1;
      for (const { list, count } of parts) {
        pool.owed -= count;
        settle(pool, list, new Unknown(cause));
      }
      const place = pool.threads.indexOf(thread);
      if (pool.failedStarts < FAILED_STARTS) pool.threads[place] = start(pool);
      else {
        pool.threads.splice(place, 1);
        giveUp(pool, cause);
      }
      deal(pool);
    },
  });
  for (const key of pool.held) thread.tell(addition(key));
  return thread;
}

function takeBack(pool: Pool, { list, from, count }: Part<List>, signed: Uint8Array | null): void {
  pool.owed -= count;
  if (signed === null) {
    settle(pool, list, new SigningFault());
    return;
  }
  list.signed.set(signed, from * list.key.modulus.length);
  list.missing -= count;
  if (list.missing === 0) settle(pool, list, null);
}

/** Once. What of a failed list is still in a thread's hands is signed for nothing. */
function settle(pool: Pool, list: List, failure: Error | null): void {
  if (list.settled) return;
  list.settled = true;
  if (list.left > 0) pool.waiting.splice(pool.waiting.indexOf(list), 1);
  pool.owed -= list.left;
  list.key.lists -= 1;
  forgetUnused(pool, list.key);
  if (failure === null) list.resolve(signaturesOf(list));
  else list.reject(failure);
  pool.idle.leave();
}

function signaturesOf({ signed, count, key }: List): readonly Uint8Array[] {
  const { length } = key.modulus;
  return Array.from({ length: count }, (_, i) => signed.slice(i * length, (i + 1) * length));
}

function forgetUnused(pool: Pool, key: Key): void {
  if (!key.removed || key.lists > 0) return;
  pool.held.delete(key);
  for (const thread of pool.threads) thread.tell({ kind: "remove", serial: key.serial });
}

function giveUp(pool: Pool, cause: unknown): void {
  const failure = new Stopped("the signer threads do not start", cause);
  pool.refusal ??= failure;
  for (const list of [...pool.waiting]) settle(pool, list, failure);
}

function addition({ serial, privateKeyPem }: Key): ToSigner {
  return { kind: "add", serial, privateKeyPem };
}
