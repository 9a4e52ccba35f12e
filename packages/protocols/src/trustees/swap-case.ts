/**
 * The trustees' part in a swap (S1 §10: any two digital items). Whoever resolves one gives its own item's opening, and the
 * other party fetches that opening here. Until the slips end it hears that nothing was given so far; from then on a trustee
 * signs that nothing was and nothing will be. Its own clock, made durable, decides that and what it still answers, so that
 * it cannot contradict itself however wrong the clock is.
 */
import { type Hex, hex32, type Instant, instant, type Of, record } from "@counterfoil/base";
import { type Crypto, open, type SigningKey, sign } from "@counterfoil/crypto";
import { type GivenQuery, groupIdOf, type TrusteeGroup } from "./messages.ts";
import { NOTHING, type TrusteeDecision, type TrusteeView } from "./trustee-rows.ts";

/** [“not-given/1”, …]trustee: the slip's opening was not given here, and for a slip of this end it never will be taken. */
export const notGivenSchema = record("not-given/1", {
  trustee: hex32,
  group: hex32,
  slipHash: hex32,
  notAfterMs: instant,
});
export type NotGiven = Of<typeof notGivenSchema>;

/**
 * Once the group is over its rows are forgotten, given openings among them: from then on nothing can be said.
 * A question that names an earlier end than the slip's deceives nobody but the asker.
 */
export function decideGiven(question: GivenQuery, view: TrusteeView, now: Instant): TrusteeDecision {
  const { group, slipHash, notAfterMs } = question;
  const row = view.get("given", slipHash);
  if (row !== undefined) return { writes: [], outcome: { kind: "given", opening: row.opening } };
  const held = view.get("held_group", group);
  if (held === undefined || now > held.answer_until_ms || now <= notAfterMs) return NOTHING;
  return { writes: [], outcome: { kind: "not-given", group, slipHash, notAfterMs }, fixesTime: true };
}

export function signNotGiven(crypto: Crypto, key: SigningKey, about: Omit<NotGiven, "trustee">): Uint8Array {
  return sign(crypto, key, notGivenSchema, { trustee: key.publicKey, ...about });
}

/** The index of the member of the group who says so about this slip; null for anything else. */
export function hearNotGiven(
  crypto: Crypto,
  group: TrusteeGroup,
  { slipHash, notAfterMs }: { readonly slipHash: Hex; readonly notAfterMs: Instant },
  statement: Uint8Array,
): number | null {
  const opened = open(crypto, notGivenSchema, statement, ({ trustee }) => trustee);
  if (!opened.ok) return null;
  const said = opened.value.value;
  const about = said.group === groupIdOf(crypto, group) && said.slipHash === slipHash && said.notAfterMs === notAfterMs;
  return about ? (group.trustees.find(({ key }) => key === said.trustee)?.index ?? null) : null;
}
