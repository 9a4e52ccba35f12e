/** Purses in memory against a bank in memory: every message in the test's hands, every answer lost at will. */
import { encodeItems, type Hex, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Desk, desk } from "../desk.fixture.ts";
import type { Authority, Send } from "../index.ts";
import { grantTo, keyNamed } from "../money/bank.fixture.ts";
import type { MintBench } from "../money/coins.fixture.ts";
import { coinSetOf, type Funding, type SignedCoin, signDigest, spendDigestOf } from "../money/index.ts";
import { EPOCH_MS, hearWithMint, type TestEpoch } from "../money/mint.fixture.ts";
import { draftOf } from "./draft.ts";
import { signingKeyOf } from "./errands.ts";
import { decidePurse, purseDue, release, reserve } from "./purse.ts";
import type { CoinRow, CoinState, ErrandRow, PurseCommand, PurseConfig, PurseOutcome, PurseTables } from "./rows.ts";

export interface TestPurse {
  readonly config: PurseConfig;
  readonly desk: Desk<PurseTables, PurseCommand, PurseOutcome, Send>;
  readonly bank: Hex;
  /** Decides, and says in a word what came of it: a reason, or a kind. */
  ask(command: PurseCommand, now: Instant): string;
  /** Sends all that is owed to the bank and hears what it answers. */
  talk(now: Instant): void;
  /** Runs every row that is due, once. */
  wake(now: Instant): void;
  /** Of this state, or all but those that were exchanged for others. */
  coins(state?: CoinState): readonly (readonly [Hex, CoinRow])[];
  errands(): readonly (readonly [Hex, ErrandRow])[];
  reserve(tid: Hex, coinIds: readonly Hex[], now: Instant): boolean;
  release(tid: Hex, paid: boolean, now: Instant): void;
  /** The coins, each signed for this slip and this set. */
  spending(coinIds: readonly Hex[], slipHash: Hex): SignedCoin[];
  funding(coinIds: readonly Hex[], slipHash: Hex): Funding;
}

/** Epochs of a day that follow one another; the first began an hour before `from`. */
export function epochsFrom(from: Instant, count: number): readonly TestEpoch[] {
  return Array.from({ length: count }, (_, epoch) => ({ epoch, from: from - HOUR_MS + epoch * EPOCH_MS }));
}

export interface PurseChanges extends Partial<PurseConfig> {
  /** Instead of the mint's own. */
  readonly list?: Uint8Array;
}

/** A purse of the seed and account of this word, which knows the bank's keys. */
export function purseOf(at: MintBench, word: string, now: Instant, changes: PurseChanges = {}): TestPurse {
  const { crypto } = at;
  const config: PurseConfig = {
    crypto,
    seed: crypto.sha256(encodeItems([`seed of ${word}`])),
    account: keyNamed(crypto, word),
    spreadMs: 10 * MINUTE_MS,
    refillMs: HOUR_MS,
    shortestEpochMs: HOUR_MS,
    lateMs: Number.MAX_SAFE_INTEGER,
    ...changes,
  };
  const purse = desk(authorityOf(config));
  const bank = at.config.key.publicKey;
  const decide = (command: PurseCommand, when: Instant) => purse.decide(command, when).outcome;
  const rows = <N extends keyof PurseTables>(table: N) =>
    [...purse.rows]
      .filter(([place]) => place.startsWith(`${table}/`))
      .map(([place, row]) => [place.slice(table.length + 1), row as unknown as PurseTables[N]] as const);
  const drafted = <T>(change: (draft: ReturnType<typeof draftOf>) => T): T => {
    const draft = draftOf(purse.view);
    const result = change(draft);
    if (result === false) return result;
    for (const { table, id, row } of draft.writes()) {
      if (row === null) purse.rows.delete(`${table}/${id}`);
      else purse.rows.set(`${table}/${id}`, row);
    }
    return result;
  };
  const spending = (coinIds: readonly Hex[], slipHash: Hex) => spendingOf(config, purse.view, coinIds, slipHash);
  decide({ kind: "keys", bank, unit: at.config.unit, url: "", list: changes.list ?? at.mint.list() }, now);
  return {
    config,
    desk: purse,
    bank,
    ask(command, when) {
      const outcome = decide(command, when);
      if (outcome.kind === "refused") return outcome.reason;
      return outcome.kind === "purse" ? outcome.result : outcome.kind;
    },
    talk(when) {
      for (const send of purse.takeSends()) {
        const answer = hearWithMint(at.config, at.desk, send.bytes, when);
        decide({ kind: "heard", id: send.about as Hex, answer }, when);
      }
    },
    wake(when) {
      for (const [place, row] of [...purse.rows]) {
        const [table, id] = [place.slice(0, place.indexOf("/")) as "coin", place.slice(place.indexOf("/") + 1)];
        const due = purseDue[table]?.(id, row as never) ?? null;
        if (due !== null && due.atMs <= when) decide(due.command, when);
      }
    },
    coins: (state) =>
      rows("coin").filter(([, row]) => (state === undefined ? row.state !== "exchanged" : row.state === state)),
    errands: () => rows("errand"),
    reserve: (tid, coinIds, when) => drafted((draft) => reserve(draft, bank, tid, coinIds, when)),
    release: (tid, paid, when) => drafted((draft) => release(config, draft, tid, paid, when)),
    spending,
    funding: (coinIds, slipHash) => ({ kind: "coins", coins: spending(coinIds, slipHash) }),
  };
}

/** The same with money on its account. */
export function richPurseOf(at: MintBench, word: string, now: Instant, fundsMinor: bigint): TestPurse {
  grantTo(at, keyNamed(at.crypto, word).publicKey, fundsMinor);
  return purseOf(at, word, now);
}

function authorityOf(config: PurseConfig): Authority<PurseTables, PurseCommand, PurseOutcome, Send> {
  return {
    admit: () => ({ ok: false, reason: "malformed" }),
    decide: (command, view, now) => decidePurse(config, command, view, now),
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: purseDue,
  };
}

function spendingOf(
  { crypto, seed }: PurseConfig,
  view: TestPurse["desk"]["view"],
  coinIds: readonly Hex[],
  slipHash: Hex,
): SignedCoin[] {
  const coinSet = coinSetOf(crypto, coinIds);
  return coinIds.map((coinId) => {
    const row = view.get("coin", coinId) as CoinRow;
    const { key_id: keyId, public_key: publicKey, prefix, signature } = row;
    const key = signingKeyOf(crypto, seed, row);
    const statement = signDigest(crypto, key, spendDigestOf(crypto, coinId, slipHash, coinSet));
    return { coin: { keyId, publicKey, prefix, signature }, statement };
  });
}
