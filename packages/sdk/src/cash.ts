/**
 * Coins as their holder uses them: withdrawn, paid with, changed, handed on, deposited. Whatever is asked of the bank is an
 * errand of the wallet's, durable before it leaves; this file only chooses coins and waits.
 */
import { decode, encode, type Hex, type Instant, MINUTE_MS, SECOND_MS, showMoney } from "@counterfoil/base";
import { PROXY_FAILED, Unreachable } from "@counterfoil/host/portable";
import { bankAnswer, coinKeysRequest } from "@counterfoil/protocols/money";
import {
  bundleOf,
  type CoinRow,
  type CoinState,
  choose,
  coinsOfToken,
  type ErrandRow,
  exactly,
  type Held,
  largestOf,
  type PurseCommand,
  type PurseRow,
  readKeys,
  readToken,
  type Token,
  tokenOf,
  writeToken,
} from "@counterfoil/protocols/purse";
import { bankRefusal } from "./account.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { newIdentity, proxyFailure, type WalletPorts } from "./transport.ts";
import type { Visit } from "./visit.ts";
import type { OpenWallet, PayingCoins } from "./wallet.ts";

/** A wallet at the bank whose coins it holds. */
export interface CashDesk {
  readonly wallet: OpenWallet;
  readonly bank: Hex;
  readonly unit: string;
  readonly url: string;
  readonly ports: WalletPorts;
  /** How long to wait for the bank before reporting that the outcome is unknown. */
  readonly patienceMs: number;
}

const PATIENCE_MS = 45 * SECOND_MS;
/** A withdrawal that the bank has not heard of by then debits nothing any more. */
const WITHDRAW_GOOD_MS = 10 * MINUTE_MS;
/** A coin must stay payable this much longer than the order that it pays. */
const SPEND_MARGIN_MS = 10 * MINUTE_MS;
/** Rounds of changing coins for one price: one for the price, one or two more where too many small coins must first be merged. */
const CHANGE_ROUNDS = 4;

export function cashDesk(wallet: OpenWallet, visit: Visit, ports: WalletPorts, patienceMs = PATIENCE_MS): CashDesk {
  const { bank, unit } = visit.bank.terms;
  return { wallet, bank, unit, url: visit.bank.client.baseUrl, ports, patienceMs };
}

/** Learns the bank's keys, as nobody in particular: what is asked under the account could be answered for it alone. */
export async function learnKeys({ wallet, bank, unit, url }: CashDesk): Promise<PurseRow> {
  const answer = decode(bankAnswer, await askKeys(wallet, url, encode(coinKeysRequest, { bank })));
  if (!answer.ok || answer.value.kind !== "coin-keys") {
    throw new Refusal("no-coins", "This bank makes no coins.", NO_MONEY_MOVED, "Pay from the account.");
  }
  const outcome = await wallet.run({
    kind: "keys",
    bank,
    unit,
    url,
    list: answer.value.list,
    restoring: wallet.restoring(),
  });
  if (outcome.kind === "refused") throw keysRefused(outcome.reason);
  return (await wallet.purse(bank)) as PurseRow;
}

/** Nothing is begun before the keys are known: no row will ask again, so its owner is told to. */
async function askKeys(wallet: OpenWallet, url: string, request: Uint8Array): Promise<Uint8Array> {
  try {
    return await wallet.call(url, newIdentity(), request);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (error.code === PROXY_FAILED) throw proxyFailure();
    const detail = `The bank does not answer (${error.code}).`;
    throw new Refusal("unreachable", detail, NO_MONEY_MOVED, "Nothing was begun. Try again when it does.");
  }
}

/** Account money for coins, in a standard bundle that can pay any smaller sum exactly. */
export async function withdrawCash(desk: CashDesk, amountMinor: bigint): Promise<ErrandRow> {
  const purse = await learnKeys(desk);
  const now = desk.ports.clock();
  const plan = bundleOf(amountMinor, largestOf(desk.ports, purse.keys, now));
  return errand(desk, { kind: "withdraw", bank: desk.bank, plan, notAfterMs: now + WITHDRAW_GOOD_MS });
}

/** Coins back into the account. The bank learns that these coins were this account's: refresh first to hide from whom. */
export async function depositCash(desk: CashDesk, amountMinor: bigint): Promise<ErrandRow> {
  const coins = await coinsFor(desk, amountMinor, desk.ports.clock());
  const deposit = { account: desk.wallet.account.publicKey, amountMinor };
  return errand(desk, { kind: "refresh", bank: desk.bank, coinIds: coins.map(({ id }) => id), plan: [], deposit });
}

export interface Handed {
  readonly token: string;
  readonly amountMinor: bigint;
}

/** How many coins a text takes that fits one QR code, of the longest keys and with the longest address of a bank. */
export const QR_COINS = 3;

/** Coins for somebody else, as texts of at most `coinsEach` coins. They are marked before anyone sees them. */
export async function sendCash(desk: CashDesk, amountMinor: bigint, coinsEach: number): Promise<readonly Handed[]> {
  const { wallet, bank } = desk;
  const chosen = await coinsFor(desk, amountMinor, desk.ports.clock());
  const ids = chosen.map(({ id }) => id);
  const outcome = await wallet.run({ kind: "hand", coinIds: ids });
  if (outcome.kind === "refused") throw purseRefused(outcome.reason);
  const purse = (await wallet.purse(bank)) as PurseRow;
  const rows = (await wallet.coins()).filter(([id]) => ids.includes(id)).map(([, row]) => row);
  const groups = Array.from({ length: Math.ceil(rows.length / coinsEach) }, (_, i) =>
    rows.slice(i * coinsEach, (i + 1) * coinsEach),
  );
  return groups.map((group) => ({
    token: writeToken(tokenOf(desk.ports.crypto, wallet.seed, bank, purse, group)),
    amountMinor: sumOf(group),
  }));
}

/** Coins from somebody else, exchanged at once: after this nobody but this wallet can spend them. */
export async function receiveCash(desk: CashDesk, written: string): Promise<ErrandRow> {
  const { wallet, bank, ports } = desk;
  const token = tokenIn(written);
  if (token.bank !== bank) {
    const other = `These coins are of bank ${token.bank.slice(0, 16)}…, this wallet's bank is ${bank.slice(0, 16)}….`;
    throw new Refusal("another-bank", other, NO_MONEY_MOVED, "Receive them with a wallet of that bank.");
  }
  const purse = await learnKeys(desk);
  const coins = coinsOfToken(ports.crypto, readKeys(ports.crypto, purse.keys).list, token);
  if (!coins.ok) throw notGood(coins.reason);
  const adopted = await wallet.run({ kind: "adopt", bank, coins: coins.value, atOnce: true });
  if (adopted.kind === "refused") throw purseRefused(adopted.reason);
  const mine = new Set(coins.value.map(({ coin }) => coin.publicKey));
  const waiting = (await wallet.coins()).filter(([, row]) => mine.has(row.public_key) && row.state === "refunding");
  if (waiting.length === 0) throw notGood("already-here");
  const underWay = waiting.find(([, row]) => row.about !== null)?.[1].about ?? null;
  if (underWay !== null) return wallet.errand(underWay, desk.patienceMs);
  return refreshTogether(desk, purse, waiting);
}

function tokenIn(written: string): Token {
  const token = readToken(written);
  if (token.ok) return token.value;
  throw new Refusal(
    "not-a-token",
    "That is no token of coins.",
    NO_MONEY_MOVED,
    "Copy the whole text, from cfcoins1 on.",
  );
}

async function refreshTogether(desk: CashDesk, purse: PurseRow, coins: readonly Entry[]): Promise<ErrandRow> {
  const total = sumOf(coins.map(([, row]) => row));
  const plan = bundleOf(total, largestOf(desk.ports, purse.keys, desk.ports.clock()));
  return errand(desk, { kind: "refresh", bank: desk.bank, coinIds: coins.map(([id]) => id), plan, deposit: null });
}

/**
 * - `waiting`: what is to be exchanged in any case.
 * - `all`: every coin that is free too.
 * - `handed`: what was handed over too; whoever had it and has not taken it gets nothing for it any more.
 */
export type Refreshed = Partial<Readonly<Record<"all" | "handed", boolean>>>;

/** Exchanges now, one by one. @returns every errand; of a coin that was used by somebody else it says `coin-used`. */
export async function refreshCash(desk: CashDesk, { all, handed }: Refreshed): Promise<readonly ErrandRow[]> {
  const { wallet, bank, ports } = desk;
  const purse = await learnKeys(desk);
  const largest = largestOf(ports, purse.keys, ports.clock());
  const done: ErrandRow[] = [];
  for (const [id, row] of await wallet.coins()) {
    const waits = row.state === "refunding" && row.about === null;
    const wanted = (all === true && row.state === "available") || (handed === true && row.state === "handed");
    if (row.bank !== bank || !(waits || wanted)) continue;
    const plan = exactly(row.amount, largest);
    const asked = await ask(desk, { kind: "refresh", bank, coinIds: [id], plan, deposit: null });
    if (asked.reason !== null && asked.reason !== "coin-used") throw refusedBy(asked);
    done.push(asked);
  }
  return done;
}

/**
 * Coins that make exactly this sum and stay good until after `untilMs`, where need be after changing some: over a
 * connection of its own, and seen by the bank only as coins for coins.
 */
export async function coinsFor(desk: CashDesk, amountMinor: bigint, untilMs: Instant): Promise<readonly Held[]> {
  const { wallet, bank, ports } = desk;
  for (let round = 0; round < CHANGE_ROUNDS; round++) {
    const free = (await wallet.coins()).filter(
      ([, row]) => row.bank === bank && row.state === "available" && row.deposit_until_ms > untilMs + SPEND_MARGIN_MS,
    );
    const held = free.map(([id, row]): Held => ({ id, amountMinor: row.amount, epoch: row.epoch }));
    const purse = await wallet.purse(bank);
    const largest = purse === null ? 1n : largestOf(ports, purse.keys, ports.clock());
    const choice = choose(held, amountMinor, largest);
    if (choice.kind === "exact") return choice.coins;
    if (choice.kind === "too-little") throw tooLittle(desk, sumOf(free.map(([, row]) => row)), amountMinor);
    const coinIds = choice.coins.map(({ id }) => id);
    await learnKeys(desk);
    const row = await errand(desk, { kind: "refresh", bank, coinIds, plan: choice.into, deposit: null });
    if (row.phase === "asked") throw stillAsking(row);
  }
  throw new Refusal("no-exact-coins", "The coins could not be changed.", NO_MONEY_MOVED, "counterfoil wallet refresh");
}

/** Coins for a payment and the rows that sign it. */
export async function payingCoins(
  desk: CashDesk,
  amountMinor: bigint,
  untilMs: Instant,
): Promise<{ readonly coins: PayingCoins; readonly rows: readonly CoinRow[] }> {
  const chosen = await coinsFor(desk, amountMinor, untilMs);
  const coinIds = chosen.map(({ id }) => id);
  const rows = (await desk.wallet.coins()).filter(([id]) => coinIds.includes(id)).map(([, row]) => row);
  return { coins: { bank: desk.bank, coinIds }, rows };
}

export interface CashReport {
  readonly standing: Readonly<Record<CoinState, bigint>>;
  /** Asked for without a final answer: it may have been debited, or may yet be. A refused withdrawal is so until its end. */
  readonly unknownMinor: bigint;
  readonly targetMinor: bigint;
  readonly coins: number;
}

/** What the purse holds, each coin in the state that is known of it. */
export async function cashReport(wallet: Pick<OpenWallet, "coins" | "purse">, bank: Hex): Promise<CashReport> {
  const standing = { available: 0n, reserved: 0n, refunding: 0n, exchanged: 0n, spent: 0n, handed: 0n, lost: 0n };
  const purse = await wallet.purse(bank);
  let coins = 0;
  for (const [, row] of await wallet.coins()) {
    if (row.bank !== bank) continue;
    standing[row.state as CoinState] += row.amount;
    if (row.state === "available") coins += 1;
  }
  return { standing, unknownMinor: purse?.pending ?? 0n, targetMinor: purse?.target ?? 0n, coins };
}

type Entry = readonly [Hex, CoinRow];

function sumOf(rows: readonly CoinRow[]): bigint {
  return rows.reduce((sum, { amount }) => sum + amount, 0n);
}

/** Starts an errand and waits for the bank. What it refuses is told in its own words. */
async function errand(desk: CashDesk, command: PurseCommand): Promise<ErrandRow> {
  const row = await ask(desk, command);
  if (row.reason !== null) throw refusedBy(row);
  return row;
}

async function ask({ wallet, patienceMs }: CashDesk, command: PurseCommand): Promise<ErrandRow> {
  const outcome = await wallet.run(command);
  if (outcome.kind !== "errand") throw purseRefused(outcome.kind === "refused" ? outcome.reason : "no-purse");
  return wallet.errand(outcome.id, patienceMs);
}

/** What an earlier process asked of the bank and never heard, asked again. @returns each as it stands in the end. */
export async function finishErrands(wallet: OpenWallet, patienceMs: number): Promise<readonly ErrandRow[]> {
  const open = (await wallet.errands()).filter(([, row]) => row.phase === "asked" && row.reason === null);
  return Promise.all(
    open.map(async ([id]) => {
      const answer = wallet.errand(id, patienceMs);
      await wallet.run({ kind: "ask-again", id });
      return answer;
    }),
  );
}

function refusedBy(row: ErrandRow): Refusal {
  const money =
    row.kind === "withdraw"
      ? NO_MONEY_MOVED
      : "Nothing was exchanged; what is still good is yours and is exchanged later.";
  return bankRefusal(row.reason as string, money);
}

export function stillAsking(row: ErrandRow): Refusal {
  return new Refusal(
    "outcome-unknown",
    "The bank has not answered.",
    `Not known yet: ${row.kind} of what was asked for. Nothing is paid twice, whatever is repeated.`,
    "counterfoil resume finishes it when the bank answers.",
  );
}

function tooLittle({ unit }: CashDesk, haveMinor: bigint, wantMinor: bigint): Refusal {
  const detail = `The purse has ${showMoney(haveMinor, unit)} in coins that are free, not ${showMoney(wantMinor, unit)}.`;
  return new Refusal("too-few-coins", detail, NO_MONEY_MOVED, "counterfoil wallet cash AMOUNT withdraws more.");
}

function keysRefused(reason: string): Refusal {
  const detail = `The bank's list of coin keys is not to be believed: ${reason.replaceAll("-", " ")}.`;
  const next = "Use no coins of this bank. Both lists are kept as proof, where they contradict each other.";
  return new Refusal(reason, detail, NO_MONEY_MOVED, next);
}

function purseRefused(reason: string): Refusal {
  if (reason === "restoring") {
    const detail = "This wallet is being restored: its coins are not all found yet.";
    return new Refusal(reason, detail, NO_MONEY_MOVED, "counterfoil wallet restore goes on where it stopped.");
  }
  const detail = `The purse cannot do that now: ${reason.replaceAll("-", " ")}.`;
  return new Refusal(reason, detail, NO_MONEY_MOVED, "counterfoil wallet balance shows what there is.");
}

function notGood(reason: string): Refusal {
  const detail = `These coins are not good: ${reason.replaceAll("-", " ")}.`;
  return new Refusal(reason, detail, NO_MONEY_MOVED, "Ask whoever sent them for others.");
}
