/**
 * A buyer and the trustees (P§2C *Dispute*), whatever it gave for the goods: whom it still asks, and what it makes of one
 * more reply. Only signed answers that hold are kept, so those kept are read and not verified again.
 */
import { decode, type Hex, list, record, union } from "@counterfoil/base";
import { type Crypto, read, type Scalar } from "@counterfoil/crypto";
import { opening, signedBytes } from "../contract/index.ts";
import type { Send } from "../index.ts";
import {
  type Answer,
  answerSchema,
  type DisputedSale,
  type DisputeFacts,
  disputeMessage,
  hearAnswer,
  openByAnswers,
  TRUSTEES_LIMIT,
  type TrusteeGroup,
  trusteeAnswer,
} from "../trustees/index.ts";
import { own } from "./own.ts";

/** Each is a signed answer of one trustee that holds. */
export const answersSchema = list(signedBytes, TRUSTEES_LIMIT);

/** By what a point was had: the other party's v, or the trustees' answers. */
export const releaseSchema = union("kind", {
  opening: record(null, { opening }),
  answers: record(null, { answers: answersSchema }),
});

/** To each trustee that has not answered. */
export function disputesTo(
  crypto: Crypto,
  group: TrusteeGroup,
  facts: DisputeFacts,
  answers: readonly Uint8Array[],
): readonly Send[] {
  const answered = new Set(answers.map((answer) => kept(answer).index));
  const silent = group.trustees.filter(({ index }) => !answered.has(index));
  return silent.map(({ index, key }) => ({ to: `trustee/${index}`, bytes: disputeMessage(crypto, facts, key) }));
}

/**
 * @param reply a trustee's, as it came.
 * @param secret x.
 * @returns the answers with this one more, and the point once there are as many as the threshold; null where it is not one more.
 */
export function withAnswer(
  crypto: Crypto,
  group: TrusteeGroup,
  about: DisputedSale,
  answers: readonly Uint8Array[],
  reply: Uint8Array,
  secret: Scalar,
): { readonly answers: readonly Uint8Array[]; readonly point: Hex | null } | null {
  const said = decode(trusteeAnswer, reply);
  if (!said.ok || said.value.kind !== "answered") return null;
  const { answer } = said.value;
  const heard = hearAnswer(crypto, group, about, answer);
  const held = answers.map(kept);
  if (heard === null || held.some(({ index }) => index === heard.index)) return null;
  const enough = held.length + 1 >= group.threshold;
  const point = enough ? openByAnswers(crypto, [...held, heard], secret, about.body) : null;
  return { answers: [...answers, answer], point };
}

function kept(answer: Uint8Array): Answer {
  return own(read(answerSchema, answer)).value;
}
