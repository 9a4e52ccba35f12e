/** What the wallet has, and one click to what it lacks for this purchase. */

import { showMoney } from "@counterfoil/base";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { answerOf, desk, lookAgain, useFunds, WalletTrouble } from "../../wallet/client.ts";
import type { BuyOrder, ErrandEnd, Funds } from "../../wallet/desk.ts";

export interface FundsLineProps {
  readonly payWith: BuyOrder["payWith"];
  readonly neededMinor: bigint;
}

export function FundsLine({ payWith, neededMinor }: FundsLineProps) {
  const funds = useFunds();
  if (funds.isPending) return <Text size="sm">The wallet asks the bank what is there.</Text>;
  if (funds.isError) return <TroubleAlert title="What is there is not known" trouble={troubleOf(funds.error)} />;
  const { unit } = funds.data;
  const account = funds.data.balanceMinor - funds.data.heldMinor;
  const coins = coinsIn(funds.data);
  const has = payWith === "coins" ? coins : account;
  return (
    <Stack gap="xs">
      <Text size="sm">
        Account: {showMoney(account, unit)}. Coins: {showMoney(coins, unit)}.
      </Text>
      {has < neededMinor && <Lacking {...funds.data} payWith={payWith} neededMinor={neededMinor} />}
    </Stack>
  );
}

function coinsIn({ cash }: Funds): bigint {
  return cash.find(({ state }) => state === "available")?.minor ?? 0n;
}

function Lacking({ payWith, neededMinor, ...funds }: FundsLineProps & Funds) {
  const queries = useQueryClient();
  const account = funds.balanceMinor - funds.heldMinor;
  const withdrawMinor = roundMinor(neededMinor - coinsIn(funds));
  const grantMinor = roundMinor(payWith === "coins" ? withdrawMinor : neededMinor - account);
  const mending = useMutation({
    mutationFn: (mend: () => Promise<void>) => mend(),
    onSettled: () => lookAgain(queries),
  });
  const needsGrant = payWith === "account" || account < withdrawMinor;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        That is not enough: {showMoney(neededMinor, funds.unit)} is needed.
      </Text>
      <Group>
        {needsGrant && funds.sandbox && (
          <Button
            variant="default"
            loading={mending.isPending}
            onClick={() => mending.mutate(async () => void (await answerOf(desk().grant(grantMinor))))}
          >
            Get {showMoney(grantMinor, funds.unit)}
          </Button>
        )}
        {needsGrant && !funds.sandbox && <Text size="sm">Have somebody pay into your account first.</Text>}
        {!needsGrant && (
          <Button
            variant="default"
            loading={mending.isPending}
            onClick={() => mending.mutate(async () => checkEnd(await answerOf(desk().withdraw(withdrawMinor))))}
          >
            Withdraw {showMoney(withdrawMinor, funds.unit)} into coins
          </Button>
        )}
      </Group>
      {payWith === "coins" && (
        <Text size="sm">More than the price, so that the amount ties the withdrawal to no purchase.</Text>
      )}
      {mending.isError && <TroubleAlert trouble={troubleOf(mending.error)} />}
    </Stack>
  );
}

/** In round tens: an amount that many people take tells less. */
const ROUND_MINOR = 1_000n;

function roundMinor(minor: bigint): bigint {
  return (minor / ROUND_MINOR + 1n) * ROUND_MINOR;
}

function checkEnd({ end }: ErrandEnd): void {
  if (typeof end === "object") throw new WalletTrouble(end.refused);
}
