/** What this wallet has of the same item already, or has begun and not finished, also before a reload. */
import { showMoney } from "@counterfoil/base";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { continuePurchase } from "../../market/purchasing.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { timeWords } from "../../market/words.ts";
import { desk, useHistory } from "../../wallet/client.ts";
import type { PurchaseLine } from "../../wallet/desk.ts";
import { EvidenceButtons } from "./EvidenceButtons.tsx";
import { GoodsView } from "./GoodsView.tsx";

/** The newest ones; the wallet's history has all. */
const SHOWN = 5;

export function EarlierPurchases({ item }: { readonly item: ShelfItem }) {
  const { data } = useHistory();
  const own = data?.purchases.filter(({ title, fileName }) => title === item.title && fileName === item.fileName) ?? [];
  if (own.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        In your wallet
      </Title>
      {own.slice(0, SHOWN).map((line) => (
        <Earlier key={line.tid} item={item} line={line} />
      ))}
    </Stack>
  );
}

function Earlier({ item, line }: { readonly item: ShelfItem; readonly line: PurchaseLine }) {
  const [shown, show] = useState(false);
  const { tid, delivered, phase } = line;
  const isOver = delivered || phase === "ended" || line.fault !== null;
  const when = timeWords(line.startedMs);
  return (
    <Stack gap="xs">
      <Group>
        <Text size="sm" flex="1 1 14rem">
          {when}, {line.priceMinor === 0n ? "free" : showMoney(line.priceMinor, line.unit)}: {standingWords(line)}
        </Text>
        {delivered && (
          <Button size="xs" variant="default" onClick={() => show(!shown)} aria-expanded={shown}>
            {shown ? "Hide the goods" : "Show the goods"}
          </Button>
        )}
        {!isOver && (
          <Button size="xs" onClick={() => void continuePurchase(desk(), item.pid, tid, false)}>
            Go on with it
          </Button>
        )}
      </Group>
      {shown && <GoodsView tid={tid} />}
      {shown && phase === "paid" && <EvidenceButtons tid={tid} name={item.slug} />}
    </Stack>
  );
}

function standingWords({ delivered, fault, phase }: PurchaseLine): string {
  if (fault !== null) return `paid, and faulty (${fault.replaceAll("-", " ")})`;
  if (delivered) return "yours";
  if (phase === "ended") return "ended, not paid";
  if (phase === "paid") return "paid, not opened yet";
  return `under way (${phase})`;
}
