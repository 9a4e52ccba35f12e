/**
 * What liars say (P§7B): real bytes under their own keys, which stand in the net from the start, so that they arrive at any
 * time or never; and what they answer with, where it needs what others have said. What nobody can sign for another, none says.
 */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, read, type SigningKey, sign } from "@counterfoil/crypto";
import {
  type GoodsPoint,
  goodsPointOf,
  makeOffer,
  offerBodySchema,
  offerHashOf,
  openingOf,
  type Slip,
  slipHashOf,
  slipSchema,
} from "@counterfoil/protocols/contract";
import {
  abortFor,
  declineSchema,
  merchantAnswer,
  paymentMessage,
  releaseMessage,
} from "@counterfoil/protocols/exchange";
import { logAnswer, logQuery, recKeyOf } from "@counterfoil/protocols/log";
import { abortRequest, bankAnswer, type Funding, receiptSchema, settleRequest } from "@counterfoil/protocols/money";
import {
  byCoins,
  type Contract,
  contractOf,
  debitBy,
  NOW,
  type Parties,
  PRICE,
  reslipped,
  seedOf,
} from "@counterfoil/protocols/players";
import { disputeMessage, groupIdOf } from "@counterfoil/protocols/trustees";
import { badlyPaid, type Lie, type Mouth, passingOn, showing, stranger } from "./lies-besides.ts";
import { lyingTrustee } from "./lying-trustee.ts";
import { type Market, orderWithQuote, type Session } from "./market.ts";
import type { Said } from "./stage.ts";

/** `purse`: another device of an honest customer's, with the same seed, that knows nothing of the sale. */
export type Liar = "customer" | "purse" | "merchant" | "trustee" | "observer";

export interface Lies {
  /** In the net from the start. */
  readonly said: readonly Said[];
  /** By the liar's player: what it says upon what it hears. */
  readonly reactions: ReadonlyMap<string, (heard: Said) => readonly Said[]>;
  /** What an observer says upon what others hear. */
  overheard(said: Said): readonly Said[];
  nameOf(said: Said): string | null;
}

export function liesOf(market: Market, liars: readonly Liar[]): Lies {
  const names = new Map<string, string>();
  const tell = (lies: readonly Lie[]): readonly Said[] =>
    lies.map(({ name, ...said }) => {
      names.set(`${said.to} ${toHex(said.bytes)}`, name);
      return said;
    });
  const own = liars.flatMap((liar) => LIARS[liar].map((mouthOf) => mouthOf(market)));
  const reactions = new Map<string, (heard: Said) => readonly Said[]>();
  for (const { player, reacts } of own) {
    const others = reactions.get(player) ?? (() => []);
    if (reacts !== undefined) reactions.set(player, (heard) => [...others(heard), ...tell(reacts(heard))]);
  }
  return {
    said: own.flatMap(({ said }) => tell(said)),
    reactions,
    overheard: (said) => own.flatMap(({ overhears }) => (overhears === undefined ? [] : tell(overhears(said)))),
    nameOf: ({ to, bytes }) => names.get(`${to} ${toHex(bytes)}`) ?? null,
  };
}

const LIARS: Readonly<Record<Liar, readonly ((market: Market) => Mouth)[]>> = {
  customer: [lyingCustomer, showingCustomer],
  purse: [doubledPurse],
  merchant: [lyingMerchant, passingOn],
  trustee: [lyingTrustee],
  observer: [observer, stranger],
};

/** Everything under the keys of its own account, coins and orders, one word against the other. */
function lyingCustomer(market: Market): Mouth {
  const { crypto, all, terms } = market;
  const session = market.sessions[0] as Session;
  const { customer: from, contract, coins, payer } = session;
  const to = (hearer: string, name: string, bytes: Uint8Array): Lie => ({ from, to: hearer, bytes, re: null, name });
  const pays = (of: Contract): Funding =>
    terms.pays === "coins"
      ? byCoins(crypto, coins, of.slipHash)
      : terms.pays === "hold"
        ? { kind: "hold" }
        : debitBy(all, payer, of);
  const funding = pays(contract);
  const opening = (of: Contract) => (terms.mode === "netbill" ? of.opening : null);
  const payment = (of: Contract, by: Funding) => {
    const { pid, orderSigned: order, slipSigned: slip, pay } = of;
    return encode(paymentMessage, { pid, order, slip, pay, funding: by, visit: null });
  };
  const settle = ({ slipSigned: slip, pay }: Contract, by: Funding, v: Hex | null = null) =>
    encode(settleRequest, { slip, pay, funding: by, opening: v });
  const abort = (slip: Uint8Array | null) =>
    encode(abortRequest, { abort: abortFor(crypto, contract.keys.buyer, contract.slip), slip });
  // Another order of its own at this shop, and one at a friend's.
  const { order } = contract;
  const second = secondOrder(market, contract);
  const friends = friendlyContract(all, market.pid, order);
  const receiptOfOwnBank = forgedReceipt(crypto, contract);
  return {
    player: from,
    said: [
      ...session.says.map(({ to: hearer, bytes }) =>
        to(hearer === "merchant" ? "shop" : hearer, hearer === "merchant" ? "ORDER(quote)" : "HOLD(tid)", bytes),
      ),
      to("shop", "PAYMENT(slip)", payment(contract, funding)),
      to("shop", "PAYMENT(second slip, funds of the first)", payment(second, funding)),
      to("shop", "PAYMENT(second slip)", payment(second, pays(second))),
      to("bank", "SETTLE(slip) without the merchant", settle(contract, funding)),
      to("bank", "SETTLE(a friend's slip), to a second payee", settle(friends, pays(friends), opening(friends))),
      to("bank", "SETTLE(second slip, funds of the first)", settle(second, funding)),
      to("bank", "ABORT(tid)", abort(null)),
      to("bank", "ABORT(tid, slip)", abort(contract.slipSigned)),
      ...session.refreshes.map(({ bytes }) => to("bank", "REFRESH(coin)", bytes)),
      ...(coins.length === 0 ? [] : [badlyPaid(market, doubled(crypto, session), "one coin twice")]),
      to("shop", "ORDER at the liar's own bank", orderWithQuote(market, elsewhereOf(market, contract))),
      to(
        "shop",
        "RELEASE(payment, receipt of the liar's own bank)",
        release(payment(contract, funding), receiptOfOwnBank),
      ),
      ...(market.log === null ? [] : [to("log", "LOG QUERY", askLeaf(crypto, contract.slip))]),
    ],
    reacts(heard) {
      const receipt = receiptIn(heard.bytes);
      if (receipt !== null && heard.from === "bank") {
        return [to("shop", `RELEASE(payment, receipt) by the liar`, release(payment(contract, funding), receipt))];
      }
      return disputes(market, session, heard).map((bytes, at) =>
        to(`trustee ${at + 1}`, `DISPUTE ${at + 1} by the liar`, bytes),
      );
    },
  };
}

function secondOrder({ all, pid }: Market, { order: { mode, log, notAfterMs } }: Contract): Contract {
  return contractOf(all, pid, "a second order", { mode, log, notAfterMs });
}

function showingCustomer(market: Market): Mouth {
  const { contract } = market.sessions[0] as Session;
  return showing(market, secondOrder(market, contract), elsewhereOf(market, contract), liarsBank(market.crypto));
}

/** It asks its coins back from the very beginning, as no honest purse would. */
function doubledPurse({ sessions }: Market): Mouth {
  const said = sessions.flatMap(({ customer: from, refreshes, label }) =>
    refreshes.map(({ bytes }): Lie => ({ from, to: "bank", bytes, re: null, name: `REFRESH(coin${label})` })),
  );
  return { player: "purse", said };
}

/** The dispute that the leaf in this answer entitles to; none where it shows none. */
function disputes(market: Market, { contract, tid }: Session, { bytes }: Said): readonly Uint8Array[] {
  const { crypto, trustees, item } = market;
  const said = decode(logAnswer, bytes);
  const [logged] = said.ok && said.value.kind === "logged" ? said.value.entries : [];
  if (trustees === null || logged === undefined) return [];
  const { orderSigned: order, slipSigned: slip, slipHash, keys } = contract;
  const group = groupIdOf(crypto, trustees.group);
  const facts = { certificate: item.certificate, order, slip, slipHash, tid, group, keys } as const;
  return trustees.group.trustees.map(({ key }) =>
    disputeMessage(crypto, { ...facts, entitlement: { kind: "paid", logged } }, key),
  );
}

function receiptIn(bytes: Uint8Array): Uint8Array | null {
  const answer = decode(bankAnswer, bytes);
  return answer.ok && answer.value.kind === "paid" ? answer.value.receipt : null;
}

function release(payment: Uint8Array, receipt: Uint8Array): Uint8Array {
  return encode(releaseMessage, { payment, receipt });
}

function askLeaf(crypto: Crypto, { log, bank, tid }: Slip): Uint8Array {
  return encode(logQuery, { log: log as Hex, recKey: recKeyOf(crypto, bank, tid) });
}

/** The same total: the list names one coin of half the worth twice in place of another. */
function doubled(crypto: Crypto, { coins, contract }: Session): Funding {
  const half = coins.find(({ key }) => coins.some((each) => isTwice(each, key.denominationMinor)));
  if (half === undefined) throw new Error("no coins");
  const listed = coins.flatMap((each) => (isTwice(each, half.key.denominationMinor) ? [half, half] : [each]));
  return byCoins(crypto, listed, contract.slipHash);
}

function isTwice({ key }: Session["coins"][number], denominationMinor: bigint): boolean {
  return key.denominationMinor === 2n * denominationMinor;
}

/** Of the same goods by another merchant, whose key the liar has. */
function friendlyContract(all: Parties, pid: Hex, { mode, log, notAfterMs }: Contract["order"]): Contract {
  const key = all.crypto.signingKey(seedOf("friend", all.crypto));
  const friends = { ...all, shopConfig: { ...all.shopConfig, key, seed: seedOf("friend's seed", all.crypto) } };
  return contractOf(friends, pid, "a friend's order", { mode, log, notAfterMs });
}

function liarsBank(crypto: Crypto): SigningKey {
  return crypto.signingKey(seedOf("liar's bank", crypto));
}

function elsewhereOf({ crypto, all, pid }: Market, { order: { mode, log, notAfterMs } }: Contract): Contract {
  return contractOf(all, pid, "elsewhere", { mode, log, notAfterMs, bank: liarsBank(crypto).publicKey });
}

/** The receipt as its own bank signs it. */
function forgedReceipt(crypto: Crypto, { slip, slipHash }: Contract): Uint8Array {
  const { bank, tid, merchant, priceMinor, unit } = slip;
  const receipt = { bank, tid, slipHash, merchant, priceMinor, unit, timeMs: NOW, fundingHash: "0f".repeat(32) };
  return sign(crypto, liarsBank(crypto), receiptSchema, receipt);
}

/** Offers of every kind under its own key, and whatever it can make of a payment and of a receipt. */
function lyingMerchant(market: Market): Mouth {
  const { crypto, all, terms } = market;
  const { key } = all.shopConfig;
  const from = "shop";
  const offers = market.sessions.flatMap((session) => offersTo(market, session, market.terms.sessions === "one"));
  const wrong = toHex(seedOf("wrong v", crypto)).replace(/^../, "00").replace(/..$/, "00");
  const merchants = new Map<Hex, Contract>(offers.map(({ contract }) => [contract.slipHash, contract]));
  const vOf = (slipHash: Hex): Hex => merchants.get(slipHash)?.opening ?? wrong;
  const say = (to: string, name: string, bytes: Uint8Array): Lie => ({ from, to, name, bytes, re: null });
  return {
    player: from,
    said: [
      ...offers.map(({ to, name, bytes }) => say(to, name, bytes)),
      ...market.sessions.map(({ customer, tid }) =>
        say(customer, "DECLINED, whatever it is", declined(crypto, key, tid)),
      ),
      say("bank", "SETTLE of its own order, by itself", ownSale(market)),
    ],
    reacts({ from: by, bytes }) {
      const payment = decode(paymentMessage, bytes);
      if (payment.ok) {
        const { slip, pay, funding } = payment.value;
        const paid = read(slipSchema, slip);
        const v = paid.ok ? vOf(slipHashOf(crypto, paid.value.body)) : wrong;
        const settle = (name: string, of: Uint8Array, opening: Hex | null) =>
          say("bank", name, encode(settleRequest, { slip: of, pay, funding, opening }));
        const others = offers.flatMap(({ contract: other }) => {
          const isOther = paid.ok && other.slip.tid === paid.value.value.tid && toHex(other.slipSigned) !== toHex(slip);
          return isOther ? [other] : [];
        });
        return [
          settle(`SETTLE(slip of V ${v.slice(0, 4)})`, slip, terms.mode === "netbill" ? v : null),
          settle("SETTLE(slip, wrong v)", slip, wrong),
          ...others.map((other) =>
            settle(
              `SETTLE(another slip of V ${other.opening.slice(0, 4)}, this pay)`,
              other.slipSigned,
              terms.mode === "netbill" ? other.opening : null,
            ),
          ),
        ];
      }
      const receipt = by === "bank" ? receiptIn(bytes) : null;
      const opened = receipt === null ? null : read(receiptSchema, receipt);
      if (receipt === null || !opened?.ok) return [];
      const { slipHash, tid } = opened.value.value;
      const customer = market.sessions.find((session) => session.tid === tid)?.customer;
      if (customer === undefined) return [];
      const release = (opening: Hex) => encode(merchantAnswer, { kind: "settled", receipt, opening });
      return [
        say(customer, "KEY wrong v with the receipt", release(wrong)),
        say(customer, "KEY v with the receipt", release(vOf(slipHash))),
      ];
    },
  };
}

interface Offered {
  readonly to: string;
  readonly name: string;
  readonly contract: Contract;
  readonly bytes: Uint8Array;
}

/**
 * One of them is honest; another has another V, and is as good; none of the others may ever be paid.
 *
 * @param isAlone one session, which has room for more of them.
 */
export function offersTo(
  market: Pick<Market, "crypto" | "all" | "item" | "certificate">,
  session: Pick<Session, "contract" | "customer" | "label">,
  isAlone = false,
): readonly Offered[] {
  const { crypto, all, item, certificate } = market;
  const { contract, customer, label } = session;
  const { escrow, groupKey } = certificate.certificate;
  const certified = { certHash: certificate.certHash, groupKey, escrow };
  const goods = goodsPointOf(crypto, all.shopConfig.seed, item.registration);
  const rubbish: GoodsPoint = {
    ...goodsPointOf(crypto, seedOf("rubbish", crypto), item.registration),
    scalar: goods.scalar,
  };
  const otherSeed = seedOf("other seed", crypto);
  const made = (
    name: string,
    seed: Uint8Array,
    point: GoodsPoint,
    changes: Partial<Slip> = {},
    proofOf: string | null = null,
    openedBy = seed,
  ): Offered => {
    const { tid } = contract.slip;
    const body = makeOffer(crypto, seed, tid, point, certified);
    const proof = proofOf === null ? body.proof : makeOffer(crypto, seed, proofOf, point, certified).proof;
    const offerHash = offerHashOf(crypto, body);
    const slipped = reslipped(all, contract, { offerHash, commitment: body.commitment, ...changes });
    const opening = openingOf(crypto, openedBy, tid);
    return {
      to: customer,
      name: `OFFER(${name})${label}`,
      contract: { ...slipped, opening },
      bytes: encode(merchantAnswer, {
        kind: "offer",
        slip: slipped.slipSigned,
        body: crypto.seal(contract.order.replies, encode(offerBodySchema, { ...body, proof })),
      }),
    };
  };
  const { seed } = all.shopConfig;
  const { contract: other } = made("", otherSeed, goods);
  // The bank keeps which other slip of a paid sale it was shown first: with two sales that squares.
  const besides = [
    made("the hash of another offer", seed, goods, { offerHash: other.slip.offerHash }),
    ...(contract.slip.log === null ? [] : [made("no log", seed, goods, { log: null })]),
  ];
  return [
    made("as it should be", seed, goods),
    made("another V", otherSeed, goods),
    made("another price", seed, goods, { priceMinor: PRICE + 1n }),
    made("a later end", seed, goods, { notAfterMs: contract.slip.notAfterMs + 1 }),
    made("rubbish for the goods", seed, rubbish),
    made("the proof of another sale", seed, goods, {}, "ab".repeat(32)),
    made("the V of another offer", seed, goods, { commitment: other.slip.commitment }, null, otherSeed),
    ...(isAlone ? besides : []),
  ];
}

/** As for a customer who goes to the bank upon it. */
function declined(crypto: Crypto, key: SigningKey, tid: Hex): Uint8Array {
  const body = { merchant: key.publicKey, about: tid, reason: "payment-refused", bank: null } as const;
  return encode(merchantAnswer, { kind: "declined", decline: sign(crypto, key, declineSchema, body) });
}

/** The merchant orders of itself and pays out of the account that is paid. */
function ownSale({ all, pid, log, terms }: Market): Uint8Array {
  const own = contractOf(all, pid, "of itself", { mode: terms.mode, log: log?.id ?? null });
  const { slipSigned: slip, pay, opening } = own;
  const funding = debitBy(all, all.shopConfig.key, own);
  return encode(settleRequest, { slip, pay, funding, opening: terms.mode === "netbill" ? opening : null });
}

/** Hears what travels in the clear, says it again to others, and asks what anybody may ask. */
function observer({ sessions }: Market): Mouth {
  const from = "observer";
  const payments = new Map<Hex, Uint8Array>();
  const say = (to: string, name: string, bytes: Uint8Array): Lie => ({ from, to, name, bytes, re: null });
  return {
    player: from,
    said: [],
    reacts: () => [],
    overhears({ from: by, bytes }) {
      if (by === from) return [];
      const payment = decode(paymentMessage, bytes);
      if (payment.ok) {
        const { slip, pay, funding } = payment.value;
        const paid = read(slipSchema, slip);
        if (paid.ok) payments.set(paid.value.value.tid, bytes);
        return [
          say("bank", "SETTLE(overheard slip and pay)", encode(settleRequest, { slip, pay, funding, opening: null })),
        ];
      }
      const receipt = receiptIn(bytes);
      const opened = receipt === null ? null : read(receiptSchema, receipt);
      const known = opened?.ok ? payments.get(opened.value.value.tid) : undefined;
      const isOurs = sessions.some(({ customer }) => customer === by) === false;
      if (receipt === null || known === undefined || !isOurs) return [];
      return [say("shop", "RELEASE(overheard payment, overheard receipt)", release(known, receipt))];
    },
  };
}
