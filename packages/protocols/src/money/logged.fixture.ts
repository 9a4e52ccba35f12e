/** A bank that follows a log, and a log whose entries the test writes. */
import { DAY_MS, type Hex, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, H } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import { type Entry, type LogDescriptor, logIdOf, recKeyOf } from "../log/index.ts";
import { keyNamed, NOW, type Sale, saleOf } from "./bank.fixture.ts";
import { EPOCHS, type MintBench, mintBench } from "./coins.fixture.ts";
import type { TestEpoch } from "./mint.fixture.ts";
import type { BankConfig, BankDecision } from "./rows.ts";

export const RETENTION_MS = 30 * DAY_MS;

export interface LoggedBench extends MintBench {
  readonly log: TestLog;
}

export interface TestLog {
  readonly id: Hex;
  readonly descriptor: LogDescriptor;
  /** Entries that the bank has seen. */
  size(): number;
  /** What the bank does with these, once they are under a head of that time. */
  enter(entries: readonly Entry[], headMs: Instant, now?: Instant): BankDecision;
}

/** It has seen a head at `NOW`, of a tree of seven entries that are none of its contracts'. */
export function loggedBench(
  crypto: Crypto,
  epochs: readonly TestEpoch[] = EPOCHS,
  changes: Partial<BankConfig> = {},
): LoggedBench {
  const descriptor = descriptorOf(crypto, "log");
  const id = logIdOf(crypto, descriptor);
  const at = mintBench(crypto, epochs, { logs: new Map([[id, descriptor]]), ...changes });
  return { ...at, log: testLog(at, id, descriptor) };
}

export function descriptorOf(crypto: Crypto, word: string): LogDescriptor {
  return {
    key: keyNamed(crypto, word).publicKey,
    origin: `${word}.example/log`,
    witnesses: [],
    quorum: 0,
    time: "UTC",
    retentionMs: RETENTION_MS,
    mergeDelayMs: MINUTE_MS,
  };
}

/** @param at whose bank it feeds. */
export function testLog(
  { desk }: Pick<MintBench, "desk">,
  id: Hex,
  descriptor: LogDescriptor,
  { from = 7, headMs = NOW }: { readonly from?: number; readonly headMs?: Instant | null } = {},
): TestLog {
  let size = from;
  const enter: TestLog["enter"] = (entries, head, now = head) => {
    const batch = {
      log: id,
      from: size,
      frontier: { size: size + entries.length, hashes: [] },
      headMs: head,
      note: new Uint8Array(0),
      entries: entries.map((entry, i) => ({ index: size + i, entry })),
    };
    size += entries.length;
    return desk.decide({ kind: "followed", batch }, now);
  };
  if (headMs !== null) enter([], headMs);
  return { id, descriptor, size: () => size, enter };
}

/** A sale that the bench's log decides. */
export function loggedSale(at: LoggedBench, word: string, changes: Partial<Slip> = {}): Sale {
  return saleOf(at, word, { mode: "logged", log: at.log.id, ...changes });
}

/** What a log enters about a sale; what it says of the slip counts for nothing. */
export function outcomeOf({ crypto }: LoggedBench, kind: "committed" | "aborted" | "open", sale: Sale): Entry {
  const { bank, tid } = sale.slip;
  return { kind, recKey: recKeyOf(crypto, bank, tid), contentHash: H(crypto, "any"), timeMs: NOW };
}
