/** Names and values, one a row; long hex may break anywhere. */
import { Stack, Table, Title } from "@mantine/core";
import type { ReactNode } from "react";

export interface FactTableProps {
  /** Of the heading, below whatever it stands under. */
  readonly order?: 2 | 3;
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

export function FactTable({ title, facts, order = 2 }: FactTableProps) {
  return (
    <Stack gap="xs">
      <Title order={order} size="h4">
        {title}
      </Title>
      <Table verticalSpacing="xs" layout="fixed">
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="38%">
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
