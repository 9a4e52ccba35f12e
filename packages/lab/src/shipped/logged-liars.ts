/**
 * Customers and merchants who lie. A liar says all that its lies have for it to say, as soon as it knows what that takes, and
 * again and again: the network delivers any part of it, in any order, or none. So a liar of several lies is as strong as one
 * that picks among them.
 */
import { decode, encode, type Hex, peekTag, toHex } from "@counterfoil/base";
import { read, sign, ZERO_HASH } from "@counterfoil/crypto";
import { commitmentOf, openingOf } from "@counterfoil/protocols/contract";
import { merchantAnswer, paymentMessage, releaseMessage } from "@counterfoil/protocols/exchange";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  lockSchema,
  openedPosting,
  openPosting,
} from "@counterfoil/protocols/log";
import { abortRequest, bankAnswer, queryRequest, settleRequest } from "@counterfoil/protocols/money";
import { byCoins, type Contract, contractOf, type LoggedSale, reslipped } from "@counterfoil/protocols/players";
import { interner, type Player, spell } from "../explore/index.ts";
import { offersOf } from "./logged-offers.ts";
import type { Who, Words } from "./logged-words.ts";

/** What a liar has been told that it could not have made itself. */
export interface Known {
  readonly locks: readonly Uint8Array[];
  readonly receipts: readonly Uint8Array[];
  readonly payments: readonly Uint8Array[];
}

interface Word {
  readonly to: Who;
  readonly bytes: Uint8Array;
}

export interface Lie {
  readonly name: string;
  says(sale: LoggedSale, known: Known): readonly Word[];
  /** A merchant's: its customer has no offer yet. */
  readonly isOffering?: true;
  /** A customer's: it takes the merchant's signature on two slips of one order, who then follows the protocol no more. */
  readonly isSignedByBoth?: true;
}

export function liarOf(words: Words, name: Who, lies: readonly Lie[]): Player {
  const [sale] = words.sales as [LoggedSale];
  const states = interner<Known>(spell);
  const owes = (known: Known): readonly number[] => {
    const all = lies.flatMap((lie) => lie.says(sale, known));
    return [...new Set(all.flatMap(({ to, bytes }) => words.say(name, to, bytes)))];
  };
  return {
    name,
    start: states.of({ locks: [], receipts: [], payments: [] }),
    hears(state, message) {
      const next = learned(states.at(state), words.all.at(message).bytes);
      return { next: states.of(next), says: owes(next) };
    },
    owes: (state) => owes(states.at(state)),
    inWords: (state) => {
      const { locks, receipts } = states.at(state);
      return `liar${locks.length > 0 ? " with a LOCK" : ""}${receipts.length > 0 ? " with a receipt" : ""}`;
    },
  };
}

function learned(known: Known, bytes: Uint8Array): Known {
  if (peekTag(bytes) === "payment/1") return { ...known, payments: withOne(known.payments, bytes) };
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return known;
  if (said.value.kind === "locked") return { ...known, locks: withOne(known.locks, said.value.lock) };
  return said.value.kind === "paid" ? { ...known, receipts: withOne(known.receipts, said.value.receipt) } : known;
}

/** In one order, whatever came first. */
function withOne(all: readonly Uint8Array[], one: Uint8Array): readonly Uint8Array[] {
  const by = new Map([...all, one].map((each) => [toHex(each), each]));
  return [...by].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

// The customer.

/** What it says in any case: it pays, settles, asks and takes its goods like any other. */
function usual({ paying, contract }: LoggedSale, { receipts }: Known): readonly Word[] {
  if (!("purchase" in paying)) return [];
  const { payment } = paying.purchase as { readonly payment: Uint8Array };
  const { bank, tid } = contract.slip;
  return [
    { to: "the shop", bytes: payment },
    { to: "the bank", bytes: encode(queryRequest, { bank, tid }) },
    ...receipts.map((receipt) => ({ to: "the shop", bytes: encode(releaseMessage, { payment, receipt }) }) as const),
  ];
}

/** SETTLE of a slip that it has signed, by what pays for the first. */
function settling(sale: LoggedSale, of: Contract): Word {
  const { crypto, coins, paying } = sale;
  const own = decode(
    paymentMessage,
    (paying as { readonly purchase: { readonly payment: Uint8Array } }).purchase.payment,
  );
  if (!own.ok) throw new Error(own.reason);
  const funding = coins.length === 0 ? own.value.funding : byCoins(crypto, coins, of.slipHash);
  const { slipSigned: slip, pay } = of;
  return { to: "the bank", bytes: encode(settleRequest, { slip, pay, funding, opening: null }) };
}

/** Of one customer and shop, another order of the same thing. */
export function otherOrder({ all, contract }: LoggedSale): Contract {
  const { mode, log, notAfterMs } = contract.order;
  return remember(OTHERS, contract, () => contractOf(all, contract.pid, "another", { mode, log, notAfterMs }));
}

/** Another slip of the same order, with another V; the merchant has signed it, and the customer too. */
function otherSlip({ all, contract, crypto }: LoggedSale): Contract {
  const opening = openingOf(crypto, new Uint8Array(32), contract.slip.tid);
  return remember(SLIPS, contract, () =>
    reslipped(all, contract, { commitment: commitmentOf(crypto, opening), offerHash: ZERO_HASH }),
  );
}

const OTHERS = new WeakMap<Contract, Contract>();
const SLIPS = new WeakMap<Contract, Contract>();

/** Offers are proved afresh each time; a liar's are the same each time that it is asked. */
function remember(known: WeakMap<Contract, Contract>, of: Contract, make: () => Contract): Contract {
  const made = known.get(of) ?? make();
  known.set(of, made);
  return made;
}

export const CUSTOMER_LIES: readonly Lie[] = [
  {
    name: "pays two orders with the same money",
    says: (sale, known) => [...usual(sale, known), settling(sale, sale.contract), settling(sale, otherOrder(sale))],
  },
  {
    name: "asks a coin back at once",
    says: (sale, known) => [
      ...usual(sale, known),
      ...sale.refreshes.map(({ bytes }) => ({ to: "the bank", bytes }) as const),
    ],
  },
  {
    name: "aborts at once",
    says(sale, known) {
      const { abort } = (sale.paying as { readonly purchase: { readonly abort: Uint8Array } }).purchase;
      const bytes = encode(abortRequest, { abort, slip: sale.contract.slipSigned });
      return [...usual(sale, known), settling(sale, sale.contract), { to: "the bank", bytes }];
    },
  },
  {
    name: "shows the log the LOCK of another slip",
    says: (sale, known) => [
      ...usual(sale, known),
      settling(sale, sale.contract),
      settling(sale, otherOrder(sale)),
      ...known.locks.flatMap((lock) => [
        posting(openPosting, sale, sale.contract, lock, {}),
        posting<{ decline: Uint8Array | null }>(abortPosting, sale, sale.contract, lock, { decline: null }),
      ]),
    ],
  },
  {
    name: "signs two slips of one order",
    isSignedByBoth: true,
    says: (sale, known) => [...usual(sale, known), settling(sale, sale.contract), settling(sale, otherSlip(sale))],
  },
];

// The merchant.

function posting<Extra extends object>(
  schema: Parameters<typeof encode<Posting & Extra>>[0],
  { log }: LoggedSale,
  { slipSigned: slip }: Contract,
  lock: Uint8Array,
  more: Extra,
): Word {
  return { to: "the log", bytes: encode(schema, { log: log.id, slip, lock, ...more }) };
}

interface Posting {
  readonly log: Hex;
  readonly slip: Uint8Array;
  readonly lock: Uint8Array;
}

/** What a shop says to the bank of a payment that it has. */
function endorsing({ payments }: Known, slip?: Uint8Array): readonly Word[] {
  return payments.flatMap((bytes) => {
    const payment = decode(paymentMessage, bytes);
    if (!payment.ok) return [];
    const { slip: own, pay, funding } = payment.value;
    return [{ to: "the bank", bytes: encode(settleRequest, { slip: slip ?? own, pay, funding, opening: null }) }];
  });
}

function committing(sale: LoggedSale, lock: Uint8Array, of = sale.contract): readonly Word[] {
  const { crypto, all, log } = sale;
  const commit = sign(crypto, all.shopConfig.key, commitSchema, { log: log.id, slipHash: of.slipHash });
  return [posting(openPosting, sale, of, lock, {}), posting(commitPosting, sale, of, lock, { commit })];
}

function declining(sale: LoggedSale, lock: Uint8Array): Word {
  const { crypto, all, log, contract } = sale;
  const decline = sign(crypto, all.shopConfig.key, declineSaleSchema, { log: log.id, slipHash: contract.slipHash });
  return posting<{ decline: Uint8Array | null }>(abortPosting, sale, contract, lock, { decline });
}

function revealing(sale: LoggedSale, known: Known, opening: Hex, contract = sale.contract): readonly Word[] {
  const [to] = ["the customer"] as const;
  return [
    ...known.locks.map((lock) => posting(openedPosting, sale, contract, lock, { opening })),
    ...known.receipts.map((receipt) => ({
      to,
      bytes: encode(merchantAnswer, { kind: "settled", receipt, opening }),
    })),
  ];
}

/** A LOCK that the merchant has signed in the bank's name. */
function forged({ crypto, all, log, contract }: LoggedSale): Uint8Array {
  const { bank, tid } = contract.slip;
  const body = { bank, log: log.id, tid, slipHash: contract.slipHash, treeSize: 0 };
  return sign(crypto, all.shopConfig.key, lockSchema, body);
}

export const MERCHANT_LIES: readonly Lie[] = [
  {
    name: "commits and hides v",
    says: (sale, known) => [...endorsing(known), ...known.locks.flatMap((lock) => committing(sale, lock))],
  },
  {
    name: "has two slips of one order",
    says(sale, known) {
      const other = otherSlip(sale);
      return [
        ...endorsing(known),
        ...endorsing(known, other.slipSigned),
        ...known.locks.flatMap((lock) => [...committing(sale, lock), ...committing(sale, lock, other)]),
        ...revealing(sale, known, sale.contract.opening),
      ];
    },
  },
  {
    name: "commits without a LOCK",
    says: (sale, known) => [
      ...endorsing(known),
      ...committing(sale, forged(sale)),
      posting(openedPosting, sale, sale.contract, forged(sale), { opening: sale.contract.opening }),
    ],
  },
  {
    name: "declines after its commit",
    says: (sale, known) => [
      ...endorsing(known),
      ...known.locks.flatMap((lock) => [...committing(sale, lock), declining(sale, lock)]),
      ...revealing(sale, known, sale.contract.opening),
    ],
  },
  {
    name: "shows another v",
    says: (sale, known) => [
      ...endorsing(known),
      ...known.locks.flatMap((lock) => committing(sale, lock)),
      ...revealing(sale, known, openingOf(sale.crypto, new Uint8Array(32), sale.contract.slip.tid)),
    ],
  },
  {
    name: "offers what it has not certified",
    isOffering: true,
    says(sale, known) {
      const offers = offersOf(sale);
      const isOf = (lock: Uint8Array, { slipHash }: Contract) => {
        const said = read(lockSchema, lock);
        return said.ok && said.value.value.slipHash === slipHash;
      };
      return [
        ...offers.map(({ bytes }) => ({ to: "the customer", bytes }) as const),
        ...endorsing(known),
        ...offers.flatMap(({ contract }) =>
          known.locks.filter((lock) => isOf(lock, contract)).flatMap((lock) => committing(sale, lock, contract)),
        ),
        ...offers.flatMap(({ contract }) =>
          known.locks.some((lock) => isOf(lock, contract)) ? revealing(sale, known, contract.opening, contract) : [],
        ),
      ];
    },
  },
];
