import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { TheoremShown } from "../../lab/lab-desk.ts";
import { sentence } from "../../lab/lab-words.ts";
import { EvidenceRow } from "./EvidenceRow.tsx";

const COLORS = { holds: "green", refuted: "red", repaired: "blue" } as const;

export function TheoremCard({ theorem }: { readonly theorem: TheoremShown }) {
  const { id, source, says, verdict, because, repairedIn, shown } = theorem;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={`theorem-${id}`}>
      <Stack gap="xs">
        <Group gap="sm">
          <Title order={2} size="h4" id={`theorem-${id}`}>
            {id}
          </Title>
          <Badge color={COLORS[verdict]} variant="light" tt="none" radius="sm">
            {verdict}
          </Badge>
          <Text size="sm" c="dimmed">
            {source}
          </Text>
        </Group>
        <Text maw={720}>{sentence(says)}</Text>
        <Text size="sm" maw={720}>
          {sentence(because)}
        </Text>
        {repairedIn.length > 0 && (
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            Repaired in {repairedIn.join(", ")}.
          </Text>
        )}
        {shown.map((evidence, place) => (
          <EvidenceRow key={evidence.says} theorem={id} place={place} evidence={evidence} />
        ))}
      </Stack>
    </Paper>
  );
}
