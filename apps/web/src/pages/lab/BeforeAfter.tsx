import { Table, Text } from "@mantine/core";

interface Props {
  readonly players: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export function BeforeAfter({ players, before, after }: Props) {
  return (
    <Table.ScrollContainer minWidth={480} type="native" tabIndex={0} role="region" aria-label="States of the parties">
      <Table fz="sm" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Party</Table.Th>
            <Table.Th scope="col">Before</Table.Th>
            <Table.Th scope="col">After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {players.map((name, player) => {
            const isChanged = before[player] !== after[player];
            return (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td>{before[player]}</Table.Td>
                <Table.Td>
                  <Text size="sm" fw={isChanged ? 650 : 400}>
                    {after[player]}
                    {isChanged && " (changed)"}
                  </Text>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
