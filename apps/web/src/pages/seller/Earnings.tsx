import { Stack } from "@mantine/core";
import { FactTable } from "../../market/FactTable.tsx";
import { Bars } from "../../operator/Bars.tsx";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { madeWords, money } from "../../operator/words.ts";
import { useSales } from "./sales.ts";

export function Earnings({ origin }: { readonly origin: string }) {
  return (
    <Loaded asked={useSales(origin)} what="The earnings">
      {({ total, days, items, unit, madeMs }) => (
        <Stack gap="xl">
          <FactTable
            title="In all"
            facts={[
              ["Sales", String(total.sales)],
              ["Paid", money(total.paidMinor, unit)],
              ["Given back", money(total.refundedMinor, unit)],
              ["Earned", money(String(keptOf(total)), unit)],
              ["As of", madeWords(madeMs)],
            ]}
          />
          <Bars
            title="Earned by day"
            head={["Day (UTC)", "Earned"]}
            bars={days.map((each) => {
              const minor = keptOf(each);
              return { label: each.day, minor, shown: money(minor.toString(), unit) };
            })}
            empty="Nothing was earned yet."
          />
          <Section title="Earned by item">
            <Listing
              label="Earned by item"
              head={["Item", "Sales", "Paid", "Given back", "Earned"]}
              amounts={[1, 2, 3, 4]}
              rows={items.map((each) => ({
                key: each.title,
                cells: [
                  each.title,
                  String(each.sales),
                  money(each.paidMinor, unit),
                  money(each.refundedMinor, unit),
                  money(keptOf(each).toString(), unit),
                ],
              }))}
              empty="Nothing was earned yet."
              minWidth={720}
            />
          </Section>
        </Stack>
      )}
    </Loaded>
  );
}

function keptOf({ paidMinor, refundedMinor }: { readonly paidMinor: string; readonly refundedMinor: string }): bigint {
  return BigInt(paidMinor) - BigInt(refundedMinor);
}
