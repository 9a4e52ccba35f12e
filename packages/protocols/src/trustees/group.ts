/** Whether a group of trustees stands: every member signed the same descriptor, and with it the same transcript. */
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, open, raw } from "@counterfoil/crypto";
import { groupIdOf, membershipSchema, type SignedGroup, signedGroupSchema, type TrusteeGroup } from "./messages.ts";

export interface StandingGroup extends SignedGroup {
  readonly id: Hex;
}

/**
 * Checked by whoever is shown a group: what it says of itself, and a signature of every member. Whether the members deserve
 * trust is for whoever asks to know; fewer than `threshold` of them must be corrupt, and at least as many must answer.
 */
export function standingGroup(crypto: Crypto, bytes: Uint8Array): StandingGroup | null {
  const decoded = decode(signedGroupSchema, bytes);
  if (!decoded.ok || !descriptorHolds(crypto, decoded.value.group)) return null;
  const { group, memberships } = decoded.value;
  const id = groupIdOf(crypto, group);
  const signed = group.trustees.every(({ key }, at) => {
    const opened = open(crypto, membershipSchema, memberships[at] ?? NOTHING, () => key);
    return opened.ok && opened.value.value.trustee === key && opened.value.value.group === id;
  });
  return signed && memberships.length === group.trustees.length ? { group, memberships, id } : null;
}

function descriptorHolds(crypto: Crypto, group: TrusteeGroup): boolean {
  const { threshold, trustees, key, sellUntilMs, answerUntilMs, claimWindowMs } = group;
  const ascending = trustees.every(({ index }, at) => index > (at === 0 ? 0 : (trustees[at - 1]?.index as number)));
  return (
    threshold >= 1 &&
    trustees.length >= 2 * threshold - 1 &&
    ascending &&
    new Set(trustees.map((each) => each.key)).size === trustees.length &&
    [key, ...trustees.map(({ share }) => share)].every((point) => crypto.group.isPoint(raw(point))) &&
    answerUntilMs >= sellUntilMs + claimWindowMs
  );
}

const NOTHING = new Uint8Array(0);
