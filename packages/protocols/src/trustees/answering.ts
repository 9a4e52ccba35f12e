/**
 * What a trustee decides of disputes. One tid has one X and one answer: the row is written before the answer leaves, and a
 * repeat gets its bytes. A second answer about another A under the same nonce would give the share away.
 */
import { decode, type Hex, type Instant, toHex } from "@counterfoil/base";
import { answerWith, raw, sign } from "@counterfoil/crypto";
import { answerContext, answerSchema, groupSchema, NOTICES_PAGE, type TrusteeReason } from "./messages.ts";
import {
  type About,
  type Ask,
  type HeldGroup,
  type Notice,
  noticeId,
  type TrusteeConfig,
  type TrusteeDecision,
  type TrusteeView,
} from "./trustee-rows.ts";

export function decideAsk(config: TrusteeConfig, ask: Ask, view: TrusteeView, now: Instant): TrusteeDecision {
  const { tid, about } = ask;
  const held = view.get("held_group", ask.group);
  if (held === undefined) return refuse(tid, "wrong-group");
  const { key, claimWindowMs } = descriptorOf(held);
  if (about === null) return refuse(tid, ask.fault as TrusteeReason);
  if (about.certificate.groupKey !== key) return refuse(tid, "wrong-group");
  const stored = view.get("answered_case", tid);
  if (stored !== undefined) return { writes: [], outcome: { kind: "answered", answer: stored.answer } };
  if (now > claimedUntil(about, claimWindowMs)) return tooLate(tid, "too-late");
  if (held.share === null || now > held.answer_until_ms) return tooLate(tid, "share-destroyed");
  const answer = answerTo(config, ask, about, { ...held, share: held.share });
  return { writes: writesOf(ask, about, answer, held, view, now), outcome: { kind: "answered", answer } };
}

/** In a swap nobody has paid and nothing is dated but the order: until it ends, and both sides know when. */
function claimedUntil({ entitlement }: About, claimWindowMs: number): Instant {
  return entitlement.kind === "paid" ? entitlement.fromMs + claimWindowMs : entitlement.notAfterMs;
}

function answerTo(
  { crypto, key }: TrusteeConfig,
  { tid, group }: Ask,
  { certificate, disputes }: About,
  { share, own_index: index }: HeldGroup & { readonly share: Uint8Array },
): Uint8Array {
  const context = answerContext(group, index, tid);
  const asked = { head: raw(certificate.escrow.head), disputes: raw(disputes), context };
  const { r, u, proof } = answerWith(crypto, { share, ...asked });
  return sign(crypto, key, answerSchema, { group, tid, index, r: toHex(r), u: toHex(u), proof });
}

/** The answer, the notice to the merchant, and what was given for it, in one commit. */
function writesOf(
  { tid, group }: Ask,
  { merchant, entitlement }: About,
  answer: Uint8Array,
  held: HeldGroup,
  view: TrusteeView,
  now: Instant,
): TrusteeDecision["writes"] {
  const kept = { answered_ms: now, forget_ms: held.answer_until_ms + 1 };
  const number = (view.get("noticed_merchant", merchant)?.notices ?? 0) + 1;
  return [
    { table: "answered_case", id: tid, row: { group_id: group, merchant, answer, ...kept } },
    { table: "held_group", id: group, row: { ...held, answered: held.answered + 1 } },
    { table: "noticed_merchant", id: merchant, row: { notices: number } },
    { table: "notice", id: noticeId(merchant, number), row: { tid, ...kept } },
    ...(entitlement.kind === "given"
      ? ([
          {
            table: "given",
            id: entitlement.slipHash,
            row: { opening: entitlement.opening, forget_ms: kept.forget_ms },
          },
        ] as const)
      : []),
  ];
}

/** A page of the merchant's own cases. Numbers are looked up one by one, since rows cannot be searched. */
export function decideNotices(merchant: Hex, after: number, view: TrusteeView): TrusteeDecision {
  const total = view.get("noticed_merchant", merchant)?.notices ?? 0;
  const notices: Notice[] = [];
  for (let number = after + 1; number <= Math.min(total, after + NOTICES_PAGE); number++) {
    const row = view.get("notice", noticeId(merchant, number));
    if (row !== undefined) notices.push({ number, tid: row.tid, answeredMs: row.answered_ms });
  }
  return { writes: [], outcome: { kind: "notices", merchant, after, total, notices } };
}

export function descriptorOf(row: Pick<HeldGroup, "descriptor">) {
  const group = decode(groupSchema, row.descriptor);
  if (!group.ok) throw new Error("a group's row does not decode");
  return group.value;
}

function refuse(tid: Hex, reason: TrusteeReason): TrusteeDecision {
  return { writes: [], outcome: { kind: "refused", tid, reason } };
}

/** Time has passed, durably: no later clock answers what was refused for it. */
function tooLate(tid: Hex, reason: TrusteeReason): TrusteeDecision {
  return { ...refuse(tid, reason), fixesTime: true };
}
