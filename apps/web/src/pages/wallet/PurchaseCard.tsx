/** One purchase: how it stands, and what its buyer can do. */
import { type Hex, showMoney } from "@counterfoil/base";
import { Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { saveFile } from "../../market/saving.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { timeWords } from "../../market/words.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import type { Bought, BuyWatch, PurchaseLine } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";
import { standingOf } from "../../wallet/purchase-words.ts";

export function PurchaseCard({ purchase }: { readonly purchase: PurchaseLine }) {
  const { tid, title, priceMinor, unit, startedMs } = purchase;
  const standing = standingOf(purchase);
  const going = useDoing((desk, how: "resume" | "dispute") =>
    how === "resume" ? desk.resume(tid) : desk.dispute(tid, UNWATCHED),
  );
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Title order={3} size="h5">
            {title}
          </Title>
          <Text size="sm">{priceMinor === 0n ? "free" : showMoney(priceMinor, unit)}</Text>
        </Group>
        <Text size="sm">{standing.words}</Text>
        <Text size="xs" c="dimmed">
          {timeWords(startedMs)}, tid <Code>{tid.slice(0, 12)}</Code>
        </Text>
        <Group gap="xs">
          {standing.isOpen && (
            <Button size="xs" variant="default" loading={going.isPending} onClick={() => going.mutate("resume")}>
              Resume
            </Button>
          )}
          {standing.canDispute && (
            <Button size="xs" variant="default" loading={going.isPending} onClick={() => going.mutate("dispute")}>
              Ask the trustees
            </Button>
          )}
          {(standing.hasKey || purchase.delivered) && <Goods purchase={purchase} />}
          {standing.isPaid && <Proofs tid={tid} hasKey={standing.hasKey} />}
        </Group>
        <DoingTrouble error={going.error} />
        <Ended bought={going.data} />
      </Stack>
    </Paper>
  );
}

/** The history shows no diagram. */
const UNWATCHED: BuyWatch = { agree: async () => true, onMessage() {}, onProgress() {} };

function Ended({ bought }: { readonly bought: Bought | undefined }) {
  if (bought === undefined || bought.kind === "delivered") return null;
  return <TroubleAlert trouble={bought.trouble} isOpen={bought.kind === "open"} />;
}

function Goods({ purchase: { tid, title } }: { readonly purchase: PurchaseLine }) {
  const opening = useDoing((desk, _: null) => desk.goods(tid));
  return (
    <>
      <Button
        size="xs"
        loading={opening.isPending}
        onClick={() => opening.mutate(null, { onSuccess: ({ content, fileName }) => saveFile(content, fileName) })}
        aria-label={`Save the goods of ${title}`}
      >
        Save the goods
      </Button>
      <DoingTrouble error={opening.error} />
    </>
  );
}

function Proofs({ tid, hasKey }: { readonly tid: Hex; readonly hasKey: boolean }) {
  const proving = useDoing((desk, against: "merchant" | "payment") => desk.evidence(tid, against));
  const save = (against: "merchant" | "payment") =>
    proving.mutate(against, {
      onSuccess: (evidence) => {
        const name = `${tid.slice(0, 12)}${against === "payment" ? "-payment" : ""}.evidence`;
        saveFile(new Blob([Uint8Array.from(evidence)]), name);
      },
    });
  return (
    <>
      {hasKey && (
        <Button size="xs" variant="default" loading={proving.isPending} onClick={() => save("merchant")}>
          Evidence of the sale
        </Button>
      )}
      <Button size="xs" variant="default" loading={proving.isPending} onClick={() => save("payment")}>
        Evidence of payment only
      </Button>
      <DoingTrouble error={proving.error} />
    </>
  );
}
