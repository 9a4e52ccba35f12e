/**
 * More of what liars say, each thing for a check that nothing else in a world needs: whoever takes that check away finds out
 * here. A stranger gives up a sale that is not its own, and lets another's money pay for its order; a merchant passes on what
 * the bank has said of something else; a customer shows leaves that are of no payment.
 */
import { decode, encode, type Hex } from "@counterfoil/base";
import { type Crypto, read, type SigningKey, sign } from "@counterfoil/crypto";
import { paySchema, slipSchema } from "@counterfoil/protocols/contract";
import { abortFor, merchantAnswer, paymentMessage } from "@counterfoil/protocols/exchange";
import {
  entrySchema,
  leafFor,
  leafSchema,
  logAnswer,
  loggedSchema,
  logQuery,
  paidPosting,
  recKeyOf,
} from "@counterfoil/protocols/log";
import {
  abortedSchema,
  abortRequest,
  abortSchema,
  bankAnswer,
  type Funding,
  receiptSchema,
  refusalSchema,
  settleRequest,
} from "@counterfoil/protocols/money";
import {
  byCoins,
  type Contract,
  contractOf,
  holdBy,
  NOW,
  type Parties,
  reslipped,
  seedOf,
} from "@counterfoil/protocols/players";
import { disputeMessage, groupIdOf } from "@counterfoil/protocols/trustees";
import type { Market, Session } from "./market.ts";
import type { Said } from "./stage.ts";

/** A statement, and what it is in words. */
export interface Lie extends Said {
  readonly name: string;
}

/** What one who lies says: from the start, upon what it hears, and upon what others hear. */
export interface Mouth {
  readonly player: string;
  readonly said: readonly Lie[];
  readonly reacts?: (heard: Said) => readonly Lie[];
  readonly overhears?: (said: Said) => readonly Lie[];
}

/** A key that is nobody's in the market. */
export function strangerKey(crypto: Crypto): SigningKey {
  return crypto.signingKey(seedOf("stranger", crypto));
}

/** Whoever hears every word and is nobody: it signs in the bank's name, and for orders that are not its own. */
export function stranger(market: Market): Mouth {
  const { crypto, sessions, terms } = market;
  const own = strangersContract(market);
  const say = (to: string, name: string, bytes: Uint8Array, from = "observer", re: Uint8Array | null = null): Lie => {
    return { from, to, name, bytes, re };
  };
  return {
    player: "observer",
    said: sessions.flatMap(({ customer, contract, label }) => [
      say(customer, `ABORTED${label} by no bank`, forgedAbort(crypto, contract), "bank"),
      say(customer, `REFUSED${label} by no bank`, forgedRefusal(crypto, contract), "bank"),
      say(customer, `RECEIPT${label} by no bank`, forgedReceipt(crypto, contract), "bank"),
      say("bank", `ABORT(tid${label}) by a stranger`, strangersAbort(crypto, contract, null)),
      say(
        "bank",
        `ABORT(tid${label}, a stranger's slip)`,
        strangersAbort(crypto, contract, strangersSlip(crypto, contract)),
      ),
    ]),
    overhears({ from, to, bytes }) {
      const settle = decode(settleRequest, bytes);
      const told = settle.ok ? sessions.find(({ contract }) => isSlipOf(contract, settle.value.slip)) : undefined;
      if (from === "shop" && to === "bank" && told !== undefined) {
        return [say("shop", `ABORTED${told.label} by no bank`, forgedAbort(crypto, told.contract), "bank", bytes)];
      }
      const payment = decode(paymentMessage, bytes);
      if (!payment.ok || from === "observer") return [];
      const { slip, funding } = payment.value;
      const paid = sessions.find(({ contract }) => isSlipOf(contract, slip));
      const opening = terms.mode === "netbill" ? own.opening : null;
      const stolen = encode(settleRequest, { slip: own.slipSigned, pay: own.pay, funding, opening });
      return [
        ...(paid
          ? [say("bank", `ABORT(overheard slip${paid.label})`, strangersAbort(crypto, paid.contract, slip))]
          : []),
        say("bank", "SETTLE(a stranger's slip, overheard funds)", stolen),
      ];
    },
  };
}

/** Its own order at its own shop. */
function strangersContract({ all, pid, sessions, crypto }: Market): Contract {
  const { mode, log, notAfterMs } = (sessions[0] as Session).contract.order;
  const key = strangerKey(crypto);
  const own: Parties = { ...all, shopConfig: { ...all.shopConfig, key, seed: seedOf("stranger's seed", crypto) } };
  return contractOf(own, pid, "a stranger's order", { mode, log, notAfterMs });
}

function isSlipOf({ slip: { tid } }: Contract, signed: Uint8Array): boolean {
  const slip = read(slipSchema, signed);
  return slip.ok && slip.value.value.tid === tid;
}

function strangersAbort(crypto: Crypto, { slip: { bank, tid } }: Contract, slip: Uint8Array | null): Uint8Array {
  const key = strangerKey(crypto);
  return encode(abortRequest, { abort: sign(crypto, key, abortSchema, { bank, tid, buyer: key.publicKey }), slip });
}

/** With the tid of somebody else's. */
function strangersSlip(crypto: Crypto, { slip }: Contract): Uint8Array {
  const key = strangerKey(crypto);
  return sign(crypto, key, slipSchema, { ...slip, merchant: key.publicKey, buyer: key.publicKey });
}

function forgedAbort(crypto: Crypto, { slip: { bank, tid, notAfterMs } }: Contract): Uint8Array {
  const body = { bank, tid, cause: "buyer", untilMs: notAfterMs } as const;
  return encode(bankAnswer, { kind: "aborted", record: sign(crypto, strangerKey(crypto), abortedSchema, body) });
}

function forgedRefusal(crypto: Crypto, { slip: { bank, tid }, slipHash }: Contract): Uint8Array {
  const body = { bank, about: tid, slipHash, reason: "expired" } as const;
  const refusal = sign(crypto, strangerKey(crypto), refusalSchema, body);
  return encode(bankAnswer, { kind: "refused", refusal, paid: null, used: [], lock: null });
}

function forgedReceipt(crypto: Crypto, { slip, slipHash }: Contract): Uint8Array {
  const { bank, tid, merchant, priceMinor, unit } = slip;
  const body = { bank, tid, slipHash, merchant, priceMinor, unit, timeMs: NOW, fundingHash: "0f".repeat(32) };
  const receipt = sign(crypto, strangerKey(crypto), receiptSchema, body);
  return encode(bankAnswer, { kind: "paid", receipt, opening: null });
}

/** A merchant that has the bank speak of something else, and passes it on in the bank's name; and pays a coin of its own. */
export function passingOn(market: Market): Mouth {
  const { crypto, all, sessions, pid, log, terms, spare } = market;
  const { key } = all.shopConfig;
  const own = contractOf(all, pid, "of the merchant itself", { mode: terms.mode, log: log?.id ?? null });
  const say = (to: string, name: string, bytes: Uint8Array, from = "shop"): Lie => ({
    from,
    to,
    name,
    bytes,
    re: null,
  });
  const abort = abortFor(crypto, own.keys.buyer, own.slip);
  // With two sales it makes too many worlds of what one sale shows as well.
  const alone = terms.sessions === "one" ? sessions : [];
  const about = new Set(sessions.flatMap(({ tid, contract }) => [tid, contract.slipHash]));
  return {
    player: "shop",
    said: [
      // Its row makes every world three: where a debit pays there are few enough.
      ...(terms.pays === "debit" && alone.length > 0
        ? [say("bank", "ABORT(its own order)", encode(abortRequest, { abort, slip: own.slipSigned }))]
        : []),
      ...alone.map(({ contract, label }) => {
        const { slip, slipHash } = reslipped(all, contract, { notAfterMs: NOW - 1 });
        const pay = sign(crypto, key, paySchema, { slipHash });
        const slipSigned = sign(crypto, key, slipSchema, slip);
        const funding = { kind: "hold" } as const;
        const over = encode(settleRequest, { slip: slipSigned, pay, funding, opening: null });
        return say("bank", `SETTLE(slip${label} that is over)`, over);
      }),
    ],
    reacts({ from, bytes }) {
      if (from === "bank") {
        const name = otherThan(about, bytes);
        return name === null ? [] : sessions.map(({ customer }) => say(customer, name, bytes, "bank"));
      }
      const payment = decode(paymentMessage, bytes);
      const ofCoins = payment.ok && payment.value.funding.kind === "coins" ? payment.value : null;
      const session = ofCoins && sessions.find(({ contract }) => isSlipOf(contract, ofCoins.slip));
      const [first, coin] = [session?.coins[0], spare[0]];
      if (ofCoins?.funding.kind !== "coins" || !session || !first || !coin) return [];
      const { slip, pay } = ofCoins;
      const { slipHash, opening: v } = session.contract;
      const set = byCoins(crypto, [coin, ...session.coins.slice(1)], slipHash);
      const funding: Funding = { kind: "coins", coins: [firstOf(set), ...ofCoins.funding.coins.slice(1)] };
      const opening = terms.mode === "netbill" ? v : null;
      return [
        say(
          "bank",
          "SETTLE(slip, a coin of its own for the first)",
          encode(settleRequest, { slip, pay, funding, opening }),
        ),
      ];
    },
  };
}

function firstOf(funding: Funding) {
  if (funding.kind !== "coins" || funding.coins[0] === undefined) throw new Error("no coins");
  return funding.coins[0];
}

/** What the bank has said of something else than these that would end a sale, in words; null for what is none of it. */
function otherThan(about: ReadonlySet<Hex>, bytes: Uint8Array): string | null {
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return null;
  if (said.value.kind === "aborted") {
    const record = read(abortedSchema, said.value.record);
    return record.ok && !about.has(record.value.value.tid) ? "ABORTED of another order, passed on" : null;
  }
  if (said.value.kind !== "refused") return null;
  const refusal = read(refusalSchema, said.value.refusal);
  const of = refusal.ok && refusal.value.value.reason === "expired" ? refusal.value.value.slipHash : null;
  return of === null || about.has(of) ? null : "REFUSED of another slip, passed on";
}

/** A customer that shows what does not entitle it to anything. @param elsewhere an order at a bank whose key is this one. */
export function showing(market: Market, second: Contract, elsewhere: Contract, bank: SigningKey): Mouth {
  const { crypto, all, terms, log, trustees } = market;
  const { customer: from, contract, coins, payer, tid } = market.sessions[0] as Session;
  const to = (hearer: string, name: string, bytes: Uint8Array): Lie => ({ from, to: hearer, name, bytes, re: null });
  const asks = ({ slip }: Contract, name: string): readonly Lie[] =>
    log === null
      ? []
      : [to("log", name, encode(logQuery, { log: log.id, recKey: recKeyOf(crypto, slip.bank, slip.tid) }))];
  const disputes = (of: Contract, logged: Uint8Array, name: string): readonly Lie[] => {
    const asked = trustees?.group.trustees.at(-1);
    if (trustees === null || asked === undefined) return [];
    const { orderSigned: order, slipSigned: slip, slipHash, keys } = of;
    const group = groupIdOf(crypto, trustees.group);
    const facts = { certificate: market.item.certificate, order, slip, slipHash, tid: of.slip.tid, group, keys };
    const message = disputeMessage(crypto, { ...facts, entitlement: { kind: "paid", logged } }, asked.key);
    return [to(`trustee ${asked.index}`, name, message)];
  };
  const few = coins.length === 0 ? null : byCoins(crypto, coins.slice(0, -1), contract.slipHash);
  const cheap = { ...contract, slip: { ...contract.slip, priceMinor: 1n } };
  return {
    player: from,
    said: [
      ...(few ? [badlyPaid(market, few, "one coin fewer")] : []),
      ...(terms.pays === "hold" ? [to("bank", "HOLD(tid, a lower price)", holdBy(all, payer, cheap))] : []),
      to("shop", "PAYMENT(a slip of its own making)", ownSlip(market, contract)),
      ...disputes(contract, Uint8Array.of(0), "DISPUTE without a leaf"),
      ...asks(second, "LOG QUERY(second slip)"),
    ],
    reacts({ from: by, bytes }) {
      if (by === "shop" && isOfferOf(elsewhere, bytes)) {
        const leaf = log && leafFor(crypto, bank, elsewhere.slip, elsewhere.slipHash, NOW);
        const leaves = leaf === null ? [] : [{ tid: elsewhere.slip.tid, leaf }];
        if (log === null) return [];
        const posting = encode(paidPosting, { log: log.id, bank: bank.publicKey, leaves });
        return [to("log", "PAID LEAF of the liar's own bank", posting), ...asks(elsewhere, "LOG QUERY(elsewhere)")];
      }
      const said = decode(logAnswer, bytes);
      const [logged] = by === "log" && said.ok && said.value.kind === "logged" ? said.value.entries : [];
      if (logged === undefined) return [];
      if (isLeafOf(elsewhere, logged)) return disputes(elsewhere, logged, "DISPUTE on the leaf of the liar's own bank");
      return isLeafOf(second, logged) ? disputes(contract, logged, "DISPUTE on the leaf of another sale") : [];
    },
  };

  function isLeafOf({ slip }: Contract, logged: Uint8Array): boolean {
    const shown = decode(loggedSchema, logged);
    const entry = shown.ok ? decode(entrySchema, shown.value.entry) : shown;
    if (!entry.ok || entry.value.kind !== "paid" || slip.tid === tid) return false;
    const leaf = read(leafSchema, entry.value.leaf);
    return leaf.ok && leaf.value.value.recKey === recKeyOf(crypto, slip.bank, slip.tid);
  }
}

/** Coins that pay nothing, by way of the shop. */
export function badlyPaid(market: Market, funding: Funding, what: string): Lie {
  const { customer: from, contract } = market.sessions[0] as Session;
  const { pid, orderSigned: order, slipSigned: slip, pay } = contract;
  const bytes = encode(paymentMessage, { pid, order, slip, pay, funding, visit: null });
  return { from, to: "shop", name: `PAYMENT(slip, ${what})`, bytes, re: null };
}

function isOfferOf({ slip: { tid } }: Contract, bytes: Uint8Array): boolean {
  const said = decode(merchantAnswer, bytes);
  if (!said.ok || said.value.kind !== "offer") return false;
  const slip = read(slipSchema, said.value.slip);
  return slip.ok && slip.value.value.tid === tid;
}

/** At another price, under a signature that is not the merchant's. */
function ownSlip({ crypto, pid, all }: Market, contract: Contract): Uint8Array {
  const { slip, pay } = reslipped(all, contract, { priceMinor: 1n });
  const signed = sign(crypto, strangerKey(crypto), slipSchema, slip);
  const funding = { kind: "hold" } as const;
  return encode(paymentMessage, { pid, order: contract.orderSigned, slip: signed, pay, funding, visit: null });
}
