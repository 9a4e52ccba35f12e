import type { TableRow } from "@counterfoil/lab";
import { Anchor, Badge, Stack, Table, Text } from "@mantine/core";
import { Link } from "wouter";
import { MARKS } from "../../lab/lab-words.ts";

interface Props {
  readonly study: string;
  readonly title: string;
  readonly verdict: TableRow["verdicts"][number];
}

/** What is found, above what is claimed. A failure opens its counterexample. */
export function VerdictCell({ study, title, verdict }: Props) {
  const { property, claimed, found, refutedBy } = verdict;
  if (claimed === "–" && found === "–") {
    return (
      <Table.Td style={{ verticalAlign: "top" }}>
        <Text size="sm" c="dimmed" aria-label="not addressed">
          –
        </Text>
      </Table.Td>
    );
  }
  const { word, color } = MARKS[found];
  const badge = (
    <Badge variant="light" color={color} radius="sm" tt="none" td={refutedBy === null ? "none" : "underline"}>
      {found === "–" ? "not asked" : word}
    </Badge>
  );
  return (
    <Table.Td style={{ verticalAlign: "top" }}>
      <Stack gap={2} align="flex-start">
        {refutedBy === null ? (
          badge
        ) : (
          <Anchor
            component={Link}
            display="flex"
            href={`/lab/counterexamples/${study}/${property}`}
            aria-label={`${title}, ${property}: fails. Show the counterexample`}
          >
            {badge}
          </Anchor>
        )}
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {claimed === "–" ? "not claimed" : `claims: ${MARKS[claimed].word}`}
        </Text>
      </Stack>
    </Table.Td>
  );
}
