import type { TableRow } from "@counterfoil/lab";
import { Anchor, Button, Stack, Table, Text } from "@mantine/core";
import { Link } from "wouter";
import { QuestionTable } from "./QuestionTable.tsx";
import { countOf } from "./rows.ts";
import { VerdictCell } from "./VerdictCell.tsx";

interface Props {
  readonly row: TableRow;
  readonly isOpen: boolean;
  onToggle(): void;
}

export function VerdictRow({ row, isOpen, onToggle }: Props) {
  const { id, title, source, verdicts, questions, states, isCut } = row;
  return (
    <>
      <Table.Tr>
        <Table.Th scope="row" fw={400} style={{ verticalAlign: "top" }}>
          <Stack gap={2} align="flex-start">
            <Text fw={600} size="sm">
              {title}
            </Text>
            <Text size="xs" c="dimmed">
              {source}
            </Text>
            <Button
              variant="subtle"
              size="compact-xs"
              px={0}
              aria-expanded={isOpen}
              aria-label={`${questions.length} questions about ${title}: bounds and whom they trust`}
              onClick={onToggle}
            >
              {isOpen ? "Hide its questions" : `${questions.length} questions`}
            </Button>
          </Stack>
        </Table.Th>
        {verdicts.map((verdict) => (
          <VerdictCell key={verdict.property} study={id} title={title} verdict={verdict} />
        ))}
        <Table.Td ta="right" style={{ verticalAlign: "top", whiteSpace: "nowrap" }}>
          <Text size="sm">{countOf(states, isCut)}</Text>
        </Table.Td>
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          <Table.Td colSpan={verdicts.length + 2}>
            <QuestionTable row={row} />
            <Anchor component={Link} href={`/lab/playground?study=${id}`} size="sm" underline="always">
              Try {title} in the playground
            </Anchor>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
