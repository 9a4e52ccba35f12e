/** A bank as a program runs it: its authority over a durable store, its door, and its books. */
import { join } from "node:path";
import { encode, type Hex, HOUR_MS, type Instant, MINUTE_MS, never, PLAY_UNIT } from "@counterfoil/base";
import { type Crypto, KDF, receive, type SigningKey, sign, tagOf } from "@counterfoil/crypto";
import {
  atBoundary,
  type Hosted,
  hostAuthority,
  NotAdmitted,
  openSqlite,
  openSqliteReadOnly,
  type WireRole,
} from "@counterfoil/host";
import { convict } from "@counterfoil/protocols/exchange";
import { logIdOf } from "@counterfoil/protocols/log";
import {
  type Account,
  BANK_TAGS,
  type BalanceSheet,
  type BankCommand,
  type BankConfig,
  type BankOutcome,
  type BankTables,
  balanceSheet,
  bank,
  bankAnswer,
  bankDescriptorSchema,
  bankShapes,
  bondFaults,
  COIN_KEYS_TAG,
  type CoinAudit,
  coinAudit,
  heldByTabs,
  type LockAudit,
  lockAudit,
  operatorRequest,
  type TrialBalance,
  tabFaults,
  trialBalance,
  withSignatures,
} from "@counterfoil/protocols/money";
import { type BankLogs, openBankLogs } from "./bank-logs.ts";
import { type Endorsed, NOBODY } from "./endorsed.ts";
import { makeFolder, seedIn } from "./folder.ts";
import type { NamedLog } from "./log-lines.ts";
import { MINT_TERMS, type MintTerms, type OpenMint, openMint } from "./mint.ts";
import type { Ports } from "./ports.ts";
import { admitted } from "./role.ts";
import { allRows } from "./rows.ts";
import { readEndorsed, readLogs } from "./trust.ts";

export interface OpenBank {
  readonly key: Hex;
  readonly unit: string;
  /** [“bank/1”, …]bank: who this bank is, to be shown to anyone. */
  readonly descriptor: Uint8Array;
  /** Those that contracts may name here, and where they answer. */
  readonly logs: readonly NamedLog[];
  readonly role: WireRole;
  readonly hosted: Hosted<BankCommand, BankOutcome>;
  close(): Promise<void>;
}

/** How long the operator's own requests are good: they are made and heard on one machine. */
export const OPERATOR_MS = MINUTE_MS;

export interface BankOptions {
  /** false for a bank of real money: no grants. No adapter for real money ships yet, so `start` runs a sandbox. */
  readonly sandbox: boolean;
  readonly unit: string;
  /** null for a bank that makes no coins. */
  readonly coins: MintTerms | null;
}

export const SANDBOX_BANK: BankOptions = { sandbox: true, unit: PLAY_UNIT, coins: MINT_TERMS };

/** A day: long enough to resume after a night, short enough that an abandoned order frees its hold. */
const LONGEST_HOLD_MS = 24 * HOUR_MS;
const HOLDS_PER_ACCOUNT = 64;
/** A month: whoever was away asks what became of a coin, or brings a case. */
const CLAIM_WINDOW_MS = 30 * 24 * HOUR_MS;
/** A new one for each of some hundreds of purchases a day, as a wallet that wants to be known nowhere asks for. */
const KEYS_PER_ACCOUNT = 1_024;
/** A shop looks at the bank three times within it, so one that is down for half an hour still answers. */
const NOTICE_MS = HOUR_MS;
/** Shops that one tab of a day can visit; each costs the bank a row. */
const SLICES_PER_TAB = 256;
/** Play money is free, so these only keep the numbers readable. */
const GRANT_LIMIT_MINOR = 100_000n;
const BALANCE_LIMIT_MINOR = 100_000_000n;

const NO_CONTEXT = new Uint8Array(0);

/** A bank's configuration but for its mint, which lies in its folder. */
export function bankConfig(crypto: Crypto, seed: Uint8Array, options: Omit<BankOptions, "coins">): BankConfig {
  return {
    crypto,
    key: crypto.signingKey(KDF(crypto, seed, "bank signing key", NO_CONTEXT)),
    box: crypto.boxKey(KDF(crypto, seed, "bank box key", NO_CONTEXT)),
    unit: options.unit,
    sandbox: options.sandbox ? { grantLimitMinor: GRANT_LIMIT_MINOR, balanceLimitMinor: BALANCE_LIMIT_MINOR } : null,
    longestHoldMs: LONGEST_HOLD_MS,
    claimWindowMs: CLAIM_WINDOW_MS,
    mint: null,
    holdsPerAccount: HOLDS_PER_ACCOUNT,
    keysPerAccount: KEYS_PER_ACCOUNT,
    noticeMs: NOTICE_MS,
    slicesPerTab: SLICES_PER_TAB,
    judge(accusation) {
      const convicted = convict(crypto, accusation);
      return convicted.ok ? convicted.value : null;
    },
    logs: new Map(),
  };
}

export async function openBank(folder: string, options: BankOptions, ports: Ports): Promise<OpenBank> {
  const plain = bankConfig(ports.crypto, seedIn(makeFolder(folder)), options);
  const { crypto, clock } = ports;
  const mint = options.coins && openMint(folder, options.coins, { ...plain, crypto, clock });
  const named = readLogs(folder);
  const config: BankConfig = { ...plain, mint, logs: byId(crypto, named) };
  const store = openSqlite(join(folder, "bank.db"), bankShapes);
  try {
    mint?.expect((await allRows<BankTables["coin_count"]>(store, "coin_count")).map(([keyId]) => keyId));
  } catch (refusal) {
    await store.close();
    throw refusal;
  }
  let logs: BankLogs | null = null;
  const hosted = await hostAuthority(bank(config), store, {
    name: "bank",
    clock: ports.clock,
    deliver: (send) => logs?.deliver(send),
    onBug: ports.onBug,
    onFatal: ports.onFatal,
  });
  const opened = openBankLogs({ config, store, hosted, onBug: ports.onBug }, named);
  logs = opened;
  const endorsed = { ...(readEndorsed(folder) ?? NOBODY), logs: [...config.logs.keys()] };
  return {
    key: config.key.publicKey,
    unit: config.unit,
    descriptor: describeBank(ports.crypto, config.key, config, endorsed),
    logs: named,
    hosted,
    role: bankDoor(config, mint, hosted, opened),
    async close() {
      await opened.close();
      await hosted.stop();
      await mint?.close();
      await store.close();
    },
  };
}

/** The bank's door, and its mint's behind it: what is decided is durable, and only then are coins signed. */
function bankDoor(
  config: BankConfig,
  mint: OpenMint | null,
  hosted: Hosted<BankCommand, BankOutcome>,
  logs: BankLogs,
): WireRole {
  return {
    name: "bank",
    tags: [...BANK_TAGS, operatorRequest.domain],
    async handle(message) {
      const tag = tagOf(message);
      if (tag === operatorRequest.domain) return operate(config, mint, hosted, message);
      if (tag === COIN_KEYS_TAG) await mint?.ready();
      const command = await upToDate(admitted(hosted.admit(message)), logs);
      const { outcome, answer } = await hosted.submit(command);
      if (outcome.kind !== "issued" && outcome.kind !== "reissued") return answer;
      if (mint === null) return withSignatures(config, outcome, []);
      atBoundary("bank", "before-sign", outcome.kind);
      const signatures = await mint.signed(outcome);
      atBoundary("bank", "after-sign", outcome.kind);
      return withSignatures(config, outcome, signatures);
    },
  };
}

/**
 * The LOCK names the size from which its log's word counts, and the log's clock judges its deadline: so before one, everything
 * that the log has published is followed. A repeat is answered as before, whatever is the matter with the log.
 */
async function upToDate(command: BankCommand, logs: BankLogs): Promise<BankCommand> {
  // A hold's time is the log's too, as far as the bank has heard of it.
  if (command.kind === "hold" && command.hold.log !== null) await logs.isCaughtUp(command.hold.log);
  if (command.kind !== "settle" || command.fault !== null) return command;
  const { mode, log } = command.slip;
  if (mode !== "logged" || log === null || (await logs.isCaughtUp(log))) return command;
  return { ...command, fault: logs.hasForked(log) ? "log-misbehaved" : "log-behind" };
}

function byId(crypto: Crypto, named: readonly NamedLog[]): BankConfig["logs"] {
  return new Map(named.map(({ descriptor }) => [logIdOf(crypto, descriptor), descriptor]));
}

/** The operator's own request: signed with the bank's key, which nobody else has. */
async function operate(
  { crypto, key }: BankConfig,
  mint: OpenMint | null,
  hosted: Hosted<BankCommand, BankOutcome>,
  message: Uint8Array,
): Promise<Uint8Array> {
  const received = receive(crypto, operatorRequest, message, { recipient: key.publicKey, now: hosted.now() });
  if (!received.ok) throw new NotAdmitted(received.reason);
  const { sender, payload } = received.value;
  if (sender !== key.publicKey) throw new NotAdmitted("wrong-signature");
  switch (payload.kind) {
    case "rotate":
      if (mint === null) throw new NotAdmitted("unknown-coin-key");
      await mint.rotate(payload.after ?? -1);
      return encode(bankAnswer, { kind: "coin-keys", list: mint.list() });
    case "thresholds": {
      const { thresholds, after } = payload;
      return (await hosted.submit({ kind: "set-thresholds", thresholds, after })).answer;
    }
    default:
      return never(payload);
  }
}

function describeBank(crypto: Crypto, key: SigningKey, config: BankConfig, endorsed: Endorsed): Uint8Array {
  return sign(crypto, key, bankDescriptorSchema, {
    bank: key.publicKey,
    box: config.box.publicKey,
    unit: config.unit,
    sandbox: config.sandbox !== null,
    longestHoldMs: config.longestHoldMs,
    ...endorsed,
  });
}

export interface Books {
  readonly trial: TrialBalance;
  readonly sheets: readonly BalanceSheet[];
  readonly coins: CoinAudit;
  /** Contracts that wait for their logs. */
  readonly locks: LockAudit;
}

/** Adds up the whole of a bank's books from its file, also while the bank runs. */
export async function auditBooks(folder: string, now: Instant): Promise<Books> {
  const store = openSqliteReadOnly(join(folder, "bank.db"), bankShapes);
  try {
    const accounts = await allRows<Account>(store, "account");
    const postings = await allRows<BankTables["posting"]>(store, "posting");
    const holds = await allRows<BankTables["hold"]>(store, "hold");
    const counts = await allRows<BankTables["coin_count"]>(store, "coin_count");
    const issued = await allRows<BankTables["issued"]>(store, "issued");
    const coins = await allRows<BankTables["coin"]>(store, "coin");
    const tabs = await allRows<BankTables["tab"]>(store, "tab");
    const slices = await allRows<BankTables["slice"]>(store, "slice");
    const trial = trialBalance(accounts, values(postings), [...values(holds), ...heldByTabs(values(tabs))]);
    const bonds = await allRows<BankTables["bond"]>(store, "bond");
    const claims = await allRows<BankTables["claim"]>(store, "claim");
    const locks = lockAudit(await allRows<BankTables["sale"]>(store, "sale"), holds, coins);
    const faults = [
      ...trial.faults,
      ...tabFaults(tabs, slices),
      ...bondFaults(accounts, bonds, claims),
      ...locks.faults,
    ];
    // A key whose rows have begun to be deleted is known by what is left of them.
    const forgotten = new Map([...issued, ...coins].map(([, row]) => [row.key_id, row.keep_until_ms]));
    const isOver = (keyId: Hex) => now > (forgotten.get(keyId) ?? 0);
    const audit = coinAudit(accounts, counts, values(issued), values(coins), isOver);
    return { trial: { ...trial, faults }, sheets: balanceSheet(values(accounts)), coins: audit, locks };
  } finally {
    await store.close();
  }
}

function values<R>(rows: readonly (readonly [string, R])[]): readonly R[] {
  return rows.map(([, row]) => row);
}
