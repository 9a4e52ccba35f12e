/**
 * Settle, abort and refresh racing each other, in every order: the very machine, shop and bank, over a network that keeps
 * every message ever sent and delivers any of them at any time, again and again, or never. Every state that can be reached
 * is looked at, and from each of them the customer comes to an end with nobody's help but the bank's.
 */
import { decode, encode, HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { namedPoint, portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { interner, remembered, type Searched, search, spell } from "../exploring.fixture.ts";
import type { Row, Send } from "../index.ts";
import { blankOf, byCoins, keyOf, type MadeCoin, refreshing, withdrawn } from "../money/coins.fixture.ts";
import {
  type BankCommand,
  type BankOutcome,
  bankAnswer,
  type Funding,
  holdRequest,
  holdSchema,
  type Mint,
  withSignatures,
} from "../money/index.ts";
import { type TestMint, testMint } from "../money/mint.fixture.ts";
import { groupSchema } from "../trustees/index.ts";
import { abortFor, customer, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";
import { hearBank } from "./merchant-answer.ts";
import type { ShopCommand } from "./merchant-rows.ts";
import { paymentMessage } from "./messages.ts";
import { type Contract, contractOf, fund, NOW, PRICE, parties, stock, UNIT } from "./parties.fixture.ts";
import type { Purchase } from "./purchase.ts";

const crypto = await portableCrypto();
const bankKey = parties(crypto).bankConfig.key;
const mint: TestMint = testMint(crypto, bankKey, UNIT, [{ epoch: 0, from: NOW - HOUR_MS }]);
const config = { crypto, seed: new Uint8Array(16), waitsMs: [MINUTE_MS, MINUTE_MS] };
const machine = customer(config);

/** Far beyond the order's notAfter, so that the bank's `expired` is among the answers. */
const INSTANTS = Array.from({ length: 6 }, (_, minute) => NOW + minute * MINUTE_MS);

interface World {
  readonly customer: number;
  readonly bank: number;
  readonly shop: number;
  /** Everything ever sent, sorted. */
  readonly net: readonly number[];
  readonly clock: number;
}

type Rows = ReadonlyMap<string, Row>;

const STATES = interner<PurchaseState>((state) => spell(state));
const ROWS = interner<Rows>((rows) => spell([...rows].sort()));
const SENDS = interner<Send>(({ to, bytes }) => `${to} ${Buffer.from(bytes).toString("base64")}`);

interface Setting {
  /** What the rows hold when the payment is about to leave. */
  readonly start: World;
  readonly parties: ReturnType<typeof parties>;
  readonly contract: Contract;
  readonly coins: readonly MadeCoin[];
  readonly players: ReturnType<typeof playersOf>;
}

/** Trustees whom nobody hears: the money is what is looked at here. */
const GROUP = encode(groupSchema, {
  ceremony: "00".repeat(32),
  threshold: 1,
  key: Buffer.from(namedPoint(crypto, "nobody")).toString("hex"),
  trustees: [],
  sellUntilMs: NOW + HOUR_MS,
  answerUntilMs: NOW + 10 * HOUR_MS,
  claimWindowMs: HOUR_MS,
});

/** `coins twice`: the coins are asked back from the very beginning, as no honest purse would. */
type Pays = "coins" | "coins twice" | "hold";

/** @param forgets rows that a planted bank does not see when it decides. */
function setting(mode: "netbill" | "optimistic", pays: Pays, forgets: Forgets = () => false): Setting {
  const all = parties(crypto, { mint: mint as Mint });
  const pid = stock(all, "thing", { stock: 1 });
  const contract = contractOf(all, pid, `${mode} ${pays}`, { mode, notAfterMs: NOW + 4 * MINUTE_MS });
  const payer = crypto.signingKey(new Uint8Array(32).fill(8));
  fund(all, payer.publicKey, 10n * PRICE);
  const at = { crypto, config: { ...all.bankConfig, mint }, desk: all.bank, mint, payer, merchant: all.shopConfig.key };
  const coins = pays !== "hold" ? withdrawn(at, `${mode}`, [128n, 64n, 32n, 16n, 8n, 2n]) : [];
  // More of each key is out than this: else the bank's count of a key would stop what its rows have forgotten.
  if (pays === "coins twice") withdrawn(at, "others", [128n, 64n, 32n, 16n, 8n, 2n]);
  if (pays === "hold") holdFor(all, payer, contract);
  const funding: Funding = pays !== "hold" ? byCoins(crypto, coins, contract.slipHash) : { kind: "hold" };
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof, slip: body } = contract;
  const purchase: Purchase = {
    tid: body.tid,
    certificate: all.shop.view.get("item", pid)?.certificate as Uint8Array,
    payment: encode(paymentMessage, { pid, order, slip, pay, funding, visit: null }),
    sealed,
    proof,
    group: mode === "optimistic" ? GROUP : null,
    abort: abortFor(crypto, contract.keys.buyer, body),
    startedMs: NOW,
  };
  const state = startPurchase(config, purchase);
  const refreshes = refreshesOf({ coins, parties: all });
  const start: World = {
    customer: STATES.of(state),
    bank: ROWS.of(new Map(all.bank.rows)),
    shop: ROWS.of(new Map(all.shop.rows)),
    net: sent([], [...machine.sends(state), ...(pays === "coins twice" ? refreshes : [])]),
    clock: 0,
  };
  const players = playersOf(all, refreshes, forgets);
  return { start, parties: all, contract, coins, players };
}

function holdFor(
  all: ReturnType<typeof parties>,
  payer: ReturnType<typeof crypto.signingKey>,
  { slip }: Contract,
): void {
  const { bank, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs } = slip;
  const terms = { bank, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log: null };
  const body = { account: payer.publicKey, ...terms };
  const sealed = crypto.seal(all.bankConfig.box.publicKey, sign(crypto, payer, holdSchema, body));
  all.bank.hear(encode(holdRequest, { sealed }), NOW);
}

/** What the purse does when its purchase has ended unpaid: each coin back by itself, which is also a message. */
function refreshesOf({ coins, parties: all }: Pick<Setting, "coins" | "parties">): readonly Send[] {
  return coins.slice(0, 1).map((coin, at) => {
    const into = [blankOf(crypto, keyOf(mint, coin.key.denominationMinor), `back ${at}`)];
    return { to: "bank", bytes: refreshing({ crypto, config: all.bankConfig }, [coin], into) };
  });
}

function sent(net: readonly number[], more: readonly Send[]): readonly number[] {
  const heard = more.filter(({ to }) => !to.startsWith("trustee")).map((send) => SENDS.of(send));
  return [...new Set([...net, ...heard])].sort((a, b) => a - b);
}

/** One party's part of an event: what becomes of its rows or state, and what it says. */
interface Local {
  readonly next: number;
  readonly says: readonly Send[];
}

/** The three parties of a setting, each remembering what it has worked out. */
type Forgets = (place: string, row: Row) => boolean;

function playersOf(all: ReturnType<typeof parties>, refreshes: readonly Send[], forgets: Forgets) {
  const now = (clock: number) => INSTANTS[clock] as number;
  const put = (desk: { rows: Map<string, Row> }, rows: number) => {
    desk.rows.clear();
    for (const [place, row] of ROWS.at(rows)) desk.rows.set(place, row);
  };
  const admitted = remembered((send): BankCommand => {
    const command = all.bank.authority.admit(SENDS.at(send).bytes, NOW);
    if (!command.ok) throw new Error(command.reason);
    return command.value;
  });
  const hearing = (state: number, input: PurchaseInput, clock: number): Local | null => {
    const next = machine.step(STATES.at(state), input, now(clock));
    if (next === null) return null;
    return { next: STATES.of(next), says: [...machine.sends(next), ...(next.phase === "ended" ? refreshes : [])] };
  };
  return {
    bank: remembered((rows, send, clock): Local => {
      put(all.bank, rows);
      const forgotten = [...all.bank.rows].filter(([place, row]) => forgets(place, row));
      for (const [place] of forgotten) all.bank.rows.delete(place);
      const { outcome } = all.bank.decide(admitted(send), now(clock));
      for (const [place, row] of forgotten) if (!all.bank.rows.has(place)) all.bank.rows.set(place, row);
      const bytes =
        outcome.kind === "issued"
          ? withSignatures(all.bankConfig, outcome, signaturesFor(outcome))
          : all.bank.authority.answer(outcome, now(clock));
      const to = SENDS.at(send).to === "bank" ? "customer from bank" : "shop from bank";
      return { next: ROWS.of(new Map(all.bank.rows)), says: [{ to, bytes }] };
    }),
    shop: remembered((rows, send, clock, endorsement): Local | null => {
      put(all.shop, rows);
      all.shop.takeSends();
      const { to, bytes } = SENDS.at(send);
      const command =
        to === "merchant" ? admittedAtShop(all, bytes) : hearBank(all.shopConfig, SENDS.at(endorsement).bytes, bytes);
      if (command === null) return null;
      const answer = all.shop.authority.answer(all.shop.decide(command, now(clock)).outcome, now(clock));
      const owed = all.shop.takeSends().map((each) => ({ ...each, to: "bank as shop" }));
      return { next: ROWS.of(new Map(all.shop.rows)), says: [{ to: "customer from shop", bytes: answer }, ...owed] };
    }),
    told: remembered((state, send, clock) => {
      const { to, bytes } = SENDS.at(send);
      return hearing(state, { kind: to === "customer from bank" ? "bank" : "merchant", answer: bytes }, clock);
    }),
    givesUp: remembered((state, clock) => hearing(state, { kind: "give-up" }, clock)),
    wakes: remembered((state, clock) => hearing(state, { kind: "wake" }, clock)),
  };
}

function admittedAtShop(all: ReturnType<typeof parties>, bytes: Uint8Array): ShopCommand {
  const command = all.shop.authority.admit(bytes, NOW);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

function signaturesFor({ sign: wanted }: Extract<BankOutcome, { kind: "issued" }>): readonly (Uint8Array | null)[] {
  return wanted.map((each) => each && mint.signerOf(each.keyId).sign(each.blinded));
}

type Step = readonly [name: string, next: World];

/** Every world that one event makes of this one. */
function steps({ players }: Setting, world: World): Step[] {
  const { customer: state, bank, shop, net, clock } = world;
  const found: Step[] = [];
  const add = (name: string, part: "customer" | "bank" | "shop", local: Local | null) => {
    if (local !== null) found.push([name, { ...world, [part]: local.next, net: sent(net, local.says) }]);
  };
  const endorsement = net.find((send) => SENDS.at(send).to === "bank as shop") ?? -1;
  for (const send of net) {
    switch (SENDS.at(send).to) {
      case "bank":
      case "bank as shop":
        add(`bank hears ${SENDS.at(send).to} ${send}`, "bank", players.bank(bank, send, clock));
        break;
      case "merchant":
      case "shop from bank":
        add(`shop hears ${send}`, "shop", players.shop(shop, send, clock, endorsement));
        break;
      default:
        add(`customer hears ${send}`, "customer", players.told(state, send, clock));
    }
  }
  add("customer gives up", "customer", players.givesUp(state, clock));
  if (clock + 1 < INSTANTS.length) {
    const later = players.wakes(state, clock + 1);
    const next = later === null ? world : { ...world, customer: later.next, net: sent(net, later.says) };
    found.push(["a minute passes", { ...next, clock: clock + 1 }]);
  }
  return found;
}

function faultIn({ contract, coins, parties: all }: Setting, world: World): string | null {
  const state = STATES.at(world.customer);
  const [bank, shop] = [ROWS.at(world.bank), ROWS.at(world.shop)];
  const tid = contract.slip.tid;
  const paid = bank.get(`sale/${tid}`)?.phase === "PAID";
  const fates = coins.map(({ coinId }) => bank.get(`coin/${coinId}`)?.state ?? null);
  const credit = (bank.get(`account/${all.shopConfig.key.publicKey}`)?.balance ?? 0n) as bigint;
  if (paid !== (credit === PRICE)) return "paid and credited are not one";
  if (paid && fates.some((fate) => fate !== "SPENT")) return "a coin of a paid sale is not spent";
  if (paid && world.net.some((send) => isRefreshed(send))) return "a coin of a paid sale came back";
  if (state.phase === "ended" && paid) return "ended and paid";
  if ((state.phase === "paid" || state.phase === "claiming") && !paid) return "goods or a receipt without payment";
  if (shop.get(`sale/${tid}`)?.phase === "sold" && !paid) return "sold without payment";
  return null;
}

const isRefreshed = remembered((send): boolean => {
  const answer = decode(bankAnswer, SENDS.at(send).bytes);
  return answer.ok && answer.value.kind === "issued";
});

/** With the bank alone answering, and time passing: the customer is through, or has its receipt. */
function endsAlone({ players }: Setting, from: World): boolean {
  let { customer: state, bank, clock } = from;
  for (let round = 0; round < 20; round++) {
    if (!UNDECIDED.has(STATES.at(state).phase)) return true;
    for (const send of machine.sends(STATES.at(state))) {
      if (send.to !== "bank") continue;
      const said = players.bank(bank, SENDS.of(send), clock);
      bank = said.next;
      state = players.told(state, SENDS.of(said.says[0] as Send), clock)?.next ?? state;
    }
    clock = Math.min(clock + 1, INSTANTS.length - 1);
    state = players.wakes(state, clock)?.next ?? state;
  }
  return false;
}

const UNDECIDED: ReadonlySet<string> = new Set(["paying", "settling", "aborting"]);

interface Explored extends Searched {
  readonly ends: ReadonlySet<string>;
}

/** Breadth first, so that the first fault is reached by the fewest events. */
function explore(at: Setting, limit = 400_000): Explored {
  const ends = new Set<string>();
  const searched = search({
    start: at.start,
    steps: (world) => steps(at, world),
    faultIn(world) {
      ends.add(STATES.at(world.customer).phase);
      return faultIn(at, world) ?? (endsAlone(at, world) ? null : "no way to an end");
    },
    keyOf: ({ customer: state, bank, shop, clock, net }) => [state, bank, shop, clock, ...net].join(" "),
    limit,
  });
  return { ...searched, ends };
}

describe("settle, abort, refresh and silence in every order", () => {
  for (const [mode, pays] of [
    ["optimistic", "hold"],
    ["optimistic", "coins"],
    ["optimistic", "coins twice"],
    ["netbill", "coins"],
  ] as const) {
    test(`${mode}, paid by ${pays}`, { timeout: 240_000 }, () => {
      const { worlds, fault, ends } = explore(setting(mode, pays));
      console.log(`${mode} paid by ${pays}: ${worlds} worlds, ends ${[...ends].sort().join(" ")}`);
      expect(fault).toBeNull();
      expect(ends).toContain("paid");
      expect(ends).toContain("ended");
    });
  }

  const planted: readonly (readonly [string, Pays, Forgets])[] = [
    ["a bank that forgets an abort", "coins", (place, row) => place.startsWith("sale/") && row.phase === "ABORTED"],
    [
      "a bank that forgets what it refreshed",
      "coins twice",
      (place, row) => place.startsWith("coin/") && row.state === "REFRESHED",
    ],
    [
      "a bank that forgets what was spent",
      "coins twice",
      (place, row) => place.startsWith("coin/") && row.state === "SPENT",
    ],
    ["a bank that forgets what was paid", "hold", (place, row) => place.startsWith("sale/") && row.phase === "PAID"],
  ];
  for (const [name, pays, forgets] of planted) {
    test(`found out: ${name}`, { timeout: 240_000 }, () => {
      expect(explore(setting("optimistic", pays, forgets)).fault).not.toBeNull();
    });
  }
});
