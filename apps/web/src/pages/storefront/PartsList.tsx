/** What an item's price pays for besides, and from when each part is to be had. */
import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { type ShelfItem, useItem } from "../../market/shelf.ts";
import { timeWords } from "../../market/words.ts";

export function PartsList({ parts }: Pick<ShelfItem, "parts">) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Its price pays for {parts.length} more
      </Title>
      <Text size="sm">Each comes from its time on, by the clock of the log that the contract names.</Text>
      <Table.ScrollContainer minWidth={300}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Part</Table.Th>
              <Table.Th>From</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {parts.map((part) => (
              <PartRow key={part.pid} {...part} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function PartRow({ pid, releaseMs }: ShelfItem["parts"][number]) {
  const { data } = useItem(pid);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/items/${pid}`} size="sm">
          {data?.title ?? `Item ${pid.slice(0, 12)}…`}
        </Anchor>
      </Table.Td>
      <Table.Td>{timeWords(releaseMs)}</Table.Td>
    </Table.Tr>
  );
}
