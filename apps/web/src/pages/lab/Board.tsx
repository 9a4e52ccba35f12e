import { Grid, Loader, Stack, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Sequence } from "../../diagram/Sequence.tsx";
import type { GameShown, WorldShown } from "../../lab/lab-desk.ts";
import { lanesOf, stepsOf } from "../../lab/steps.ts";
import { Failed } from "./Failed.tsx";
import { NetPanel } from "./NetPanel.tsx";
import { PartiesPanel } from "./PartiesPanel.tsx";
import { SearchPanel } from "./SearchPanel.tsx";
import { StandingPanel } from "./StandingPanel.tsx";
import { Tools } from "./Tools.tsx";
import type { Trace } from "./trace.ts";
import { useGame } from "./use-game.ts";

interface Props {
  readonly study: string;
  readonly world: WorldShown;
  readonly way: readonly string[];
  onLoad(trace: Trace): void;
  isKnown(trace: Trace): boolean;
}

/** One game: what can be done on the left, what came of it on the right; below each other where there is no room. */
export function Board({ study, world, way, onLoad, isKnown }: Props) {
  const open = useGame(study, world.name, way);
  const { game, failed, act } = open;
  const actions = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // A button that has done its work may be gone, and whoever pressed it by the keyboard stays at what can be done next.
    if (game?.canUndo && document.activeElement === document.body) actions.current?.focus();
  }, [game]);
  if (failed !== null && game === null) return <Failed reason={failed} />;
  if (game === null) return <Loader role="status" aria-label="The parties are being set up" />;
  return (
    <Stack gap="lg" data-events={game.way.length} data-busy={open.isBusy || undefined}>
      <Tools open={open} game={game} study={study} world={world.name} onLoad={onLoad} isKnown={isKnown} />
      {failed !== null && <Failed reason={failed} />}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            <Title order={2} ref={actions} tabIndex={-1}>
              What can happen next
            </Title>
            <NetPanel game={game} act={act} />
            <PartiesPanel game={game} act={act} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="lg">
            <StandingPanel game={game} about={world.about} />
            <SearchPanel study={study} world={world.name} game={game} act={act} />
            <Diagram game={game} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Diagram({ game }: { readonly game: GameShown }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const hasClocks = game.clocks.some(({ instant, moves }) => instant > 0 || moves.length > 0);
  return (
    <Stack gap="xs">
      <Title order={2}>What has happened</Title>
      <Sequence
        lanes={lanesOf(
          game.parties.map(({ name }) => name),
          hasClocks,
          game.happened,
        )}
        steps={stepsOf(game.happened)}
        chosen={chosen}
        onChoose={setChosen}
        title="Messages and events so far"
      />
    </Stack>
  );
}
