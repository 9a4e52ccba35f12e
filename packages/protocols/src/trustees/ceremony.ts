/**
 * A ceremony as anybody can follow it (P§2C *Keys*: Pedersen's DKG over Feldman's commitments, with complaints): the sets of
 * messages of its rounds, each checked by itself and against the sets before. Trustees, the convener, and whoever audits a
 * transcript run the same code, and whoever saw other bytes ends with another transcript.
 *
 * Whoever says nothing, or what does not hold, is left out of the next set, and with it of the group. Who deals last may
 * still choose whether to deal, and so prefer some keys; that helps nobody to open an ElGamal ciphertext.
 */
import { done, type Hex, type Result, refused, type Schema, toHex } from "@counterfoil/base";
import {
  type Crypto,
  groupKeyOf,
  H,
  open,
  type Point,
  possessionHolds,
  publicShareOf,
  raw,
  scalarOf,
  shareFits,
} from "@counterfoil/crypto";
import {
  type CeremonyReason,
  type CeremonyTerms,
  type Commit,
  ceremonyIdOf,
  commitSchema,
  type Defence,
  defenceSchema,
  hashCommitments,
  type Reveal,
  revealSchema,
  type Verdict,
  verdictSchema,
} from "./ceremony-messages.ts";
import type { TrusteeGroup } from "./messages.ts";

export interface Ceremony {
  readonly id: Hex;
  readonly terms: CeremonyTerms;
  /** Rounds heard: 0 to 4. */
  readonly heard: number;
  /** Names the terms and every set so far. After the last round it is the transcript. */
  readonly soFar: Hex;
  readonly commits: readonly Commit[];
  readonly reveals: readonly Reveal[];
  readonly verdicts: readonly Verdict[];
  readonly defences: readonly Defence[];
}

/** One who was heard in a round. */
interface Speaker {
  readonly ceremony: Hex;
  readonly trustee: Hex;
  readonly previous: Hex;
}

export function ceremonyOf(crypto: Crypto, terms: CeremonyTerms): Ceremony {
  const id = ceremonyIdOf(crypto, terms);
  return { id, terms, heard: 0, soFar: id, commits: [], reveals: [], verdicts: [], defences: [] };
}

/** Honest trustees are to be a majority of those who deal, else nobody is sure that complaints are answered. */
export function leastMembers({ threshold }: CeremonyTerms): number {
  return 2 * threshold - 1;
}

/** Whatever the clock says. */
export function termsHold(terms: CeremonyTerms): boolean {
  const { members, threshold, sellUntilMs, answerUntilMs, claimWindowMs } = terms;
  return (
    threshold >= 1 &&
    members.length >= leastMembers(terms) &&
    new Set(members).size === members.length &&
    answerUntilMs >= sellUntilMs + claimWindowMs
  );
}

export function indexIn({ members }: CeremonyTerms, trustee: Hex): number {
  return members.indexOf(trustee) + 1;
}

/** The ceremony after one more set: in the order of the members, one message each. */
export function hear(
  crypto: Crypto,
  before: Ceremony,
  messages: readonly Uint8Array[],
): Result<Ceremony, CeremonyReason> {
  if (messages.length < leastMembers(before.terms)) return refused("too-few");
  const said = messages.map((message) => readSaid(crypto, before, message));
  const places = said.map((each) => (each === null ? 0 : indexIn(before.terms, each.trustee)));
  const inOrder = places.every((place, at) => place > (at === 0 ? 0 : (places[at - 1] as number)));
  if (!inOrder) return refused("wrong-message");
  const set = SETS[before.heard];
  if (set === undefined) return refused("wrong-round");
  const soFar = H(crypto, "so-far/1", raw(before.soFar), ...messages);
  return done({ ...before, heard: before.heard + 1, soFar, [set]: said });
}

const SETS = ["commits", "reveals", "verdicts", "defences"] as const;

/** Who says this, as what belongs into the next set; null for what does not. */
export function speakerOf(crypto: Crypto, ceremony: Ceremony, message: Uint8Array): Hex | null {
  return readSaid(crypto, ceremony, message)?.trustee ?? null;
}

/** The convener's whole part: of what came back, what holds, one message a member, in their order. */
export function setOf(crypto: Crypto, ceremony: Ceremony, came: readonly Uint8Array[]): readonly Uint8Array[] {
  const set = new Map<number, Uint8Array>();
  for (const message of came) {
    const speaker = speakerOf(crypto, ceremony, message);
    const place = speaker === null ? 0 : indexIn(ceremony.terms, speaker);
    if (place > 0 && !set.has(place)) set.set(place, message);
  }
  return [...set].sort(([a], [b]) => a - b).map(([, message]) => message);
}

function readSaid(crypto: Crypto, ceremony: Ceremony, message: Uint8Array): Speaker | null {
  switch (ceremony.heard) {
    case 0:
      return read(crypto, ceremony, commitSchema, message, ceremony.terms.members, (commit) => isBox(crypto, commit));
    case 1: {
      const fits = (reveal: Reveal) => revealHolds(crypto, ceremony, reveal);
      return read(crypto, ceremony, revealSchema, message, keysOf(ceremony.commits), fits);
    }
    case 2: {
      const fits = ({ against }: Verdict) => areDealers(ceremony, against);
      return read(crypto, ceremony, verdictSchema, message, keysOf(ceremony.reveals), fits);
    }
    case 3:
      return read(crypto, ceremony, defenceSchema, message, keysOf(ceremony.verdicts), () => true);
    default:
      return null;
  }
}

/** Signed by one of `speakers`, in this ceremony, after the very same sets. */
function read<T extends Speaker>(
  crypto: Crypto,
  ceremony: Ceremony,
  schema: Schema<T>,
  message: Uint8Array,
  speakers: readonly Hex[],
  holds: (said: T) => boolean,
): T | null {
  const opened = open(crypto, schema, message, (said) => said.trustee);
  if (!opened.ok) return null;
  const said = opened.value.value;
  const belongs = said.ceremony === ceremony.id && said.previous === ceremony.soFar;
  return belongs && speakers.includes(said.trustee) && holds(said) ? said : null;
}

/** A key of low order: nothing can be sealed to it, and trying is no reason to stop. */
function isBox(crypto: Crypto, { box }: Commit): boolean {
  return crypto.x25519(scalarOf(1), raw(box)) !== null;
}

/** Exactly t commitments: with more, no t trustees could open anything. */
function revealHolds(crypto: Crypto, ceremony: Ceremony, reveal: Reveal): boolean {
  const { id, terms, commits } = ceremony;
  const { trustee, commitments, possession, shares } = reveal;
  const closed = commits.find((commit) => commit.trustee === trustee)?.commitments;
  if (closed !== hashCommitments(crypto, id, trustee, commitments)) return false;
  if (commitments.length !== terms.threshold || shares.length !== commits.length) return false;
  const dealing = { ceremony: raw(id), dealer: indexIn(terms, trustee) };
  return possessionHolds(crypto, dealing, commitments.map(raw), possession);
}

function areDealers({ terms, reveals }: Ceremony, against: readonly number[]): boolean {
  const dealers = reveals.map(({ trustee }) => indexIn(terms, trustee));
  const ascending = against.every((index, at) => at === 0 || index > (against[at - 1] as number));
  return ascending && against.every((index) => dealers.includes(index));
}

/** The indices of those who complained of this dealer. */
export function complainersOf({ terms, verdicts }: Ceremony, dealer: Hex): readonly number[] {
  const index = indexIn(terms, dealer);
  return verdicts.filter(({ against }) => against.includes(index)).map(({ trustee }) => indexIn(terms, trustee));
}

/** The share that the dealer has published for one who complained; undefined where it has not. */
export function publishedShare({ defences }: Ceremony, dealer: Hex, to: number): Hex | undefined {
  const defence = defences.find(({ trustee }) => trustee === dealer);
  return defence?.shares.find((each) => each.to === to)?.share;
}

/**
 * Those whose dealing counts, and who hold the key together: heard to the end, and every complaint of them answered with
 * the share that fits. Of whom t complain, at least one honest trustee does.
 */
export function qualified(crypto: Crypto, ceremony: Ceremony): readonly Reveal[] {
  const { terms, reveals, defences } = ceremony;
  return reveals.filter(({ trustee, commitments }) => {
    if (!defences.some((defence) => defence.trustee === trustee)) return false;
    const complainers = complainersOf(ceremony, trustee);
    if (complainers.length >= terms.threshold) return false;
    return complainers.every((index) => {
      const share = publishedShare(ceremony, trustee, index);
      return share !== undefined && shareFits(crypto, commitments.map(raw), index, raw(share));
    });
  });
}

/** What the ceremony has made, once its four rounds are heard. */
export function groupOf(crypto: Crypto, ceremony: Ceremony): Result<TrusteeGroup, CeremonyReason> {
  const { terms, soFar } = ceremony;
  if (ceremony.heard !== SETS.length) return refused("wrong-round");
  const members = qualified(crypto, ceremony);
  if (members.length < leastMembers(terms)) return refused("too-few");
  const sum = sumOf(
    crypto,
    members.map(({ commitments }) => commitments.map(raw)),
  );
  const trustees = members.map(({ trustee }) => {
    const index = indexIn(terms, trustee);
    return { index, key: trustee, share: publicShareOf(crypto, [sum], index) };
  });
  const key = groupKeyOf(crypto, [sum]);
  // Only dealers that are all in league could bring about the identity.
  if (![key, ...trustees.map(({ share }) => share)].every((point) => crypto.group.isPoint(point))) {
    return refused("wrong-group");
  }
  return done({
    ceremony: soFar,
    threshold: terms.threshold,
    key: toHex(key),
    trustees: trustees.map((each) => ({ ...each, share: toHex(each.share) })),
    sellUntilMs: terms.sellUntilMs,
    answerUntilMs: terms.answerUntilMs,
    claimWindowMs: terms.claimWindowMs,
  });
}

/** The commitments of the sum of all polynomials: added once, so that n shares of n dealers cost n and not n². */
function sumOf(crypto: Crypto, dealers: readonly (readonly Point[])[]): readonly Point[] {
  const [first, ...others] = dealers as [readonly Point[], ...(readonly Point[])[]];
  return others.reduce((sum, each) => sum.map((point, j) => crypto.group.add(point, each[j] as Point)), first);
}

function keysOf(said: readonly Speaker[]): readonly Hex[] {
  return said.map(({ trustee }) => trustee);
}
