import type { TableRow } from "@counterfoil/lab";
import { List, Table, Text } from "@mantine/core";
import { countOf } from "./rows.ts";

/** Every question about one protocol: what was gone through, and who is believed in it. */
export function QuestionTable({ row: { title, questions, verdicts } }: { readonly row: TableRow }) {
  const notes = verdicts.filter(({ note }) => note !== null);
  return (
    <>
      {notes.length > 0 && (
        <List size="sm" mb="sm">
          {notes.map(({ property, note }) => (
            <List.Item key={property}>
              <Text span size="sm" fw={600} tt="capitalize">
                {property}
              </Text>
              : {note}
            </List.Item>
          ))}
        </List>
      )}
      <Table aria-label={`Questions about ${title}`} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Question</Table.Th>
            <Table.Th scope="col">What is gone through</Table.Th>
            <Table.Th scope="col">Who is trusted</Table.Th>
            <Table.Th scope="col" ta="right">
              States
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {questions.map(({ name, bound, trusted, states, isCut }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>{bound}</Table.Td>
              <Table.Td>{trusted}</Table.Td>
              <Table.Td ta="right">{countOf(states, isCut)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
