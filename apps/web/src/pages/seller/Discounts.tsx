import type { SellerItemJson } from "@counterfoil/sdk/portable";
import { Button, Group, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Listing } from "../../operator/Listing.tsx";
import { Section } from "../../operator/Section.tsx";
import { AMOUNT_FAULT, money, readMoney, short } from "../../operator/words.ts";
import { ChangeEnd } from "./ChangeEnd.tsx";
import { useChange } from "./useChange.ts";

export interface DiscountsProps {
  readonly origin: string;
  readonly item: SellerItemJson;
  readonly bank: string;
  readonly shop: string;
}

const BY = { shop: "this shop", bank: "the bank" } as const;

/** Another price for whoever shows a credential of a group, or has subscribed to it. */
export function Discounts({ origin, item, bank, shop }: DiscountsProps) {
  const changing = useChange(origin, item.pid);
  const rows = item.discounts.map(({ issuer, by, group, priceMinor }) => ({
    key: `${issuer} ${group}`,
    cells: [
      group,
      by === "other" ? short(issuer) : BY[by],
      money(priceMinor, item.unit),
      <Button
        key="end"
        variant="default"
        size="xs"
        aria-label={`End the discount of ${group}`}
        onClick={() => changing.mutate({ kind: "discount", issuer, group, priceMinor: null })}
      >
        End
      </Button>,
    ],
  }));
  return (
    <Section title="Discounts" about="For holders of a group's credential, and for the shop's own subscribers.">
      <Listing
        label="Discounts"
        head={["Group", "Credentials by", "Price", "Change"]}
        amounts={[2]}
        rows={rows}
        empty="Everybody pays the same."
      />
      <NewDiscount item={item} bank={bank} shop={shop} changing={changing} />
      <ChangeEnd changing={changing} said="The discounts are changed." />
    </Section>
  );
}

function NewDiscount(props: Omit<DiscountsProps, "origin"> & { readonly changing: ReturnType<typeof useChange> }) {
  const { item, bank, shop, changing } = props;
  const [group, setGroup] = useState("");
  const [price, setPrice] = useState("");
  const [by, setBy] = useState<string>("shop");
  const [fault, setFault] = useState<string | null>(null);
  function submit(event: FormEvent) {
    event.preventDefault();
    const priceMinor = readMoney(price);
    const wrong = typeof priceMinor !== "string" ? AMOUNT_FAULT : group.trim() === "" ? "Name a group." : null;
    setFault(wrong);
    if (wrong !== null || typeof priceMinor !== "string") return;
    const issuer = by === "bank" ? bank : shop;
    changing.mutate({ kind: "discount", issuer, group: group.trim(), priceMinor });
  }
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-start">
        <TextInput
          label="Group"
          placeholder="student"
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value)}
          maxLength={64}
        />
        <Select
          label="Credentials by"
          data={[
            { value: "shop", label: BY.shop },
            { value: "bank", label: BY.bank },
          ]}
          value={by}
          onChange={(value) => setBy(value ?? "shop")}
          allowDeselect={false}
        />
        <TextInput
          label={`Its price in ${item.unit}`}
          value={price}
          onChange={(event) => setPrice(event.currentTarget.value)}
          error={fault}
          inputMode="decimal"
          autoComplete="off"
        />
      </Group>
      <Group mt="sm">
        <Button type="submit" variant="default" loading={changing.isPending}>
          Add the discount
        </Button>
      </Group>
    </form>
  );
}
