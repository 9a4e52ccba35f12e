import type { OpenedSalesJson } from "@counterfoil/sdk/portable";
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { timeWords } from "../../market/words.ts";
import { useAsked } from "../../operator/asking.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { short } from "../../operator/words.ts";
import { useSales } from "./sales.ts";

/** What went past the shop: sales that trustees have opened, and a bank that contradicts itself. */
export function Cases({ origin }: { readonly origin: string }) {
  const opened = useAsked<OpenedSalesJson>(origin, "/v1/operator/shop/disputes");
  return (
    <Stack gap="xl">
      <Section
        title="Opened by trustees"
        about="Where the shop was silent, its trustees open what was paid. Each tells the shop, and nobody else, which sales those were."
      >
        <Loaded asked={opened} what="The trustees' notices">
          {(found) => <Opened found={found} />}
        </Loaded>
        <Group>
          <Button variant="default" size="xs" loading={opened.isFetching} onClick={() => void opened.refetch()}>
            Ask the trustees again
          </Button>
        </Group>
      </Section>
      <Section
        title="The bank against itself"
        about="A receipt and a final no, both signed, about one sale: they convict the bank. counterfoil evidence --against bank writes the proof."
      >
        <Loaded asked={useSales(origin)} what="The bank's answers">
          {({ contradicted }) => (
            <Listing
              label="The bank against itself"
              head={["Order"]}
              rows={contradicted.map((tid) => ({ key: tid, cells: [<Code key="tid">{tid}</Code>] }))}
              empty="The bank has not contradicted itself."
              minWidth={240}
            />
          )}
        </Loaded>
      </Section>
    </Stack>
  );
}

function Opened({ found }: { readonly found: OpenedSalesJson }) {
  const { opened, silent, trustees } = found;
  const unpaid = opened.filter(({ paid }) => !paid).length;
  return (
    <Stack gap="sm">
      <Text>
        {opened.length} sales were opened, say {trustees - silent.length} of {trustees} trustees.
      </Text>
      {silent.length > 0 && <Text>No answer from {silent.join(", ")}.</Text>}
      {unpaid > 0 && (
        <Alert color="red" variant="outline" title="Opened without a receipt here">
          The bank signed a receipt for each of them. The orders show what it has told the shop.
        </Alert>
      )}
      <Listing
        label="Opened by trustees"
        head={["Opened", "Order", "Receipt"]}
        rows={opened.map(({ tid, answeredMs, paid }) => ({
          key: tid,
          cells: [timeWords(answeredMs), <Code key="tid">{short(tid)}</Code>, paid ? "the shop has it" : "none here"],
        }))}
        empty="No sale was opened by trustees."
        minWidth={360}
      />
    </Stack>
  );
}
