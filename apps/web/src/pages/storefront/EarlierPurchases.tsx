/** What this wallet has of the same item already, or has begun and not finished, also before a reload. */
import { showMoney } from "@counterfoil/base";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { continuePurchase } from "../../market/purchasing.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { timeWords } from "../../market/words.ts";
import { desk, useHistory } from "../../wallet/client.ts";
import type { PurchaseLine } from "../../wallet/desk.ts";
import { standingOf } from "../../wallet/purchase-words.ts";
import { EvidenceButtons } from "./EvidenceButtons.tsx";
import { GoodsView } from "./GoodsView.tsx";

/** The newest ones; the wallet's history has all. */
const SHOWN = 5;

export function EarlierPurchases({ item }: { readonly item: ShelfItem }) {
  const { data } = useHistory();
  const own = data?.purchases.filter(({ pid }) => pid === item.pid) ?? [];
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
  const { tid, priceMinor, unit, startedMs, delivered } = line;
  const { words, isOpen, canDispute, isPaid } = standingOf(line);
  const goOn = (dispute: boolean) => void continuePurchase(desk(), item.pid, tid, dispute);
  return (
    <Stack gap="xs">
      <Text size="sm">
        {timeWords(startedMs)}, {priceMinor === 0n ? "free" : showMoney(priceMinor, unit)}: {words}
      </Text>
      <Group>
        {(delivered || isPaid) && (
          <Button size="xs" variant="default" onClick={() => show(!shown)} aria-expanded={shown}>
            {shown ? "Hide the goods" : "Show the goods"}
          </Button>
        )}
        {isOpen && (
          <Button size="xs" onClick={() => goOn(false)}>
            Go on with it
          </Button>
        )}
        {canDispute && (
          <Button size="xs" variant="default" onClick={() => goOn(true)}>
            Ask the trustees
          </Button>
        )}
      </Group>
      {shown && <GoodsView tid={tid} />}
      {shown && isPaid && <EvidenceButtons tid={tid} name={item.slug} />}
    </Stack>
  );
}
