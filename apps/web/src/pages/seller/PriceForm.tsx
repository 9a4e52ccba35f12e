import type { SellerItemJson } from "@counterfoil/sdk/portable";
import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Section } from "../../operator/Section.tsx";
import { AMOUNT_FAULT, readMoney, typedMoney } from "../../operator/words.ts";
import { ChangeEnd } from "./ChangeEnd.tsx";
import { useChange } from "./useChange.ts";

/** A donation has a floor alone: whoever gives names the amount. */
export function PriceForm({ origin, item }: { readonly origin: string; readonly item: SellerItemJson }) {
  const changing = useChange(origin, item.pid);
  const [price, setPrice] = useState(typedMoney(item.priceMinor));
  const [floor, setFloor] = useState(item.floorMinor === null ? "" : typedMoney(item.floorMinor));
  const [faults, setFaults] = useState<{ price?: string; floor?: string }>({});
  function submit(event: FormEvent) {
    event.preventDefault();
    const [priceMinor, floorMinor] = [item.donation ? "0" : readMoney(price), readMoney(floor)];
    setFaults({
      ...(priceMinor === undefined || priceMinor === null ? { price: AMOUNT_FAULT } : {}),
      ...(floorMinor === undefined || (item.donation && floorMinor === null) ? { floor: AMOUNT_FAULT } : {}),
    });
    if (typeof priceMinor !== "string" || floorMinor === undefined) return;
    changing.mutate({ kind: "price", priceMinor, floorMinor });
  }
  return (
    <Section title="Price" about="Quotes that were already given stand until they expire, which takes minutes.">
      <form onSubmit={submit} noValidate>
        <Group align="flex-start">
          {!item.donation && (
            <TextInput
              label={`Price in ${item.unit}`}
              value={price}
              onChange={(event) => setPrice(event.currentTarget.value)}
              error={faults.price}
              inputMode="decimal"
              autoComplete="off"
            />
          )}
          <TextInput
            label={item.donation ? `Gifts from, in ${item.unit}` : `Bids from, in ${item.unit}; none if empty`}
            value={floor}
            onChange={(event) => setFloor(event.currentTarget.value)}
            error={faults.floor}
            inputMode="decimal"
            autoComplete="off"
          />
        </Group>
        <Group mt="sm">
          <Button type="submit" loading={changing.isPending}>
            Change the price
          </Button>
        </Group>
      </form>
      <ChangeEnd changing={changing} said="The price is changed." />
    </Section>
  );
}
