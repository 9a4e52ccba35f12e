/**
 * A customer with the very wallet: its purse, its sessions and all that it sends. It pays from its account or with coins, and
 * what a careless one would do besides is planted by name.
 */
import { decode, encode, type Hex, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, KDF, raw, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import type { Send } from "@counterfoil/protocols";
import { type Order, type PurchaseKeys, poHashOf, purchaseKeys, tidOf } from "@counterfoil/protocols/contract";
import {
  askPrice,
  checkCertificate,
  checkOffer,
  type PlacedOrder,
  type PurchaseInput,
  payFor,
  paymentMessage,
  placeOrder,
  readQuote,
  type WalletCommand,
  type WalletOutcome,
  type WalletTables,
  wallet,
} from "@counterfoil/protocols/exchange";
import { holdRequest, holdSchema } from "@counterfoil/protocols/money";
import { type Desk, desk, fund, NOW, UNIT } from "@counterfoil/protocols/players";
import { type Adopted, type CoinRow, coinsFound, type PurseCommand, questionFor } from "@counterfoil/protocols/purse";
import type { Town } from "./town.ts";

export type Pays = "account" | "coins";

/** What may be planted: each gives its buyer away to somebody. */
export const LEAKS = [
  "a coin derived from the account",
  "one blinding factor for all coins",
  "two coins refreshed in one request",
  "a tid derived from the account",
  "one key Q for all orders",
  "the account named beside a SETTLE",
  "coins shown in the order of withdrawal",
] as const;
export type Leak = (typeof LEAKS)[number];

export interface Buyer {
  readonly account: SigningKey;
  /** The coins of these denominations, in this order, in one withdrawal. */
  withdraws(plan: readonly bigint[]): void;
  /** One item, to the end; `isSilent`: the shop hears of the payment and does nothing. */
  buys(place: 0 | 1, how?: "disputed" | "silent"): void;
  /** What it has shown and not paid with goes back to the bank, coin by coin: all of it, or so many. */
  refreshes(many?: number): void;
  /** Loses everything but its phrase, finds its coins and exchanges each. */
  restores(): void;
}

export function buyerIn(town: Town, pays: Pays, leak: Leak | null): Buyer {
  const { crypto } = town.symbolic;
  const phrase = crypto.random(32);
  const account = crypto.signingKey(KDF(crypto, phrase, "account", new Uint8Array(0)));
  const seed = leak === "a coin derived from the account" ? raw(account.publicKey) : phrase;
  fund(town.all, account.publicKey, FUNDS, NOW);
  const own: Own = { town, pays, leak, seed, account, crypto: bentBy(crypto, leak, seed) };
  let opened = openedFor(own, false);
  return {
    account,
    withdraws(plan) {
      const command: PurseCommand = { kind: "withdraw", bank: bankOf(town), plan, notAfterMs: town.now() + HOUR_MS };
      run(own, opened, { kind: "purse", command });
    },
    buys: (place, how) => buy(own, opened, place, how ?? null),
    refreshes: (many) => refresh(own, opened, many),
    restores() {
      opened = openedFor(own, true);
      restore(own, opened);
    },
  };
}

const FUNDS = 100n;
/** Long enough for every delay that a purse draws. */
const LONG_MS = 2 * HOUR_MS;

interface Own {
  readonly town: Town;
  readonly pays: Pays;
  readonly leak: Leak | null;
  readonly seed: Uint8Array;
  readonly account: SigningKey;
  readonly crypto: Crypto;
}

type Opened = Desk<WalletTables, WalletCommand, WalletOutcome, Send>;

/** What is a function of the seed alone, where it should be one of the coin or of the order too. */
function bentBy(crypto: Crypto, leak: Leak | null, seed: Uint8Array): Crypto {
  const bent =
    leak === "one blinding factor for all coins" ? "factor" : leak === "one key Q for all orders" ? "buyer" : null;
  return {
    ...crypto,
    hkdf: (hash, secret, salt, label, length) =>
      label === bent
        ? crypto.hkdf(hash, seed, new Uint8Array(0), label, length)
        : crypto.hkdf(hash, secret, salt, label, length),
  };
}

function bankOf({ all }: Town): Hex {
  return all.bankConfig.key.publicKey;
}

function openedFor({ town, seed, account, crypto }: Own, restoring: boolean): Opened {
  const opened = desk(
    wallet({
      ...{ crypto, account, seed },
      spreadMs: 10 * MINUTE_MS,
      refillMs: HOUR_MS,
      shortestEpochMs: HOUR_MS,
      lateMs: Number.MAX_SAFE_INTEGER,
    }),
  );
  const list = town.mint.list();
  const command: PurseCommand = { kind: "keys", bank: bankOf(town), unit: UNIT, url: "", list, restoring };
  opened.decide({ kind: "purse", command }, town.now());
  return opened;
}

/** Decides, says all that comes of it, and hears what is answered, until nothing more is said. */
function run(
  { town }: Own,
  opened: Opened,
  command: WalletCommand,
  isDeaf: (to: string) => boolean = () => false,
): void {
  const refused = opened.decide(command, town.now()).outcome;
  if (refused.result === "refused") throw new Error(`the wallet refuses to ${command.kind}`);
  if (refused.result === "purse" && refused.purse.kind === "refused") throw new Error(refused.purse.reason);
  for (let sends = opened.takeSends(); sends.length > 0; sends = opened.takeSends()) {
    for (const { to, bytes, about } of sends) {
      if (isDeaf(to)) {
        town.tellInVain(to, bytes);
        continue;
      }
      const answer = town.tell(to, bytes);
      const id = about as Hex;
      const input = { kind: to.startsWith("log") ? "log" : (to.split("/")[0] as "bank"), answer } as PurchaseInput;
      const heard: WalletCommand =
        opened.view.get("errand", id) === undefined
          ? { kind: "step", id, input }
          : { kind: "purse", command: { kind: "heard", id, answer } };
      opened.decide(heard, town.now());
    }
  }
}

/** Messages 1 to 5, and what follows of them. */
function buy(own: Own, opened: Opened, place: 0 | 1, how: "disputed" | "silent" | null): void {
  const { town, pays, seed, crypto, leak, account } = own;
  const { all, trustees } = town;
  const pid = town.pids[place];
  const nonce = nonceOf(own, place);
  const keys = purchaseKeys(crypto, seed, nonce);
  const merchant = all.shopConfig.key.publicKey;
  const item = all.shop.view.get("item", pid);
  if (item === undefined) throw new Error("no such item");
  const shown = { merchant, title: item.title, description: item.description, mediaType: item.media_type };
  const trusted = { certifiers: [trustees.certifier.publicKey], groups: [trustees.group] };
  const checked = must(checkCertificate(crypto, item.certificate, shown, trusted));
  const placed = orderOf(own, keys, pid, nonce, checked.certHash);
  if (pays === "account" && town.mode !== "netbill") hold(own, placed.order);
  const offer = must(checkOffer(crypto, keys, placed.order, checked, town.tell("merchant", placed.message)));
  const coins = pays === "coins" ? payingCoins(opened, town.priceMinor) : [];
  const payer =
    pays === "coins"
      ? ({ kind: "coins", seed, coins: coins.map(([, row]) => row) } as const)
      : town.mode === "netbill"
        ? ({ kind: "account", account, bankBox: all.bankConfig.box.publicKey } as const)
        : ({ kind: "hold" } as const);
  const sold = { certificate: item.certificate, group: town.mode === "netbill" ? null : trustees.group };
  const paid = payFor(crypto, keys, pid, placed, offer, sold, payer, town.now());
  const inOrder = leak === "coins shown in the order of withdrawal";
  const purchase = inOrder ? { ...paid, payment: reordered(opened, paid.payment) } : paid;
  const reserved = pays === "coins" ? { bank: bankOf(town), coinIds: coins.map(([id]) => id) } : null;
  const isDeaf = (to: string) => how !== null && to === "merchant";
  run(own, opened, { kind: "buy", purchase, row: rowOf(town, item.title), coins: reserved }, isDeaf);
  if (leak === "the account named beside a SETTLE") town.tellInVain("bank", named(own, purchase.tid));
  if (how === "silent") run(own, opened, { kind: "step", id: purchase.tid, input: { kind: "give-up" } }, isDeaf);
  else waitFor(own, opened, purchase.tid, how === "disputed" ? "dispute" : "wake", isDeaf);
  const { phase } = opened.view.get("session", purchase.tid) ?? { phase: "none" };
  const wanted = how === "silent" ? "ended" : "paid";
  if (phase !== wanted) throw new Error(`the purchase is ${phase}, not ${wanted}`);
}

/** In the order in which they came into the purse. */
function reordered(opened: Opened, payment: Uint8Array): Uint8Array {
  const message = must(decode(paymentMessage, payment));
  if (message.funding.kind !== "coins") return payment;
  const keys = [...opened.rows].flatMap(([place, row]) => (place.startsWith("coin/") ? [row.public_key as Hex] : []));
  const coins = message.funding.coins.toSorted(
    (one, other) => keys.indexOf(one.coin.publicKey) - keys.indexOf(other.coin.publicKey),
  );
  return encode(paymentMessage, { ...message, funding: { kind: "coins", coins } });
}

function nonceOf({ crypto, leak, account }: Own, place: number): Hex {
  if (leak !== "a tid derived from the account") return toHex(crypto.random(32));
  return toHex(crypto.sha256(Uint8Array.of(...raw(account.publicKey), place)));
}

function named({ account }: Own, tid: Hex): Uint8Array {
  return Uint8Array.of(...Array.from(tid, (digit) => digit.charCodeAt(0)), ...raw(account.publicKey));
}

function orderOf({ town, crypto }: Own, keys: PurchaseKeys, pid: Hex, nonce: Hex, certHash: Hex): PlacedOrder {
  const { all, mode, log } = town;
  const merchant = all.shopConfig.key.publicKey;
  const notAfterMs = town.now() + MINUTE_MS;
  const ask = { merchant, pid, session: toHex(crypto.random(32)), notAfterMs, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, keys, ask);
  const quote = must(readQuote(crypto, keys, ask, request, town.tell("merchant", request), town.now()));
  const terms = {
    ...{ mode, bank: bankOf(town), merchant, certHash, priceMinor: quote.terms.priceMinor, unit: UNIT, nonce },
    notAfterMs: town.now() + 10 * MINUTE_MS,
    log: mode === "netbill" ? null : log.id,
    ...{ inReturn: null, part: null },
  };
  return placeOrder(crypto, keys, pid, terms, quote.signed);
}

/** The price set aside before the shop hears of the order. */
function hold({ town, crypto, account }: Own, order: Order): void {
  const { mode, bank, merchant, buyer, priceMinor, unit, notAfterMs } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash });
  const log = mode === "logged" ? order.log : null;
  const terms = { account: account.publicKey, bank, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log };
  const sealed = crypto.seal(town.all.bankConfig.box.publicKey, sign(crypto, account, holdSchema, terms));
  town.tell("bank", encode(holdRequest, { sealed }));
}

/** Coins of exactly the price, the largest first. */
function payingCoins(opened: Opened, priceMinor: bigint): readonly (readonly [Hex, CoinRow])[] {
  const held = coinsIn(opened, "available").sort(([, a], [, b]) => Number(b.amount - a.amount));
  const taken: (readonly [Hex, CoinRow])[] = [];
  let left = priceMinor;
  for (const each of held) {
    if (each[1].amount > left) continue;
    taken.push(each);
    left -= each[1].amount;
  }
  if (left !== 0n) throw new Error("no coins of exactly the price");
  return taken;
}

function coinsIn(opened: Opened, state: string): (readonly [Hex, CoinRow])[] {
  return [...opened.rows].flatMap(([place, row]) =>
    place.startsWith("coin/") && row.state === state ? [[place.slice(5), row as unknown as CoinRow] as const] : [],
  );
}

/** It asks again when its time comes; or it does not wait, settles by itself, and asks the trustees once the leaf is there. */
function waitFor(own: Own, opened: Opened, id: Hex, first: "dispute" | "wake", isDeaf: (to: string) => boolean): void {
  if (first === "dispute") run(own, opened, { kind: "step", id, input: { kind: "dispute" } }, isDeaf);
  for (let tries = 0; tries < TRIES && opened.view.get("session", id)?.phase !== "paid"; tries++) {
    own.town.wait(LONG_WAIT_MS);
    run(own, opened, { kind: "step", id, input: { kind: "wake" } }, isDeaf);
  }
}

const TRIES = 12;
/** More than a wallet ever waits between two tries. */
const LONG_WAIT_MS = 2 * MINUTE_MS;

/** Each alone, when its own time has come; a careless one, all in one request. */
function refresh(own: Own, opened: Opened, many = Number.POSITIVE_INFINITY): void {
  const { town, leak } = own;
  town.wait(LONG_MS);
  const shown = coinsIn(opened, "refunding");
  if (leak === "two coins refreshed in one request" && shown.length > 1) {
    const coinIds = shown.map(([id]) => id);
    const plan = shown.map(([, row]) => row.amount);
    run(own, opened, { kind: "purse", command: { kind: "refresh", bank: bankOf(town), coinIds, plan, deposit: null } });
  } else {
    for (const [id] of shown.slice(0, many)) run(own, opened, { kind: "purse", command: { kind: "wake-coin", id } });
  }
  if (coinsIn(opened, "refunding").length > Math.max(0, shown.length - many))
    throw new Error("a coin was not exchanged");
}

/** As many places as these plays ever use, of each key and stream; a real wallet asks further. */
const PLACES = 4;

function restore(own: Own, opened: Opened): void {
  const { town, crypto } = own;
  const bank = bankOf(town);
  const found: Adopted[] = [];
  for (const key of town.mint.keys) {
    for (const [stream, many] of [
      ["withdraw", PLACES],
      ["refresh", 1],
    ] as const) {
      const question = questionFor(crypto, own.seed, key, 0, stream, 0, many);
      const answer = question && coinsFound(crypto, question, town.tell("bank", question.request));
      found.push(...(answer ?? []).filter((each) => each !== null));
    }
  }
  run(own, opened, { kind: "purse", command: { kind: "device", bank, device: 1 } });
  run(own, opened, { kind: "purse", command: { kind: "adopt", bank, coins: found, atOnce: false } });
  refresh(own, opened);
}

function rowOf({ now, priceMinor }: Town, title: string): Extract<WalletCommand, { kind: "buy" }>["row"] {
  return {
    ...{ title, merchant: ZERO_HASH, market_url: "", bank_url: "", price: priceMinor, unit: UNIT, delivery: "sale" },
    ...{ file_hash: "", log_url: null, trustees: null, out_path: "", started_ms: now(), delivered: false, fault: null },
  };
}

function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
