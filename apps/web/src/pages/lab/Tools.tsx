import { Button, FileButton, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { GameShown } from "../../lab/lab-desk.ts";
import { readTrace, saveTrace, type Trace } from "./trace.ts";
import type { OpenGame } from "./use-game.ts";

interface Props {
  readonly open: OpenGame;
  readonly game: GameShown;
  readonly study: string;
  readonly world: string;
  onLoad(trace: Trace): void;
  isKnown(trace: Trace): boolean;
}

export function Tools({ open: { act }, game, study, world, onLoad, isKnown }: Props) {
  const [seed, setSeed] = useState("1");
  const [refused, setRefused] = useState<string | null>(null);
  const load = async (file: File | null) => {
    if (file === null) return;
    const trace = await readTrace(file);
    if (trace === null) return setRefused(`${file.name} is no trace of the lab.`);
    if (!isKnown(trace)) return setRefused(`There is no world ${trace.study}, ${trace.question} to play this in.`);
    onLoad(trace);
  };
  const isSeed = /^\d{1,9}$/.test(seed);
  return (
    <Stack gap="xs">
      <Group gap="sm" align="flex-end">
        <Button variant="default" aria-disabled={!game.canUndo} onClick={() => act((lab) => lab.undo())}>
          Undo
        </Button>
        <Button variant="default" onClick={() => act((lab) => lab.open(study, world, []) as Promise<GameShown>)}>
          Begin again
        </Button>
        <TextInput
          label="Seed"
          value={seed}
          onChange={({ currentTarget }) => setSeed(currentTarget.value)}
          inputMode="numeric"
          w={100}
          error={isSeed ? null : "a whole number"}
        />
        <Button
          variant="default"
          disabled={!isSeed || game.fault !== null}
          onClick={() => act((lab) => lab.run(Number(seed)))}
        >
          Let it run
        </Button>
        <Button
          variant="default"
          onClick={() => saveTrace({ study, question: world, fault: game.fault, way: game.way })}
        >
          Save as a trace
        </Button>
        <FileButton onChange={load} accept="application/json,.json" inputProps={{ "aria-label": "Trace to load" }}>
          {(props) => (
            <Button variant="default" {...props}>
              Load a trace
            </Button>
          )}
        </FileButton>
      </Group>
      <LastEvent way={game.way} />
      {refused !== null && (
        <Text size="sm" c="red" role="alert">
          {refused} Save one here, or make one with counterfoil lab table --traces DIR.
        </Text>
      )}
    </Stack>
  );
}

function LastEvent({ way }: Pick<GameShown, "way">) {
  return (
    <Text size="sm" role="status">
      {way.length === 0
        ? "Nothing has happened yet."
        : `${way.length} ${way.length === 1 ? "event" : "events"}; the last: ${way.at(-1)}.`}
    </Text>
  );
}
