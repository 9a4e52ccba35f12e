/** A bank, a till with two metered items and a wallet with an open tab, in memory and message by message. */
import { decode, encode, type Hex, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, H, open, post, raw, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { type Desk, desk } from "../desk.fixture.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankOutcome,
  type BankTables,
  bank,
  type Owed,
  type Voucher,
  voucherSchema,
} from "../money/index.ts";
import { hearTabBank } from "./hearing.ts";
import {
  type Metered,
  meteredIdOf,
  type PieceRequest,
  pieceMessage,
  type TillRequest,
  tillAnswer,
  tillDeclineSchema,
  tillRequest,
} from "./messages.ts";
import { till } from "./till.ts";
import { hearTillBank } from "./till-answer.ts";
import type { Errand, TillCommand, TillConfig, TillOutcome, TillTables } from "./till-rows.ts";
import { tabWallet } from "./wallet.ts";
import { spenderKey } from "./wallet-keys.ts";
import type { TabWalletCommand, TabWalletConfig, TabWalletOutcome, TabWalletTables } from "./wallet-rows.ts";

export const NOW = 1_800_000_000_000;
export const UNIT = "XTS";
export const TAB_MS = 12 * HOUR_MS;
export const NOTICE_MS = HOUR_MS;
export const CLOSE_BEFORE_MS = 10 * MINUTE_MS;
/** A tenth of a cent. */
export const PRICE_MILLI = 100n;
export const FUNDS = 1_000n;
export const LIMIT = 100n;
export const PIECES = 5_000;

export interface World {
  readonly crypto: Crypto;
  readonly bankConfig: BankConfig;
  readonly tillConfig: TillConfig;
  readonly walletConfig: TabWalletConfig;
  readonly bank: Desk<BankTables, BankCommand, BankOutcome, Owed>;
  readonly till: Desk<TillTables, TillCommand, TillOutcome, Errand>;
  readonly wallet: Desk<TabWalletTables, TabWalletCommand, TabWalletOutcome, never>;
  readonly file: Hex;
  readonly oracle: Hex;
}

function seedOf(crypto: Crypto, word: string): Uint8Array {
  return raw(H(crypto, "seed", word));
}

export function world(crypto: Crypto): World {
  const key = (word: string) => crypto.signingKey(seedOf(crypto, word));
  const bankConfig: BankConfig = {
    crypto,
    key: key("bank"),
    box: crypto.boxKey(seedOf(crypto, "bank box")),
    unit: UNIT,
    sandbox: { grantLimitMinor: 100_000n, balanceLimitMinor: 1_000_000n },
    longestHoldMs: 24 * HOUR_MS,
    holdsPerAccount: 3,
    keysPerAccount: 2,
    claimWindowMs: 24 * HOUR_MS,
    mint: null,
    noticeMs: NOTICE_MS,
    slicesPerTab: 8,
    judge: () => null,
    logs: new Map(),
  };
  const bankKey = bankConfig.key.publicKey;
  const tillConfig = { crypto, key: key("shop"), bank: bankKey, unit: UNIT, closeBeforeMs: CLOSE_BEFORE_MS };
  const walletConfig: TabWalletConfig = {
    crypto,
    seed: seedOf(crypto, "wallet"),
    account: key("account"),
    bank: bankKey,
    bankBox: bankConfig.box.publicKey,
    unit: UNIT,
  };
  const all = {
    crypto,
    bankConfig,
    tillConfig,
    walletConfig,
    bank: desk(bank(bankConfig)),
    till: desk(till(tillConfig)),
    wallet: desk(tabWallet(walletConfig)),
    file: meteredIdOf(crypto, tillConfig.key.publicKey, H(crypto, "registration", "file")),
    oracle: meteredIdOf(crypto, tillConfig.key.publicKey, H(crypto, "registration", "oracle")),
  };
  const account = walletConfig.account.publicKey;
  all.bank.decide({ kind: "grant", account, amountMinor: FUNDS, nonce: H(crypto, "grant") }, NOW);
  all.till.decide({ kind: "owner", request: { kind: "meter", metered: meteredOf(crypto, "file") } }, NOW);
  const oracle = meteredOf(crypto, "oracle", { pieces: null });
  all.till.decide({ kind: "owner", request: { kind: "meter", metered: oracle } }, NOW);
  return all;
}

export function meteredOf(crypto: Crypto, word: string, changes: Partial<Metered> = {}): Metered {
  return {
    registration: H(crypto, "registration", word),
    slug: word,
    title: `Title of ${word}`,
    mediaType: "text/plain",
    priceMilli: PRICE_MILLI,
    unit: UNIT,
    pieces: PIECES,
    longestBytes: 1_024,
    ...changes,
  };
}

export function owned(all: World, request: TillRequest, key: SigningKey = all.tillConfig.key): Uint8Array {
  const recipient = all.tillConfig.key.publicKey;
  const envelope = { recipient, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + 1 };
  return post(all.crypto, key, tillRequest, envelope, request);
}

/** The wallet decides, and its message if there is one. */
export function walletSays(all: World, command: TabWalletCommand, now: Instant = NOW) {
  const { outcome } = all.wallet.decide(command, now);
  return { outcome, message: all.wallet.authority.answer(outcome, now) };
}

/** There to the bank and back into the wallet's rows. @returns the word of what was heard. */
export function toBank(all: World, about: Hex, message: Uint8Array, now: Instant = NOW): string {
  const heard = hearTabBank(all.crypto, all.bankConfig.key.publicKey, about, all.bank.hear(message, now));
  if (!heard.ok) return heard.reason;
  if (heard.value.kind === "note") all.wallet.decide(heard.value.command, now);
  return heard.value.kind === "note"
    ? heard.value.command.kind
    : heard.value.kind === "refused"
      ? heard.value.reason
      : "ended";
}

export function openTab(all: World, word = "one", limitMinor = LIMIT, notAfterMs = NOW + TAB_MS): Hex {
  const open = { kind: "open", nonce: H(all.crypto, "nonce", word), limitMinor, notAfterMs } as const;
  const { outcome, message } = walletSays(all, open);
  if (outcome.kind !== "ask-tab") throw new Error(outcome.kind);
  const said = toBank(all, outcome.tab, message);
  if (said !== "opened") throw new Error(said);
  return outcome.tab;
}

/** @returns the slice, and what the bank said of it. */
export function allot(all: World, tab: Hex, limitMinor: bigint, now: Instant = NOW): { slice: Hex; said: string } {
  const merchant = all.tillConfig.key.publicKey;
  const command = { kind: "allot", tab, merchant, marketUrl: "http://shop", limitMinor } as const;
  const { outcome, message } = walletSays(all, command, now);
  if (outcome.kind !== "ask-slice") throw new Error(outcome.kind);
  return { slice: outcome.slice, said: toBank(all, outcome.slice, message, now) };
}

/** The next voucher's message, and its row's id. */
export function voucherFor(
  all: World,
  slice: Hex,
  request: PieceRequest = { kind: "pieces", from: 0, pieces: 1 },
  item = all.file,
  costMilli = PRICE_MILLI * BigInt(request.kind === "pieces" ? request.pieces : 1),
): { id: string; message: Uint8Array } {
  const { outcome, message } = walletSays(all, { kind: "take", slice, item, request, costMilli });
  if (outcome.kind !== "take") throw new Error(outcome.kind);
  return { id: outcome.id, message };
}

/** What the till makes of a message, in a word: `released`, or why not. Where it has to look first, it does. */
export function atTill(all: World, message: Uint8Array, now: Instant = NOW, bankIsAway = false): string {
  const command = all.till.authority.admit(message, now);
  if (!command.ok) return command.reason;
  let { outcome } = all.till.decide(command.value, now);
  if (outcome.kind === "pending" && command.value.kind === "take") {
    settleTill(all, now, () => bankIsAway);
    ({ outcome } = all.till.decide(command.value, now));
  }
  if (outcome.kind !== "declined") return outcome.kind;
  const said = decode(tillAnswer, all.till.authority.answer(outcome, now));
  if (!said.ok || said.value.kind !== "declined") return "unsaid";
  const decline = open(all.crypto, tillDeclineSchema, said.value.decline, () => all.tillConfig.key.publicKey);
  return decline.ok ? decline.value.value.reason : "unsigned";
}

/** Carries what the till owes the bank there, and the answers back, until nothing is owed. */
export function settleTill(all: World, now: Instant = NOW, lost: (bytes: Uint8Array) => boolean = () => false): void {
  for (let sends = all.till.takeSends(); sends.length > 0; sends = all.till.takeSends()) {
    for (const { bytes, about } of sends) {
      if (lost(bytes)) continue;
      const command = hearTillBank(all.tillConfig, about as Hex, all.bank.hear(bytes, now));
      if (command !== null) all.till.decide(command, now);
    }
  }
}

/** Runs every due command of bank and till, as their hosts do. */
export function sweep(all: World, now: Instant): void {
  for (const each of [all.bank, all.till] as const) {
    for (let round = 0; round < 4; round++) {
      for (const [place, row] of [...each.rows]) {
        const [table = "", ...rest] = place.split("/");
        const id = rest.join("/");
        const rules = each.authority.due as Record<string, ((id: string, row: unknown) => Due) | undefined> | undefined;
        const due = rules?.[table]?.(id, row) ?? null;
        if (due !== null && due.atMs <= now && each.rows.has(place)) each.decide(due.command as never, now);
      }
    }
  }
}

type Due = { readonly atMs: Instant; readonly command: unknown } | null;

export function balanceOf(all: World, account: Hex): bigint {
  return all.bank.view.get("account", account)?.balance ?? 0n;
}

/** The same message with other parts. */
export function bent(message: Uint8Array, changes: Partial<Parameters<typeof pieceMessage.write>[1]>): Uint8Array {
  const decoded = decode(pieceMessage, message);
  if (!decoded.ok) throw new Error(decoded.reason);
  return encode(pieceMessage, { ...decoded.value, ...changes });
}

export function spenderOf(all: World, slice: string) {
  const own = all.wallet.view.get("slice", slice);
  const tab = all.wallet.view.get("tab", own?.tab ?? "");
  if (own === undefined || tab === undefined) throw new Error("no such slice");
  return spenderKey(all.crypto, all.walletConfig.seed, tab.nonce, own.merchant, own.number);
}

/** A voucher of the slice's own key that says what the test likes. */
export function voucher(all: World, slice: string, changes: Partial<Voucher>, key = spenderOf(all, slice)): Uint8Array {
  const names = { bank: all.bankConfig.key.publicKey, slice, merchant: all.tillConfig.key.publicKey };
  return sign(all.crypto, key, voucherSchema, {
    ...names,
    spender: key.publicKey,
    sequence: 1,
    totalMilli: 100n,
    ...changes,
  });
}
