/** How a purchase ended, or that nobody knows yet; and what to do with it now. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { continuePurchase, forgetPurchase, type Purchasing } from "../../market/purchasing.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { desk } from "../../wallet/client.ts";
import type { Answer, Bought } from "../../wallet/desk.ts";
import { EvidenceButtons } from "./EvidenceButtons.tsx";
import { GoodsView } from "./GoodsView.tsx";
import { Receipt } from "./Receipt.tsx";

export interface BuyEndProps {
  readonly item: ShelfItem;
  readonly purchasing: Purchasing;
  readonly end: Answer<Bought>;
}

export function BuyEnd({ item, purchasing, end }: BuyEndProps) {
  const again = (
    <Button variant="default" onClick={() => forgetPurchase(item.pid)}>
      Back to the choices
    </Button>
  );
  if (!end.ok) {
    return (
      <TroubleAlert trouble={end.trouble} title={end.trouble.reason === "declined-by-buyer" ? "Not bought" : undefined}>
        <Group>{again}</Group>
      </TroubleAlert>
    );
  }
  const bought = end.value;
  if (bought.kind === "delivered") return <Delivered item={item} purchasing={purchasing} bought={bought} />;
  const isOpen = bought.kind === "open";
  return (
    <TroubleAlert trouble={bought.trouble} isOpen={isOpen} title={TITLES[bought.kind]}>
      <Group>
        {(isOpen || bought.kind === "undelivered") && (
          <Button onClick={() => void continuePurchase(desk(), item.pid, bought.tid, false)}>Go on waiting</Button>
        )}
        {isOpen && (
          <Button variant="default" onClick={() => void continuePurchase(desk(), item.pid, bought.tid, true)}>
            Ask the trustees
          </Button>
        )}
        {!isOpen && again}
      </Group>
      {bought.kind === "faulty" && <EvidenceButtons tid={bought.tid} name={item.slug} />}
    </TroubleAlert>
  );
}

const TITLES = {
  open: "Not known yet",
  ended: "Ended, not paid",
  faulty: "Paid, and the goods are not what was sold",
  undelivered: "Paid; the goods could not be opened here yet",
} as const;

function Delivered({
  item,
  purchasing,
  bought,
}: Omit<BuyEndProps, "end"> & { bought: Extract<Bought, { kind: "delivered" }> }) {
  const isPaid = item.delivery === "sale" || item.delivery === "certified";
  return (
    <Stack>
      <Title order={3} size="h4">
        ✓ It is yours
      </Title>
      <Text role="status">The goods are opened and are exactly the certified ones.</Text>
      <GoodsView tid={bought.tid} />
      {isPaid && <Receipt item={item} purchasing={purchasing} bought={bought} />}
      {isPaid && <EvidenceButtons tid={bought.tid} name={item.slug} />}
      <Group>
        <Button variant="default" onClick={() => forgetPurchase(item.pid)}>
          Back to the item
        </Button>
      </Group>
    </Stack>
  );
}
