/** What the wallet has: the account, the coins by what can be done with them, and whose they are. */
import { MINUTE_MS, showMoney } from "@counterfoil/base";
import { Alert, Code, Loader, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { timeWords } from "../../market/words.ts";
import { useFunds } from "../../wallet/client.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import type { Funds } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";
import { AmountForm } from "./AmountForm.tsx";

export function Overview() {
  const funds = useFunds();
  if (funds.isPending) return <Loader aria-label="The bank is asked" />;
  if (funds.isError) return <DoingTrouble error={funds.error} />;
  return <Shown funds={funds.data} />;
}

function Shown({ funds }: { readonly funds: Funds }) {
  const { unit, sandbox, balanceMinor, heldMinor, behindMs, restoring } = funds;
  return (
    <Stack gap="xl">
      {behindMs > BEHIND_MS && <ClockAlert behindMs={behindMs} />}
      {restoring && (
        <Alert title="The coins of this wallet are still looked for" role="status">
          What is below may not be all yet. Coins can be spent when all are found.
        </Alert>
      )}
      <Stack gap={4}>
        <Title order={2} size="h4">
          Account
        </Title>
        <Text fz={{ base: 24, xs: 32 }} fw={600} data-testid="balance">
          {showMoney(balanceMinor, unit)}
        </Text>
        {heldMinor > 0n && (
          <Text size="sm">
            Of it {showMoney(heldMinor, unit)} is set aside for orders that are under way. It is paid with them or free
            again.
          </Text>
        )}
      </Stack>
      <Coins funds={funds} />
      {sandbox && <Grant unit={unit} />}
      <Keys funds={funds} />
    </Stack>
  );
}

/** Devices' clocks are set by minutes all the time; a purchase waits no longer than that for it. */
const BEHIND_MS = 10 * MINUTE_MS;

function ClockAlert({ behindMs }: { readonly behindMs: number }) {
  return (
    <Alert color="yellow" title="This device's clock is behind what the wallet has seen" role="status">
      The wallet has written something at {timeWords(Date.now() + behindMs)}, and its time never goes back. Until then a
      purchase without an answer waits, and coins may not be had; no money is lost. If the clock is wrong now, set it
      right. If it was wrong then, restore the wallet from its words of recovery, in another browser or here once this
      wallet is forgotten.
    </Alert>
  );
}

function Coins({ funds: { cash, unit } }: { readonly funds: Funds }) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Coins
      </Title>
      <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label="Coins by what can be done with them">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Worth</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {cash.map(({ state, coins, minor }) => (
              <Table.Tr key={state}>
                <Table.Td>
                  <Text size="sm" fw={600}>
                    {TITLES[state] ?? state}
                    {coins > 0 && `, in ${coins} ${coins === 1 ? "coin" : "coins"}`}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {MEANS[state]}
                  </Text>
                </Table.Td>
                <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
                  {showMoney(minor, unit)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  available: "Free",
  reserved: "In a payment",
  refunding: "Being exchanged",
  handed: "Handed over",
  lost: "Lost",
  unknown: "Asked of the bank",
};

const MEANS: Readonly<Record<string, string>> = {
  available: "They can be spent, handed over or deposited. They name nobody.",
  reserved: "Named in a payment that has no outcome yet: they are spent with it, or free again.",
  refunding: "Somebody has seen them, or their time ends: the wallet gets new ones for them at a time of its own.",
  handed: "Given as a text or a code: theirs once somebody takes them, and yours until then.",
  lost: "Past their last day: worth nothing any more.",
  unknown: "The answer is not final yet. The wallet asks again by itself, and nothing is paid twice.",
};

function Grant({ unit }: { readonly unit: string }) {
  const granting = useDoing((desk, amountMinor: bigint) => desk.grant(amountMinor));
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Play money
      </Title>
      <AmountForm
        label="Amount to be given"
        unit={unit}
        description="This bank deals in play money and gives it to whoever asks, up to a limit."
        action="Get play money"
        doing={granting}
        said={granting.isSuccess ? "Granted." : null}
      />
    </Stack>
  );
}

function Keys({ funds: { account, bank } }: { readonly funds: Funds }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <KeyLine title="Account key" value={account} />
        <KeyLine title="Bank key" value={bank} />
        <Text size="sm" c="dimmed">
          The account is this key and nothing else. Its receipts and refusals are signed by its own.
        </Text>
      </Stack>
    </Paper>
  );
}

function KeyLine({ title, value }: { readonly title: string; readonly value: string }) {
  return (
    <Stack gap={2}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Code style={{ overflowWrap: "anywhere" }}>{value}</Code>
    </Stack>
  );
}
