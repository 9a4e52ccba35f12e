/** What a swap claims (P§7A), as predicates over what both parties durably hold at the end of a run. */
import type { Hex } from "@counterfoil/base";
import type { Claim } from "../index.ts";
import type { GivingState } from "./swap-giving.ts";
import type { TakingState } from "./swap-taking.ts";

export interface SwapWorld {
  readonly tid: Hex;
  /** Undefined where the initiator never came to give. */
  readonly giver: GivingState | undefined;
  readonly taker: TakingState | undefined;
  /** Whether each is honest; nothing is promised to the others. */
  readonly honest: { readonly giver: boolean; readonly taker: boolean };
  /** Whether each can open the other's item, by all that it holds: a liar too. */
  readonly has: { readonly giver: boolean; readonly taker: boolean };
}

export const swapAtomic: Claim<SwapWorld> = {
  id: "goods-atomic",
  restsOn:
    "fewer than t trustees of the responder's item lying and at least t answering; the initiator awake between giving and the orders' end; the responder awake once between then and the end of the claim window",
  refute({ tid, honest, has }) {
    if (honest.taker && has.giver && !has.taker)
      return `${tid}: the initiator has the item and the responder has nothing`;
    if (honest.giver && has.taker && !has.giver)
      return `${tid}: the responder has the item and the initiator has nothing`;
    return null;
  },
};

export const swapTimely: Claim<SwapWorld> = {
  id: "timely",
  restsOn: "clocks going on; the window in which trustees answer has an end",
  refute({ tid, giver, taker }) {
    const givers: readonly (string | undefined)[] = ["had", "forfeited", undefined];
    const takers: readonly (string | undefined)[] = ["had", "ended", undefined];
    if (!givers.includes(giver?.phase)) return `${tid}: the initiator still waits (${giver?.phase})`;
    return takers.includes(taker?.phase) ? null : `${tid}: the responder still waits (${taker?.phase})`;
  },
};
