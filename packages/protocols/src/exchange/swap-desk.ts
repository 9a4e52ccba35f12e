/**
 * The responder as a running shop: its owner has said which item it takes for which of its own, and it answers by itself.
 * It keeps nothing of an ask. From its offer on there is a row, since the other may then have trustees open its item.
 */
import { decode, encode, type Hex, type Instant, never } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { orderSchema, poHashOf, tidOf } from "../contract/index.ts";
import type { Authority, DueRules, Key, Send } from "../index.ts";
import { own } from "./own.ts";
import { swapBook } from "./swap-book.ts";
import { admitSwap } from "./swap-desk-admit.ts";
import {
  type DeskDecision,
  type DeskView,
  ruleIdOf,
  type SwapDeskCommand,
  type SwapDeskOutcome,
  type SwapDeskTables,
  type SwapRuleRow,
  takenIdOf,
} from "./swap-desk-rows.ts";
import type { SwapInput } from "./swap-giving.ts";
import { type SwapAnswer, type SwapReason, type SwapRule, swapAnswer } from "./swap-messages.ts";
import { answerProposal, askFault, checkProposal, orderInReturn, ownIn, ownItem } from "./swap-offering.ts";
import { encodeTrustees, openingIn, type Swap, type SwapConfig, trusteesFrom } from "./swap-record.ts";
import { startTaking, type TakingState, taker, takingStateSchema } from "./swap-taking.ts";

type Command<Kind extends SwapDeskCommand["kind"]> = Extract<SwapDeskCommand, { kind: Kind }>;

/** Swaps under way for one rule: each is a row of some 8 KiB that may stay for the claim window, and costs the other nothing. */
export const SWAPS_UNDER_WAY = 16;

export function swapDesk(config: SwapConfig): Authority<SwapDeskTables, SwapDeskCommand, SwapDeskOutcome, Send> {
  const book = swapBook<TakingState, SwapInput>(taker(config));

  /** Round 2. Asked again it is the same offer, proven again; another one over the same order is none. */
  function offer({ offer: message, theirs, fetched }: Command<"offer">, view: DeskView, now: Instant): DeskDecision {
    const id = ruleIdOf(message.wanted, takenIdOf(theirs));
    const rule = view.get("swap_rule", id);
    if (rule === undefined) return decline("no-such-swap");
    const order = read(orderSchema, message.order);
    if (!order.ok) return decline("wrong-order");
    const tid = tidOf(config.crypto, {
      ...order.value.value,
      poHash: poHashOf(config.crypto, order.value.value),
    });
    const known = stateOf(view, tid);
    if (known !== null) return isOf(known.swap, message.slip) ? offered(known.swap) : decline("wrong-slip");
    if (rule.under_way >= SWAPS_UNDER_WAY) return decline("too-many");
    const own = { ...ownItem(config, rule), trustees: trusteesFrom(rule.trustees) };
    const checked = checkProposal(config, own, theirs, message, now);
    if (!checked.ok) return decline(checked.reason);
    if (rule.goods_url !== null && fetched !== "yes") {
      return fetched === "failed" ? decline("goods-not-fetched") : { writes: [], outcome: { kind: "fetch", rule } };
    }
    const swap = checked.value;
    const begun = book.decide(
      { kind: "begin", id: tid, state: startTaking(swap), row: rowOf(rule, id, now) },
      view,
      now,
    );
    const counted = { ...rule, under_way: rule.under_way + 1 };
    return {
      writes: [...begun.writes, { table: "swap_rule", id, row: counted }],
      outcome: { kind: "offer", swap },
      effects: begun.effects,
    };
  }

  /** What is final is under way no more. */
  function step(command: Command<"step">, view: DeskView, now: Instant) {
    const before = stateOf(view, command.id);
    const { writes, outcome, effects } = book.decide(command, view, now);
    const { state, row } = outcome;
    const closes = before !== null && isOpen(before) && state !== null && !isOpen(state);
    const id = row?.rule ?? null;
    const rule = id === null ? undefined : view.get("swap_rule", id);
    if (!closes || id === null || rule === undefined) return { writes, outcome, effects };
    const counted = { table: "swap_rule", id, row: { ...rule, under_way: Math.max(0, rule.under_way - 1) } } as const;
    return { writes: [...writes, counted], outcome, effects };
  }

  /** Round 3: durable first, then our own opening leaves. */
  function give({ tid, opening }: Command<"give">, view: DeskView, now: Instant): DeskDecision {
    const before = stateOf(view, tid);
    if (before === null) return decline("no-such-swap");
    const decided = step({ kind: "step", id: tid, input: { kind: "given", opening } }, view, now);
    const after = decided.outcome.state ?? before;
    const had = after.phase === "had" && after.opening === opening;
    return had ? { ...decided, outcome: { kind: "given", swap: after.swap } } : decline("wrong-opening");
  }

  function decide(command: SwapDeskCommand, view: DeskView, now: Instant): DeskDecision {
    switch (command.kind) {
      case "ask":
        return ask(config, command, view, now);
      case "offer":
        return offer(command, view, now);
      case "give":
        return give(command, view, now);
      case "look": {
        const state = stateOf(view, command.tid);
        if (state === null) return decline("no-such-swap");
        const outcome = state.phase === "had" ? ({ kind: "given", swap: state.swap } as const) : WAITING;
        return { writes: [], outcome };
      }
      case "rule":
        return rule(command.rule, view, now);
      case "decline":
        return decline(command.reason);
      case "step":
        return step(command, view, now);
      case "delivered":
      case "faulty":
        return { ...book.decide(command, view, now) };
      default:
        return never(command);
    }
  }

  return {
    admit: (message, now) => admitSwap(config, message, now),
    reads,
    decide,
    answer: (outcome) => encode(swapAnswer, say(config, outcome)),
    send: (send) => send,
    due: { session: book.due } satisfies DueRules<SwapDeskTables, SwapDeskCommand>,
  };
}

const WAITING = { kind: "waiting" } as const;

/** Round 1. Nothing is kept: the order can be made again from the ask, and comes back with round 2. */
function ask({ key }: SwapConfig, { ask, theirs }: Command<"ask">, view: DeskView, now: Instant): DeskDecision {
  const row = view.get("swap_rule", ruleIdOf(ask.wanted, takenIdOf(theirs)));
  if (row === undefined || theirs.merchant === key.publicKey) return decline("no-such-swap");
  const fault = askFault(ask, trusteesFrom(row.trustees), now);
  if (fault !== null) return decline(fault);
  return { writes: [], outcome: { kind: "ordered", ask, theirs, certificate: row.certificate } };
}

function rule({ wanted, taken, rule: given }: SwapRule, view: DeskView, now: Instant): DeskDecision {
  const id = ruleIdOf(wanted, taken);
  const before = view.get("swap_rule", id);
  const row: SwapRuleRow | null = given && {
    title: given.title,
    certificate: given.certificate,
    registration: given.registration,
    trustees: encodeTrustees(given.trustees),
    trustee_urls: given.trusteeUrls,
    wanted_title: given.wantedTitle,
    file_name: given.fileName,
    goods_url: given.goods?.url ?? null,
    file_hash: given.goods?.fileHash ?? null,
    wanted_certificate: given.goods?.certificate ?? null,
    under_way: before?.under_way ?? 0,
    added_ms: before?.added_ms ?? now,
  };
  return { writes: [{ table: "swap_rule", id, row }], outcome: { kind: "done" } };
}

function say(config: SwapConfig, outcome: SwapDeskOutcome): SwapAnswer {
  switch (outcome.kind) {
    case "ordered": {
      const { ask, theirs, certificate } = outcome;
      return { kind: "ordered", certificate, order: orderInReturn(config, ask, theirs) };
    }
    case "offer":
      return answerProposal(config, ownIn(config, outcome.swap), outcome.swap);
    case "given":
      return { kind: "given", opening: openingIn(config, outcome.swap) };
    case "declined":
      return outcome;
    case "done":
      return { kind: "done" };
    case "waiting":
    case "fetch":
    case "session":
      return WAITING;
    default:
      return never(outcome);
  }
}

function offered(swap: Swap): DeskDecision {
  return { writes: [], outcome: { kind: "offer", swap } };
}

function decline(reason: SwapReason): DeskDecision {
  return { writes: [], outcome: { kind: "declined", reason } };
}

function isOf({ theirs }: Swap, slip: Uint8Array): boolean {
  return theirs.slip.length === slip.length && theirs.slip.every((byte, at) => byte === slip[at]);
}

function isOpen({ phase }: TakingState): boolean {
  return phase === "bound" || phase === "looking";
}

function stateOf(view: DeskView, tid: Hex): TakingState | null {
  const row = view.get("session", tid);
  return row === undefined ? null : own(decode(takingStateSchema, row.state));
}

function rowOf(rule: SwapRuleRow, id: string, now: Instant): SwapDeskTables["swap"] {
  return {
    title: rule.wanted_title,
    counterpart_url: null,
    trustee_urls: rule.trustee_urls,
    file_hash: rule.file_hash,
    goods_url: rule.goods_url,
    out_path: rule.file_name,
    started_ms: now,
    delivered: false,
    fault: null,
    rule: id,
  };
}

function reads(command: SwapDeskCommand): readonly Key<SwapDeskTables>[] {
  switch (command.kind) {
    case "ask":
      return [{ table: "swap_rule", id: ruleIdOf(command.ask.wanted, takenIdOf(command.theirs)) }];
    case "offer":
      return [{ table: "swap_rule", id: ruleIdOf(command.offer.wanted, takenIdOf(command.theirs)) }];
    case "give":
    case "look":
      return [{ table: "session", id: command.tid }];
    case "rule":
      return [{ table: "swap_rule", id: ruleIdOf(command.rule.wanted, command.rule.taken) }];
    case "decline":
      return [];
    default:
      return [
        { table: "session", id: command.id },
        { table: "swap", id: command.id },
      ];
  }
}
