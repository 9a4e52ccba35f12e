/** A real bank and real purses, taken through steps together with the reference; every word of the bank is compared. */
import { decode, type Hex, type Instant, MINUTE_MS, never, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type BankCommand, bankAnswer, blindedIdOf, coinIdOf, withSignatures } from "@counterfoil/protocols/money";
import { blindCoins, bundleOf, choose, exactly, largestOf, secretOf } from "@counterfoil/protocols/purse";
import {
  aborting,
  type Bench,
  bench,
  debitFor,
  grantTo,
  keyNamed,
  NOW,
  type Sale,
  saleOf,
  settling,
  word,
} from "../../packages/protocols/src/money/bank.fixture.ts";
import { reissuing } from "../../packages/protocols/src/money/coins.fixture.ts";
import { purseOf, type TestPurse } from "../../packages/protocols/src/purse/market.fixture.ts";
import { readPaths } from "../../packages/protocols/src/purse/own.ts";
import { nativeSigner } from "../native-rsa.ts";
import { checkRest, checkWorld } from "./invariants.ts";
import type { Season } from "./mint.ts";
import { Reference } from "./reference.ts";
import { BUNDLES, DAY_MS, type Fate, HOLDERS, SALES, type Step } from "./steps.ts";

/** Of ann, of bob. */
const FUNDS = [700n, 300n] as const;
const FAST_MS = 6 * MINUTE_MS;
/** The fast clock is past the day's end then, and the bank's is not. */
const EVE_MS = 4 * MINUTE_MS;
/** Of twenty minutes, until nothing is on its way: some five hours, longer than any errand waits. */
const ROUNDS = 16;

export interface Message {
  readonly by: number;
  readonly id: Hex;
  readonly bytes: Uint8Array;
}

export interface Payment {
  readonly by: number;
  readonly sale: Sale;
  readonly message: Uint8Array;
}

export class World {
  readonly at: Bench;
  readonly model: Reference;
  readonly purses: readonly TestPurse[];
  readonly payments: Payment[] = [];
  /** Coins that more than one purse has known: of these each may find the other's use. */
  readonly shared = new Set<Hex>();
  readonly firstSeen = new Map<Hex, number>();
  /** Which coin a blinded value is. */
  readonly coinOf = new Map<Hex, Hex>();
  /** How each errand, and each answer of the bank, came out. */
  readonly seen = new Set<string>();
  private readonly copies: Message[] = [];
  private readonly learnt = new Set<string>();
  private readonly crypto: Crypto;
  private readonly season: Season;

  constructor(crypto: Crypto, season: Season, model = new Reference(NOW)) {
    this.crypto = crypto;
    this.season = season;
    this.model = model;
    this.at = bench(crypto, { mint: season.mint });
    const names = ["ann", "ann", "bob"];
    const list = season.listAt(NOW);
    this.purses = names.map((name) => purseOf({ ...this.at, crypto } as never, name, NOW, { list }));
    for (const [i, name] of ["ann", "bob"].entries()) {
      const account = keyNamed(crypto, name).publicKey;
      grantTo(this.at, account, FUNDS[i] as bigint);
      model.grant(account, FUNDS[i] as bigint);
    }
  }

  get now(): Instant {
    return this.model.now;
  }

  /** By the clock of whoever holds the purse. */
  clock(by: number): Instant {
    return this.now + (by === HOLDERS.indexOf("bob") ? FAST_MS : 0);
  }

  take(step: Step): void {
    this.act(step);
    for (const [by, purse] of this.purses.entries()) this.learnErrands(by, purse);
    checkWorld(this);
  }

  private act(step: Step): void {
    switch (step.kind) {
      case "withdraw":
        this.withdraw(step.by, BUNDLES[step.bundle] as readonly bigint[]);
        break;
      case "target":
        this.ask(step.by, { kind: "target", bank: this.bank, targetMinor: step.minor });
        break;
      case "refresh":
        this.refresh(step);
        break;
      case "talk":
        this.talk(step.by, step.fate);
        break;
      case "copy":
        this.copy(step.at);
        break;
      case "wake":
        this.purse(step.by).wake(this.clock(step.by));
        break;
      case "learn":
        this.learn(step.by);
        break;
      case "restart":
        this.purse(step.by).desk.takeSends(); // what had not left yet: the rows are all there is
        break;
      case "buy":
        this.buy(step.by, step.sale);
        break;
      case "settle":
        this.settle(step.at);
        break;
      case "conclude":
        this.conclude(step.at);
        break;
      case "debit":
        this.debit(step.by, this.saleOf(step.by, step.sale));
        break;
      case "abort":
        this.hear(aborting(this.at, this.payments[step.at]?.sale ?? this.saleOf(0, step.at)));
        break;
      case "hand":
        this.hand(step);
        break;
      case "reissue":
        this.reissue(step);
        break;
      case "advance":
        this.advance(step.ms);
        break;
      case "jump":
        this.advance(
          Math.max(0, (step.to === "eve" ? this.season.nextDay(this.now) - EVE_MS : this.oldestEnds()) - this.now),
        );
        break;
      default:
        never(step);
    }
  }

  get bank(): Hex {
    return this.at.config.key.publicKey;
  }

  purse(by: number): TestPurse {
    return this.purses[by] as TestPurse;
  }

  ask(by: number, command: Parameters<TestPurse["ask"]>[0]): void {
    this.seen.add(this.purse(by).ask(command, this.clock(by)));
  }

  withdraw(by: number, plan: readonly bigint[]): void {
    this.ask(by, { kind: "withdraw", bank: this.bank, plan, notAfterMs: this.clock(by) + 60 * MINUTE_MS });
  }

  learn(by: number): void {
    const list = this.season.listAt(this.now);
    this.ask(by, { kind: "keys", bank: this.bank, unit: this.at.config.unit, url: "", list });
  }

  /** Some of the first four coins of a purse, by the bits of `pick`. */
  private picked(by: number, pick: number, states: readonly string[]): readonly Hex[] {
    return this.purse(by)
      .coins()
      .filter(([, { state }]) => states.includes(state))
      .map(([id]) => id)
      .sort()
      .slice(0, 4)
      .filter((_, i) => (pick & (1 << i)) !== 0);
  }

  private refresh({ by, pick, aim }: Extract<Step, { kind: "refresh" }>): void {
    const coinIds = this.picked(by, pick, ["available", "handed", "refunding"]);
    const purse = this.purse(by);
    const view = purse.desk.view;
    const totalMinor = coinIds.reduce((sum, id) => sum + (view.get("coin", id)?.amount ?? 0n), 0n);
    const largest = largestOf(purse.config, view.get("purse", this.bank)?.keys as Uint8Array, this.clock(by));
    const kept = aim === "deposit" ? 0n : aim === "half" ? totalMinor / 2n : totalMinor + (aim === "wrong" ? 1n : 0n);
    const plan = aim === "split" ? bundleOf(kept, largest < 8n ? largest : 8n) : exactly(kept, largest);
    const gives = aim === "deposit" || aim === "half";
    const deposit = gives ? { account: purse.config.account.publicKey, amountMinor: totalMinor - kept } : null;
    this.ask(by, { kind: "refresh", bank: this.bank, coinIds, plan, deposit });
  }

  talk(by: number, fate: Fate): void {
    const purse = this.purse(by);
    for (const send of purse.desk.takeSends()) {
      const message: Message = { by, id: send.about as Hex, bytes: send.bytes };
      if (fate === "copied") this.copies.push(message);
      if (fate === "no-question") continue;
      const answer = this.hear(message.bytes);
      if (fate === "twice") this.hear(message.bytes);
      if (fate === "no-answer") continue;
      this.told(message, answer);
      if (fate === "twice") this.told(message, answer);
    }
  }

  private told({ by, id }: Message, answer: Uint8Array): void {
    this.ask(by, { kind: "heard", id, answer });
  }

  /** A copy that was on its way all the while arrives, and so does its answer. */
  private copy(at: number): void {
    const message = this.copies[at % Math.max(1, this.copies.length)];
    if (message !== undefined) this.told(message, this.hear(message.bytes));
  }

  private buy(by: number, of: number): void {
    const purse = this.purse(by);
    const sale = this.saleOf(by, of);
    const ends = sale.slip.notAfterMs;
    const held = purse
      .coins("available")
      .filter(([, { deposit_until_ms }]) => deposit_until_ms > ends)
      .map(([id, { amount, epoch }]) => ({ id, amountMinor: amount, epoch }));
    const choice = choose(held, sale.slip.priceMinor, 128n);
    this.seen.add(`choice ${choice.kind}`);
    if (choice.kind === "too-little") return;
    const coinIds = choice.coins.map(({ id }) => id);
    if (choice.kind === "change") {
      this.ask(by, { kind: "refresh", bank: this.bank, coinIds, plan: choice.into, deposit: null });
      return;
    }
    if (!purse.reserve(sale.slip.tid, coinIds, this.clock(by))) return;
    this.payments.push({ by, sale, message: settling(sale, purse.funding(coinIds, sale.slipHash)) });
  }

  private settle(at: number): void {
    const payment = this.payments[at % Math.max(1, this.payments.length)];
    if (payment !== undefined) this.hear(payment.message);
  }

  /** The wallet has learnt how it ended: its coins were taken, or it gives up. */
  conclude(at: number): void {
    const payment = this.payments[at % Math.max(1, this.payments.length)];
    if (payment === undefined) return;
    const { tid } = payment.sale.slip;
    const purse = this.purse(payment.by);
    const [[coin] = []] = [purse.coins("reserved").filter(([, { about }]) => about === tid)];
    if (coin !== undefined) purse.release(tid, this.model.used.get(coin[0])?.by === tid, this.clock(payment.by));
  }

  private hand({ from, to, pick, arrives }: Extract<Step, { kind: "hand" }>): void {
    const coinIds = this.picked(from, pick, ["available"]);
    const { config, desk } = this.purse(from);
    this.ask(from, { kind: "hand", coinIds });
    if (!arrives) return;
    const coins = coinIds.map((id) => {
      const row = desk.view.get("coin", id);
      if (row === undefined) throw new Error("a coin that was handed over is gone");
      const { key_id: keyId, public_key: publicKey, prefix, signature, amount, epoch, deposit_until_ms } = row;
      const secret = secretOf(this.crypto, config.seed, row);
      const coin = { keyId, publicKey, prefix, signature };
      return { coin, amountMinor: amount, epoch, depositUntilMs: deposit_until_ms, from: { secret } };
    });
    this.ask(to, { kind: "adopt", bank: this.bank, coins, atOnce: pick % 2 === 0 });
  }

  /** What was issued is signed again, what was not is not, and nobody pays. */
  private reissue({ by, at }: Extract<Step, { kind: "reissue" }>): void {
    const errands = this.purse(by).errands();
    const [, errand] = errands[at % Math.max(1, errands.length)] ?? [];
    if (errand === undefined) return;
    const places = placesOf(this.season, readPaths(errand.paths));
    const outputs = blindCoins(this.crypto, this.purse(by).config.seed, places) ?? [];
    if (outputs.length === 0) return;
    const answer = decode(bankAnswer, this.hear(reissuing(this.at as never, outputs)));
    if (!answer.ok || answer.value.kind !== "reissued") throw new Error("not reissued");
    const known = admit(this, reissuing(this.at as never, outputs));
    if (known.kind !== "reissue") throw new Error(known.kind);
    known.outputs.forEach(({ id }, i) => {
      const given = answer.value.kind === "reissued" && answer.value.signatures[i] !== null;
      if (given !== this.model.issued.has(id)) throw new Error(`reissued what was ${given ? "not " : ""}issued`);
    });
  }

  advance(ms: number): void {
    this.model.advance(this.now + ms);
    const { desk } = this.at;
    for (const [place, row] of [...desk.rows]) {
      const [table, id] = [place.slice(0, place.indexOf("/")) as "coin", place.slice(place.indexOf("/") + 1)];
      const due = desk.authority.due?.[table]?.(id, row as never) ?? null;
      if (due !== null && due.atMs <= this.now) desk.decide(due.command, this.now);
    }
  }

  private oldestEnds(): Instant {
    const coins = this.purses.flatMap((purse) => purse.coins());
    const ends = coins.map(([, { key_id }]) => this.season.mint.find(key_id)?.refreshUntilMs as Instant);
    return Math.min(...ends.filter((each) => each > this.now), this.now + DAY_MS) + MINUTE_MS;
  }

  /** The bank hears it, says what the reference says, and a second time the same without a write. */
  hear(message: Uint8Array): Uint8Array {
    const command = admit(this, message);
    const expected = this.model.take(command);
    const answer = this.answerTo(command);
    const said = word(this.at, answer);
    if (said !== expected) throw new Error(`the bank says ${said}, the reference ${expected}, of a ${command.kind}`);
    this.seen.add(`${command.kind} ${said}`);
    const again = this.at.desk.decide(command, this.now);
    if (again.writes.length > 0) throw new Error(`a ${command.kind} moves something a second time`);
    return answer;
  }

  /**
   * Lets everything come to an end: each message arrives, each payment is concluded. Then what was late arrives as well, each
   * payment and each copy, and all must come to an end again.
   */
  rest(): void {
    for (const by of this.purses.keys()) this.ask(by, { kind: "target", bank: this.bank, targetMinor: 0n });
    this.settleDown();
    for (const { message } of this.payments) this.hear(message);
    for (const at of this.copies.keys()) this.copy(at);
    this.settleDown();
    checkRest(this);
  }

  private settleDown(): void {
    for (let round = 0; round < ROUNDS; round++) {
      for (const at of this.payments.keys()) this.conclude(at);
      for (const [by, purse] of this.purses.entries()) {
        this.learn(by);
        purse.wake(this.clock(by));
        this.talk(by, "well");
        this.learnErrands(by, purse);
        checkWorld(this);
      }
      if (this.purses.every(isAtRest)) return;
      this.advance(20 * MINUTE_MS);
    }
  }

  private answerTo(command: BankCommand): Uint8Array {
    const { outcome } = this.at.desk.decide(command, this.now);
    if (outcome.kind !== "issued" && outcome.kind !== "reissued")
      return this.at.desk.authority.answer(outcome, this.now);
    const { mint } = this.season;
    const signatures = outcome.sign.map((each) => each && nativeSigner(mint.signerOf(each.keyId))(each.blinded));
    return withSignatures(this.at.config, outcome, signatures);
  }

  private saleOf(by: number, of: number): Sale {
    const { price, endsMs } = SALES[of] as (typeof SALES)[number];
    return remembered(sales, `${by} ${of}`, () =>
      saleOf(this.at, `${HOLDERS[by]} ${of}`, { priceMinor: price, notAfterMs: NOW + endsMs }),
    );
  }

  private debit(by: number, sale: Sale): void {
    const { account } = this.purse(by).config;
    const funding = remembered(debits, `${by} ${sale.slipHash}`, () => debitFor(this.at, account, sale.slipHash));
    this.hear(settling(sale, funding));
  }

  private learnErrands(by: number, purse: TestPurse): void {
    for (const [id, errand] of purse.errands()) {
      if (this.learnt.has(`${by} ${id}`)) continue;
      this.learnt.add(`${by} ${id}`);
      const places = placesOf(this.season, readPaths(errand.paths));
      for (const { output, unsigned } of blindCoins(this.crypto, purse.config.seed, places) ?? [])
        this.coinOf.set(blindedIdOf(this.crypto, output.keyId, output.blinded), coinIdOf(this.crypto, unsigned));
    }
  }
}

const KEPT = 8_192;
/** No errand is asked, no coin is on its way. */
function isAtRest(purse: TestPurse): boolean {
  const asked = purse.errands().some(([, { phase }]) => phase === "asked");
  return !asked && purse.coins().every(([, { state }]) => state !== "refunding" && state !== "reserved");
}

const sales = new Map<string, Sale>();
const debits = new Map<string, ReturnType<typeof debitFor>>();
const admitted = new Map<string, BankCommand>();

/** Admission depends on the bytes alone, and the same messages come in run after run. */
function admit({ at, now }: World, message: Uint8Array): BankCommand {
  return remembered(admitted, toHex(message), () => {
    const command = at.desk.authority.admit(message, now);
    if (!command.ok) throw new Error(command.reason);
    return command.value;
  });
}

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= KEPT) known.clear();
  const value = make();
  known.set(name, value);
  return value;
}

function placesOf({ mint }: Season, paths: ReturnType<typeof readPaths>) {
  return paths.map((path) => ({ path, key: mint.find(path.keyId) as NonNullable<ReturnType<typeof mint.find>> }));
}
