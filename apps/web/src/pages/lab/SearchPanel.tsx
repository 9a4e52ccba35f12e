import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { GameShown, Searched } from "../../lab/lab-desk.ts";
import { faultInWords } from "../../lab/lab-words.ts";
import { heardHere } from "../../lab/threads.ts";
import { useThread } from "../../lab/use-thread.ts";
import { Failed } from "./Failed.tsx";
import type { Act } from "./use-game.ts";

interface Props {
  readonly study: string;
  readonly world: string;
  readonly game: GameShown;
  act(act: Act): void;
}

/** What was searched for, from where. */
interface Answer extends Searched {
  readonly from: number;
}

/** The search itself, from where the game stands: over everything that can still happen. */
export function SearchPanel({ study, world, game, act }: Props) {
  const { work, start, stop } = useThread<Answer>();
  const [looked, setLooked] = useState(0);
  const from = game.way.length;
  const search = () => {
    setLooked(0);
    start(async (lab) => {
      const found = await lab.search(
        study,
        world,
        [...game.way],
        heardHere((_, at: number) => setLooked(at)),
      );
      return { ...found, from };
    });
  };
  const isRunning = work.phase === "running";
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button variant="default" onClick={isRunning ? stop : search} disabled={game.fault !== null && !isRunning}>
          {isRunning ? "Stop the search" : "Show me how it breaks"}
        </Button>
      </Group>
      <div role="status">
        {isRunning && <Text size="sm">{looked.toLocaleString("en")} states looked at …</Text>}
        {work.phase === "stopped" && <Text size="sm">Stopped: what was not looked at is unknown.</Text>}
        {work.phase === "done" && <Found answer={work.value} />}
      </div>
      {work.phase === "done" && work.value.fault !== null && work.value.from === from && (
        <Group>
          <Button size="compact-sm" onClick={() => act((lab) => lab.follow([...work.value.way]))}>
            Go there: {work.value.way.length} events
          </Button>
        </Group>
      )}
      {work.phase === "failed" && <Failed reason={work.reason} />}
    </Stack>
  );
}

function Found({ answer: { states, isCut, fault, way, from } }: { readonly answer: Answer }) {
  const where = from === 0 ? "from the beginning" : `after ${from} events`;
  const count = states.toLocaleString("en");
  if (fault !== null)
    return (
      <Text size="sm">
        Searched {where}: {way.length} more events, the fewest there are, and it breaks: {faultInWords(fault)}. What you
        have dropped may arrive in it after all, as in a network it may.
      </Text>
    );
  return (
    <Text size="sm">
      Searched {where}: {count} states{isCut ? ", and cut there: what comes beyond is unknown" : ", which are all"}.
      None is at fault.
    </Text>
  );
}
