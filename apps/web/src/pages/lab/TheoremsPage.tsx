import { Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { askLab } from "../../lab/threads.ts";
import { Failed } from "./Failed.tsx";
import { TheoremCard } from "./TheoremCard.tsx";

export function TheoremsPage() {
  const { data, error } = useQuery({
    queryKey: ["lab", "theorems"],
    queryFn: () => askLab((lab) => lab.theorems()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const counted = (verdict: string) => data?.filter((theorem) => theorem.verdict === verdict).length ?? 0;
  return (
    <Stack gap="lg">
      <Stack gap="xs" maw={680}>
        <Title order={1}>Theorems and claims</Title>
        <Text>
          What the papers prove or claim, in our words, with a verdict: it holds as printed; it is refuted; or it is
          refuted and repaired, where ours has what it promises by another way. What a verdict rests on can be asked
          again here, in a thread of this page.
        </Text>
        {data !== undefined && (
          <Text size="sm" c="dimmed">
            {data.length} entries: {counted("holds")} hold, {counted("repaired")} are repaired, {counted("refuted")} are
            refuted.
          </Text>
        )}
      </Stack>
      {error !== null && <Failed reason={error.message} />}
      {data === undefined && error === null && <Loader role="status" aria-label="Fetching the lab" />}
      {data?.map((theorem) => (
        <TheoremCard key={theorem.id} theorem={theorem} />
      ))}
    </Stack>
  );
}
