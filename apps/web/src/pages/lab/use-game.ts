/** The open game, as the lab's shared thread has it. */

import type { Remote } from "comlink";
import { useEffect, useRef, useState } from "react";
import type { GameShown, LabDesk } from "../../lab/lab-desk.ts";
import { askLab } from "../../lab/threads.ts";

export type Act = (lab: Remote<LabDesk>) => Promise<GameShown>;

export interface OpenGame {
  readonly game: GameShown | null;
  readonly failed: string | null;
  readonly isBusy: boolean;
  act(act: Act): void;
}

export function useGame(study: string, question: string, way: readonly string[]): OpenGame {
  const [game, setGame] = useState<GameShown | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(true);
  const isHere = useRef(true);

  const ask = (work: (lab: Remote<LabDesk>) => Promise<GameShown | null>) => {
    setBusy(true);
    askLab(work)
      .then((shown) => {
        if (!isHere.current) return;
        if (shown === null) setFailed("The protocol does not go the way of this trace");
        else setGame(shown);
      })
      .catch((error) => isHere.current && setFailed(error instanceof Error ? error.message : String(error)))
      .finally(() => isHere.current && setBusy(false));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the board is another one for another game
  useEffect(() => {
    isHere.current = true;
    ask((lab) => lab.open(study, question, [...way]));
    return () => {
      isHere.current = false;
    };
  }, []);
  return { game, failed, isBusy, act: (act) => ask(act) };
}
