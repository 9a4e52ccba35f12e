/**
 * One bank, one shop with one item, and whoever wants it, before anything of what is searched has happened: accounts funded,
 * coins withdrawn, the quote given. In the optimistic exchange a log and three trustees besides, any two of whom open the goods.
 */
import { encode, type Hex, HOUR_MS, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Send } from "@counterfoil/protocols";
import { goodsPointOf } from "@counterfoil/protocols/contract";
import {
  askPrice,
  type CheckedCertificate,
  checkCertificate,
  checkOffer,
  type ItemRow,
  orderMessage,
  type Payer,
  type Purchase,
  payFor,
  paymentMessage,
  paymentOf,
  readQuote,
  shop,
} from "@counterfoil/protocols/exchange";
import { admitFollow, EMPTY_FRONTIER } from "@counterfoil/protocols/log";
import type { Mint } from "@counterfoil/protocols/money";
import {
  blankOf,
  byCoins,
  type Contract,
  certifiedBy,
  contractOf,
  desk,
  fund,
  holdBy,
  keyOf,
  type LogBench,
  logBench,
  type MadeCoin,
  NOW,
  type Parties,
  PRICE,
  parties,
  publishedHead,
  refreshing,
  seedOf,
  stock,
  type TestMint,
  type TestTrustees,
  testMint,
  trusteesOf,
  UNIT,
  withdrawn,
} from "@counterfoil/protocols/players";

export interface Terms {
  readonly mode: "netbill" | "optimistic";
  readonly pays: "debit" | "hold" | "coins";
  /**
   * Two customers who want the last piece; or one, who pays for two pieces out of money that is enough for one. Coins are then
   * shown for both, as no honest purse would.
   */
  readonly sessions: "one" | "two customers" | "one purse";
}

/** One purchase: what its customer has and says before it holds an offer. */
export interface Session {
  /** The player's name. */
  readonly customer: string;
  /** Which of two, for people; nothing where there is one. */
  readonly label: string;
  /** Order and keys; and slip and pay as they will be, if shop and customer are honest. */
  readonly contract: Contract;
  readonly tid: Hex;
  readonly payer: SigningKey;
  readonly coins: readonly MadeCoin[];
  /** Message 3, and the HOLD where one pays. */
  readonly says: readonly Send[];
  /** What a purse does when its purchase has ended unpaid: a coin back by itself. */
  readonly refreshes: readonly Send[];
  /** Its order's money, by what it pays with. */
  fundedFor(purchase: Purchase, slipHash: Hex): Purchase;
}

export interface Market {
  readonly crypto: Crypto;
  readonly terms: Terms;
  readonly all: Parties;
  readonly mint: TestMint;
  readonly pid: Hex;
  readonly item: ItemRow;
  readonly certificate: CheckedCertificate;
  /** P of the one item: what the goods open with. */
  readonly secret: Hex;
  readonly sessions: readonly Session[];
  /** What each account had before, and all that was for sale. */
  readonly fundsMinor: ReadonlyMap<Hex, bigint>;
  readonly stock: number;
  readonly log: LogBench | null;
  readonly trustees: TestTrustees | null;
  /** Coins of nobody in any session, where coins pay: more of each key is out than is paid with. */
  readonly spare: readonly MadeCoin[];
}

/** The orders end here, by every clock. */
export const SALE_MS = 4 * MINUTE_MS;
/** Before the deadline; past it; past the hour for which this bank keeps what it has aborted. */
export const INSTANTS: readonly Instant[] = [NOW, NOW + SALE_MS + MINUTE_MS, NOW + 2 * HOUR_MS];
/** The same of a clock that is set back after the deadline has passed. */
export const STEPPED_BACK: readonly Instant[] = [NOW, NOW + SALE_MS + MINUTE_MS, NOW, NOW + 2 * HOUR_MS];
export const WALLET = "wallet";

export function marketOf(given: Crypto, terms: Terms): Market {
  const crypto = repeatable(given);
  const { mode, sessions } = terms;
  const mint = testMint(crypto, parties(crypto).bankConfig.key, UNIT, [{ epoch: 0, from: NOW - HOUR_MS }]);
  const log = mode === "optimistic" ? logBench(crypto, { banks: null }) : null;
  const all = partiesBy(crypto, mint, log);
  const pieces = sessions === "one purse" ? 2 : 1;
  const pid = stock(all, "thing", { stock: pieces });
  const trustees = mode === "optimistic" ? trusteesOf(crypto, 2, 3) : null;
  if (trustees !== null) certifiedBy(all, pid, trustees);
  const item = all.shop.view.get("item", pid) as ItemRow;
  const base = { crypto, terms, all, mint, pid, item, log, trustees, stock: pieces };
  const certificate = certificateIn(base);
  const names = sessions === "one" ? ["customer"] : ["first customer", "second customer"];
  const made = names.map((name, place) => sessionOf({ ...base, certificate }, name, place));
  const spare = terms.pays === "coins" ? spareCoins(base) : [];
  all.bank.takeSends();
  all.shop.takeSends();
  return {
    ...base,
    certificate,
    secret: toHex(goodsPointOf(crypto, all.shopConfig.seed, item.registration).point),
    sessions: made,
    spare,
    fundsMinor: new Map(
      made.map(({ payer: { publicKey } }) => [publicKey, all.bank.view.get("account", publicKey)?.balance ?? 0n]),
    ),
  };
}

/** Of a proof's nonce the fresh part alone may repeat (P§0): a proof made again is then the same proof, and its world the same. */
function repeatable(crypto: Crypto): Crypto {
  return { ...crypto, random: (length) => new Uint8Array(length) };
}

function partiesBy(crypto: Crypto, mint: TestMint, log: LogBench | null): Parties {
  const changes = { mint: mint as Mint, longestHoldMs: HOUR_MS };
  if (log === null) return parties(crypto, changes);
  const logs = new Map([[log.id, log.descriptor]]);
  const all = parties(crypto, { ...changes, logs });
  const shopConfig = { ...all.shopConfig, logs };
  const own = { ...all, shopConfig, shop: desk(shop(shopConfig)) };
  // Both follow the log from its first head on.
  const note = publishedHead(log, NOW - MINUTE_MS);
  const batch = admitFollow(crypto, log.descriptor, { note, frontier: EMPTY_FRONTIER, entries: [], path: [] });
  if (!batch.ok) throw new Error(batch.reason);
  own.bank.decide({ kind: "followed", batch: batch.value }, NOW - MINUTE_MS);
  own.shop.decide({ kind: "followed", batch: batch.value }, NOW - MINUTE_MS);
  return own;
}

type Base = Omit<Market, "certificate" | "secret" | "sessions" | "spare" | "fundsMinor">;

/** The certificate as every customer here has checked it. */
function certificateIn({ crypto, all, item, trustees }: Base): CheckedCertificate {
  const { title, description, media_type: mediaType } = item;
  const shown = { merchant: all.shopConfig.key.publicKey, title, description, mediaType };
  const trusted = trustees?.trusted ?? { certifiers: [], groups: [] };
  const checked = checkCertificate(crypto, item.certificate, shown, trusted);
  if (!checked.ok) throw new Error(checked.reason);
  return checked.value;
}

const DENOMINATIONS = [128n, 64n, 32n, 16n, 8n, 2n];

/** Else the bank's count of a key would stop what its rows have forgotten. */
function spareCoins({ crypto, terms, all, mint }: Base): readonly MadeCoin[] {
  const payer = crypto.signingKey(seedOf("spare", crypto));
  fund(all, payer.publicKey, 5_000n);
  const bench = { crypto, config: { ...all.bankConfig, mint }, desk: all.bank, mint, payer };
  return withdrawn({ ...bench, merchant: all.shopConfig.key }, `${terms.mode} others`, [...DENOMINATIONS, 64n]);
}

function sessionOf(at: Base & Pick<Market, "certificate">, customer: string, place: number): Session {
  const { crypto, terms, all, mint, pid, log } = at;
  const { mode, pays, sessions } = terms;
  const isShared = sessions === "one purse";
  const payer = crypto.signingKey(seedOf(isShared ? "payer" : `payer ${place}`, crypto));
  const isFirst = !isShared || place === 0;
  const needsMinor = pays === "coins" ? PRICE + 5_000n : PRICE;
  if (isFirst) fund(all, payer.publicKey, isShared ? needsMinor : 10n * PRICE + needsMinor);
  const contract = contractOf(all, pid, `${mode} ${pays} ${place}`, {
    mode,
    log: log?.id ?? null,
    notAfterMs: NOW + SALE_MS,
  });
  const bench = { crypto, config: { ...all.bankConfig, mint }, desk: all.bank, mint, payer };
  const word = `${mode} ${isShared ? 0 : place}`;
  const coins = pays === "coins" ? withdrawn({ ...bench, merchant: all.shopConfig.key }, word, DENOMINATIONS) : [];
  const debits = new Map<Hex, Purchase>();
  return {
    ...{ customer, contract, payer, coins },
    label: sessions === "one" ? "" : ` ${place + 1}`,
    tid: contract.slip.tid,
    says: [
      { to: "merchant", bytes: orderWithQuote(at, contract) },
      ...(pays === "hold" ? [{ to: "bank", bytes: holdBy(all, payer, contract) }] : []),
    ],
    refreshes: coins.slice(0, 1).map((coin) => {
      const into = [blankOf(crypto, keyOf(mint, coin.key.denominationMinor), `${word} back ${place}`)];
      return { to: "bank", bytes: refreshing({ crypto, config: all.bankConfig }, [coin], into) };
    }),
    fundedFor(purchase, slipHash) {
      // A seal is not deterministic, and a payment is made once.
      const known =
        debits.get(slipHash) ?? (pays === "coins" ? paidByCoins(crypto, purchase, coins, slipHash) : purchase);
      debits.set(slipHash, known);
      return known;
    },
  };
}

function paidByCoins(crypto: Crypto, purchase: Purchase, coins: readonly MadeCoin[], slipHash: Hex): Purchase {
  const funding = byCoins(crypto, coins, slipHash);
  return { ...purchase, payment: encode(paymentMessage, { ...paymentOf(purchase), funding }) };
}

/** Messages 1 to 3. */
export function orderWithQuote({ crypto, all, pid }: Base, { keys, orderSigned: order }: Contract): Uint8Array {
  const session = "ab".repeat(32);
  const merchant = all.shopConfig.key.publicKey;
  const ask = { merchant, pid, session, notAfterMs: NOW + MINUTE_MS, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, keys, ask);
  const quote = readQuote(crypto, keys, ask, request, all.shop.hear(request, NOW), NOW);
  if (!quote.ok) throw new Error(quote.reason);
  return encode(orderMessage, { pid, order, quote: quote.value.signed });
}

/** What a customer knows of the shop when it hears an offer, and of its own order. */
export type Offered = Pick<Market, "crypto" | "all" | "certificate" | "pid" | "item"> & {
  readonly terms: Pick<Terms, "pays">;
};
export type Ordered = Pick<Session, "contract" | "payer" | "fundedFor">;

/** Message 4 as an honest customer hears it: checked in full, and only then paid. Null for anything less. */
export function takesOffer(market: Offered, session: Ordered, answer: Uint8Array): Purchase | null {
  const { crypto, all, certificate, pid, item, terms } = market;
  const { keys, order, orderSigned: signed } = session.contract;
  const offer = checkOffer(crypto, keys, order, certificate, answer);
  if (!offer.ok) return null;
  const payer: Payer =
    terms.pays === "debit"
      ? { kind: "account", account: session.payer, bankBox: all.bankConfig.box.publicKey }
      : { kind: "hold" };
  const placed = { order, signed, message: signed };
  const shown = { certificate: item.certificate, group: certificate.group };
  const purchase = payFor(crypto, keys, pid, placed, offer.value, shown, payer, NOW);
  return session.fundedFor(purchase, offer.value.slipHash);
}
