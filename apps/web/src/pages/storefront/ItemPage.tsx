/** One item: what it is, who stands behind it, what became of earlier purchases of it, and the way to buy it. */
import { Anchor, Grid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { type ShelfItem, useItem } from "../../market/shelf.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { useSeals } from "../../market/useLooker.ts";
import { BuyPanel } from "./BuyPanel.tsx";
import { CertificateFacts } from "./CertificateFacts.tsx";
import { ItemFacts } from "./ItemFacts.tsx";
import { PartsList } from "./PartsList.tsx";

export function ItemPage({ pid }: { readonly pid: string }) {
  const item = useItem(pid);
  return (
    <Stack gap="lg">
      <Anchor component={Link} href="/" size="sm">
        All items
      </Anchor>
      {!item.isEnabled && <NoSuchItem />}
      {item.isEnabled && item.isPending && (
        <>
          <Title order={1}>One moment</Title>
          <Skeleton height={240} radius="md" />
        </>
      )}
      {item.isError && (
        <>
          <Title order={1}>Item</Title>
          <TroubleAlert title="The item cannot be shown" trouble={troubleOf(item.error)} />
        </>
      )}
      {item.data !== undefined && <Shown item={item.data} />}
    </Stack>
  );
}

function NoSuchItem() {
  return (
    <>
      <Title order={1}>No such item</Title>
      <Text>An item's address ends in its number of 64 digits. No money is involved.</Text>
    </>
  );
}

function Shown({ item }: { readonly item: ShelfItem }) {
  const seal = useSeals([item]).get(item.pid);
  return (
    <>
      <Stack gap="xs">
        <Title order={1}>{item.title}</Title>
        <Text style={{ whiteSpace: "pre-line" }} maw="70ch">
          {item.description}
        </Text>
      </Stack>
      <BuyPanel item={item} seal={seal} />
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <ItemFacts item={item} seal={seal} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <CertificateFacts seal={seal} />
        </Grid.Col>
      </Grid>
      {item.parts.length > 0 && <PartsList parts={item.parts} />}
    </>
  );
}
