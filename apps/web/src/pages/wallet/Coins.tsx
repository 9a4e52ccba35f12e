/** Everything that is done with coins: out of the account and back, to somebody and from somebody. */

import { showMoney } from "@counterfoil/base";
import { Accordion, Loader, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useFunds } from "../../wallet/client.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import type { Funds } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";
import { AmountForm } from "./AmountForm.tsx";
import { ReceiveCoins } from "./ReceiveCoins.tsx";
import { SendCoins } from "./SendCoins.tsx";
import { saidOf } from "./said.ts";
import { TakeBack } from "./TakeBack.tsx";

export function Coins() {
  const funds = useFunds();
  if (funds.isPending) return <Loader aria-label="The bank is asked" />;
  if (funds.isError) return <DoingTrouble error={funds.error} />;
  const { unit } = funds.data;
  return (
    <Stack gap="lg">
      <Text role="status">
        Free coins: {showMoney(minorIn(funds.data, "available"), unit)}. Account:{" "}
        {showMoney(funds.data.balanceMinor, unit)}.
      </Text>
      <Accordion multiple defaultValue={["withdraw"]} variant="separated" order={2}>
        <Part value="withdraw" title="Withdraw coins">
          <Withdraw unit={unit} />
        </Part>
        <Part value="send" title="Hand coins over">
          <SendCoins unit={unit} />
        </Part>
        <Part value="receive" title="Receive coins">
          <ReceiveCoins unit={unit} />
        </Part>
        <Part value="back" title="Take back what nobody took">
          <TakeBack unit={unit} handedMinor={minorIn(funds.data, "handed")} />
        </Part>
        <Part value="deposit" title="Deposit coins">
          <Deposit unit={unit} />
        </Part>
      </Accordion>
    </Stack>
  );
}

function minorIn({ cash }: Funds, state: string): bigint {
  return cash.find((each) => each.state === state)?.minor ?? 0n;
}

function Part({
  value,
  title,
  children,
}: {
  readonly value: string;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <Accordion.Item value={value}>
      <Accordion.Control>{title}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}

function Withdraw({ unit }: { readonly unit: string }) {
  const withdrawing = useDoing((desk, amountMinor: bigint) => desk.withdraw(amountMinor));
  return (
    <AmountForm
      label="Amount to withdraw"
      unit={unit}
      description="Out of the account, into coins that pay any smaller sum exactly. The bank signs them without seeing them."
      action="Withdraw"
      doing={withdrawing}
      said={withdrawing.data === undefined ? null : saidOf(withdrawing.data, "Withdrawn.")}
    />
  );
}

function Deposit({ unit }: { readonly unit: string }) {
  const depositing = useDoing((desk, amountMinor: bigint) => desk.deposit(amountMinor));
  return (
    <AmountForm
      label="Amount to deposit"
      unit={unit}
      description="Coins back into the account. The bank learns that these coins were this account's."
      action="Deposit"
      doing={depositing}
      said={depositing.data === undefined ? null : saidOf(depositing.data, "Deposited.")}
    />
  );
}
