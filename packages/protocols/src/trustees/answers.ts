/** What a buyer makes of trustees' answers (P§2C *Dispute*): each is checked by itself, and enough of them give P. */
import { type Hex, toHex } from "@counterfoil/base";
import {
  answerHolds,
  type Crypto,
  G,
  open,
  type Proof,
  pointFromAnswers,
  prove,
  proves,
  raw,
  type Scalar,
  type Statement,
} from "@counterfoil/crypto";
import {
  type Answer,
  answerContext,
  answerSchema,
  groupIdOf,
  knowledgeContext,
  type TrusteeGroup,
} from "./messages.ts";

/** What an answer is about. */
export interface TrusteeCase {
  readonly tid: Hex;
  /** A of the certificate's escrow. */
  readonly head: Hex;
  /** X of the order. */
  readonly disputes: Hex;
}

/** @param signed a trustee's signed answer. @returns null for what proves nothing. */
export function hearAnswer(crypto: Crypto, group: TrusteeGroup, about: TrusteeCase, signed: Uint8Array): Answer | null {
  let trustee: TrusteeGroup["trustees"][number] | undefined;
  const opened = open(crypto, answerSchema, signed, ({ index }) => {
    trustee = group.trustees.find((member) => member.index === index);
    return trustee?.key ?? "";
  });
  if (!opened.ok || trustee === undefined) return null;
  const answer = opened.value.value;
  if (answer.tid !== about.tid || answer.group !== groupIdOf(crypto, group)) return null;
  const known = {
    publicShare: raw(trustee.share),
    head: raw(about.head),
    disputes: raw(about.disputes),
    context: answerContext(answer.group, answer.index, answer.tid),
  };
  const claimed = { r: raw(answer.r), u: raw(answer.u), proof: answer.proof };
  return answerHolds(crypto, known, claimed) ? answer : null;
}

/** P of answers that hold, as many as the threshold: 32 bytes in hex. */
export function openByAnswers(crypto: Crypto, answers: readonly Answer[], x: Scalar, body: Hex): Hex {
  const shares = answers.map(({ index, r, u }) => ({ index, r: raw(r), u: raw(u) }));
  return toHex(pointFromAnswers(crypto, shares, x, raw(body)));
}

/** That the buyer knows x, said to one trustee about one purchase. */
export function knowledgeFor(
  crypto: Crypto,
  trustee: Hex,
  tid: Hex,
  disputes: { readonly secret: Scalar; readonly publicKey: Hex },
): Proof {
  return prove(crypto, knowledgeOf(trustee, tid, disputes.publicKey), [disputes.secret]);
}

export function knowledgeHolds(crypto: Crypto, trustee: Hex, tid: Hex, disputes: Hex, proof: Proof): boolean {
  return proves(crypto, knowledgeOf(trustee, tid, disputes), proof);
}

function knowledgeOf(trustee: Hex, tid: Hex, disputes: Hex): Statement {
  return {
    domain: "dispute/1",
    context: knowledgeContext(trustee, tid),
    relations: [{ bases: [G], image: raw(disputes) }],
  };
}
