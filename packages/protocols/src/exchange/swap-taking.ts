/**
 * The responder of a swap from its offer on. It has given nothing: its opening leaves only when the other's has come and
 * fits. But the other may have trustees open its item and say nothing, so once they take no opening any more it looks
 * there: the opening that was given for its item opens the other's.
 *
 * It ends without only when every trustee has signed that nothing was given there. Fewer would not do: of n trustees t − 1
 * may lie, and with their help one honest answer is enough to open its item.
 */
import {
  count,
  decode,
  encode,
  hex32,
  type Instant,
  instant,
  list,
  type Of,
  oneOf,
  record,
  SECOND_MS,
  union,
} from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { opening, opens, signedBytes, unsealPoint } from "../contract/index.ts";
import type { Machine, Send } from "../index.ts";
import { givenQuery, groupIdOf, hearNotGiven, TRUSTEES_LIMIT, trusteeAnswer } from "../trustees/index.ts";
import { type SwapInput, swapInputSchema } from "./swap-giving.ts";
import {
  notAfterIn,
  overIn,
  patientMs,
  type Swap,
  type SwapConfig,
  slipHashIn,
  slipOf,
  swapSchema,
  trusteesIn,
} from "./swap-record.ts";

const denialsSchema = list(signedBytes, TRUSTEES_LIMIT);

export const takingStateSchema = union("phase", {
  /** The offer is out. The other may take it, until the orders end. */
  bound: record(null, { swap: swapSchema, wakeMs: instant }),
  /** It has not come, and trustees take nothing any more: was it given there? */
  looking: record(null, { swap: swapSchema, denials: denialsSchema, tries: count(), wakeMs: instant }),
  had: record(null, { swap: swapSchema, opening, secret: hex32 }),
  /** Neither has anything: every trustee says so, or those that would know are over. The other may still make good. */
  ended: record(null, { swap: swapSchema, denials: denialsSchema, cause: oneOf("not-given", "over") }),
});
export type TakingState = Of<typeof takingStateSchema>;

/** Trustees go by their own clocks; most agree to well within this. */
const CLOCKS_MS = 10 * SECOND_MS;

export function startTaking(swap: Swap): TakingState {
  return { phase: "bound", swap, wakeMs: notAfterIn(swap) + CLOCKS_MS };
}

export function taker(config: SwapConfig): Machine<TakingState, SwapInput> {
  const { crypto } = config;
  return {
    state: takingStateSchema,
    input: swapInputSchema,
    step(state, input, now) {
      if (state.phase === "had") return null;
      switch (input.kind) {
        case "given":
          return take(crypto, state.swap, input.opening);
        case "trustee":
          return state.phase === "looking" ? hearTrustee(crypto, state, input.answer) : null;
        case "counterpart":
          return null;
        case "wake":
          return state.phase !== "ended" && now >= state.wakeMs ? wake(config, state, now) : null;
      }
    },
    sends: (state) => (state.phase === "looking" ? looks(crypto, state) : []),
    deadline: (state) => (state.phase === "bound" || state.phase === "looking" ? state.wakeMs : null),
    expired: () => ({ kind: "wake" }),
  };
}

/** Whoever brings it: it fits the other's slip or it is nothing. */
function take(crypto: Crypto, swap: Swap, given: string): TakingState | null {
  const { slip, offer } = swap.theirs;
  if (!opens(crypto, given, slipOf(slip).commitment)) return null;
  return { phase: "had", swap, opening: given, secret: unsealPoint(crypto, given, offer.sealed) };
}

type Looking = Extract<TakingState, { phase: "looking" }>;

function wake(
  config: SwapConfig,
  state: Extract<TakingState, { phase: "bound" | "looking" }>,
  now: Instant,
): TakingState {
  const { swap } = state;
  const overMs = overIn(swap);
  const denials = state.phase === "looking" ? state.denials : [];
  if (now > overMs) return { phase: "ended", swap, denials, cause: "over" };
  const tries = state.phase === "looking" ? state.tries + 1 : 0;
  return { phase: "looking", swap, denials, tries, wakeMs: Math.min(now + patientMs(config, tries), overMs + 1) };
}

/** To each trustee that has not signed that nothing was given. */
function looks(crypto: Crypto, { swap, denials }: Looking): readonly Send[] {
  const trustees = trusteesIn(swap);
  const about = aboutIn(crypto, swap);
  const denied = denials.map((statement) => hearNotGiven(crypto, trustees, about, statement));
  const question = encode(givenQuery, { group: groupIdOf(crypto, trustees), ...about });
  const open = trustees.trustees.filter(({ index }) => !denied.includes(index));
  return open.map(({ index }) => ({ to: `trustee/${index}`, bytes: question }));
}

/** The slip whose opening trustees ask for in return, and until when they take it. */
function aboutIn(crypto: Crypto, swap: Swap) {
  return { slipHash: slipHashIn(crypto, swap.theirs.slip), notAfterMs: notAfterIn(swap) };
}

function hearTrustee(crypto: Crypto, state: Looking, answerBytes: Uint8Array): TakingState | null {
  const heard = decode(trusteeAnswer, answerBytes);
  if (!heard.ok) return null;
  if (heard.value.kind === "given") return take(crypto, state.swap, heard.value.opening);
  if (heard.value.kind !== "not-given") return null;
  const { swap } = state;
  const trustees = trusteesIn(swap);
  const about = aboutIn(crypto, swap);
  const index = hearNotGiven(crypto, trustees, about, heard.value.statement);
  const known = state.denials.map((statement) => hearNotGiven(crypto, trustees, about, statement));
  if (index === null || known.includes(index)) return null;
  const denials = [...state.denials, heard.value.statement];
  return denials.length === trustees.trustees.length
    ? { phase: "ended", swap, denials, cause: "not-given" }
    : { ...state, denials };
}
