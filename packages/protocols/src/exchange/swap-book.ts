/** The rows of swaps on either side: the machine's session and, beside it, what its owner gets and where it is to lie. */
import type { Hex, Instant } from "@counterfoil/base";
import {
  type Machine,
  type Send,
  type SessionOutcome,
  sessionShapes,
  sessions,
  type TablesOf,
  type View,
  type Write,
} from "../index.ts";

export const swapBookShapes = {
  ...sessionShapes,
  /** By tid. */
  swap: {
    title: "text",
    /** Where the other party is reached; null for the responder, which is called and does not call. */
    counterpart_url: "text?",
    /** Of each trustee, in the descriptor's order, a line. */
    trustee_urls: "text",
    /** Of the goods to be had, or null for a signature. */
    file_hash: "text?",
    goods_url: "text?",
    out_path: "text",
    started_ms: "integer",
    delivered: "flag",
    /** Why what was had is not what was certified: the evidence convicts its certifier. */
    fault: "text?",
    /** The responder's: the rule by which it answered. */
    rule: "text?",
  },
} as const;
export type SwapBookTables = TablesOf<typeof swapBookShapes>;
export type SwapRow = SwapBookTables["swap"];

export type SwapBookCommand<State, Input> =
  | { readonly kind: "begin"; readonly id: Hex; readonly state: State; readonly row: SwapRow }
  | { readonly kind: "step"; readonly id: Hex; readonly input: Input }
  | { readonly kind: "delivered"; readonly id: Hex; readonly outPath: string }
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string };

export interface SwapBookOutcome<State> extends SessionOutcome<State> {
  readonly kind: "session";
  readonly row: SwapRow | null;
}

export function swapBook<State extends { readonly phase: string }, Input>(machine: Machine<State, Input>) {
  const inner = sessions<State, Input>(machine);
  type BookView = View<SwapBookTables>;
  interface BookDecision {
    readonly writes: readonly Write<SwapBookTables>[];
    readonly outcome: SwapBookOutcome<State>;
    readonly effects: readonly Send[];
  }

  function put(id: Hex, row: SwapRow | null): BookDecision {
    const result = row === null ? "ignored" : "stepped";
    return {
      writes: row === null ? [] : [{ table: "swap", id, row }],
      outcome: { kind: "session", result, state: null, row },
      effects: [],
    };
  }

  function decide(command: SwapBookCommand<State, Input>, view: BookView, now: Instant): BookDecision {
    const { id } = command;
    const row = view.get("swap", id);
    switch (command.kind) {
      case "begin": {
        const { outcome, writes, effects } = inner.decide({ kind: "start", id, state: command.state }, view, now);
        const begun = writes.length > 0 ? ([{ table: "swap", id, row: command.row }] as const) : [];
        return {
          writes: [...writes, ...begun],
          outcome: { kind: "session", ...outcome, row: row ?? command.row },
          effects: about(id, effects),
        };
      }
      case "step": {
        const { outcome, writes, effects } = inner.decide(command, view, now);
        return { writes, outcome: { kind: "session", ...outcome, row: row ?? null }, effects: about(id, effects) };
      }
      case "delivered": {
        const same = row === undefined || (row.delivered && row.out_path === command.outPath);
        return put(id, same ? null : { ...row, delivered: true, out_path: command.outPath, fault: null });
      }
      case "faulty":
        return put(id, row === undefined || row.fault === command.fault ? null : { ...row, fault: command.fault });
    }
  }

  return {
    decide,
    due(id: Hex, row: SwapBookTables["session"]) {
      const wanted = inner.due?.session?.(id, row) ?? null;
      if (wanted === null || wanted.command.kind !== "step") return null;
      return { atMs: wanted.atMs, command: { kind: "step", id, input: wanted.command.input } as const };
    },
  };
}

function about(id: Hex, sends: readonly Send[] = []): readonly Send[] {
  return sends.map((send) => ({ ...send, about: id }));
}
