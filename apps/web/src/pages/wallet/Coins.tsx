/** Everything that is done with coins: out of the account and back, to somebody and from somebody. */

import { showMoney } from "@counterfoil/base";
import { Accordion, Loader, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useFunds } from "../../wallet/client.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import type { Answer, Desk, ErrandEnd, Funds } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";
import { AmountForm, type AmountFormProps } from "./AmountForm.tsx";
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
          <Move
            unit={unit}
            label="Amount to withdraw"
            description="Out of the account, into coins that pay any smaller sum exactly. The bank signs them without seeing them."
            action="Withdraw"
            done="Withdrawn."
            ask={(desk, amountMinor) => desk.withdraw(amountMinor)}
          />
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
          <Move
            unit={unit}
            label="Amount to deposit"
            description="Coins back into the account. The bank learns that these coins were this account's."
            action="Deposit"
            done="Deposited."
            ask={(desk, amountMinor) => desk.deposit(amountMinor)}
          />
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

interface MoveProps extends Pick<AmountFormProps, "unit" | "label" | "description" | "action"> {
  /** Said when the bank has done it. */
  readonly done: string;
  ask(desk: Desk, amountMinor: bigint): Promise<Answer<ErrandEnd>>;
}

/** Between account and coins, in either direction. */
function Move({ ask, done, ...form }: MoveProps) {
  const moving = useDoing(ask);
  const { data } = moving;
  return <AmountForm {...form} doing={moving} said={data === undefined ? null : saidOf(data, done)} />;
}
