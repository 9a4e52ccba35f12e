/**
 * The initiator of a swap from the point of no return on: the row is durable before the opening of its own item leaves. If
 * the other is silent it has the trustees open the other's item, and gives them the opening, which the other then gets from
 * them. Trustees take an opening only until the orders end, so giving starts well before that or not at all.
 */
import {
  bytes,
  count,
  decode,
  encode,
  hex32,
  type Instant,
  instant,
  MINUTE_MS,
  type Of,
  type Result,
  record,
  refused,
  union,
} from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { opening, opens, purchaseKeys, unsealPoint } from "../contract/index.ts";
import type { Machine, Send } from "../index.ts";
import { type DisputedSale, type DisputeFacts, disputedSale, groupIdOf } from "../trustees/index.ts";
import { answersSchema, disputesTo, releaseSchema, withAnswer } from "./asking.ts";
import { swapAnswer, swapGive, swapLook } from "./swap-messages.ts";
import {
  notAfterIn,
  openingIn,
  orderOf,
  overIn,
  patientMs,
  type Swap,
  type SwapConfig,
  slipHashIn,
  slipOf,
  swapSchema,
  trusteesIn,
} from "./swap-record.ts";
import { triesAlone, waitMs } from "./waiting.ts";

const ANSWER_LIMIT_BYTES = 16 * 1024;
const waiting = { swap: swapSchema, tries: count(), wakeMs: instant };

export const givingStateSchema = union("phase", {
  /** The opening is out to the other, or about to be. */
  giving: record(null, waiting),
  /** The other is silent: the trustees are asked as well. */
  resolving: record(null, { ...waiting, answers: answersSchema }),
  /** Slept until trustees take nothing any more. Whether the opening ever left is not known here, so it does not leave now. */
  late: record(null, waiting),
  had: record(null, { swap: swapSchema, secret: hex32, release: releaseSchema }),
  /** Nobody answers any more, although something may have been given. The other may still make good. */
  forfeited: record(null, { swap: swapSchema, answers: answersSchema }),
});
export type GivingState = Of<typeof givingStateSchema>;

const answer = bytes(0, ANSWER_LIMIT_BYTES);
export const swapInputSchema = union("kind", {
  /** What came back from the other party or a trustee, as it came. */
  counterpart: record(null, { answer }),
  trustee: record(null, { answer }),
  /** Round 3, as the responder hears it. */
  given: record(null, { opening }),
  wake: record(null, {}),
});
export type SwapInput = Of<typeof swapInputSchema>;

/** Time for the other to answer, and after that for the trustees, with clocks that are minutes apart. */
export const GIVING_TIME_MS = 10 * MINUTE_MS;
/** A machine that wakes so close to the end asks everybody at once. */
const URGENT_MS = 5 * MINUTE_MS;

type Open = Extract<GivingState, { phase: "giving" | "resolving" | "late" }>;

/** The first state, to be written before anything leaves; refused where too little time is left. */
export function startGiving(config: SwapConfig, swap: Swap, now: Instant): Result<GivingState, "too-late"> {
  if (notAfterIn(swap) - now < GIVING_TIME_MS) return refused("too-late");
  return { ok: true, value: { phase: "giving", swap, tries: 0, wakeMs: now + waitMs(config, 0) } };
}

export function giver(config: SwapConfig): Machine<GivingState, SwapInput> {
  return {
    state: givingStateSchema,
    input: swapInputSchema,
    step(state, input, now) {
      if (state.phase === "had") return null;
      switch (input.kind) {
        case "counterpart":
          return hearCounterpart(config.crypto, state, input.answer);
        case "trustee":
          return state.phase === "resolving" ? hearTrustee(config, state, input.answer) : null;
        case "given":
          return null;
        case "wake":
          return isOpen(state) && now >= state.wakeMs ? wake(config, state, now) : null;
      }
    },
    sends: (state) => sends(config, state),
    deadline: (state) => (isOpen(state) ? state.wakeMs : null),
    expired: () => ({ kind: "wake" }),
  };
}

function isOpen(state: GivingState): state is Open {
  return state.phase === "giving" || state.phase === "resolving" || state.phase === "late";
}

function wake(config: SwapConfig, state: Open, now: Instant): GivingState {
  const { swap } = state;
  const overMs = overIn(swap);
  if (now > overMs) return { phase: "forfeited", swap, answers: state.phase === "resolving" ? state.answers : [] };
  const tries = state.tries + 1;
  // Until the orders end trustees are asked by the minute: an hour may be all that is left.
  const waitFor = now > notAfterIn(swap) ? patientMs : waitMs;
  const again = (at: number) => ({ swap, tries: at, wakeMs: Math.min(now + waitFor(config, at), overMs + 1) });
  if (state.phase !== "giving") return { ...state, ...again(tries) };
  if (now > notAfterIn(swap)) return { phase: "late", ...again(0) };
  const urgent = notAfterIn(swap) - now < URGENT_MS;
  return urgent || tries >= triesAlone(config)
    ? { phase: "resolving", answers: [], ...again(0) }
    : { phase: "giving", ...again(tries) };
}

function sends(config: SwapConfig, state: GivingState): readonly Send[] {
  switch (state.phase) {
    case "giving":
      return [give(config, state.swap)];
    case "resolving":
      return [give(config, state.swap), ...disputes(config, state)];
    case "late":
      return [{ to: "counterpart", bytes: encode(swapLook, { tid: state.swap.tid }) }];
    default:
      return [];
  }
}

function give(config: SwapConfig, swap: Swap): Send {
  return { to: "counterpart", bytes: encode(swapGive, { tid: swap.tid, opening: openingIn(config, swap) }) };
}

function disputes(
  config: SwapConfig,
  { swap, answers }: Extract<GivingState, { phase: "resolving" }>,
): readonly Send[] {
  const { crypto, seed } = config;
  const { mine, theirs } = swap;
  const group = trusteesIn(swap);
  const facts: DisputeFacts = {
    certificate: theirs.certificate,
    order: mine.order,
    slip: theirs.slip,
    slipHash: slipHashIn(crypto, theirs.slip),
    tid: swap.tid,
    group: groupIdOf(crypto, group),
    entitlement: { kind: "given", slip: mine.slip, opening: openingIn(config, swap) },
    keys: purchaseKeys(crypto, seed, orderOf(mine.order).nonce),
  };
  return disputesTo(crypto, group, facts, answers);
}

function caseOf(crypto: Crypto, { mine, theirs }: Swap): DisputedSale {
  const asked = disputedSale(crypto, { certificate: theirs.certificate, order: mine.order, slip: theirs.slip });
  if (asked === null) throw new Error("a swap's own instruments do not belong together");
  return asked;
}

/** Believed only as far as it opens the other's slip. */
function hearCounterpart(
  crypto: Crypto,
  { swap }: Exclude<GivingState, { phase: "had" }>,
  answerBytes: Uint8Array,
): GivingState | null {
  const heard = decode(swapAnswer, answerBytes);
  if (!heard.ok || heard.value.kind !== "given") return null;
  const { theirs } = swap;
  const { opening } = heard.value;
  if (!opens(crypto, opening, slipOf(theirs.slip).commitment)) return null;
  const secret = unsealPoint(crypto, opening, theirs.offer.sealed);
  return { phase: "had", swap, secret, release: { kind: "opening", opening } };
}

/** One more trustee has answered; with enough of them the item is open. */
function hearTrustee(
  { crypto, seed }: SwapConfig,
  state: Extract<GivingState, { phase: "resolving" }>,
  reply: Uint8Array,
): GivingState | null {
  const { swap } = state;
  const { disputes } = purchaseKeys(crypto, seed, orderOf(swap.mine.order).nonce);
  const heard = withAnswer(crypto, trusteesIn(swap), caseOf(crypto, swap), state.answers, reply, disputes.secret);
  if (heard === null) return null;
  const { answers, point } = heard;
  return point === null
    ? { ...state, answers }
    : { phase: "had", swap, secret: point, release: { kind: "answers", answers } };
}
