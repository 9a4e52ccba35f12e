/**
 * What a purse makes of the bank's answer to an errand. A yes must prove itself coin by coin; a no must be signed, and
 * counts only as far as it is final. Anything else is as if nothing had come.
 */
import { decode, encode, type Hex, type Instant } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import {
  type BankAnswer,
  bankAnswer,
  type CoinKey,
  coinIdOf,
  depositedSchema,
  isDigestSigned,
  refreshRequest,
  refusalSchema,
} from "../money/index.ts";
import { type Draft, draftOf } from "./draft.ts";
import { delayMs, giveBack, indexOf, retryMs } from "./errands.ts";
import { keysById, readKeys } from "./keys.ts";
import { decodeOwn, readIds, readPaths } from "./own.ts";
import type { CoinRow, ErrandRow, PurseConfig, PurseDecision, PurseView } from "./rows.ts";
import { type BlindedCoin, blindCoins, type Path, type Place, pathSchema, unblindCoin } from "./secrets.ts";

const IGNORED: PurseDecision = { writes: [], outcome: { kind: "purse", result: "ignored" } };

export function hear(config: PurseConfig, id: Hex, answer: Uint8Array, view: PurseView, now: Instant): PurseDecision {
  const row = view.get("errand", id);
  const heard = decode(bankAnswer, answer);
  if (row === undefined || row.phase !== "asked" || !heard.ok) return IGNORED;
  const draft = draftOf(view);
  switch (heard.value.kind) {
    case "issued":
      return issued(config, draft, id, row, heard.value, now) ?? IGNORED;
    case "refused":
      return refused(config, draft, id, row, heard.value, now) ?? IGNORED;
    default:
      return IGNORED;
  }
}

/** The coins are here: every signature has to be right, or the answer is none. */
function issued(
  config: PurseConfig,
  draft: Draft,
  id: Hex,
  row: ErrandRow,
  answer: Extract<BankAnswer, { kind: "issued" }>,
  now: Instant,
): PurseDecision | null {
  const { crypto, seed } = config;
  const paths = readPaths(row.paths);
  if (answer.request !== id || answer.signatures.length !== paths.length) return null;
  if (row.kind === "deposit" && !isDeposited(config, id, row, answer.deposited)) return null;
  const signed = signedPlaces(config, draft, row.bank, paths, answer.signatures);
  const blinded = blindCoins(
    crypto,
    seed,
    signed.map(({ place }) => place),
  );
  if (blinded === null) return null;
  const coins: [Hex, CoinRow][] = [];
  for (const [i, each] of blinded.entries()) {
    const coin = coinOf(config, each, (signed[i] as SignedPlace).signature, now);
    if (coin === null) return null;
    coins.push(coin);
  }
  for (const [coinId, coin] of coins) if (draft.get("coin", coinId) === undefined) draft.put("coin", coinId, coin);
  // They stay known, so that a token which comes twice is not taken for new coins.
  for (const coinId of readIds(row.inputs)) draft.move(coinId, "exchanged", id, null, now);
  for (const path of paths) answered(draft, row.bank, path);
  return end(draft, id, { ...row, phase: "done", reason: null, wake_ms: null, time_ms: now });
}

/** The bank says that it credited this much to this account: what the errand asked for, not a unit less. */
function isDeposited({ crypto }: PurseConfig, id: Hex, row: ErrandRow, signed: Uint8Array | null): boolean {
  const asked = decodeOwn(refreshRequest, row.request).refresh.deposit;
  const said = signed === null ? null : open(crypto, depositedSchema, signed, () => row.bank);
  if (asked === null || !said?.ok) return false;
  const { request, account, amountMinor } = said.value.value;
  return request === id && account === asked.account && amountMinor === asked.amountMinor;
}

interface SignedPlace {
  readonly place: Place;
  readonly signature: Uint8Array;
}

/** Without those whose key has left the bank's list meanwhile: what it signed is worth nothing any more. */
function signedPlaces(
  { crypto }: PurseConfig,
  draft: Draft,
  bank: Hex,
  paths: readonly Path[],
  signatures: readonly Uint8Array[],
): readonly SignedPlace[] {
  if (paths.length === 0) return [];
  const keys = knownKeys(crypto, draft, bank);
  return paths.flatMap((path, i) => {
    const key = keys.get(path.keyId);
    return key === undefined ? [] : [{ place: { path, key }, signature: signatures[i] as Uint8Array }];
  });
}

function coinOf(config: PurseConfig, blinded: BlindedCoin, signature: Uint8Array, now: Instant): [Hex, CoinRow] | null {
  const { crypto } = config;
  const coin = unblindCoin(crypto, blinded, signature);
  if (coin === null) return null;
  const { path, key } = blinded.place;
  const coinId = coinIdOf(crypto, coin);
  const row: CoinRow = {
    bank: key.bank,
    key_id: coin.keyId,
    amount: key.denominationMinor,
    epoch: key.epoch,
    state: "available",
    path: encode(pathSchema, path),
    secret: null,
    public_key: coin.publicKey,
    prefix: coin.prefix,
    signature: coin.signature,
    about: null,
    deposit_until_ms: key.depositUntilMs,
    wake_ms: renewalMs(config, key, coinId),
    time_ms: now,
  };
  return [coinId, row];
}

/** While its key is still good for payments, at a time of its own, a coin that lies unused is exchanged for a newer one. */
export function renewalMs(config: PurseConfig, key: CoinKey, coinId: Hex): Instant {
  const span = key.depositUntilMs - Math.min(key.withdrawUntilMs, key.depositUntilMs);
  return key.depositUntilMs - Math.floor(span / 4) - delayMs(config, `renew ${coinId}`, Math.floor(span / 2));
}

function answered(draft: Draft, bank: Hex, { device, stream, keyId, place }: Path): void {
  const index = indexOf(bank, device, stream, keyId);
  const row = draft.get("coin_index", index);
  if (row !== undefined && row.answered <= place) draft.put("coin_index", index, { ...row, answered: place + 1 });
}

function end(draft: Draft, id: Hex, row: ErrandRow): PurseDecision {
  if (row.kind === "withdraw") settlePending(draft, row);
  draft.put("errand", id, row);
  return { writes: draft.writes(), outcome: { kind: "errand", id, row } };
}

function settlePending(draft: Draft, { bank, amount }: ErrandRow): void {
  draft.changePurse(bank, { pending: (draft.get("purse", bank)?.pending ?? amount) - amount });
}

function refused(
  config: PurseConfig,
  draft: Draft,
  id: Hex,
  row: ErrandRow,
  answer: Extract<BankAnswer, { kind: "refused" }>,
  now: Instant,
): PurseDecision | null {
  const { crypto } = config;
  const opened = open(crypto, refusalSchema, answer.refusal, () => row.bank);
  if (!opened.ok || opened.value.value.about !== id) return null;
  const { reason } = opened.value.value;
  if (row.kind === "withdraw") return withdrawRefused(draft, id, row, reason, now);
  if (reason === "key-over-redeemed") return later(draft, id, row, reason, now);
  const dated = reason === "coin-expired" || reason === "unknown-coin-key";
  const used = provenUsed(config, draft, id, row, answer);
  const over = dated ? pastRefresh(config, draft, row, now) : [];
  if (dated && over.length === 0) return later(draft, id, row, reason, now); // the bank's clock is ahead of ours
  const inputs = readIds(row.inputs).filter((coinId) => draft.get("coin", coinId) !== undefined);
  const all = inputs.length === readIds(row.inputs).length; // else another errand was done after all
  if (reason === "coin-used" && used.size === 0 && all) return null; // a bank that says so has to show it
  for (const coinId of inputs) {
    const errand = ownErrand(draft, used.get(coinId), coinId);
    if (errand !== null) resume(draft, errand, coinId, now);
    else if (used.has(coinId)) wasUsed(draft, coinId, id, now);
    else if (over.includes(coinId)) draft.move(coinId, "lost", id, null, now);
    else draft.move(coinId, "refunding", null, now + delayMs(config, `again ${coinId} ${id}`, config.spreadMs), now);
  }
  // The bank has signed one of these before: a copy of this purse is about, and its places are passed over.
  if (reason === "already-issued") for (const path of readPaths(row.paths)) answered(draft, row.bank, path);
  return end(draft, id, { ...row, phase: "refused", reason, wake_ms: null, time_ms: now });
}

/** Inputs whose key has ended, by the bank's list and our own clock: a bank's word alone takes no coin away. */
function pastRefresh({ crypto }: PurseConfig, draft: Draft, row: ErrandRow, now: Instant): readonly Hex[] {
  const keys = knownKeys(crypto, draft, row.bank);
  return readIds(row.inputs).filter((coinId) => {
    const key = keys.get(draft.get("coin", coinId)?.key_id as Hex);
    return key === undefined || now >= key.refreshUntilMs;
  });
}

function knownKeys(crypto: Crypto, draft: Draft, bank: Hex): ReadonlyMap<Hex, CoinKey> {
  return keysById(crypto, readKeys(crypto, draft.get("purse", bank)?.keys as Uint8Array).list);
}

/** A refusal of a refresh is not final: a copy still on its way may have been taken after it. The coin's own mark shows it. */
function ownErrand(draft: Draft, digest: Hex | undefined, coinId: Hex): Hex | null {
  const errand = digest === undefined ? undefined : draft.get("errand", digest);
  return errand !== undefined && readIds(errand.inputs).includes(coinId) ? (digest as Hex) : null;
}

/** Asks once more for what an errand got that was believed refused. */
function resume(draft: Draft, errand: Hex, coinId: Hex, now: Instant): void {
  const row = draft.get("errand", errand) as ErrandRow;
  if (row.phase !== "asked")
    draft.put("errand", errand, { ...row, phase: "asked", reason: null, tries: 0, wake_ms: now });
  draft.move(coinId, "refunding", errand, null, now);
}

/** A coin of our own that was used was used under this phrase. One that somebody handed over and had used was never ours. */
function wasUsed(draft: Draft, coinId: Hex, about: Hex, now: Instant): void {
  if (draft.get("coin", coinId)?.path === null) draft.put("coin", coinId, null);
  else draft.move(coinId, "spent", about, null, now);
}

/**
 * A refused withdrawal debited nothing, but a copy of it may still be on its way: only `expired` ends it. Until then it
 * rests, and asks once more after its notAfter.
 */
function withdrawRefused(draft: Draft, id: Hex, row: ErrandRow, reason: string, now: Instant): PurseDecision {
  if (reason === "expired") {
    giveBack(draft, row.bank, readPaths(row.paths));
    return end(draft, id, { ...row, phase: "refused", reason: row.reason ?? reason, wake_ms: null, time_ms: now });
  }
  const wake = Math.max(row.not_after_ms + 1, now + retryMs(row.tries));
  const resting: ErrandRow = { ...row, reason, wake_ms: wake };
  draft.put("errand", id, resting);
  return { writes: draft.writes(), outcome: { kind: "errand", id, row: resting } };
}

function later(draft: Draft, id: Hex, row: ErrandRow, reason: string, now: Instant): PurseDecision {
  const resting: ErrandRow = { ...row, reason, wake_ms: now + retryMs(row.tries + 8) };
  draft.put("errand", id, resting);
  return { writes: draft.writes(), outcome: { kind: "errand", id, row: resting } };
}

/** Inputs whose own key has signed something else than this errand: the bank shows digest and signature. */
function provenUsed(
  { crypto }: PurseConfig,
  draft: Draft,
  id: Hex,
  row: ErrandRow,
  answer: Extract<BankAnswer, { kind: "refused" }>,
): ReadonlyMap<Hex, Hex> {
  const inputs = readIds(row.inputs);
  const used = new Map<Hex, Hex>();
  for (const { coinId, digest, statement } of answer.used) {
    const coin = inputs.includes(coinId) ? draft.get("coin", coinId) : undefined;
    const other = coin !== undefined && digest !== id && isDigestSigned(crypto, coin.public_key, digest, statement);
    if (other) used.set(coinId, digest);
  }
  return used;
}
