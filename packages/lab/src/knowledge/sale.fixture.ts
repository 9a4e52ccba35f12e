/**
 * One small sale as a play: the very customer, shop and bank, over whatever cryptography it is given. The customer pays with
 * coins, may give up at any time, and then asks a coin back.
 */
import { encode, HOUR_MS, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, ZERO_HASH } from "@counterfoil/crypto";
import type { Row, Send } from "@counterfoil/protocols";
import { goodsPointOf, offerBodySchema, type Slip } from "@counterfoil/protocols/contract";
import {
  abortFor,
  askPrice,
  customer,
  hearBank,
  orderMessage,
  type PurchaseInput,
  type PurchaseState,
  paymentMessage,
  readQuote,
  startPurchase,
} from "@counterfoil/protocols/exchange";
import type { Mint } from "@counterfoil/protocols/money";
import {
  answerWithMint,
  blankOf,
  byCoins,
  type Contract,
  certifiedBy,
  contractOf,
  fund,
  keyOf,
  NOW,
  type Parties,
  PRICE,
  parties,
  refreshing,
  reslipped,
  stock,
  type TestMint,
  testMint,
  trusteesOf,
  UNIT,
  withdrawn,
} from "@counterfoil/protocols/players";
import { groupSchema } from "@counterfoil/protocols/trustees";
import { type Interner, interner, type Local, type Play, type Player, spell } from "../explore/index.ts";

/** The last is beyond the order's notAfter, so that the bank's `expired` is among the answers. */
const INSTANTS: readonly Instant[] = [NOW, NOW + MINUTE_MS, NOW + 5 * MINUTE_MS];
const COINS = [128n, 64n, 32n, 16n, 8n, 2n];

export const [CUSTOMER, SHOP, BANK] = [0, 1, 2];

/** Something that was said, by whom and to whom. */
export interface Said {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** What is planted. */
export interface Plant {
  readonly slip?: (contract: Contract) => Partial<Slip>;
  /** What the shop says besides, as soon as it is paid a first time. */
  readonly tellsBank?: (contract: Contract) => Uint8Array;
  /** How many trustees work with others, where it takes two; one unless given. */
  readonly trustees?: number;
  readonly tellsCustomer?: (contract: Contract) => Uint8Array;
}

export interface SmallSale {
  readonly play: Play;
  readonly parties: Parties;
  readonly contract: Contract;
  /** What the customer and the shop said before there was anything to pay. */
  readonly before: readonly Uint8Array[];
  /** What the goods open with. */
  readonly secret: Uint8Array;
  /** What trustees have who work with others: the group, the certificate and their shares. */
  readonly ofTrustees: readonly Uint8Array[];
  at(message: number): Said;
  /** How many messages were ever met. */
  messages(): number;
  isPaid(bank: number): boolean;
}

interface Opened {
  readonly all: Parties;
  readonly mint: TestMint;
  readonly contract: Contract;
  readonly before: readonly Uint8Array[];
  readonly secret: Uint8Array;
  readonly ofTrustees: readonly Uint8Array[];
  readonly machine: ReturnType<typeof customer>;
  readonly paying: PurchaseState;
  /** A coin of the payment, asked back. */
  readonly back: Uint8Array;
  readonly said: Interner<Said>;
  readonly plant: Plant;
}

export function smallSale(crypto: Crypto, mode: "netbill" | "optimistic", plant: Plant = {}): SmallSale {
  const at = openedFor(crypto, mode, plant);
  const { all, contract, said, machine, paying } = at;
  const states = interner<PurchaseState>((state) => spell(state));
  const rows = interner<Rows>((each) => spell([...each].sort()));
  const place = `sale/${contract.slip.tid}`;
  const credit = `account/${all.shopConfig.key.publicKey}`;
  const isPaid = (bank: number) => rows.at(bank).get(place)?.phase === "PAID";
  const play: Play = {
    name: `a small sale, ${mode}`,
    players: [buyerIn(at, states), shopIn(at, rows), bankIn(at, rows)],
    clocks: [{ name: "the clock", instants: INSTANTS.length }],
    clockOf: [0, 0, 0],
    said: asked(said, machine.sends(paying)),
    message: (number) => ({ to: said.at(number).to, name: `message ${number}` }),
    fault(world) {
      const paid = isPaid(world.state(BANK));
      const credited = rows.at(world.state(BANK)).get(credit)?.balance === PRICE;
      if (paid !== credited) return "money: paid and credited are not one";
      return states.at(world.state(CUSTOMER)).phase === "ended" && paid ? "money: ended and paid" : null;
    },
  };
  const { before, secret, ofTrustees } = at;
  return {
    ...{ play, contract, isPaid, before, secret, ofTrustees, parties: all },
    at: (message) => said.at(message),
    messages: () => said.size,
  };
}

type Rows = ReadonlyMap<string, Row>;

function openedFor(crypto: Crypto, mode: "netbill" | "optimistic", plant: Plant): Opened {
  const mint = testMint(crypto, parties(crypto).bankConfig.key, UNIT, [{ epoch: 0, from: NOW - HOUR_MS }]);
  const all = parties(crypto, { mint: mint as Mint });
  const pid = stock(all, "thing", { stock: 1 });
  // Two of three; nobody hears them in this play, and less than two of them know nothing.
  const trustees = trusteesOf(crypto, 2, 3);
  const certificate = mode === "optimistic" ? certifiedBy(all, pid, trustees) : null;
  const group = encode(groupSchema, trustees.group);
  const shares = Array.from({ length: plant.trustees ?? 1 }, (_, i) => trustees.share(i + 1));
  const honest = contractOf(all, pid, `${mode} coins`, { mode, notAfterMs: NOW + 4 * MINUTE_MS });
  const before = offeredTo(all, honest);
  const contract = plant.slip === undefined ? honest : reslipped(all, honest, plant.slip(honest));
  const payer = crypto.signingKey(new Uint8Array(32).fill(8));
  fund(all, payer.publicKey, 10n * PRICE);
  const bench = { crypto, desk: all.bank, mint, payer, merchant: all.shopConfig.key };
  const coins = withdrawn({ ...bench, config: { ...all.bankConfig, mint } }, mode, COINS);
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = contract;
  const funding = byCoins(crypto, coins, contract.slipHash);
  const config = { crypto, seed: new Uint8Array(16), waitsMs: [MINUTE_MS, MINUTE_MS] };
  const item = all.shop.view.get("item", pid);
  const paying = startPurchase(config, {
    tid: contract.slip.tid,
    certificate: item?.certificate as Uint8Array,
    payment: encode(paymentMessage, { pid, order, slip, pay, funding, visit: null }),
    ...{ sealed, proof },
    group: mode === "optimistic" ? group : null,
    abort: abortFor(crypto, contract.keys.buyer, contract.slip),
    startedMs: NOW,
  });
  const into = [blankOf(crypto, keyOf(mint, COINS[0] as bigint), "back")];
  return {
    ...{ all, mint, contract, before, paying, plant },
    machine: customer(config),
    ofTrustees: certificate === null ? [] : [group, item?.certificate as Uint8Array, ...shares],
    secret: goodsPointOf(crypto, all.shopConfig.seed, item?.registration as string).point,
    back: refreshing({ crypto, config: all.bankConfig }, coins.slice(0, 1), into),
    said: interner<Said>(({ from, to, bytes }) => `${from} ${to} ${toHex(bytes)}`),
  };
}

/** Messages 1 to 4: what was asked, quoted, ordered and offered. */
function offeredTo(all: Parties, { pid, keys, orderSigned }: Contract): readonly Uint8Array[] {
  const { crypto, shopConfig, shop } = all;
  const merchant = shopConfig.key.publicKey;
  const ask = { merchant, pid, session: ZERO_HASH, notAfterMs: NOW + MINUTE_MS, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, keys, ask);
  const quoted = shop.hear(request, NOW);
  const quote = readQuote(crypto, keys, ask, request, quoted, NOW);
  if (!quote.ok) throw new Error(quote.reason);
  const ordered = encode(orderMessage, { pid, order: orderSigned, quote: quote.value.signed });
  return [request, quoted, ordered, shop.hear(ordered, NOW)];
}

/** To bank and shop; nobody else is in this play. */
function asked(said: Interner<Said>, sends: readonly Send[]): number[] {
  return sends
    .filter(({ to }) => to === "bank" || to === "merchant")
    .map(({ to, bytes }) => said.of({ from: CUSTOMER, to: to === "bank" ? BANK : SHOP, bytes }));
}

function buyerIn({ machine, paying, back, said }: Opened, states: Interner<PurchaseState>): Player {
  const owed = (state: PurchaseState): number[] => [
    ...asked(said, machine.sends(state)),
    ...(state.phase === "ended" ? [said.of({ from: CUSTOMER, to: BANK, bytes: back })] : []),
  ];
  const step = (state: number, input: PurchaseInput, instant: number): Local | null => {
    const next = machine.step(states.at(state), input, INSTANTS[instant] as number);
    return next === null ? null : { next: states.of(next), says: owed(next) };
  };
  return {
    name: "customer",
    start: states.of(paying),
    hears(state, message, instant) {
      const { from, bytes } = said.at(message);
      return step(state, { kind: from === BANK ? "bank" : "merchant", answer: bytes }, instant);
    },
    moves: (state, instant) =>
      (["give-up", "wake"] as const).flatMap((kind) => {
        const local = step(state, { kind }, instant);
        return local === null ? [] : [{ what: kind, ...local }];
      }),
    owes: (state) => owed(states.at(state)),
  };
}

function bankIn({ all, mint, said }: Opened, rows: Interner<Rows>): Player {
  return {
    name: "bank",
    start: rows.of(new Map(all.bank.rows)),
    hears(state, message, instant) {
      put(all.bank.rows, rows.at(state));
      const { from, bytes } = said.at(message);
      const now = INSTANTS[instant] as number;
      const command = all.bank.authority.admit(bytes, NOW);
      if (!command.ok) return null;
      const { outcome } = all.bank.decide(command.value, now);
      const answer = answerWithMint({ ...all.bankConfig, mint }, all.bank, outcome, now);
      return { next: rows.of(new Map(all.bank.rows)), says: [said.of({ from: BANK, to: from, bytes: answer })] };
    },
  };
}

function shopIn({ all, contract, said, plant }: Opened, rows: Interner<Rows>): Player {
  // There is one, whenever it is made: signatures and v are functions of the sale.
  let endorsement: Uint8Array | null = null;
  return {
    name: "shop",
    start: rows.of(new Map(all.shop.rows)),
    hears(state, message, instant) {
      put(all.shop.rows, rows.at(state));
      all.shop.takeSends();
      const { from, bytes } = said.at(message);
      const admitted = from === BANK ? null : all.shop.authority.admit(bytes, NOW);
      if (admitted?.ok === false) throw new Error(admitted.reason);
      const command = admitted?.value ?? (endorsement && hearBank(all.shopConfig, endorsement, bytes));
      if (command === null) return null;
      const now = INSTANTS[instant] as number;
      const answer = all.shop.authority.answer(all.shop.decide(command, now).outcome, now);
      const settles = all.shop.takeSends().map((send) => send.bytes);
      endorsement = settles[0] ?? endorsement;
      const toBank = settles.length === 0 ? [] : [...settles, ...some(plant.tellsBank?.(contract))];
      const toCustomer = [answer, ...some(plant.tellsCustomer?.(contract))];
      return {
        next: rows.of(new Map(all.shop.rows)),
        says: [
          ...toCustomer.map((each) => said.of({ from: SHOP, to: CUSTOMER, bytes: each })),
          ...toBank.map((each) => said.of({ from: SHOP, to: BANK, bytes: each })),
        ],
      };
    },
  };
}

function some<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function put(rows: Map<string, Row>, from: Rows): void {
  rows.clear();
  for (const [place, row] of from) rows.set(place, row);
}

/** The offer without its seal, for a liar to say. */
export function offerBodyOf({ slip: { tid, commitment }, sealed, proof }: Contract): Uint8Array {
  return encode(offerBodySchema, { tid, commitment, sealed, proof });
}
