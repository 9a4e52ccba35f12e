import { Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { askLab } from "../../lab/threads.ts";
import { AttackCard } from "./AttackCard.tsx";
import { Failed } from "./Failed.tsx";

export function AttacksPage() {
  const { data, error } = useQuery({
    queryKey: ["lab", "attacks"],
    queryFn: () => askLab((lab) => lab.attacks()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // Whoever comes by a link to one of them comes before they are there.
  useEffect(() => {
    if (data !== undefined) document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  }, [data]);
  return (
    <Stack gap="lg">
      <Stack gap="xs" maw={680}>
        <Title order={1}>Attacks</Title>
        <Text>
          Each attack is played in full on a protocol as its paper prints it, with real keys, and then as well as it can
          be on ours. It runs in a thread of this page and shows its numbers as they are computed; the longest takes
          some seconds.
        </Text>
      </Stack>
      {error !== null && <Failed reason={error.message} />}
      {data === undefined && error === null && <Loader role="status" aria-label="Fetching the lab" />}
      {data?.map((attack) => (
        <AttackCard key={attack.id} attack={attack} />
      ))}
    </Stack>
  );
}
