/** The teller of a sale paid in tokens of a mint, and the mint, as roles: the very teller over its rows, and NUT-14's rules. */
import { decode, type Hex, toHex, utf8 } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import { contentHashOf, type FollowBatch, recKeyOf } from "@counterfoil/protocols/log";
import { desk, tellers } from "@counterfoil/protocols/players";
import { type Errand, errandSchema, type TellerCommand, teller } from "@counterfoil/protocols/teller";
import { interner, type Role, spell, type Turn } from "../explore/index.ts";

const { config, crypto, DEADLINE, formFor, fundingFor, lockMessage, logId, NOW, proofsOf, slipOfTest, swapOf } =
  tellers;

export const contract = slipOfTest();
const { slip, slipHash } = contract;
const good = proofsOf(formFor(contract), "good");
/** What the buyer has spent before. */
const stale = proofsOf(formFor(contract), "stale");
const preimage = tellers.preimageFor(slipHash);
const PAYOUT = swapOf(good, tellers.PAYEE, "payout");

/** How the tokens were spent: by the merchant's swap, by the buyer's, or at the end of the lock. */
export type Spent = "no" | "paid" | "freed" | "lapsed";
export type Decision = "committed" | "aborted";

export type Message =
  | { readonly to: "the teller"; readonly command: TellerCommand; readonly name: string }
  | { readonly to: "the mint"; readonly errand: Errand }
  | { readonly to: "the log"; readonly asks: "commit" | "decline" | "abort" }
  | { readonly to: "the merchant"; readonly word: "locked" | "committed" | "paid" };

/** What is otherwise than it should be. */
export interface Plan {
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

export function isExpired({ skew, locktime }: Plan, instant: number): boolean {
  return instant + skew > locktime;
}

type Rows = ReadonlyMap<string, Row>;
const ROWS = interner<Rows>((rows) => spell([...rows].sort()));
const own = desk(teller(config));

function admitted(message: Uint8Array): TellerCommand {
  const command = own.authority.admit(message, NOW);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

const LOCKS = [good, stale].map((proofs) => admitted(lockMessage(contract, fundingFor(slipHash, proofs))));
const CLAIM: TellerCommand = { kind: "claim", tid: slip.tid, payout: PAYOUT };

/** The buyer offers both, and the merchant claims whenever it likes: whatever comes too early is refused. */
export const SAID: readonly Message[] = [
  ...LOCKS.map(
    (command, i) => ({ to: "the teller", command, name: i === 0 ? "lock" : "lock of spent tokens" }) as const,
  ),
  { to: "the teller", command: CLAIM, name: "claim" },
];

/** The log's head with its decision. */
export function decided(kind: Decision): Message {
  const recKey = recKeyOf(crypto, slip.bank, slip.tid);
  const contentHash = contentHashOf(crypto, kind, slip.bank, slipHash);
  const entries = [{ index: 0, entry: { kind, recKey, contentHash, timeMs: DEADLINE } }];
  const frontier = { size: 1, hashes: [new Uint8Array(32)] };
  const batch: FollowBatch = { log: logId, from: 0, frontier, headMs: DEADLINE, note: new Uint8Array(1), entries };
  return { to: "the teller", command: { kind: "followed", batch }, name: `head with ${kind}` };
}

/** What the teller has of the sale and of its tokens. */
export function tellerRow(state: number, table: "told_sale" | "ecash"): Row | undefined {
  return ROWS.at(state).get(`${table}/${table === "ecash" ? slipHash : slip.tid}`);
}

export function hasLockedSpent(state: number): boolean {
  return tellerRow(state, "told_sale")?.phase === "LOCKED" && isOfSpent(tellerRow(state, "ecash")?.token as Uint8Array);
}

function isOfSpent(token: Uint8Array): boolean {
  return toHex(token).includes(hexOf(stale[0]?.secret ?? ""));
}

function hexOf(text: string): Hex {
  return toHex(utf8(text));
}

export function tellerRole(plan: Plan): Role<number, Message> {
  const tell = (state: number, command: TellerCommand): Turn<number, Message> => {
    const { next, says } = told(state, command);
    return { next, says: [...says, ...planted(plan, command, says)] };
  };
  const owes = (state: number): readonly Message[] => {
    const phase = tellerRow(state, "told_sale")?.phase;
    if (phase === undefined) return [];
    const words = phase === "PAID" ? (["locked", "paid"] as const) : (["locked"] as const);
    return [{ to: "the log", asks: "abort" }, ...words.map((word) => ({ to: "the merchant", word }) as const)];
  };
  return {
    start: started(),
    hears: (state, message) =>
      message.to === "the teller" ? tell(state, confused(plan, state, message.command)) : null,
    moves: (state) =>
      tellerRow(state, "told_sale") === undefined
        ? []
        : [{ what: "does again what it owes", ...tell(state, { kind: "owe", tid: slip.tid }) }],
    owes,
  };
}

function started(): number {
  own.rows.clear();
  const followed = { size: 0, frontier: new Uint8Array(0), head_ms: NOW, note: new Uint8Array(1) };
  own.rows.set(`followed_log/${logId}`, followed);
  return ROWS.of(new Map(own.rows));
}

/** The teller decides one command over these rows. */
function told(state: number, command: TellerCommand): { readonly next: number; readonly says: readonly Message[] } {
  own.rows.clear();
  for (const [place, row] of ROWS.at(state)) own.rows.set(place, row);
  own.takeSends();
  own.decide(command, NOW);
  const says = own.takeSends().flatMap(({ to, bytes }): readonly Message[] => {
    if (to !== "mint") return [];
    const errand = decode(errandSchema, bytes);
    if (!errand.ok) throw new Error(errand.reason);
    return [{ to: "the mint", errand: errand.value }];
  });
  return { next: ROWS.of(new Map(own.rows)), says };
}

function planted(plan: Plan, command: TellerCommand, says: readonly Message[]): readonly Message[] {
  const errands = says.flatMap((each) =>
    each.to === "the mint" && each.errand.kind === "settle" ? [each.errand] : [],
  );
  if (plan.hopes) return errands.map((errand) => word(errand, { kind: "swapped" }));
  if (!plan.hurries || command.kind !== "claim") return [];
  const errand = { tid: slip.tid, slipHash, token: "00".repeat(32), kind: "settle" } as const;
  return [{ to: "the mint", errand: { ...errand, proofs: good, swap: { swap: PAYOUT, preimage } } }];
}

function confused(plan: Plan, state: number, command: TellerCommand): TellerCommand {
  const bytes = tellerRow(state, "ecash")?.token;
  if (!plan.confuses || command.kind !== "heard" || bytes === undefined) return command;
  const lock = LOCKS[isOfSpent(bytes as Uint8Array) ? 1 : 0] as TellerCommand;
  const [asked] = told(state, lock).says;
  return asked?.to === "the mint" ? { ...command, errand: { ...command.errand, token: asked.errand.token } } : command;
}

type Word = Extract<TellerCommand, { kind: "heard" }>["word"];

function word({ tid, slipHash: of, token, kind }: Errand, is: Word): Message {
  const command = { kind: "heard", errand: { tid, slipHash: of, token, kind }, word: is } as const;
  const what = is.kind === "states" ? is.states.map(({ state }) => state).join(" and ") : is.kind;
  return { to: "the teller", command, name: `the mint's word ${what}` };
}

/** NUT-03 and NUT-07 of one errand, NUT-14 by the mint's own clock. */
export function mintRole(plan: Plan): Role<Spent, Message> {
  return {
    start: "no",
    hears: (spent, message) => (message.to === "the mint" ? served(plan, spent, message.errand) : null),
    moves(spent, instant) {
      if (spent !== "no") return [];
      return [
        ...(isExpired(plan, instant) ? [{ what: "gives the buyer its tokens back", next: "lapsed" } as const] : []),
        ...(plan.merchantKnows ? [{ what: "lets the merchant take them", next: "paid" } as const] : []),
      ];
    },
  };
}

function served({ keepsNothing }: Plan, spent: Spent, errand: Errand): Turn<Spent, Message> {
  const isGood = errand.proofs[0]?.secret === good[0]?.secret;
  if (isGood && spent === "no" && errand.swap !== null) {
    return { next: errand.kind === "settle" ? "paid" : "freed", says: [word(errand, { kind: "swapped" })] };
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
  return { next: spent, says: [word(errand, { kind: "states", states, restored: spent === "paid" && isGood })] };
}
