/** What the page may ask of its judge, which sits in a worker of its own (worker.ts) and speaks to nobody else. */
import type { Progress } from "@counterfoil/host/portable";
import type { VerdictWords } from "@counterfoil/sdk/portable";
import { proxy, type Remote, wrap } from "comlink";
import type { Answer } from "../wallet/desk.ts";
import type { Statement } from "./statement.ts";

export interface Judgement {
  readonly headline: Headline;
  readonly words: VerdictWords;
  readonly statements: readonly Statement[];
  /** What the `age` tool opens the goods with; null where the evidence has it not. */
  readonly identity: string | null;
  /** Whose word has to be taken for what; a sentence each. */
  readonly trusted: readonly string[];
}

export interface Headline {
  readonly text: string;
  readonly tone: "good" | "bad" | "doubtful";
}

export interface Judge {
  /** Resolves when everything that a verdict needs is in memory. */
  ready(): Promise<void>;
  judge(evidence: Blob, file: Blob | null, onProgress: Progress): Promise<Answer<Judgement>>;
}

export interface JudgeRoom {
  ready(): Promise<void>;
  judge(evidence: Blob, file: Blob | null, onProgress: Progress): Promise<Answer<Judgement>>;
  /** Whatever is under way is never answered. */
  close(): void;
}

export function openJudgeRoom(): JudgeRoom {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const judge: Remote<Judge> = wrap<Judge>(worker);
  return {
    ready: () => judge.ready(),
    judge: (evidence, file, onProgress) => judge.judge(evidence, file, proxy(onProgress)),
    close: () => worker.terminate(),
  };
}
