/** What is chosen before anything is asked of the shop. */
import { Button, Checkbox, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { beginPurchase } from "../../market/purchasing.ts";
import type { Seal } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { desk } from "../../wallet/client.ts";
import { amountOf, type Choices, mostMinor, NO_CHOICES, orderOf } from "./choices.ts";
import { ExchangeChoices } from "./ExchangeChoices.tsx";
import { FundsLine } from "./FundsLine.tsx";

export interface BuyFormProps {
  readonly item: ShelfItem;
  readonly seal: Seal | undefined;
}

export function BuyForm({ item, seal }: BuyFormProps) {
  const [choices, setChoices] = useState<Choices>(NO_CHOICES);
  const choose = (some: Partial<Choices>) => setChoices((before) => ({ ...before, ...some }));
  const order = orderOf(item, choices);
  const isSale = item.delivery === "sale";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (order !== null) void beginPurchase(desk(), order);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {isSale ? (
          <>
            <PayWith choices={choices} choose={choose} />
            <FundsLine payWith={choices.payWith} neededMinor={mostMinor(item, choices)} />
            <details>
              <summary>Exchange, maximum{item.takesBids ? ", bid" : ""}, and whether the shop knows you again</summary>
              <Stack mt="sm">
                <ExchangeChoices
                  item={item}
                  seal={seal}
                  chosen={choices.exchange}
                  onChoose={(exchange) => choose({ exchange })}
                />
                <Amounts item={item} choices={choices} choose={choose} />
                <Checkbox
                  label="Let the shop know me again"
                  description="By a key that no other shop sees. It may sell for less to whoever comes again."
                  checked={choices.regular}
                  onChange={(event) => choose({ regular: event.currentTarget.checked })}
                />
              </Stack>
            </details>
          </>
        ) : (
          <Text>Nothing is paid. The shop sees a key made for this once, and nothing else of you.</Text>
        )}
        <Group>
          <Button type="submit" disabled={order === null}>
            {isSale ? "Ask for the price" : "Ask for it"}
          </Button>
          <Text size="sm">Nothing is paid before you have seen the terms and agreed.</Text>
        </Group>
      </Stack>
    </form>
  );
}

interface Choosing {
  readonly choices: Choices;
  choose(some: Partial<Choices>): void;
}

function PayWith({ choices, choose }: Choosing) {
  return (
    <Radio.Group
      label="Pay with"
      value={choices.payWith}
      onChange={(payWith) => choose({ payWith: payWith as Choices["payWith"] })}
    >
      <Stack gap="xs" mt="xs">
        <Radio
          value="account"
          label="Your account"
          description="The bank sees your account, the shop and the price, not the item; the shop sees the item, not your account."
        />
        <Radio
          value="coins"
          label="Coins"
          description="The bank sees that coins pay the shop, and the price; the shop sees the item. Neither sees who you are."
        />
      </Stack>
    </Radio.Group>
  );
}

function Amounts({ item, choices, choose }: Choosing & { readonly item: ShelfItem }) {
  const wrong = (typed: string) => (amountOf(typed) === undefined ? "An amount such as 2.50" : null);
  return (
    <Group align="start" grow preventGrowOverflow={false}>
      {item.takesBids && (
        <TextInput
          label="Your bid"
          description="Another price than the shop's; it may say no."
          inputMode="decimal"
          value={choices.bid}
          error={wrong(choices.bid)}
          onChange={(event) => choose({ bid: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="Pay at most"
        description="The price shown, unless you allow more: the shop may quote another."
        inputMode="decimal"
        value={choices.maximum}
        error={wrong(choices.maximum)}
        onChange={(event) => choose({ maximum: event.currentTarget.value })}
      />
    </Group>
  );
}
