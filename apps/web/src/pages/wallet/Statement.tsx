import { showMoney } from "@counterfoil/base";
import { Stack, Table, Text, Title } from "@mantine/core";
import { timeWords } from "../../market/words.ts";
import type { History } from "../../wallet/desk.ts";

export interface StatementProps {
  readonly lines: History["statement"];
  readonly unit: string;
}

/** The account as the bank keeps it, newest first. */
export function Statement({ lines, unit }: StatementProps) {
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Account
      </Title>
      {lines === null && (
        <Text role="status">The bank does not answer now. What the wallet knows by itself is shown all the same.</Text>
      )}
      {lines?.length === 0 && <Text>Nothing has moved in the account yet.</Text>}
      {lines !== null && lines.length > 0 && (
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label="Statement of the account">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th ta="right">Change</Table.Th>
                <Table.Th ta="right">Balance</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {lines.map(({ timeMs, credit, amountMinor, kind, balanceMinor }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines are never changed, only added at the other end
                <Table.Tr key={lines.length - at}>
                  <Table.Td>{timeWords(timeMs)}</Table.Td>
                  <Table.Td>{kind}</Table.Td>
                  <Table.Td ta="right">
                    {credit ? "+" : "−"}
                    {showMoney(amountMinor, unit)}
                  </Table.Td>
                  <Table.Td ta="right">{showMoney(balanceMinor, unit)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
