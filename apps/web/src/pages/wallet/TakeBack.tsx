import { showMoney } from "@counterfoil/base";
import { Button, Group, Stack, Text } from "@mantine/core";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { useDoing } from "../../wallet/doing.ts";
import { saidOf } from "./said.ts";

export interface TakeBackProps {
  readonly unit: string;
  readonly handedMinor: bigint;
}

/** What was handed over and nobody has taken: exchanged, so that whoever has the text gets nothing for it any more. */
export function TakeBack({ unit, handedMinor }: TakeBackProps) {
  const taking = useDoing((desk) => desk.takeBack());
  return (
    <Stack gap="sm">
      <Text size="sm">
        Handed over and not seen again: {showMoney(handedMinor, unit)}. Whoever has the text or code and has not taken
        the coins gets nothing for it any more.
      </Text>
      <Group>
        <Button onClick={() => taking.mutate(undefined)} loading={taking.isPending} disabled={handedMinor === 0n}>
          Take back
        </Button>
      </Group>
      <DoingTrouble error={taking.error} />
      {taking.data !== undefined && (
        <Text size="sm" role="status">
          {saidOf(taking.data, "Taken back.")}
        </Text>
      )}
    </Stack>
  );
}
