/** The last entries of a log. A stranger sees that something was decided, and not of what. */
import { showInstant } from "@counterfoil/base";
import { Button, Stack, Table, Text, Title } from "@mantine/core";
import type { LogLine } from "./desk.ts";
import classes from "./log.module.css";
import { KINDS } from "./words.ts";

export interface LatestProps {
  /** Null where what was served is not what the head is of. */
  readonly lines: readonly LogLine[] | null;
  onAsk(words: string): void;
}

export function Latest({ lines, onAsk }: LatestProps) {
  return (
    <Stack gap="sm">
      <Title order={3}>Latest entries</Title>
      {lines === null && (
        <Text fw={600} data-latest="wrong">
          The entries that were served are NOT those that the signed head is of, so they are not shown.
        </Text>
      )}
      {lines?.length === 0 && <Text>There are none to read.</Text>}
      {lines !== null && lines.length > 0 && (
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label="Latest entries">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Leaf</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Contract</Table.Th>
                <Table.Th>Time (UTC)</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {lines.map((line) => (
                <Row key={line.index} line={line} onAsk={onAsk} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

function Row({
  line: { index, kind, recKey, timeMs },
  onAsk,
}: { readonly line: LogLine } & Pick<LatestProps, "onAsk">) {
  return (
    <Table.Tr>
      <Table.Td>{index}</Table.Td>
      <Table.Td>{KINDS[kind] ?? kind}</Table.Td>
      <Table.Td className={classes.hash}>
        {recKey === null ? (
          "none"
        ) : (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`Look up the contract ${recKey.slice(0, 12)} of leaf ${index}`}
            onClick={() => onAsk(recKey)}
          >
            {recKey.slice(0, 12)}…
          </Button>
        )}
      </Table.Td>
      <Table.Td>{timeMs === null ? "none" : showInstant(timeMs)}</Table.Td>
    </Table.Tr>
  );
}
