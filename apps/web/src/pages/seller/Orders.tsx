import { Anchor, Button, Code, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { timeWords } from "../../market/words.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { madeWords, money, short } from "../../operator/words.ts";
import { phaseWords, useSales } from "./sales.ts";

export function Orders({ origin }: { readonly origin: string }) {
  const asked = useSales(origin);
  return (
    <Loaded asked={asked} what="The orders">
      {({ sales, count, madeMs }) => (
        <Stack gap="md">
          <Group justify="space-between">
            <Text>
              {count} orders{count > sales.length ? `, the newest ${sales.length} shown` : ""}. {madeWords(madeMs)}
            </Text>
            <Button variant="default" size="xs" loading={asked.isFetching} onClick={() => void asked.refetch()}>
              Look again
            </Button>
          </Group>
          <Listing
            label="Orders"
            head={["When", "Order", "Item", "Price", "Given back", "State"]}
            amounts={[3, 4]}
            rows={sales.map((sale) => ({
              key: sale.tid,
              cells: [
                timeWords(sale.timeMs),
                <Anchor
                  key="tid"
                  component={Link}
                  href={`/sell/orders/${sale.tid}`}
                  aria-label={`Order ${short(sale.tid)}`}
                >
                  <Code>{short(sale.tid)}</Code>
                </Anchor>,
                sale.title,
                money(sale.priceMinor, sale.unit),
                sale.refundedMinor === "0" ? "" : money(sale.refundedMinor, sale.unit),
                phaseWords(sale),
              ],
            }))}
            empty="Nothing was ordered yet."
            minWidth={760}
          />
        </Stack>
      )}
    </Loaded>
  );
}
