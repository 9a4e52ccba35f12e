/** What trustees claim (P§7A), as predicates over what they durably hold and what buyers heard of them. */
import { decode, type Hex, type Instant } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import type { Claim } from "../index.ts";
import type { TrusteeCase } from "./answers.ts";
import { answerIsFalse } from "./combining.ts";
import { answerSchema, groupSchema, type TrusteeGroup } from "./messages.ts";
import type { CeremonyRow, HeldGroup } from "./trustee-rows.ts";

/** One trustee's file at an instant when nothing that was due is left undone. */
export interface TrusteeFile {
  readonly now: Instant;
  readonly ceremonies: readonly CeremonyRow[];
  readonly groups: readonly HeldGroup[];
}

export const sharesForgotten: Claim<TrusteeFile> = {
  id: "shares-forgotten",
  restsOn: "the trustee's process running again after the group's last day; not that no disk or backup remembers",
  refute({ now, ceremonies, groups }) {
    const late = groups.filter(({ share, answer_until_ms }) => share !== null && now > answer_until_ms);
    if (late.length > 0) return `${late.length} shares outlived their group`;
    const open = ceremonies.filter(({ secret, ends_ms }) => secret !== null && now >= ends_ms);
    return open.length === 0 ? null : `${open.length} ceremonies are over and what was dealt from is there`;
  },
};

/** Everything that one trustee ever answered. */
export interface Answered {
  readonly answers: readonly Uint8Array[];
}

export const oneAnswer: Claim<Answered> = {
  id: "one-answer",
  restsOn: "the row being written before the answer leaves; a trustee whose file was rolled back may answer twice",
  refute({ answers }) {
    const seen = new Map<Hex, string>();
    for (const answer of answers) {
      const said = read(answerSchema, answer);
      if (!said.ok) return "what was answered is no answer";
      const { tid, r } = said.value.value;
      if (seen.has(tid) && seen.get(tid) !== r) return `${tid} was answered twice and differently`;
      seen.set(tid, r);
    }
    return null;
  },
};

/** A trustee's answer to one sale, and what it was about. */
export interface OneAnswer {
  readonly crypto: Crypto;
  readonly held: Pick<HeldGroup, "descriptor">;
  readonly asked: TrusteeCase;
  readonly answer: Uint8Array;
}

export const answersHold: Claim<OneAnswer> = {
  id: "answers-hold",
  restsOn: "the ceremony: a share that was confirmed is the descriptor's",
  refute({ crypto, held, asked, answer }) {
    const group = decode(groupSchema, held.descriptor);
    if (!group.ok) return "the group does not decode";
    const descriptor: TrusteeGroup = group.value;
    return answerIsFalse(crypto, descriptor, asked, answer) ? `${asked.tid} was answered falsely` : null;
  },
};
