import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { stockWords } from "../../market/words.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { costWords, useShelf } from "./shelf.ts";

export function Shelf({ origin }: { readonly origin: string }) {
  const shelf = useShelf(origin);
  return (
    <Loaded asked={shelf} what="The items">
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        return (
          <Stack gap="md">
            <Text>
              {pages[0]?.name}: {items.length} items{shelf.hasNextPage ? " so far" : ""}, of which{" "}
              {items.filter(({ listed }) => listed).length} on the shelf.
            </Text>
            <Listing
              label="Items"
              head={["Item", "Price", "Stock", "On the shelf", "Goods seen by"]}
              amounts={[1]}
              rows={items.map((item) => ({
                key: item.pid,
                cells: [
                  <Anchor key="title" component={Link} href={`/sell/items/${item.pid}`}>
                    {item.title}
                  </Anchor>,
                  costWords(item),
                  stockWords(item.stock),
                  item.listed ? "yes" : "no",
                  item.certified ? "a certifier" : "nobody else",
                ],
              }))}
              empty="The shop has no items yet: add one."
              minWidth={680}
            />
            {shelf.hasNextPage && (
              <Group>
                <Button variant="default" loading={shelf.isFetchingNextPage} onClick={() => void shelf.fetchNextPage()}>
                  More items
                </Button>
              </Group>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}
