import type { SellerItemJson } from "@counterfoil/sdk/portable";
import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Section } from "../../operator/Section.tsx";
import { COUNT_FAULT, readCount } from "../../operator/words.ts";
import { ChangeEnd } from "./ChangeEnd.tsx";
import { useChange } from "./useChange.ts";

export function StockForm({ origin, item }: { readonly origin: string; readonly item: SellerItemJson }) {
  const changing = useChange(origin, item.pid);
  const [stock, setStock] = useState(item.stock === null ? "" : String(item.stock));
  const [fault, setFault] = useState<string | null>(null);
  function submit(event: FormEvent) {
    event.preventDefault();
    const left = readCount(stock);
    setFault(left === undefined ? COUNT_FAULT : null);
    if (left !== undefined) changing.mutate({ kind: "stock", stock: left });
  }
  return (
    <Section title="Stock">
      <form onSubmit={submit} noValidate>
        <TextInput
          label="How many may still be sold; any number if empty"
          value={stock}
          onChange={(event) => setStock(event.currentTarget.value)}
          error={fault}
          inputMode="numeric"
          autoComplete="off"
          maw={320}
        />
        <Group mt="sm">
          <Button type="submit" loading={changing.isPending}>
            Change the stock
          </Button>
        </Group>
      </form>
      <ChangeEnd changing={changing} said="The stock is changed." />
    </Section>
  );
}
