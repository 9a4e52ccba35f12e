/**
 * The convener of a ceremony: it carries signed messages between trustees, adds none, and learns no secret. One that lies,
 * or falls over, leaves no group; it is then convened again.
 */
import { randomBytes } from "node:crypto";
import { DAY_MS, decode, encode, type Hex, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { retrying } from "@counterfoil/host";
import {
  beginRequest,
  type Ceremony,
  type CeremonyTerms,
  ceremonyOf,
  DEALING_ROUNDS,
  endRequest,
  groupOf,
  hear,
  leastMembers,
  roundRequest,
  type StandingGroup,
  setOf,
  signedGroupSchema,
  standingGroup,
  termsHold,
  trusteeAnswer,
} from "@counterfoil/protocols/trustees";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** A trustee, and the way to it: over HTTP, or a call within one process. */
export interface TrusteeDoor {
  readonly key: Hex;
  /** As people call it: its address, or its number. */
  readonly name: string;
  post(message: Uint8Array): Promise<Uint8Array>;
}

export interface GroupTerms {
  readonly threshold: number;
  readonly sellUntilMs: Instant;
  readonly claimWindowMs: number;
}

export interface ConvenedGroup extends StandingGroup {
  /** The group's descriptor and its members' signatures: what is shown to anyone. */
  readonly signed: Uint8Array;
  /** Names of those who fell silent or said what does not hold; they are no members. */
  readonly leftOut: readonly string[];
}

/** Of what a round of a ceremony has come to, for whoever watches. */
export type ConveneProgress = (round: number, rounds: number, heard: number) => void;

/** Rounds of dealing, one to confirm, one to tell everybody. */
const ROUNDS = DEALING_ROUNDS + 2;
const CEREMONY_MS = 10 * MINUTE_MS;
/** After the last claim: clocks differ, and answers take time. */
const MARGIN_MS = DAY_MS;
/** A trustee that restarts is back in time; one that is gone is given up in some ten seconds. */
const TRIES = { attempts: 5, baseDelayMs: 250 };

/** Runs the ceremony over all doors. Each trustee hears from each other only what it has signed. */
export async function conveneGroup(
  { crypto, clock }: { readonly crypto: Crypto; readonly clock: () => Instant },
  doors: readonly TrusteeDoor[],
  terms: GroupTerms,
  onProgress: ConveneProgress = () => {},
): Promise<ConvenedGroup> {
  const proposed = proposal(doors, terms, clock());
  const answers = await askAll(doors, encode(beginRequest, { terms: proposed }));
  const { ceremony, last } = await deal(crypto, doors, ceremonyOf(crypto, proposed), answers, onProgress);
  const made = groupOf(crypto, ceremony);
  if (!made.ok) throw tooFew(doors, ceremony, last);
  const memberships = made.value.trustees.map(({ index }) => last[index - 1]?.said ?? NOTHING);
  const signed = encode(signedGroupSchema, { group: made.value, memberships });
  const standing = standingGroup(crypto, signed);
  if (standing === null) throw notConfirmed(doors, ceremony, last);
  onProgress(DEALING_ROUNDS + 1, ROUNDS, memberships.length);
  const told = await askAll(doors, encode(endRequest, { group: signed }));
  onProgress(ROUNDS, ROUNDS, told.filter(({ kind }) => kind === "standing").length);
  const members = new Set(made.value.trustees.map(({ key }) => key));
  return { ...standing, signed, leftOut: doors.filter(({ key }) => !members.has(key)).map(({ name }) => name) };
}

function proposal(doors: readonly TrusteeDoor[], terms: GroupTerms, now: Instant): CeremonyTerms {
  const proposed = {
    members: doors.map(({ key }) => key),
    ...terms,
    answerUntilMs: terms.sellUntilMs + terms.claimWindowMs + MARGIN_MS,
    endsMs: now + CEREMONY_MS,
    nonce: toHex(new Uint8Array(randomBytes(32))),
  };
  if (termsHold(proposed) && terms.sellUntilMs > proposed.endsMs) return proposed;
  const detail = `${doors.length} different trustees of whom ${terms.threshold} open are no group: at least ${leastMembers(proposed)} are needed, and time to sell.`;
  throw new Refusal("wrong-terms", detail, NO_MONEY_MOVED, "Ask more trustees, lower --threshold, or sell for longer.");
}

interface Answer {
  /** The kind of the trustee's answer, its reason to decline, or "silent". */
  readonly kind: string;
  readonly said: Uint8Array | null;
}

async function deal(
  crypto: Crypto,
  doors: readonly TrusteeDoor[],
  from: Ceremony,
  first: readonly Answer[],
  onProgress: ConveneProgress,
): Promise<{ readonly ceremony: Ceremony; readonly last: readonly Answer[] }> {
  let [ceremony, last] = [from, first];
  for (let round = 1; round <= DEALING_ROUNDS; round++) {
    const came = last.flatMap(({ said }) => (said === null ? [] : [said]));
    const messages = setOf(crypto, ceremony, came);
    const next = hear(crypto, ceremony, messages);
    if (!next.ok) throw tooFew(doors, ceremony, last);
    onProgress(round, ROUNDS, messages.length);
    ceremony = next.value;
    last = await askAll(doors, encode(roundRequest, { ceremony: ceremony.id, round, messages }));
  }
  return { ceremony, last };
}

/** In the order of the doors. Asking again is harmless: a trustee says the same again. */
async function askAll(doors: readonly TrusteeDoor[], message: Uint8Array): Promise<readonly Answer[]> {
  return Promise.all(
    doors.map(async (door): Promise<Answer> => {
      try {
        const answer = decode(trusteeAnswer, await retrying(() => door.post(message), TRIES));
        if (!answer.ok) return SILENT;
        const { value } = answer;
        if (value.kind === "said") return { kind: "said", said: value.said };
        return { kind: value.kind === "declined" ? value.reason : value.kind, said: null };
      } catch {
        return SILENT; // whatever the reason, it is not in the set of this round
      }
    }),
  );
}

const SILENT: Answer = { kind: "silent", said: null };
const NOTHING = new Uint8Array(1);

function tooFew(doors: readonly TrusteeDoor[], { terms }: Ceremony, last: readonly Answer[]): Refusal {
  const detail = `Too few trustees take part: ${leastMembers(terms)} are needed. ${whoDidWhat(doors, last)}`;
  const next = "Are they running, and do they take part? Convene again when they do.";
  return new Refusal("too-few-trustees", detail.trim(), NO_MONEY_MOVED, next);
}

function notConfirmed(doors: readonly TrusteeDoor[], _: Ceremony, last: readonly Answer[]): Refusal {
  const detail = `Not every member has confirmed the group, so it does not stand. ${whoDidWhat(doors, last)}`;
  return new Refusal("not-confirmed", detail.trim(), NO_MONEY_MOVED, "Convene again; what was dealt is forgotten.");
}

function whoDidWhat(doors: readonly TrusteeDoor[], last: readonly Answer[]): string {
  const others = doors.flatMap(({ name }, at) => {
    const kind = last[at]?.kind ?? "silent";
    return kind === "said" ? [] : [`${name}: ${kind}`];
  });
  return others.length === 0 ? "" : `${others.join("; ")}.`;
}
