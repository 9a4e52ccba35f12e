/** Which exchange carries the purchase: one is chosen with its reason, and nobody has to choose another. */
import { Radio, Stack } from "@mantine/core";
import type { Seal } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { useTraders } from "../../market/useLooker.ts";
import { type Choices, exchangesFor } from "./choices.ts";

export interface ExchangeChoicesProps {
  readonly item: ShelfItem;
  readonly seal: Seal | undefined;
  readonly chosen: Choices["exchange"];
  onChoose(exchange: Choices["exchange"]): void;
}

export function ExchangeChoices({ item, seal, chosen, onChoose }: ExchangeChoicesProps) {
  const { data: traders } = useTraders();
  return (
    <Radio.Group label="Exchange" value={chosen} onChange={(value) => onChoose(value as Choices["exchange"])}>
      <Stack gap="xs" mt="xs">
        {exchangesFor(item, seal, traders).map(({ value, label, why, not }) => (
          <Radio
            key={value}
            value={value}
            label={label}
            disabled={not !== null}
            description={not === null ? why : `${why} Not here: ${not}.`}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
