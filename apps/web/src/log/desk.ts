/** What the page may ask of its reader of logs, which sits in a worker (worker.ts): everything that it says has been checked there. */
import type { Continuity } from "@counterfoil/sdk/portable";
import { type Remote, wrap } from "comlink";
import type { Answer } from "../wallet/desk.ts";

export interface LogDesk {
  /** The logs that the market names. @param market its address. */
  named(market: string): Promise<Answer<NamedLogs>>;
  /** @param earlier the head that this browser has seen before, as it remembers it. */
  look(log: LogAddress, earlier: SeenHead | null): Promise<Answer<LogLook>>;
  /** @param words a tid or a log's own key of a contract. @param bank whose tid it would be. */
  lookUp(log: LogAddress, words: string, bank: string | null): Promise<Answer<Found>>;
}

export interface LogAddress {
  readonly id: string;
  readonly url: string;
  /** Hex. The id is the hash of it. */
  readonly descriptor: string;
}

export interface NamedLogs {
  readonly logs: readonly (LogAddress & { readonly origin: string })[];
  /** The market's bank: whose tids are looked up. */
  readonly bank: string | null;
}

/** What is remembered of a head; all of it is public. */
export interface SeenHead {
  readonly size: number;
  readonly root: string;
  readonly timeMs: number;
}

export interface LogLook {
  readonly id: string;
  readonly origin: string;
  readonly key: string;
  readonly time: string;
  readonly retentionMs: number;
  readonly quorum: number;
  readonly witnesses: readonly WitnessLook[];
  /** Null where no head has enough cosignatures yet. */
  readonly head: SeenHead | null;
  /** Whether the tiles that were served lead to that head. */
  readonly tilesHold: boolean;
  /** The complete subtrees of the tree, largest first. */
  readonly subtrees: readonly { readonly size: number; readonly hash: string }[];
  /** The newest first; null where what was served is not what the head is of. */
  readonly latest: readonly LogLine[] | null;
  /** How the head stands to the one seen earlier; null without one. */
  readonly continuity: Continuity | null;
}

export interface WitnessLook {
  readonly name: string;
  readonly key: string;
  /** When it cosigned this head, by its own clock; null where it has not. */
  readonly cosignedMs: number | null;
}

export interface LogLine {
  readonly index: number;
  readonly kind: string;
  /** Null where the entry is none that a log may have. */
  readonly recKey: string | null;
  /** By the log's clock; of a paid leaf by the bank's. */
  readonly timeMs: number | null;
}

export interface Found {
  readonly recKey: string;
  /** What the words were taken for. */
  readonly as: "tid" | "recKey";
  readonly entries: readonly FoundEntry[];
  /** The first entry that decides, by its place; null while none does. */
  readonly decidedAt: number | null;
}

export type FoundEntry =
  | { readonly holds: false }
  | (LogLine & {
      readonly holds: true;
      readonly size: number;
      readonly headMs: number;
      readonly leafHash: string;
      readonly root: string;
      readonly steps: readonly FoundStep[];
    });

export interface FoundStep {
  readonly beside: string;
  readonly isLeft: boolean;
  readonly hash: string;
}

export function openLogDesk(): Remote<LogDesk> {
  return wrap<LogDesk>(new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }));
}
