/**
 * What a trustee decides of a ceremony. The first set that it hears of a round is the one it goes on with, and what it said
 * then it says again: asked twice, the same bytes; asked with another set, nothing.
 */
import { assert, DAY_MS, decode, encode, type Hex, HOUR_MS, type Instant, list, sameBytes } from "@counterfoil/base";
import { signedBytes } from "../contract/index.ts";
import { type Ceremony, ceremonyOf, groupOf, hear, indexIn, termsHold } from "./ceremony.ts";
import {
  type CeremonyReason,
  type CeremonyTerms,
  ceremonyIdOf,
  DEALING_ROUNDS,
  roundRequest,
  termsSchema,
} from "./ceremony-messages.ts";
import { confirm, type Dealer, sayNext } from "./dealing.ts";
import type { StandingGroup } from "./group.ts";
import { CEREMONIES_LIMIT, GROUPS_LIMIT, TRUSTEES_LIMIT } from "./limits.ts";
import { groupIdOf, groupSchema } from "./messages.ts";
import {
  type CeremonyRow,
  decline,
  NOTHING,
  TALLY,
  type TrusteeCommand,
  type TrusteeConfig,
  type TrusteeDecision,
  type TrusteeTables,
  type TrusteeView,
} from "./trustee-rows.ts";

/** Sixteen trustees over a slow network need seconds; what is left lying is forgotten within the hour. */
export const LONGEST_CEREMONY_MS = HOUR_MS;

/** A group holds one of `GROUPS_LIMIT` places until its last day, and whoever convenes it chooses that day. */
export const LONGEST_GROUP_MS = 3_660 * DAY_MS;

export function begin(
  config: TrusteeConfig,
  { terms, secret }: Extract<TrusteeCommand, { kind: "begin" }>,
  view: TrusteeView,
  now: Instant,
): TrusteeDecision {
  const { crypto, key } = config;
  const id = ceremonyIdOf(crypto, terms);
  const row = view.get("ceremony", id);
  if (row !== undefined) return { writes: [], outcome: { kind: "said", said: saidIn(row)[0] as Uint8Array } };
  const reason = whyNot(config, terms, view, now);
  if (reason !== null) return decline(reason);
  assert(secret !== null && secret.length === 32, "the door has drawn the ceremony's secret");
  const said = sayNext({ crypto, key, secret }, ceremonyOf(crypto, terms));
  const begun: CeremonyRow = {
    terms: encode(termsSchema, terms),
    secret,
    heard: encode(setsSchema, []),
    said: encode(saidSchema, [said]),
    other: null,
    ends_ms: terms.endsMs,
    forget_ms: terms.endsMs,
  };
  return {
    writes: [{ table: "ceremony", id, row: begun }, tallied(view, 1, 0)],
    outcome: { kind: "said", said },
  };
}

function whyNot(config: TrusteeConfig, terms: CeremonyTerms, view: TrusteeView, now: Instant): CeremonyReason | null {
  const { ceremonies, groups } = tallyOf(view);
  if (!config.takesPart) return "takes-no-part";
  if (indexIn(terms, config.key.publicKey) === 0) return "not-a-member";
  if (!termsHold(terms) || terms.sellUntilMs <= terms.endsMs) return "wrong-terms";
  if (terms.endsMs > now + LONGEST_CEREMONY_MS || terms.answerUntilMs > now + LONGEST_GROUP_MS) return "wrong-terms";
  if (now >= terms.endsMs) return "too-late";
  return ceremonies >= CEREMONIES_LIMIT || groups + ceremonies >= GROUPS_LIMIT ? "too-many" : null;
}

export function hearRound(
  config: TrusteeConfig,
  command: Extract<TrusteeCommand, { kind: "hear" }>,
  view: TrusteeView,
  now: Instant,
): TrusteeDecision {
  const { ceremony: id, round, messages } = command;
  const row = view.get("ceremony", id);
  if (row === undefined) return decline("no-such-ceremony");
  const [sets, said] = [setsIn(row), saidIn(row)];
  if (round >= 1 && round <= sets.length) return hearAgain(config, command, row);
  if (round !== sets.length + 1) return decline("wrong-round");
  if (now >= row.ends_ms) return { ...decline("too-late"), fixesTime: true };
  assert(row.secret !== null, "who goes on has not confirmed");
  const heard = hear(config.crypto, after(config, row, sets), messages);
  if (!heard.ok) return decline(heard.reason);
  const own = said[round - 1] as Uint8Array;
  if (!messages.some((message) => sameBytes(message, own))) return decline("left-out");
  const dealer: Dealer = { crypto: config.crypto, key: config.key, secret: row.secret };
  const next: CeremonyRow = { ...row, heard: encode(setsSchema, [...sets, messages]) };
  return round === DEALING_ROUNDS
    ? join(dealer, heard.value, next, view)
    : goOn(id, next, sayNext(dealer, heard.value));
}

function goOn(id: Hex, row: CeremonyRow, said: Uint8Array): TrusteeDecision {
  return { writes: [{ table: "ceremony", id, row: withSaid(row, said) }], outcome: { kind: "said", said } };
}

/**
 * Round 5: a member says so, keeps its share and forgets what it dealt from. From now on it answers for this group: its
 * share is of that key, whoever else has confirmed by now.
 */
function join(dealer: Dealer, ceremony: Ceremony, row: CeremonyRow, view: TrusteeView): TrusteeDecision {
  const { crypto, key } = dealer;
  const group = groupOf(crypto, ceremony);
  if (!group.ok) return decline(group.reason);
  const own = group.value.trustees.find((each) => each.key === key.publicKey);
  if (own === undefined) return decline("left-out");
  const { share, said } = confirm(dealer, ceremony, group.value);
  const { answerUntilMs } = group.value;
  const held: TrusteeTables["held_group"] = {
    ceremony: ceremony.id,
    own_index: own.index,
    descriptor: encode(groupSchema, group.value),
    signed: null,
    share,
    answer_until_ms: answerUntilMs,
    answered: 0,
  };
  const confirmed = { ...withSaid(row, said), secret: null, forget_ms: answerUntilMs + 1 };
  return {
    writes: [
      { table: "ceremony", id: ceremony.id, row: confirmed },
      { table: "held_group", id: groupIdOf(crypto, group.value), row: held },
      tallied(view, -1, 1),
    ],
    outcome: { kind: "said", said },
  };
}

/** A round that was heard: its answer again, or, with other messages in it, no answer; what shows the two is kept. */
function hearAgain(
  config: TrusteeConfig,
  { ceremony: id, round, messages }: Extract<TrusteeCommand, { kind: "hear" }>,
  row: CeremonyRow,
): TrusteeDecision {
  const sets = setsIn(row);
  const set = sets[round - 1] as readonly Uint8Array[];
  const same =
    set.length === messages.length && set.every((message, at) => sameBytes(message, messages[at] as Uint8Array));
  if (same) return { writes: [], outcome: { kind: "said", said: saidIn(row)[round] as Uint8Array } };
  const before = after(config, row, sets.slice(0, round - 1));
  if (row.other !== null || !hear(config.crypto, before, messages).ok) return decline("another-set");
  const other = encode(roundRequest, { ceremony: id, round, messages });
  return { ...decline("another-set"), writes: [{ table: "ceremony", id, row: { ...row, other } }] };
}

/** Everybody is shown the group from now on. Whoever has all signatures may bring them. */
export function stand(group: StandingGroup, signed: Uint8Array, view: TrusteeView): TrusteeDecision {
  const row = view.get("held_group", group.id);
  if (row === undefined) return decline("wrong-group");
  const outcome = { kind: "standing", group: group.id } as const;
  if (row.signed !== null) return { writes: [], outcome };
  return { writes: [{ table: "held_group", id: group.id, row: { ...row, signed } }], outcome };
}

/** What is over is forgotten: of a ceremony and a case the row, of a group the share. */
export function forget(
  { table, id }: Extract<TrusteeCommand, { kind: "forget" }>,
  view: TrusteeView,
  now: Instant,
): TrusteeDecision {
  if (table === "held_group") {
    const row = view.get(table, id);
    if (row === undefined || row.share === null || now <= row.answer_until_ms) return NOTHING;
    return { ...NOTHING, writes: [{ table, id, row: { ...row, share: null } }, tallied(view, 0, -1)] };
  }
  const row = view.get(table, id);
  if (row === undefined || now < row.forget_ms) return NOTHING;
  const deleted = { table, id, row: null };
  const unfinished = table === "ceremony" && (row as CeremonyRow).secret !== null;
  return { ...NOTHING, writes: unfinished ? [deleted, tallied(view, -1, 0)] : [deleted] };
}

function after(config: TrusteeConfig, row: CeremonyRow, sets: readonly (readonly Uint8Array[])[]): Ceremony {
  const terms = decode(termsSchema, row.terms);
  assert(terms.ok, "a ceremony's terms decode");
  return sets.reduce(
    (ceremony, set) => {
      const heard = hear(config.crypto, ceremony, set);
      assert(heard.ok, "what was heard once holds again");
      return heard.value;
    },
    ceremonyOf(config.crypto, terms.value),
  );
}

/** What was said in answer to nothing, to the sets of the four rounds. */
const saidSchema = list(signedBytes, DEALING_ROUNDS + 1);
const setsSchema = list(list(signedBytes, TRUSTEES_LIMIT), DEALING_ROUNDS);
/** Every message of every round at its longest. */
const ROW_LIMIT_BYTES = 1024 * 1024;

function setsIn(row: CeremonyRow): readonly (readonly Uint8Array[])[] {
  const sets = decode(setsSchema, row.heard, ROW_LIMIT_BYTES);
  assert(sets.ok, "the sets of a ceremony decode");
  return sets.value;
}

function saidIn(row: CeremonyRow): readonly Uint8Array[] {
  const said = decode(saidSchema, row.said, ROW_LIMIT_BYTES);
  assert(said.ok, "what was said decodes");
  return said.value;
}

function withSaid(row: CeremonyRow, said: Uint8Array): CeremonyRow {
  return { ...row, said: encode(saidSchema, [...saidIn(row), said]) };
}

function tallyOf(view: TrusteeView): TrusteeTables["tally"] {
  return view.get("tally", TALLY) ?? { ceremonies: 0, groups: 0 };
}

function tallied(view: TrusteeView, ceremonies: number, groups: number) {
  const tally = tallyOf(view);
  const row = { ceremonies: tally.ceremonies + ceremonies, groups: tally.groups + groups };
  return { table: "tally", id: TALLY, row } as const;
}
