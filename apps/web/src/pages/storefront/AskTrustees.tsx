/** While the shop does not answer a payment: the trustees, without waiting for the wallet's own timers. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { tidIn } from "../../diagram/purchase.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import type { BuyWatch, WatchedMessage } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";

export interface AskTrusteesProps {
  readonly messages: readonly WatchedMessage[];
  readonly mode: string;
}

export function AskTrustees({ messages, mode }: AskTrusteesProps) {
  const tid = tidIn(messages);
  const asking = useDoing((desk, purchase: string) => desk.dispute(purchase, WATCHED_ALREADY));
  // With NetBill the bank releases the key, and no trustee has one.
  if (tid === null || mode === "netbill" || isAnswered(messages)) return null;
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" size="xs" loading={asking.isPending} onClick={() => asking.mutate(tid)}>
          Ask the trustees now
        </Button>
        <Text size="sm" flex="1 1 16rem">
          The shop has not answered the payment yet. The wallet goes to the trustees by itself, once the shop has had
          its time.
        </Text>
      </Group>
      <DoingTrouble error={asking.error} />
    </Stack>
  );
}

/** Whoever bought it hears of every message, and of how it ends. */
const WATCHED_ALREADY: BuyWatch = { agree: async () => true, onMessage() {}, onProgress() {} };

function isAnswered(messages: readonly WatchedMessage[]): boolean {
  return messages.some(
    ({ name, answer }) => name === "payment" && answer?.kind === "answered" && answer.name !== "pending",
  );
}
