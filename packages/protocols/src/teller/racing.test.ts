/**
 * A sale paid in tokens of a mint, in every order of events: the very teller, over a network that keeps every message ever
 * sent and delivers any of them at any time, again and again, or never; a mint that keeps NUT-14's rules by a clock of its own,
 * ahead of the log's or behind it; a log; a buyer who offers spent tokens and takes back what it can; a merchant who commits,
 * or not, and dies at any moment. Every state that can be reached is looked at.
 */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { describe, expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import { interner, type Searched, search, spell } from "../exploring.fixture.ts";
import type { Row } from "../index.ts";
import { contentHashOf, type Entry, type FollowBatch, recKeyOf } from "../log/index.ts";
import { preimageOf } from "./ecash-money.ts";
import { claimRequest, type Errand, errandSchema } from "./messages.ts";
import type { TellerCommand } from "./rows.ts";
import {
  config,
  crypto,
  DEADLINE,
  formFor,
  fundingFor,
  lockMessage,
  logId,
  NOW,
  PAYEE,
  proofsOf,
  slipOfTest,
  swapOf,
  tellerKey,
} from "./teller.fixture.ts";
import { teller } from "./teller.ts";

const contract = slipOfTest();
const { slip, slipHash } = contract;
const good = proofsOf(formFor(contract), "good");
/** What the buyer has spent before. */
const stale = proofsOf(formFor(contract), "stale");
const preimage = toHex(preimageOf(config, slipHash));

/** Ticks of time. The log's deadline is one of them, the lock's end another, by the mint's own clock. */
const DEADLINE_TICK = 1;
const TICKS = 5;

/** How the tokens were spent: by the merchant's swap, by the buyer's, or at the end of the lock. */
type Spent = "no" | "paid" | "freed" | "lapsed";

type Message =
  | { readonly to: "teller"; readonly command: TellerCommand }
  | { readonly to: "mint"; readonly errand: Errand }
  | { readonly to: "log" };

interface World {
  readonly rows: number;
  readonly spent: Spent;
  readonly log: "nothing" | "committed" | "aborted";
  readonly released: boolean;
  readonly tick: number;
  /** The merchant committed when the lock had ended. */
  readonly late: boolean;
  readonly net: readonly number[];
}

/** What is otherwise than it should be. */
interface Plan {
  readonly name: string;
  /** How far the mint's clock is ahead of the log's. */
  readonly skew: number;
  /** When the lock ends, by the mint's clock. */
  readonly locktime: number;
  /** The mint does not keep what tokens were spent with. */
  readonly keepsNothing?: true;
  /** The merchant lets the goods go on COMMITTED, as with a bank's own money. */
  readonly releasesOnCommit?: true;
  /** The hash is of the merchant's own secret, so that its swap needs nobody. */
  readonly merchantKnows?: true;
  /** The teller takes sending a swap for its success. */
  readonly hopes?: true;
  /** The teller sends the merchant's swap as soon as it has it. */
  readonly hurries?: true;
  /** The teller does not look which tokens the mint's word is about. */
  readonly confuses?: true;
}

type Rows = ReadonlyMap<string, Row>;
const ROWS = interner<Rows>((rows) => spell([...rows].sort()));
const NET = interner<Message>((message) => spell(message));
const own = desk(teller(config));

function admitted(message: Uint8Array): TellerCommand {
  const command = own.authority.admit(message, NOW);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

const LOCKS = [good, stale].map((proofs) => admitted(lockMessage(contract, fundingFor(slipHash, proofs))));
const PAYOUT = swapOf(good, PAYEE, "payout");
const CLAIM = admitted(encode(claimRequest, { bank: tellerKey.publicKey, tid: slip.tid, payout: PAYOUT }));

function entryOf(kind: "committed" | "aborted"): Entry {
  const recKey = recKeyOf(crypto, slip.bank, slip.tid);
  return { kind, recKey, contentHash: contentHashOf(crypto, kind, slip.bank, slipHash), timeMs: DEADLINE };
}

function batchOf(kind: "committed" | "aborted"): FollowBatch {
  const frontier = { size: 1, hashes: [new Uint8Array(32)] };
  const entries = [{ index: 0, entry: entryOf(kind) }];
  return { log: logId, from: 0, frontier, headMs: DEADLINE, note: new Uint8Array(1), entries };
}

function start(): World {
  own.rows.clear();
  const headMs = NOW;
  own.rows.set(`followed_log/${logId}`, {
    size: 0,
    frontier: new Uint8Array(0),
    head_ms: headMs,
    note: new Uint8Array(1),
  });
  const net = sent(
    [],
    LOCKS.map((command) => ({ to: "teller", command })),
  );
  return { rows: ROWS.of(new Map(own.rows)), spent: "no", log: "nothing", released: false, tick: 0, late: false, net };
}

function sent(net: readonly number[], more: readonly Message[]): readonly number[] {
  return [...new Set([...net, ...more.map((each) => NET.of(each))])].sort((a, b) => a - b);
}

const TOLD = new Map<string, { readonly rows: number; readonly says: readonly Message[] }>();

/** The teller decides one command over these rows. */
function told(rows: number, command: TellerCommand): { readonly rows: number; readonly says: readonly Message[] } {
  const key = `${rows} ${spell(command)}`;
  const known = TOLD.get(key);
  if (known !== undefined) return known;
  own.rows.clear();
  for (const [place, row] of ROWS.at(rows)) own.rows.set(place, row);
  own.takeSends();
  own.decide(command, NOW);
  const says = own.takeSends().map(({ to, bytes }): Message => {
    if (to !== "mint") return { to: "log" };
    const errand = decode(errandSchema, bytes);
    if (!errand.ok) throw new Error(errand.reason);
    return { to: "mint", errand: errand.value };
  });
  const made = { rows: ROWS.of(new Map(own.rows)), says };
  TOLD.set(key, made);
  return made;
}

function row(world: World, table: "told_sale" | "ecash"): Row | undefined {
  return ROWS.at(world.rows).get(`${table}/${table === "ecash" ? slipHash : slip.tid}`);
}

/** NUT-03 and NUT-07 of one errand: what the mint does, and says. */
function atMint(
  { keepsNothing }: Plan,
  { spent }: World,
  errand: Errand,
): { readonly spent: Spent; readonly says: Message } {
  const about = { tid: errand.tid, slipHash: errand.slipHash, token: errand.token, kind: errand.kind };
  const isGood = errand.proofs[0]?.secret === good[0]?.secret;
  const say = (word: Extract<TellerCommand, { kind: "heard" }>["word"]): Message => {
    return { to: "teller", command: { kind: "heard", errand: about, word } };
  };
  if (isGood && spent === "no" && errand.swap !== null) {
    return { spent: errand.kind === "settle" ? "paid" : "freed", says: say({ kind: "swapped" }) };
  }
  const by: Record<Spent, string | null> = {
    no: null,
    paid: JSON.stringify({ preimage, signatures: [PAYOUT.signature] }),
    freed: JSON.stringify({ preimage, signatures: ["another's"] }),
    lapsed: JSON.stringify({ signatures: ["another's"] }),
  };
  const state = isGood && spent === "no" ? "UNSPENT" : "SPENT";
  const states = errand.proofs.map(
    (_, i) => ({ state, witness: i === 0 && isGood && !keepsNothing ? by[spent] : null }) as const,
  );
  return { spent, says: say({ kind: "states", states, restored: spent === "paid" && isGood }) };
}

type Event = readonly [name: string, next: World];

/** Every world that one event makes of this one. */
function events(plan: Plan, world: World): Event[] {
  const found: Event[] = [];
  const tell = (name: string, command: TellerCommand) => {
    const { rows, says } = told(world.rows, command);
    found.push([name, { ...world, rows, net: sent(world.net, [...says, ...planted(plan, command, says)]) }]);
  };
  for (const number of world.net) {
    const message = NET.at(number);
    if (message.to === "teller") tell(`teller hears ${number}`, confused(plan, world, message.command));
    if (message.to === "mint") {
      const { spent, says } = atMint(plan, world, message.errand);
      found.push([`mint hears ${number}`, { ...world, spent, net: sent(world.net, [says]) }]);
    }
  }
  const sale = row(world, "told_sale");
  const payout = row(world, "ecash")?.payout ?? null;
  if (sale !== undefined && payout === null) tell("merchant claims", CLAIM);
  if (sale !== undefined) tell("teller owes", { kind: "owe", tid: slip.tid });
  if (sale !== undefined && world.log === "nothing") {
    if (world.tick <= DEADLINE_TICK)
      found.push(["merchant commits", { ...world, log: "committed", late: isExpired(plan, world) }]);
    else found.push(["anybody aborts", { ...world, log: "aborted" }]);
    found.push(["merchant declines", { ...world, log: "aborted" }]);
  }
  if (world.log !== "nothing") tell("teller follows", { kind: "followed", batch: batchOf(world.log) });
  const opens = plan.releasesOnCommit ? world.log === "committed" : sale?.phase === "PAID";
  if (opens && !world.released) found.push(["merchant lets the goods go", { ...world, released: true }]);
  if (world.spent === "no" && isExpired(plan, world)) found.push(["buyer takes back", { ...world, spent: "lapsed" }]);
  if (world.spent === "no" && plan.merchantKnows && sale !== undefined) {
    found.push(["merchant takes", { ...world, spent: "paid" }]);
  }
  if (world.tick < TICKS) found.push(["time passes", { ...world, tick: world.tick + 1 }]);
  return found;
}

function isExpired({ skew, locktime }: Plan, { tick }: World): boolean {
  return tick + skew > locktime;
}

function planted(plan: Plan, command: TellerCommand, says: readonly Message[]): readonly Message[] {
  const errands = says.flatMap((each) => (each.to === "mint" && each.errand.kind === "settle" ? [each.errand] : []));
  if (plan.hopes) {
    return errands.map((errand) => ({ to: "teller", command: { kind: "heard", errand, word: { kind: "swapped" } } }));
  }
  if (plan.hurries && command.kind === "claim") {
    const swap = { swap: PAYOUT, preimage };
    const token = "00".repeat(32);
    return [{ to: "mint", errand: { tid: slip.tid, slipHash, token, kind: "settle", proofs: good, swap } }];
  }
  return [];
}

function confused(plan: Plan, world: World, command: TellerCommand): TellerCommand {
  const bytes = row(world, "ecash")?.token;
  if (!plan.confuses || command.kind !== "heard" || bytes === undefined) return command;
  const asked = told(world.rows, LOCKS[toHex(bytes as Uint8Array).includes(spellOf(stale)) ? 1 : 0] as TellerCommand)
    .says[0];
  return asked?.to === "mint" ? { ...command, errand: { ...command.errand, token: asked.errand.token } } : command;
}

function spellOf(proofs: typeof good): Hex {
  return Buffer.from(proofs[0]?.secret as string).toString("hex");
}

/** What must hold wherever one is. */
function faultIn(plan: Plan, world: World): string | null {
  const phase = row(world, "told_sale")?.phase;
  const [delivered, paid] = [world.released || phase === "PAID", world.spent === "paid"];
  if (delivered && !paid) return "goods without money";
  if (paid && world.log !== "committed") return "money without a commit";
  if (world.spent === "freed" && world.log !== "aborted") return "given back without an abort";
  if (phase === "LOCKED" && toHex(row(world, "ecash")?.token as Uint8Array).includes(spellOf(stale)))
    return "locked what was spent";
  if (world.late) return "committed to no lock";
  return endsAlone(plan, world);
}

/** With the merchant dead, the log done and the teller and the mint up again: who has paid has the goods, who has not, the money. */
function endsAlone(plan: Plan, from: World): string | null {
  if (from.log === "nothing" || row(from, "told_sale") === undefined) return null;
  let world = from;
  for (let round = 0; round < 6; round++) {
    const steps: TellerCommand[] = [
      { kind: "followed", batch: batchOf(from.log) },
      { kind: "owe", tid: slip.tid },
    ];
    for (const command of steps) {
      const { rows, says } = told(world.rows, command);
      world = { ...world, rows };
      for (const message of says) {
        if (message.to !== "mint") continue;
        const done = atMint(plan, world, message.errand);
        if (done.says.to !== "teller") continue;
        world = { ...world, spent: done.spent, rows: told(world.rows, done.says.command).rows };
      }
    }
  }
  const phase = row(world, "told_sale")?.phase;
  if (world.spent === "paid") return phase === "PAID" ? null : "money without goods";
  if (from.log === "aborted") return phase === "RETURNED" ? null : "aborted, and the money is not back";
  return world.spent === "no" && row(world, "ecash")?.payout !== null ? "claimed, and nobody has the money" : null;
}

function explore(plan: Plan): Searched & { readonly ends: ReadonlySet<string> } {
  const ends = new Set<string>();
  const found = search<World>({
    start: start(),
    steps: (world) => events(plan, world),
    faultIn(world) {
      ends.add(`${row(world, "told_sale")?.phase} ${world.spent}`);
      return faultIn(plan, world);
    },
    keyOf: ({ rows, spent, log, released, tick, late, net }) =>
      [rows, spent, log, released, tick, late, ...net].join(" "),
    limit: 400_000,
  });
  return { ...found, ends };
}

const LOCKTIME = DEADLINE_TICK + 2;

describe("log, mint, teller, buyer and merchant in every order", () => {
  const kept: readonly Plan[] = [
    { name: "the mint's clock behind", skew: -1, locktime: LOCKTIME },
    { name: "the mint's clock the same", skew: 0, locktime: LOCKTIME },
    { name: "the mint's clock ahead", skew: 1, locktime: LOCKTIME },
    { name: "a mint that keeps no witness", skew: 1, locktime: LOCKTIME, keepsNothing: true },
  ];
  for (const plan of kept) {
    test(plan.name, { timeout: 240_000 }, () => {
      const { worlds, fault, ends } = explore(plan);
      console.log(`${plan.name}: ${worlds} worlds, ends ${[...ends].sort().join(", ")}`);
      expect(fault).toBeNull();
      expect(ends).toContain("PAID paid");
      expect(ends).toContain("RETURNED freed");
      if (!plan.keepsNothing) expect(ends).toContain("LAPSED lapsed");
    });
  }

  const plans: readonly (Plan & { readonly finds: string })[] = [
    {
      name: "goods let go on COMMITTED",
      skew: 0,
      locktime: LOCKTIME,
      releasesOnCommit: true,
      finds: "goods without money",
    },
    { name: "a lock that ends with the deadline", skew: 1, locktime: DEADLINE_TICK, finds: "committed to no lock" },
    {
      name: "a hash of the merchant's own",
      skew: 0,
      locktime: LOCKTIME,
      merchantKnows: true,
      finds: "money without a commit",
    },
    {
      name: "a swap that was sent taken for done",
      skew: 0,
      locktime: LOCKTIME,
      hopes: true,
      finds: "goods without money",
    },
    {
      name: "a swap sent before the log has decided",
      skew: 0,
      locktime: LOCKTIME,
      hurries: true,
      finds: "money without a commit",
    },
    {
      name: "the mint's word taken for other tokens'",
      skew: 0,
      locktime: LOCKTIME,
      confuses: true,
      finds: "locked what was spent",
    },
  ];
  for (const plan of plans) {
    test(`found out: ${plan.name}`, { timeout: 240_000 }, () => {
      expect(explore(plan).fault ?? "nothing").toContain(plan.finds);
    });
  }
});
