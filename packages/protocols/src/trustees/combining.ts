/**
 * What a buyer makes of the trustees' answers: those that hold, P once there are t of them, and whom a false one convicts.
 * P is then what any release would have given, so the file, the goods and the evidence are handled as always.
 */
import { type Hex, toHex } from "@counterfoil/base";
import { answerHolds, type Crypto, open, pointFromAnswers, raw, type Scalar } from "@counterfoil/crypto";
import { orderSchema, slipRepeats, slipSchema } from "../contract/index.ts";
import { certificateHolds } from "./certified.ts";
import { type Answer, answerContext, answerSchema, groupIdOf, type TrusteeGroup } from "./messages.ts";

/** What an answer is about, all of it fixed by the tid: X by the order, A and D by the certificate that it names. */
export interface AskedOf {
  readonly tid: Hex;
  /** X. */
  readonly disputes: Hex;
  /** A and D. */
  readonly escrow: { readonly head: Hex; readonly body: Hex };
}

/** The same for a buyer and for whoever judges a trustee later: null unless the three belong together. */
export function askedOf(
  crypto: Crypto,
  shown: { readonly certificate: Uint8Array; readonly order: Uint8Array; readonly slip: Uint8Array },
): AskedOf | null {
  const certified = certificateHolds(crypto, shown.certificate);
  const slip = open(crypto, slipSchema, shown.slip, ({ merchant }) => merchant);
  const order = open(crypto, orderSchema, shown.order, ({ buyer }) => buyer);
  if (certified === null || !slip.ok || !order.ok) return null;
  const { certHash, disputes } = order.value.value;
  const belongs = slipRepeats(crypto, slip.value.value, order.value.value) && certHash === certified.certHash;
  return belongs ? { tid: slip.value.value.tid, disputes, escrow: certified.escrow } : null;
}

/**
 * Whether a member of the group signed an answer about this sale that does not hold. Shown with what `askedOf` takes, it
 * convicts that trustee before anybody.
 */
export function answerIsFalse(crypto: Crypto, group: TrusteeGroup, asked: AskedOf, answer: Uint8Array): boolean {
  const said = answerOf(crypto, group, asked, answer);
  return said !== null && !holds(crypto, group, asked, said);
}

export interface Combined {
  /** P, once as many answers hold as the group's threshold. */
  readonly point: Hex | null;
  /** Indices of the trustees whose answers hold. */
  readonly held: readonly number[];
  /** Of those who signed a false one. */
  readonly wrong: readonly number[];
}

/** @param secret x. What is no answer of a member about this sale counts for nothing, and against nobody. */
export function combineAnswers(
  crypto: Crypto,
  group: TrusteeGroup,
  asked: AskedOf,
  answers: readonly Uint8Array[],
  secret: Scalar,
): Combined {
  const held = new Map<number, Answer>();
  const wrong = new Set<number>();
  for (const answer of answers) {
    const said = answerOf(crypto, group, asked, answer);
    if (said === null) continue;
    if (holds(crypto, group, asked, said)) held.set(said.index, said);
    else wrong.add(said.index);
  }
  const enough = [...held.values()].slice(0, group.threshold);
  const point =
    enough.length < group.threshold
      ? null
      : pointFromAnswers(
          crypto,
          enough.map(({ index, r, u }) => ({ index, r: raw(r), u: raw(u) })),
          secret,
          raw(asked.escrow.body),
        );
  return { point: point && toHex(point), held: [...held.keys()], wrong: [...wrong] };
}

/** Signed by the member whose index it names, about this sale. */
function answerOf(crypto: Crypto, group: TrusteeGroup, { tid }: AskedOf, answer: Uint8Array): Answer | null {
  const memberOf = (said: Answer) => group.trustees.find(({ index }) => index === said.index);
  const opened = open(crypto, answerSchema, answer, (said) => memberOf(said)?.key ?? NOBODY);
  if (!opened.ok) return null;
  const said = opened.value.value;
  return said.tid === tid && said.group === groupIdOf(crypto, group) ? said : null;
}

/** All zeros is no key that anything verifies under. */
const NOBODY: Hex = "00".repeat(32);

function holds(crypto: Crypto, group: TrusteeGroup, asked: AskedOf, { group: id, tid, index, r, u, proof }: Answer) {
  const share = group.trustees.find((each) => each.index === index)?.share as Hex;
  const about = {
    publicShare: raw(share),
    head: raw(asked.escrow.head),
    disputes: raw(asked.disputes),
    context: answerContext(id, index, tid),
  };
  return answerHolds(crypto, about, { r: raw(r), u: raw(u), proof });
}
