/** What is for sale: searched and sorted on the page, since a shop's catalogue is here whole. */
import { Group, NativeSelect, SimpleGrid, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { type ShelfItem, useShelf } from "../../market/shelf.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { useSeals, useTraders } from "../../market/useLooker.ts";
import { ItemCard } from "./ItemCard.tsx";
import { SEARCH_LENGTH, SORTS, type Sort, searched } from "./searching.ts";
import { TradersLine } from "./TradersLine.tsx";

export function ShelfPage() {
  const shelf = useShelf();
  const traders = useTraders();
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Title order={1}>{traders.data?.shop?.name ?? "The market"}</Title>
        <TradersLine traders={traders} />
      </Stack>
      {shelf.isPending && <Waiting />}
      {shelf.isError && <TroubleAlert title="The market cannot be shown" trouble={troubleOf(shelf.error)} />}
      {shelf.data !== undefined && <Shelf items={shelf.data} />}
    </Stack>
  );
}

/** As many places as a first page has, so that nothing jumps when the items come. */
function Waiting() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} aria-busy="true" aria-label="Items are being fetched">
      {[1, 2, 3, 4, 5, 6].map((place) => (
        <Skeleton key={place} height={210} radius="md" />
      ))}
    </SimpleGrid>
  );
}

function Shelf({ items }: { readonly items: readonly ShelfItem[] }) {
  const [words, setWords] = useState("");
  const [sort, setSort] = useState<Sort>("shop");
  const seals = useSeals(items);
  if (items.length === 0) {
    return <Text>Nothing is for sale here yet. Whoever runs the shop lists something under Sell.</Text>;
  }
  const found = searched(items, words, sort);
  return (
    <Stack gap="lg">
      <Group align="end">
        <TextInput
          label="Search"
          type="search"
          maxLength={SEARCH_LENGTH}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          flex="1 1 14rem"
        />
        <NativeSelect
          label="Sort by"
          value={sort}
          data={SORTS.map(({ value, label }) => ({ value, label }))}
          onChange={(event) => setSort(event.currentTarget.value as Sort)}
        />
      </Group>
      <Text size="sm" aria-live="polite">
        {found.length === items.length ? `${items.length} items` : `${found.length} of ${items.length} items`}
      </Text>
      {found.length === 0 && <Text>Nothing here has these words. Fewer words find more.</Text>}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} component="ul" style={{ listStyle: "none" }} p={0} m={0}>
        {found.map((item) => (
          <ItemCard key={item.pid} item={item} seal={seals.get(item.pid)} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
