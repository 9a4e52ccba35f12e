/**
 * A sale by NetBill (P§4A, P§4C) or by the optimistic exchange (P§2A, P§2C), as it is shipped, and everything that can happen
 * to it. Who says what:
 *
 *     3  customer → shop    ORDER(quote)           the HOLD goes to the bank, where a hold pays
 *     4  shop → customer    OFFER(slip, body)      checked in full before anything is paid
 *     5  customer → shop    PAYMENT(slip, funds)   the point of no return
 *     6  shop → bank        SETTLE(slip, funds)    with v in NetBill
 *     7  bank → shop        RECEIPT                or ABORTED, or REFUSED
 *     8  shop → customer    KEY v with the receipt
 *
 *        customer → bank    QUERY; in NetBill ABORT, in the optimistic exchange SETTLE, then ABORT; REFRESH of a coin
 *        bank → log         PAID LEAF, in the optimistic exchange
 *        customer → shop    RELEASE(payment, receipt); LOG QUERY to the log; with the leaf, DISPUTE to each trustee
 *
 * Liars take the place of those whom they play (liars.ts), and an observer hears every word of an open channel.
 */
import { type Hex, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Row } from "@counterfoil/protocols";
import { customer } from "@counterfoil/protocols/exchange";
import { seedOf, trusteeDesk } from "@counterfoil/protocols/players";
import { type Deal, type Draft, type Ending, type Play, type Player, remembered } from "../explore/index.ts";
import { auditBank, auditShop, type Cast, faultsOf } from "./faults.ts";
import { leafLogPlayer } from "./leaf-log.ts";
import { type Liar, type Lies, liesOf } from "./liars.ts";
import {
  INSTANTS,
  type Market,
  marketOf,
  type Session,
  STEPPED_BACK,
  type Terms,
  takesOffer,
  WALLET,
} from "./market.ts";
import { isHeeded, isOverForBank, isOverForCustomer, isOverForShop, phaseOf } from "./over.ts";
import {
  type Actor,
  bankPlayer,
  type CustomerPart,
  type CustomerState,
  customerPlayer,
  type Kept,
  type Planted,
  shopPlayer,
  type TrusteePart,
  trusteePlayer,
} from "./players.ts";
import { type Said, type Stage, stageOf } from "./stage.ts";
import { type Testimony, testimonyOf } from "./testimony.ts";
import { entriesIn, type Word, wordOf } from "./words.ts";

/** One search: what is traded how, who lies, and whose clock is whose. */
export interface Setting {
  readonly name: string;
  readonly terms: Terms;
  readonly liars: readonly Liar[];
  /** One for all; the shop's apart from the bank's; or set back, once the bank has passed the deadline by it. */
  readonly clocks: "one" | "apart" | "set back";
}

/** Ways to be wrong, which a search must find out. */
export interface Faulty {
  readonly bank?: Planted;
  readonly shop?: Planted;
  /** Who says what it has not written yet. */
  readonly sendsFirst?: "customer" | "shop" | "bank";
  readonly customerErrs?: CustomerPart["errs"];
  /** What a customer makes of an offer. */
  readonly takes?: typeof takesOffer;
  /** Without the rules of over.ts, for them to be compared with. */
  readonly isPlain?: boolean;
}

/** A play, and who is in it. */
export interface SalePlay {
  readonly play: Play;
  readonly market: Market;
  readonly stage: Stage;
  readonly cast: Cast;
}

export function salePlay(crypto: Crypto, { name, terms, liars, clocks }: Setting, faulty: Faulty = {}): SalePlay {
  const market = marketOf(crypto, terms);
  const lies = liesOf(market, liars);
  const names = namesIn(market, liars);
  const testimony = testimonyIn(market);
  const words = new Map<number, Word>();
  const stage = stageOf(names, {
    nameOf: (said) => `${lies.nameOf(said) ?? inWords(market, said)} from ${said.from}`,
    spell: (said) => spellingOf(said),
    isHeeded: (said) => lies.reactions.get(said.to)?.(said).length !== 0 && isHeeded(wordOf(said)),
    marksOf: (said) => testimony.marksOf(said),
    overheard: (said) => lies.overheard(said),
  });
  const players = playersOf(market, stage, lies, clocks, faulty);
  const cast = castOf(market, names, players, liars);
  const wordAt = (message: number): Word => {
    const known = words.get(message) ?? wordOf(stage.at(message));
    words.set(message, known);
    return known;
  };
  const isWrong = faulty.bank !== undefined || faulty.shop !== undefined || faulty.sendsFirst !== undefined;
  const play: Play = {
    name,
    players: names.map((each) => players.get(each) as Player),
    clocks:
      clocks === "apart"
        ? [
            { name: "the bank's clock", instants: INSTANTS.length },
            { name: "the shop's clock", instants: 2 },
          ]
        : [{ name: "the clock", instants: (clocks === "set back" ? STEPPED_BACK : INSTANTS).length }],
    clockOf: names.map((each) => (clocks === "apart" && each === "shop" ? 1 : 0)),
    said: lies.said.flatMap(stage.say),
    message: stage.message,
    fault: faultsOf(market, cast, testimony),
    endings: endingsIn(market, cast, names),
    deals: dealsIn(market, cast, testimony),
    ...(isWrong || faulty.isPlain ? {} : { simplify: simplifying(names, stage, wordAt, cast) }),
  };
  return { play, market, stage, cast };
}

function namesIn({ sessions, log, trustees }: Market, liars: readonly Liar[]): readonly string[] {
  return [
    ...sessions.map(({ customer: name }) => name),
    "shop",
    "bank",
    ...(log === null ? [] : ["log"]),
    ...(trustees === null ? [] : trustees.group.trustees.map(({ index }) => `trustee ${index}`)),
    ...(liars.includes("observer") ? ["observer"] : []),
  ];
}

function testimonyIn({ crypto, all, sessions, trustees, item }: Market): Testimony {
  const bank = { publicKey: all.bankConfig.key.publicKey, player: "bank" };
  const orders = new Map(sessions.map(({ tid, contract }) => [tid, contract.orderSigned] as const));
  const disputed = trustees === null ? null : { group: trustees.group, certificate: item.certificate, orders };
  return testimonyOf(crypto, bank, "shop", disputed);
}

/** As the protocol writes it, and which sale it is about. */
function inWords({ sessions }: Market, said: Said): string {
  const { text, tid } = wordOf(said);
  const label =
    sessions.find((each) => each.tid === tid)?.label ??
    sessions.find(({ customer: name }) => name === said.from || name === said.to)?.label ??
    "";
  return `${text}${label}`;
}

/** Two offers with one slip are one, proof and seal made again or not; a no of the shop's sends the customer to the bank, whatever it says. */
function spellingOf(said: Said): string {
  const { word } = wordOf(said);
  const plain = `${said.from} ${said.to} ${said.re && toHex(said.re)} ${word}`;
  if (word === "declined") return plain;
  if (word === "logged") return `${plain} ${entriesIn(said.bytes).map(toHex).join(" ")}`;
  return `${plain} ${toHex(said.bytes)}`;
}

function playersOf(
  market: Market,
  stage: Stage,
  lies: Lies,
  clocks: Setting["clocks"],
  faulty: Faulty,
): ReadonlyMap<string, Player> {
  const { all, mint, sessions, log, trustees } = market;
  const instants = clocks === "set back" ? STEPPED_BACK : INSTANTS;
  const nowOf = (instant: number) => instants[instant] as number;
  const part = { stage, nowOf };
  const customers = sessions.map(({ customer: name, tid }) => ({ name, tid }));
  const logName = log === null ? null : "log";
  const players: Player[] = [
    ...sessions.map((session) => customerOf(market, session, part, faulty)),
    shopPlayer({
      ...{ ...part, name: "shop", all, bank: "bank", log: null, audits: auditShop(market) },
      customerOf: (tid) => customers.find((each) => each.tid === tid)?.name ?? null,
      ...(faulty.shop ? { planted: faulty.shop } : {}),
      sendsFirst: faulty.sendsFirst === "shop",
    }),
    bankPlayer({
      ...{ ...part, name: "bank", all, mint, tellsWhat: ["shop"], log: logName, audits: auditBank },
      isClockDurable: clocks === "set back",
      ...(faulty.bank ? { planted: faulty.bank } : {}),
      sendsFirst: faulty.sendsFirst === "bank",
    }),
    ...(log === null ? [] : [leafLogPlayer({ ...part, name: "log", log })]),
    ...(trustees === null ? [] : trustees.group.trustees).map(({ index }) =>
      trusteePlayer({
        ...part,
        name: `trustee ${index}`,
        desk: trusteeDesk(
          market.crypto,
          trustees as NonNullable<typeof trustees>,
          index,
        ) as unknown as TrusteePart["desk"],
      }),
    ),
  ];
  const liars = [...lies.reactions].map(([name, reacts]) => liarPlayer(name, stage, reacts));
  return new Map([...players, ...liars].map((player) => [player.name, player]));
}

/** It has nothing to lose, so it keeps no state: what it says upon a message, it says at once. */
function liarPlayer(name: string, stage: Stage, reacts: (heard: Said) => readonly Said[]): Player {
  return {
    name,
    start: 0,
    hears: (_state, message) => ({ next: 0, says: reacts(stage.at(message)).flatMap(stage.say) }),
    inWords: () => "lies",
  };
}

/** Waits are over at once, so that timers may go off at any moment; the bank is asked once before it is asked to end it. */
const WAITS_MS = [0, 0];

function customerOf(
  market: Market,
  session: Session,
  part: Pick<CustomerPart, "stage" | "nowOf">,
  { customerErrs, sendsFirst, takes = takesOffer }: Faulty,
): Actor<CustomerState> {
  const { crypto } = market;
  const config = { crypto, seed: seedOf(WALLET, crypto), waitsMs: WAITS_MS };
  return customerPlayer({
    ...part,
    name: session.customer,
    machine: customer(config),
    config,
    begins: {
      says: session.says,
      takes: ({ from, bytes }) => (from === "shop" ? takes(market, session, bytes) : null),
    },
    hearerOf: (to) => HEARERS[to] ?? (to.startsWith("trustee/") ? to.replace("/", " ") : null),
    voiceOf: (from) => (from === "shop" ? "merchant" : from === "bank" || from === "log" ? from : "trustee"),
    besides: ({ phase }) => (phase === "ended" ? session.refreshes : []),
    ...(customerErrs ? { errs: customerErrs } : {}),
    sendsFirst: sendsFirst === "customer",
  });
}

const HEARERS: Readonly<Record<string, string>> = { merchant: "shop", bank: "bank", log: "log" };

function castOf(
  market: Market,
  names: readonly string[],
  players: ReadonlyMap<string, Player>,
  liars: readonly Liar[],
): Cast {
  const { all, sessions, trustees } = market;
  const actor = <State>(name: string, isLying: boolean) => (isLying ? null : (players.get(name) as Actor<State>));
  const isFirstLying = liars.includes("customer");
  const shop = { place: names.indexOf("shop"), actor: actor<Kept>("shop", liars.includes("merchant")) };
  const honestTrustees = (trustees?.group.trustees ?? []).filter(
    ({ index }) => index !== 1 || !liars.includes("trustee"),
  );
  const honest = new Set<Hex>([
    all.bankConfig.key.publicKey,
    ...(shop.actor === null ? [] : [all.shopConfig.key.publicKey]),
    ...(trustees === null ? [] : [trustees.certifier.publicKey]),
    ...honestTrustees.map(({ key }) => key),
  ]);
  return {
    customers: sessions.map((session, at) => ({
      session,
      place: names.indexOf(session.customer),
      actor: actor<CustomerState>(session.customer, at === 0 && isFirstLying),
    })),
    shop,
    bank: { place: names.indexOf("bank"), actor: players.get("bank") as Actor<Kept> },
    trustees: honestTrustees.map(({ index }) => ({
      place: names.indexOf(`trustee ${index}`),
      actor: players.get(`trustee ${index}`) as Actor<Kept>,
    })),
    honest,
  };
}

/** A customer that lies has the goods once v is out: what it heard it knows. */
function dealsIn(market: Market, { customers, bank }: Cast, { openings }: Testimony): NonNullable<Play["deals"]> {
  return (world) => {
    const { rows } = bank.actor.states.at(world.state(bank.place));
    return customers.map(({ session: { tid, label }, place, actor }): Deal => {
      const state = actor?.states.at(world.state(place)) ?? null;
      const isOut = (world.marks & (openings.get(tid) ?? 0)) !== 0;
      const isPaid = phaseOf(rows, tid) === "PAID";
      return {
        label,
        money: isPaid ? "merchant" : rows.has(`hold/${tid}`) ? "locked" : "customer",
        hasGoods: state === null ? isOut : state.phase === "paid" && state.secret === market.secret,
      };
    });
  };
}

/** Each honest party by itself with bank, and with the log and the honest trustees where there are any: nobody else is needed. */
function endingsIn(market: Market, cast: Cast, names: readonly string[]): readonly Ending[] {
  const { bank, shop } = cast;
  const helpers = [
    bank.place,
    ...(market.log === null ? [] : [names.indexOf("log")]),
    ...cast.trustees.map(({ place }) => place),
  ];
  const customers = cast.customers.flatMap(({ session, place, actor }): readonly Ending[] => {
    if (actor === null) return [];
    const isThrough = remembered((state: number, kept: number) =>
      isOverFor(market, session, actor.states.at(state), bank.actor.states.at(kept).rows),
    );
    return [
      {
        name: `the ${session.customer}, with nobody but ${market.log === null ? "the bank" : "bank, log and trustees"},`,
        players: [place, ...helpers],
        isOver: (world) => isThrough(world.state(place), world.state(bank.place)),
      },
    ];
  });
  if (shop.actor === null) return customers;
  const { actor } = shop;
  const isDone = remembered(
    (state: number) => ![...actor.states.at(state).rows.values()].some(({ phase }) => phase === "endorsed"),
  );
  return [
    ...customers,
    {
      name: "the shop, with nobody but the bank,",
      players: [shop.place, bank.place],
      isOver: (world) => isDone(world.state(shop.place)),
    },
  ];
}

/** It has the goods; or it has not paid, and what was its own is its own again, to be spent or changed. */
function isOverFor(
  { secret }: Market,
  { tid, coins }: Session,
  state: CustomerState,
  rows: ReadonlyMap<string, Row>,
): boolean {
  if (state.phase === "paid") return state.secret === secret;
  if (state.phase !== "ended" && state.phase !== "ordering") return false;
  if (phaseOf(rows, tid) === "PAID" || rows.has(`hold/${tid}`)) return false;
  const [first] = coins;
  if (first === undefined || state.phase === "ordering") return true;
  const fate = rows.get(`coin/${first.coinId}`);
  return fate !== undefined && !(fate.state === "SPENT" && fate.by === tid);
}

/** Takes out of the net what nobody can make anything of any more (over.ts). */
function simplifying(
  names: readonly string[],
  stage: Stage,
  wordAt: (message: number) => Word,
  { customers, shop, bank }: Cast,
): (draft: Draft) => void {
  const isDead = remembered((message: number, place: number, state: number): boolean => {
    const word = wordAt(message);
    const customer_ = customers.find((each) => each.place === place);
    if (customer_ !== undefined)
      return customer_.actor !== null && isOverForCustomer(customer_.actor.states.at(state), word);
    const same = (actor: Actor<Kept>) => (actor.hears(state, message, 0)?.next ?? state) === state;
    if (place === bank.place) return isOverForBank(bank.actor.states.at(state).rows, word) && same(bank.actor);
    if (place !== shop.place || shop.actor === null) return false;
    return isOverForShop(shop.actor.states.at(state).rows, word) && same(shop.actor);
  });
  const places = new Map(names.map((name, place) => [name, place]));
  return (draft) => {
    draft.said((message) => {
      const place = places.get(stage.at(message).to) as number;
      if (isDead(message, place, draft.state(place))) draft.drop(message);
    });
  };
}
