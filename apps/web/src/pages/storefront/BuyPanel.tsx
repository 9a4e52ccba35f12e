/** The way to buy one item: choices, a wallet with enough in it, the plain line, the messages, the end. */
import { Card, Code, Stack, Text, Title } from "@mantine/core";
import { type Purchasing, usePurchasing } from "../../market/purchasing.ts";
import { ANOTHER_BANK, type Seal } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { isDonation, priceWords } from "../../market/words.ts";
import { BuyForm } from "./BuyForm.tsx";
import { BuyingProgress } from "./BuyingProgress.tsx";
import { EarlierPurchases } from "./EarlierPurchases.tsx";
import { WalletGate } from "./WalletGate.tsx";

export interface BuyPanelProps {
  readonly item: ShelfItem;
  readonly seal: Seal | undefined;
}

export function BuyPanel({ item, seal }: BuyPanelProps) {
  const purchasing = usePurchasing(item.pid);
  if (isDonation(item)) return <Donation item={item} />;
  return (
    <Card withBorder radius="md" padding="lg" component="section" aria-label={`Buy ${item.title}`}>
      <Stack>
        <Title order={2}>{headingOf(item, purchasing)}</Title>
        {purchasing === undefined ? (
          <Offered item={item} seal={seal} />
        ) : (
          <BuyingProgress item={item} purchasing={purchasing} />
        )}
      </Stack>
    </Card>
  );
}

function headingOf(item: ShelfItem, purchasing: Purchasing | undefined): string {
  if (purchasing !== undefined)
    return purchasing.end === null ? `Buying ${item.title}` : `Your purchase of ${item.title}`;
  return item.delivery === "sale" ? `Buy it for ${priceWords(item)}` : "Get it for free";
}

function Offered({ item, seal }: BuyPanelProps) {
  if (item.stock === 0) return <Text>It is sold out. The shop's owner can put more on the shelf.</Text>;
  if (seal?.holds === false) {
    const why = seal.reason === ANOTHER_BANK ? "This is not your wallet's bank" : "Its certificate does not hold";
    return <Text>{why}, so the wallet would not buy it. No money has moved.</Text>;
  }
  return (
    <WalletGate>
      <EarlierPurchases item={item} />
      <BuyForm item={item} seal={seal} />
    </WalletGate>
  );
}

/** A gift has an amount and a proof for one authority alone, which the pages do not make. */
function Donation({ item }: { readonly item: ShelfItem }) {
  return (
    <Card withBorder radius="md" padding="lg" component="section" aria-label={`Give to ${item.title}`}>
      <Stack gap="xs">
        <Title order={2}>Give what you like</Title>
        <Text>
          This is a donation: there is no price, and coins carry it, which name nobody. The pages cannot give; the
          command line can, from a wallet of its own:
        </Text>
        <Code block>counterfoil give 5.00 {item.slug} --out thanks.txt</Code>
      </Stack>
    </Card>
  );
}
