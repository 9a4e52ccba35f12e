import type { Line, Outcome } from "@counterfoil/lab";
import { Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { AttackShown } from "../../lab/lab-desk.ts";
import { heardHere } from "../../lab/threads.ts";
import { useThread } from "../../lab/use-thread.ts";
import { Failed } from "./Failed.tsx";

export function AttackCard({ attack: { id, title, source } }: { readonly attack: AttackShown }) {
  const { work, start, stop } = useThread<Outcome>();
  const [lines, setLines] = useState<readonly Line[]>([]);
  const run = () => {
    setLines([]);
    start((lab) =>
      lab.attack(
        id,
        heardHere((line: Line) => setLines((before) => [...before, line])),
      ),
    );
  };
  const isRunning = work.phase === "running";
  return (
    <Paper withBorder p="md" component="section" id={id} aria-labelledby={`attack-${id}`}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2} style={{ flex: "1 1 16rem" }}>
            <Title order={2} size="h4" id={`attack-${id}`}>
              {id}
            </Title>
            <Text>{title}</Text>
            <Text size="sm" c="dimmed">
              {source}
            </Text>
          </Stack>
          <Button
            variant={isRunning ? "default" : "filled"}
            aria-label={isRunning ? `Stop ${id}` : `Run ${id}`}
            onClick={isRunning ? stop : run}
          >
            {isRunning ? "Stop" : "Run"}
          </Button>
        </Group>
        {lines.length > 0 && <Lines id={id} lines={lines} />}
        <Text role="status" fw={600}>
          {isRunning && "Running …"}
          {work.phase === "stopped" && "Stopped."}
          {work.phase === "done" && `The literal protocol: ${work.value.literal}. Ours: ${work.value.ours}.`}
        </Text>
        {work.phase === "failed" && <Failed reason={work.reason} />}
      </Stack>
    </Paper>
  );
}

function Lines({ id, lines }: { readonly id: string; readonly lines: readonly Line[] }) {
  return (
    <Table.ScrollContainer minWidth={480} type="native" tabIndex={0} role="region" aria-label={`What ${id} computes`}>
      <Table fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Protocol</Table.Th>
            <Table.Th scope="col">What is done</Table.Th>
            <Table.Th scope="col">Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(({ of, says, value }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added
            <Table.Tr key={place}>
              <Table.Td>{of}</Table.Td>
              <Table.Td>{says}</Table.Td>
              <Table.Td ff="monospace" style={{ overflowWrap: "anywhere" }}>
                {value}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
