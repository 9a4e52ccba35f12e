/** The initiator's swaps as an authority: it hears of answers through its host, which knows whose they are. */
import { refused } from "@counterfoil/base";
import type { Authority, Send } from "../index.ts";
import { type SwapBookCommand, type SwapBookOutcome, type SwapBookTables, swapBook } from "./swap-book.ts";
import { type GivingState, giver, type SwapInput } from "./swap-giving.ts";
import type { SwapConfig } from "./swap-record.ts";

export type InitiatorCommand = SwapBookCommand<GivingState, SwapInput>;
export type InitiatorOutcome = SwapBookOutcome<GivingState>;

export function initiator(config: SwapConfig): Authority<SwapBookTables, InitiatorCommand, InitiatorOutcome, Send> {
  const book = swapBook(giver(config));
  return {
    admit: () => refused("malformed"),
    reads: ({ id }) => [
      { table: "session", id },
      { table: "swap", id },
    ],
    decide: book.decide,
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: { session: book.due },
  };
}
