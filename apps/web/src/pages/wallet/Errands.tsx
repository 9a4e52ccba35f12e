import { showMoney } from "@counterfoil/base";
import { Stack, Table, Title } from "@mantine/core";
import type { History } from "../../wallet/desk.ts";

export interface ErrandsProps {
  readonly errands: History["errands"];
  readonly unit: string;
}

/** What the wallet has asked of the bank about coins, newest first. */
export function Errands({ errands, unit }: ErrandsProps) {
  if (errands.length === 0) return null;
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Coins and the bank
      </Title>
      <Table.ScrollContainer minWidth={360} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label="What was asked of the bank about coins">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What</Table.Th>
              <Table.Th>How it stands</Table.Th>
              <Table.Th ta="right">Worth</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {errands.map(({ id, kind, phase, minor }) => (
              <Table.Tr key={id}>
                <Table.Td>{KINDS[kind] ?? kind}</Table.Td>
                <Table.Td>{PHASES[phase] ?? phase}</Table.Td>
                <Table.Td ta="right">{showMoney(minor, unit)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  withdraw: "Account money for coins",
  refresh: "Coins for new coins",
  deposit: "Coins into the account",
};

const PHASES: Readonly<Record<string, string>> = {
  asked: "Asked, and no answer yet; it is asked again by itself",
  done: "Done",
  refused: "Refused by the bank",
};
