import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Sequence } from "../../diagram/Sequence.tsx";
import type { Counterexample } from "../../lab/lab-desk.ts";
import { faultInWords, sentence } from "../../lab/lab-words.ts";
import { lanesOf, stepsOf } from "../../lab/steps.ts";
import { BeforeAfter } from "./BeforeAfter.tsx";

/** Slow enough to read a line and look at what it changed. */
const PLAY_MS = 1800;

interface Props {
  readonly fault: string;
  readonly walk: NonNullable<Counterexample["walk"]>;
}

/** A counterexample event by event, by buttons or by the arrow keys. */
export function StepThrough({ fault, walk }: Props) {
  const { players, hasClocks, passages } = walk;
  const last = passages.length;
  const [at, setAt] = useState(0);
  const [isPlaying, setPlaying] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const go = (to: number) => setAt(Math.min(last, Math.max(0, to)));

  useEffect(() => {
    if (!isPlaying) return;
    if (at === last) return setPlaying(false);
    const timer = setTimeout(() => setAt(at + 1), PLAY_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, at, last]);

  const onKey = (event: KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setPlaying(false);
    go(to);
  };
  const all = passages.flatMap(({ happened }) => happened);
  const shown = passages.slice(0, at).flatMap(({ happened }) => happened);
  const passage = passages[at - 1];
  return (
    <Stack gap="md">
      <Stack gap="xs" role="group" aria-label="Steps" onKeyDown={onKey}>
        <Steps at={at} last={last} isPlaying={isPlaying} onGo={go} onPlay={setPlaying} />
        <Text role="status" aria-live="polite">
          {passage === undefined ? "Nothing has happened yet." : `${at} of ${last}: ${passage.line}`}
        </Text>
      </Stack>
      {at === last && (
        <Alert color="red" title={`After ${last} events: ${faultInWords(fault)}`} role="alert">
          {walk.losses.length > 0 && (
            <List size="sm">
              {walk.losses.map((loss) => (
                <List.Item key={loss}>{sentence(loss)}</List.Item>
              ))}
            </List>
          )}
        </Alert>
      )}
      <Sequence
        lanes={lanesOf(players, hasClocks, all)}
        steps={stepsOf(shown)}
        chosen={chosen}
        onChoose={setChosen}
        title="What has happened so far"
      />
      <Title order={2}>Every party, before and after this step</Title>
      <BeforeAfter
        players={players}
        before={passage?.before ?? passages[0]?.before ?? []}
        after={passage?.after ?? passages[0]?.before ?? []}
      />
    </Stack>
  );
}

interface StepsProps {
  readonly at: number;
  readonly last: number;
  readonly isPlaying: boolean;
  onGo(to: number): void;
  onPlay(isPlaying: boolean): void;
}

/** None of them is ever taken out of the way of Tab, so that whoever steps keeps the place. */
function Steps({ at, last, isPlaying, onGo, onPlay }: StepsProps) {
  const to = (title: string, place: number) => {
    const isBeyond = place < 0 || place > last;
    return (
      <Button
        variant="default"
        size="sm"
        {...(isBeyond && { "data-disabled": true, "aria-disabled": true })}
        onClick={() => onGo(place)}
      >
        {title}
      </Button>
    );
  };
  return (
    <Group gap="xs">
      {to("First", 0)}
      {to("Previous", at - 1)}
      <Button size="sm" onClick={() => onGo(at + 1)}>
        Next
      </Button>
      {to("Last", last)}
      <Button
        variant="default"
        size="sm"
        onClick={() => {
          if (!isPlaying && at === last) onGo(0);
          onPlay(!isPlaying);
        }}
      >
        {isPlaying ? "Pause" : "Play"}
      </Button>
      <Text size="sm" c="dimmed">
        Or the arrow keys, Home and End.
      </Text>
    </Group>
  );
}
