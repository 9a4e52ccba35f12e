import { Loader, NativeSelect, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearch } from "wouter";
import type { StudyShown } from "../../lab/lab-desk.ts";
import { sentence } from "../../lab/lab-words.ts";
import { askLab } from "../../lab/threads.ts";
import { Board } from "./Board.tsx";
import { Failed } from "./Failed.tsx";

/** A whole sale of ours, with nobody lying. */
const FIRST = "netbill";

export function PlaygroundPage() {
  const { data, error } = useQuery({
    queryKey: ["lab", "studies"],
    queryFn: () => askLab((lab) => lab.studies()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Stack gap="lg">
      <Stack gap="xs" maw={680}>
        <Title order={1}>Playground</Title>
        <Text>
          Here you are the network, every clock, and the patience of everybody. Nothing happens by itself: a message
          arrives when you let it, twice if you like, or never. The parties are those that the lab searches; of ours,
          the very code that sells in this market.
        </Text>
      </Stack>
      {error !== null && <Failed reason={error.message} />}
      {data === undefined && error === null && <Loader role="status" aria-label="Fetching the lab" />}
      {data !== undefined && <Chosen studies={data} />}
    </Stack>
  );
}

/** What is played, and a trace to begin along. */
interface Choice {
  readonly study: string;
  readonly world: string;
  readonly way: readonly string[];
  /** How often something was loaded: the same trace twice is two games. */
  readonly round: number;
}

function Chosen({ studies }: { readonly studies: readonly StudyShown[] }) {
  const search = new URLSearchParams(useSearch());
  const [choice, setChoice] = useState<Choice>(() => {
    const study = search.get("study") ?? FIRST;
    return { study, world: search.get("world") ?? "", way: [], round: 0 };
  });
  const playable = studies.filter(({ worlds }) => worlds.length > 0);
  const study = playable.find(({ id }) => id === choice.study) ?? (playable[0] as StudyShown);
  const world =
    study.worlds.find(({ name }) => name === choice.world) ?? (study.worlds[0] as StudyShown["worlds"][number]);
  const choose = (to: Partial<Choice>) => setChoice({ ...choice, way: [], ...to, round: choice.round + 1 });
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NativeSelect
          label="Protocol"
          value={study.id}
          onChange={({ currentTarget }) => choose({ study: currentTarget.value, world: "" })}
          data={playable.map(({ id, title, source }) => ({ value: id, label: `${title} (${source})` }))}
        />
        <NativeSelect
          label="World: who lies, and what is asked"
          value={world.name}
          onChange={({ currentTarget }) => choose({ study: study.id, world: currentTarget.value })}
          data={study.worlds.map(({ name }) => name)}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed" maw={720}>
        {sentence(world.bound)} Trusted: {world.trusted}. Asked: {world.about.join(", ")}.
      </Text>
      <Board
        key={`${study.id} ${world.name} ${choice.round}`}
        study={study.id}
        world={world}
        way={choice.way}
        onLoad={(trace) => choose({ study: trace.study, world: trace.question, way: trace.way })}
        isKnown={(trace) =>
          studies.some(({ id, worlds }) => id === trace.study && worlds.some(({ name }) => name === trace.question))
        }
      />
    </Stack>
  );
}
