/**
 * What a purse makes of the bank's answer to an errand. A yes must prove itself coin by coin; a no must be signed, and
 * counts only as far as it is final. Anything else is as if nothing had come.
 */
import { decode, encode, type Hex, type Instant } from "@counterfoil/base";
import { open } from "@counterfoil/crypto";
import {
  type BankAnswer,
  bankAnswer,
  type CoinKey,
  coinIdOf,
  depositedSchema,
  isDigestSigned,
  refusalSchema,
} from "../money/index.ts";
import { type Draft, draftOf } from "./draft.ts";
import { delayMs, indexOf, retryMs } from "./errands.ts";
import { keyNamed, readKeys } from "./keys.ts";
import { readIds, readPaths } from "./own.ts";
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
  const { crypto, seed, account } = config;
  const places = placesOf(config, draft, row);
  if (places === null) return null;
  if (answer.request !== id || answer.signatures.length !== places.length) return null;
  if (row.kind === "deposit") {
    const said = answer.deposited && open(crypto, depositedSchema, answer.deposited, () => row.bank);
    if (!said?.ok || said.value.value.request !== id || said.value.value.account !== account.publicKey) return null;
  }
  const coins: [Hex, CoinRow][] = [];
  for (const [i, blinded] of blindCoins(crypto, seed, places).entries()) {
    const coin = coinOf(config, blinded, answer.signatures[i] as Uint8Array, now);
    if (coin === null) return null;
    coins.push(coin);
  }
  for (const [coinId, coin] of coins) if (draft.get("coin", coinId) === undefined) draft.put("coin", coinId, coin);
  // They stay known, so that a token which comes twice is not taken for new coins.
  for (const coinId of readIds(row.inputs)) draft.move(coinId, "exchanged", id, null, now);
  for (const { path } of places) answered(draft, row.bank, path);
  return end(draft, id, { ...row, phase: "done", reason: null, wake_ms: null, time_ms: now });
}

/** null where a key has left the bank's list meanwhile: what it signed is worth nothing any more. */
function placesOf({ crypto }: PurseConfig, draft: Draft, row: ErrandRow): readonly Place[] | null {
  const paths = readPaths(row.paths);
  if (paths.length === 0) return [];
  const { list } = readKeys(crypto, draft.get("purse", row.bank)?.keys as Uint8Array);
  const places: Place[] = [];
  for (const path of paths) {
    const key = keyNamed(crypto, list, path.keyId);
    if (key === null) return null;
    places.push({ path, key });
  }
  return places;
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

/**
 * The bank never signed these and never will for this errand: their places are free again, and whoever asks for them next
 * asks for the same values. Where it says that it did sign one, a copy of this purse is about, and they are passed over.
 */
function giveBack(draft: Draft, { bank, paths, reason }: ErrandRow): void {
  for (const path of [...readPaths(paths)].reverse()) {
    const index = indexOf(bank, path.device, path.stream, path.keyId);
    const row = draft.get("coin_index", index);
    if (reason === "already-issued") answered(draft, bank, path);
    else if (row?.next === path.place + 1) draft.put("coin_index", index, { ...row, next: path.place });
  }
}

function end(draft: Draft, id: Hex, row: ErrandRow): PurseDecision {
  if (row.kind === "withdraw") settlePending(draft, row);
  if (row.phase === "refused") giveBack(draft, row);
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
  const lost = reason === "coin-expired" ? readIds(row.inputs) : provenUsed(config, draft, id, row, answer);
  if (reason === "coin-used" && lost.length === 0) return null; // a bank that says so has to show it
  for (const coinId of readIds(row.inputs)) {
    if (lost.includes(coinId)) giveUp(draft, coinId, id, reason, now);
    else draft.move(coinId, "refunding", null, now + delayMs(config, `again ${coinId} ${id}`, config.spreadMs), now);
  }
  return end(draft, id, { ...row, phase: "refused", reason, wake_ms: null, time_ms: now });
}

/**
 * A coin of our own that was used was used under this phrase; one that is too old is lost. What somebody handed over and had
 * used before was never ours.
 */
function giveUp(draft: Draft, coinId: Hex, about: Hex, reason: string, now: Instant): void {
  const own = draft.get("coin", coinId)?.path !== null;
  if (reason === "coin-used" && !own) draft.put("coin", coinId, null);
  else draft.move(coinId, reason === "coin-used" ? "spent" : "lost", about, null, now);
}

/**
 * A refused withdrawal debited nothing, but a copy of it may still be on its way: only `expired` ends it. Until then it
 * rests, and asks once more after its notAfter.
 */
function withdrawRefused(draft: Draft, id: Hex, row: ErrandRow, reason: string, now: Instant): PurseDecision {
  if (reason === "expired")
    return end(draft, id, { ...row, phase: "refused", reason: row.reason ?? reason, wake_ms: null, time_ms: now });
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
): readonly Hex[] {
  const inputs = readIds(row.inputs);
  return answer.used.flatMap(({ coinId, digest, statement }) => {
    const coin = inputs.includes(coinId) ? draft.get("coin", coinId) : undefined;
    const other = coin !== undefined && digest !== id && isDigestSigned(crypto, coin.public_key, digest, statement);
    return other ? [coinId] : [];
  });
}
