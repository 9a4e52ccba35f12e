/** Two shops and their trustees in memory, message by message: who may be away, crash or lie is said by the test. */
import { decode, encode, type Hex, HOUR_MS, type Instant, toHex } from "@counterfoil/base";
import { type Crypto, H, type SigningKey, sign } from "@counterfoil/crypto";
import { certificateSchema, certifySignature, goodsPointOf, makeEscrow } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import type { Send } from "../index.ts";
import { groupIdOf, type TrusteeGroup, trusteeAnswer } from "../trustees/index.ts";
import {
  convene,
  end,
  keyNamed,
  NOW,
  type Trustee,
  tell,
  termsFor,
  trusteesNamed,
} from "../trustees/trustees.fixture.ts";
import type { Trusted } from "./buying.ts";
import type { SwapBookTables, SwapRow } from "./swap-book.ts";
import { swapDesk } from "./swap-desk.ts";
import { type SwapDeskCommand, type SwapDeskOutcome, type SwapDeskTables, takenIdOf } from "./swap-desk-rows.ts";
import { type GivingState, givingStateSchema, startGiving } from "./swap-giving.ts";
import { type InitiatorCommand, type InitiatorOutcome, initiator } from "./swap-initiator.ts";
import { pointOfOwn, type SwapItem, swapItem } from "./swap-items.ts";
import { swapAsk } from "./swap-messages.ts";
import { type OwnItem, type Proposal, propose, readOffer, readOrdered } from "./swap-offering.ts";
import type { Swap, SwapConfig } from "./swap-record.ts";
import { type TakingState, takingStateSchema } from "./swap-taking.ts";

export { NOW };
/** Shorter than groups have: a machine that nobody answers asks by the hour until it is over. */
export const CLAIM_MS = 24 * HOUR_MS;
export const NOT_AFTER = NOW + HOUR_MS;

export interface Side {
  readonly config: SwapConfig;
  readonly item: SwapItem;
  readonly own: OwnItem;
}

export interface World {
  readonly crypto: Crypto;
  readonly trustees: readonly Trustee[];
  readonly group: TrusteeGroup;
  readonly trusted: Trusted;
  readonly a: Side;
  readonly b: Side;
  readonly initiator: Desk<SwapBookTables, InitiatorCommand, InitiatorOutcome, Send>;
  readonly responder: Desk<SwapDeskTables, SwapDeskCommand, SwapDeskOutcome, Send>;
  /** What b is asked for. */
  readonly wanted: Hex;
}

export type What = "goods" | "signature";

const TEXT_HASH = "5e".repeat(32);

export function worldOf(
  crypto: Crypto,
  whats: readonly [What, What] = ["goods", "goods"],
  count = 3,
  threshold = 2,
): World {
  const trustees = trusteesNamed(crypto, count);
  const { group, signed } = convene(crypto, trustees, termsFor(trustees, threshold, { claimWindowMs: CLAIM_MS }));
  end(trustees, signed as Uint8Array);
  const certifier = keyNamed(crypto, "certifier");
  const trusted = { certifiers: [certifier.publicKey], groups: [group] };
  const a = sideOf(crypto, "a", whats[0], group, certifier, trusted);
  const b = sideOf(crypto, "b", whats[1], group, certifier, trusted);
  const responder = desk(swapDesk(b.config));
  const wanted = b.item.what.kind === "goods" ? b.item.certHash : b.item.what.textHash;
  responder.decide({ kind: "rule", rule: ruleFor(b, a, wanted, group) }, NOW);
  return { crypto, trustees, group, trusted, a, b, initiator: desk(initiator(a.config)), responder, wanted };
}

export function ruleFor(b: Side, a: Side, wanted: Hex, group: TrusteeGroup) {
  const goods = { url: "http://a.test", fileHash: "00".repeat(32), certificate: a.item.signed };
  const rule = {
    title: "b",
    certificate: b.item.signed,
    registration: b.own.registration,
    trustees: group,
    trusteeUrls: "",
    wantedTitle: "a",
    fileName: "a.txt",
    goods: a.item.what.kind === "goods" ? goods : null,
  };
  return { wanted, taken: takenIdOf(a.item), rule };
}

function sideOf(
  crypto: Crypto,
  word: string,
  what: What,
  group: TrusteeGroup,
  certifier: SigningKey,
  trusted: Trusted,
): Side {
  const key = keyNamed(crypto, `shop ${word}`);
  const seed = crypto.sha256(key.secretKey);
  const config = { crypto, key, seed };
  const registration = H(crypto, "registration", word);
  const id = groupIdOf(crypto, group);
  const signed =
    what === "goods"
      ? goodsCertificate(config, certifier, registration, id, group.key)
      : certifySignature(crypto, config, { textHash: TEXT_HASH, registration, group: id, groupKey: group.key });
  const item = swapItem(crypto, signed, trusted);
  if (!item.ok) throw new Error(item.reason);
  const own = { signed, certified: item.value, registration, point: pointOfOwn(crypto, seed, signed, registration) };
  return { config, item: item.value, own };
}

export function goodsCertificate(
  { crypto, key, seed }: SwapConfig,
  certifier: SigningKey,
  registration: Hex,
  group: Hex,
  groupKey: Hex,
): Uint8Array {
  const named = (what: string) => H(crypto, what, registration);
  const label = {
    merchant: key.publicKey,
    pid: named("pid"),
    version: 1,
    descriptionHash: named("description"),
    contentBytes: 10,
    contentHash: named("content"),
    fileBytes: 300,
    pieceBytes: 1024,
    root: named("root"),
    keyCommitment: named("kc"),
    group,
    groupKey,
  };
  const escrow = makeEscrow(crypto, label, goodsPointOf(crypto, seed, registration));
  return sign(crypto, certifier, certificateSchema, { certifier: certifier.publicKey, ...label, escrow });
}

/** Rounds 1 and 2 as far as the initiator's side of round 2. */
export function proposalIn(world: World, changes: { notAfterMs?: Instant; nonce?: Hex; now?: Instant } = {}) {
  const { crypto, a, b, responder, wanted } = world;
  const { notAfterMs = NOT_AFTER, nonce = H(crypto, "nonce"), now = NOW } = changes;
  const ask = { certificate: a.item.signed, wanted, session: H(crypto, "session", nonce), notAfterMs };
  const ordered = readOrdered(crypto, a.item, ask, responder.hear(encode(swapAsk, ask), now));
  if (!ordered.ok) throw new Error(ordered.reason);
  return propose(a.config, a.own, { theirs: b.item, wanted, asked: ordered.value.order }, nonce);
}

/** Round 2 at the responder, with the other's goods there. */
export function answerTo(
  world: World,
  message: Uint8Array,
  now: Instant = NOW,
  fetched: "no" | "yes" | "failed" = "yes",
) {
  const { authority, decide } = world.responder;
  const admitted = authority.admit(message, now);
  if (!admitted.ok) throw new Error(admitted.reason);
  const command = admitted.value;
  const { outcome } = decide(command.kind === "offer" ? { ...command, fetched } : command, now);
  return { outcome, answer: authority.answer(outcome, now) };
}

export function swapIn(world: World, proposal: Proposal = proposalIn(world)): Swap {
  const read = readOffer(world.a.config, proposal, world.b.item, answerTo(world, proposal.message).answer, NOW);
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

export const ROW: SwapRow = {
  title: "b",
  counterpart_url: "http://b.test",
  trustee_urls: "",
  file_hash: null,
  goods_url: null,
  out_path: "b",
  started_ms: NOW,
  delivered: false,
  fault: null,
  rule: null,
};

/** The initiator passes the point of no return. */
export function begin(world: World, swap: Swap, now: Instant = NOW): void {
  const state = startGiving(world.a.config, swap, now);
  if (!state.ok) throw new Error(state.reason);
  world.initiator.decide({ kind: "begin", id: swap.tid, state: state.value, row: ROW }, now);
}

export interface Weather {
  /** Whether what the initiator sends reaches the responder, at an instant. */
  readonly responder?: (now: Instant) => boolean;
  /** Whether the responder's answers come back. */
  readonly back?: (now: Instant) => boolean;
  /** Which trustees are reached, by whom. */
  readonly reached?: (index: number, by: "a" | "b", now: Instant) => boolean;
  /** How far a trustee's clock is behind. */
  readonly behindMs?: (index: number) => number;
  /** What a lying trustee says in place of the truth. */
  readonly lie?: (index: number, by: "a" | "b", truth: Uint8Array) => Uint8Array | null;
  /** Who is asleep until when: does nothing by itself before. */
  readonly asleepMs?: { readonly a?: Instant; readonly b?: Instant };
  /** Loses what was to leave whenever a phase is entered: a crash between the commit and the send. */
  readonly crashes?: boolean;
}

/** Everything that is sent arrives or is lost, and everything that falls due is done, in the order of time. */
export function play(world: World, from: Instant, until: Instant, weather: Weather = {}): void {
  const phases = new Set<string>();
  let now = from;
  for (;;) {
    drain(world, now, weather, phases);
    const next = dueNext(world, weather);
    if (next === null || next.atMs > until) return;
    now = Math.max(now, next.atMs);
    if (next.by === "a") world.initiator.decide(next.command as InitiatorCommand, now);
    else world.responder.decide(next.command as SwapDeskCommand, now);
  }
}

function drain(world: World, now: Instant, weather: Weather, phases: Set<string>): void {
  for (;;) {
    const sends = [
      ...world.initiator.takeSends().map((send) => ({ by: "a" as const, send })),
      ...world.responder.takeSends().map((send) => ({ by: "b" as const, send })),
    ];
    if (sends.length === 0) return;
    for (const { by, send } of sends) {
      if (weather.crashes && isFirst(world, by, send, phases)) continue;
      deliver(world, by, send, now, weather);
    }
  }
}

function isFirst(world: World, by: "a" | "b", send: Send, phases: Set<string>): boolean {
  const id = send.about as string;
  const now = by === "a" ? giverIn(world, id)?.phase : takerIn(world, id)?.phase;
  const phase = `${by}/${now}/${send.to}`;
  const first = !phases.has(phase);
  phases.add(phase);
  return first;
}

function deliver(world: World, by: "a" | "b", send: Send, now: Instant, weather: Weather): void {
  const id = send.about as string;
  const hear = (input: "counterpart" | "trustee", answer: Uint8Array) => {
    const command = { kind: "step", id, input: { kind: input, answer } } as const;
    if (by === "a") world.initiator.decide(command, now);
    else world.responder.decide(command, now);
  };
  if (send.to === "counterpart") {
    if (weather.responder?.(now) === false) return;
    const answer = world.responder.hear(send.bytes, now);
    if (weather.back?.(now) !== false) hear("counterpart", answer);
    return;
  }
  const index = Number(send.to.split("/")[1]);
  if (weather.reached?.(index, by, now) === false) return;
  const behind = weather.behindMs?.(index) ?? 0;
  const truth = encode(trusteeAnswer, tell(world.trustees[index - 1] as Trustee, send.bytes, now - behind));
  const said = weather.lie === undefined ? truth : weather.lie(index, by, truth);
  if (said !== null) hear("trustee", said);
}

function dueNext(world: World, { asleepMs }: Weather) {
  const found: { atMs: Instant; by: "a" | "b"; command: unknown }[] = [];
  for (const by of ["a", "b"] as const) {
    const at = by === "a" ? world.initiator : world.responder;
    for (const [place, row] of at.rows) {
      if (!place.startsWith("session/")) continue;
      const due = at.authority.due?.session?.(place.slice("session/".length), row as SwapBookTables["session"]);
      if (due) found.push({ by, atMs: Math.max(due.atMs, asleepMs?.[by] ?? 0), command: due.command });
    }
  }
  return found.sort((x, y) => x.atMs - y.atMs)[0] ?? null;
}

export function giverIn(world: World, tid: Hex): GivingState | undefined {
  const row = world.initiator.view.get("session", tid);
  if (row === undefined) return undefined;
  const state = decode(givingStateSchema, row.state);
  if (!state.ok) throw new Error(state.reason);
  return state.value;
}

export function takerIn(world: World, tid: Hex): TakingState | undefined {
  const row = world.responder.view.get("session", tid);
  if (row === undefined) return undefined;
  const state = decode(takingStateSchema, row.state);
  if (!state.ok) throw new Error(state.reason);
  return state.value;
}

/** Whether each holds the other's very point. */
export function hasIn(world: World, tid: Hex) {
  const giver = giverIn(world, tid);
  const taker = takerIn(world, tid);
  return {
    giver: giver?.phase === "had" && giver.secret === toHex(world.b.own.point.point),
    taker: taker?.phase === "had" && taker.secret === toHex(world.a.own.point.point),
  };
}

export function worldSeen(world: World, tid: Hex, honest = { giver: true, taker: true }) {
  return { tid, giver: giverIn(world, tid), taker: takerIn(world, tid), honest, has: hasIn(world, tid) };
}
