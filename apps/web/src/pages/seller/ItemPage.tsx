import type { SellerItemJson } from "@counterfoil/sdk/portable";
import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { FactTable } from "../../market/FactTable.tsx";
import { DELIVERY_WORDS, sizeWords, stockWords, timeWords } from "../../market/words.ts";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { ChangeEnd } from "./ChangeEnd.tsx";
import { Discounts } from "./Discounts.tsx";
import { PriceForm } from "./PriceForm.tsx";
import { RegularRules } from "./RegularRules.tsx";
import { StockForm } from "./StockForm.tsx";
import { costWords, useShelf } from "./shelf.ts";
import { useChange } from "./useChange.ts";

export function ItemPage({ origin, pid }: { readonly origin: string; readonly pid: string }) {
  const shelf = useShelf(origin);
  return (
    <Stack gap="xl">
      <Anchor component={Link} href="/sell/items">
        All items
      </Anchor>
      <Loaded asked={shelf} what="The item">
        {({ pages }) => {
          const item = pages.flatMap((page) => page.items).find((each) => each.pid === pid);
          if (item !== undefined)
            return <Item origin={origin} item={item} bank={pages[0]?.bank ?? ""} shop={pages[0]?.shop ?? ""} />;
          if (!shelf.hasNextPage) return <Text>The shop has no item of this id.</Text>;
          return (
            <Group>
              <Button variant="default" loading={shelf.isFetchingNextPage} onClick={() => void shelf.fetchNextPage()}>
                Look further
              </Button>
            </Group>
          );
        }}
      </Loaded>
    </Stack>
  );
}

interface ItemProps {
  readonly origin: string;
  readonly item: SellerItemJson;
  readonly bank: string;
  readonly shop: string;
}

function Item({ origin, item, bank, shop }: ItemProps) {
  const sold = item.delivery === "sale";
  return (
    <>
      <Title order={2}>{item.title}</Title>
      <FactTable
        title="How it is sold"
        facts={[
          ["Its name", item.slug],
          ["File", `${item.fileName}, ${sizeWords(item.contentBytes)}, ${item.mediaType}`],
          ["Price", costWords(item)],
          ["How", DELIVERY_WORDS[item.delivery]],
          ["Stock", stockWords(item.stock)],
          ["Goods seen by", item.certified ? "a certifier" : "nobody but the shop"],
          ["Added", timeWords(item.addedMs)],
          ...(item.sellUntilMs === null
            ? []
            : [["Trustees stand behind it until", timeWords(item.sellUntilMs)] as const]),
        ]}
      />
      <OnShelf origin={origin} item={item} />
      {sold && <PriceForm key={`${item.priceMinor} ${item.floorMinor}`} origin={origin} item={item} />}
      {(sold || item.delivery === "certified") && <StockForm key={`stock ${item.stock}`} origin={origin} item={item} />}
      {sold && !item.donation && <Discounts origin={origin} item={item} bank={bank} shop={shop} />}
      {sold && !item.donation && <RegularRules origin={origin} item={item} />}
    </>
  );
}

function OnShelf({ origin, item }: { readonly origin: string; readonly item: SellerItemJson }) {
  const changing = useChange(origin, item.pid);
  return (
    <Section title="On the shelf" about="What is off the shelf is not shown to buyers; who has bought it keeps it.">
      <Text>{item.listed ? "It is on the shelf." : "It is off the shelf."}</Text>
      <Group>
        <Button
          variant="default"
          loading={changing.isPending}
          onClick={() => changing.mutate({ kind: "listed", listed: !item.listed })}
        >
          {item.listed ? "Take it off the shelf" : "Put it back"}
        </Button>
      </Group>
      <ChangeEnd changing={changing} said="It counts from now on." />
    </Section>
  );
}
