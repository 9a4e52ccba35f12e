/**
 * What anybody makes of several trustees' answers: those that hold, P once there are enough of them, and whom a false one
 * convicts. P is then what any release would have given, so file, goods and evidence are handled as always.
 */
import type { Hex } from "@counterfoil/base";
import { type Crypto, open, type Scalar } from "@counterfoil/crypto";
import { orderSchema, slipRepeats, slipSchema } from "../contract/index.ts";
import { hearAnswer, openByAnswers, type TrusteeCase } from "./answers.ts";
import { certificateHolds } from "./certified.ts";
import { type Answer, answerSchema, groupIdOf, type TrusteeGroup } from "./messages.ts";

/** All of it fixed by the tid: X by the order, A and D by the certificate that the order names. */
export interface DisputedSale extends TrusteeCase {
  /** D. */
  readonly body: Hex;
}

/** The same for a buyer and for whoever judges a trustee later: null unless the three belong together. */
export function disputedSale(
  crypto: Crypto,
  shown: { readonly certificate: Uint8Array; readonly order: Uint8Array; readonly slip: Uint8Array },
): DisputedSale | null {
  const certified = certificateHolds(crypto, shown.certificate);
  const slip = open(crypto, slipSchema, shown.slip, ({ merchant }) => merchant);
  const order = open(crypto, orderSchema, shown.order, ({ buyer }) => buyer);
  if (certified === null || !slip.ok || !order.ok) return null;
  const { certHash, disputes } = order.value.value;
  const { head, body } = certified.escrow;
  const belongs = slipRepeats(crypto, slip.value.value, order.value.value) && certHash === certified.certHash;
  return belongs ? { tid: slip.value.value.tid, disputes, head, body } : null;
}

/**
 * Whether a member of the group signed an answer about this sale that does not hold. Shown with what `disputedSale` takes,
 * it convicts that trustee before anybody.
 */
export function answerIsFalse(crypto: Crypto, group: TrusteeGroup, about: TrusteeCase, answer: Uint8Array): boolean {
  return signedAnswer(crypto, group, about, answer) !== null && hearAnswer(crypto, group, about, answer) === null;
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
  about: DisputedSale,
  answers: readonly Uint8Array[],
  secret: Scalar,
): Combined {
  const held = new Map<number, Answer>();
  const wrong = new Set<number>();
  for (const answer of answers) {
    const said = signedAnswer(crypto, group, about, answer);
    if (said === null) continue;
    if (hearAnswer(crypto, group, about, answer) === null) wrong.add(said.index);
    else held.set(said.index, said);
  }
  const enough = [...held.values()].slice(0, group.threshold);
  const point = enough.length < group.threshold ? null : openByAnswers(crypto, enough, secret, about.body);
  return { point, held: [...held.keys()], wrong: [...wrong] };
}

/** Signed by the member whose index it names, about this sale; whether it holds is another matter. */
function signedAnswer(crypto: Crypto, group: TrusteeGroup, { tid }: TrusteeCase, answer: Uint8Array): Answer | null {
  const memberOf = (said: Answer) => group.trustees.find(({ index }) => index === said.index);
  const opened = open(crypto, answerSchema, answer, (said) => memberOf(said)?.key ?? "");
  if (!opened.ok) return null;
  const said = opened.value.value;
  return said.tid === tid && said.group === groupIdOf(crypto, group) ? said : null;
}
