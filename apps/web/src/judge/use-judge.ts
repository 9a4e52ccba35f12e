/** The page's side of the judge: one worker, kept from the moment that the page is open, and what it says of the chosen files. */
import { useEffect, useRef, useState } from "react";
import type { Trouble } from "../wallet/desk.ts";
import { type Judgement, type JudgeRoom, openJudgeRoom } from "./room.ts";

export type JudgeState =
  | { readonly phase: "idle" | "stopped" }
  /** `ofBytes` is 0 until a file is being read. */
  | { readonly phase: "judging"; readonly bytes: number; readonly ofBytes: number }
  | { readonly phase: "judged"; readonly judgement: Judgement }
  | { readonly phase: "failed"; readonly trouble: Trouble };

export interface Judging {
  readonly state: JudgeState;
  readonly isReady: boolean;
  /** Gives up on what is being read. */
  stop(): void;
}

export function useJudge(evidence: File | null, file: File | null): Judging {
  const [state, setState] = useState<JudgeState>({ phase: "idle" });
  const [isReady, setReady] = useState(false);
  const room = useRef<JudgeRoom | null>(null);
  const round = useRef(0);

  useEffect(() => {
    const opened = openJudgeRoom();
    room.current = opened;
    void opened.ready().then(() => setReady(true));
    return () => {
      room.current?.close();
      room.current = null;
    };
  }, []);

  useEffect(() => {
    round.current += 1;
    const own = round.current;
    const show = (next: JudgeState) => {
      if (round.current === own) setState(next);
    };
    if (evidence === null || room.current === null) return show({ phase: "idle" });
    show({ phase: "judging", bytes: 0, ofBytes: 0 });
    void room.current
      .judge(evidence, file, (bytes, ofBytes) => show({ phase: "judging", bytes, ofBytes }))
      .then((answer) =>
        show(answer.ok ? { phase: "judged", judgement: answer.value } : { phase: "failed", trouble: answer.trouble }),
      );
  }, [evidence, file]);

  return {
    state,
    isReady,
    stop() {
      round.current += 1;
      room.current?.close();
      room.current = openJudgeRoom();
      setState({ phase: "stopped" });
    },
  };
}
