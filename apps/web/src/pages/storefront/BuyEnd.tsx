/** How a purchase ended, or that nobody knows yet; and what to do with it now. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
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

export function BuyEnd(props: BuyEndProps) {
  const { goingOn } = props.purchasing;
  if (goingOn === null) return <End {...props} />;
  return (
    <Stack>
      <End {...props} />
      <TroubleAlert trouble={goingOn} title="Going on with it did not work" />
    </Stack>
  );
}

function End({ item, purchasing, end }: BuyEndProps) {
  const again = (
    <Button variant="default" onClick={() => forgetPurchase(item.pid)}>
      Back to the choices
    </Button>
  );
  if (!end.ok) {
    return (
      <TroubleAlert trouble={end.trouble} title={end.trouble.reason === "declined-by-buyer" ? "Not bought" : undefined}>
        <Group>{end.trouble.isOpen ? <InWallet /> : again}</Group>
      </TroubleAlert>
    );
  }
  const bought = end.value;
  if (bought.kind === "delivered") return <Delivered item={item} purchasing={purchasing} bought={bought} />;
  const isOpen = bought.kind === "open";
  const isWaiting = isOpen || bought.kind === "undelivered";
  const mode = purchasing.terms?.mode ?? purchasing.order?.exchange;
  return (
    <TroubleAlert trouble={bought.trouble} isOpen={isWaiting} title={TITLES[bought.kind]}>
      <Group>
        {isWaiting && (
          <Button onClick={() => void continuePurchase(desk(), item.pid, bought.tid, false)}>Go on waiting</Button>
        )}
        {isOpen && mode !== "netbill" && (
          <Button variant="default" onClick={() => void continuePurchase(desk(), item.pid, bought.tid, true)}>
            Ask the trustees
          </Button>
        )}
        {bought.kind === "ended" ? again : <InWallet />}
      </Group>
      {bought.kind === "faulty" && <EvidenceButtons tid={bought.tid} name={item.slug} />}
    </TroubleAlert>
  );
}

/** Whoever has paid, or may have, is not led to buying it again. */
function InWallet() {
  return (
    <Button variant="default" component={Link} href="/wallet">
      Look in the wallet
    </Button>
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
