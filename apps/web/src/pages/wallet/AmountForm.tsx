/** One amount and one thing to do with it. */
import { parseMinor } from "@counterfoil/base";
import { Button, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { AmountField, amountFault } from "./AmountField.tsx";

export interface AmountFormProps {
  readonly label: string;
  readonly unit: string;
  readonly description?: string;
  readonly action: string;
  readonly doing: { readonly isPending: boolean; readonly error: Error | null; mutate(amountMinor: bigint): void };
  /** What came of it. */
  readonly said?: string | null;
  readonly children?: ReactNode;
}

export function AmountForm({ label, unit, description, action, doing, said = null, children }: AmountFormProps) {
  const [value, setValue] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  function submit(event: FormEvent) {
    event.preventDefault();
    const fault = amountFault(value);
    setRefused(fault);
    if (fault === null) doing.mutate(parseMinor(value) as bigint);
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <AmountField
          label={label}
          unit={unit}
          {...(description === undefined ? {} : { description })}
          value={value}
          refused={refused}
          onType={(typed) => {
            setRefused(null);
            setValue(typed);
          }}
        />
        {children}
        <Group>
          <Button type="submit" loading={doing.isPending}>
            {action}
          </Button>
        </Group>
        <DoingTrouble error={doing.error} />
        {said !== null && (
          <Text size="sm" role="status">
            {said}
          </Text>
        )}
      </Stack>
    </form>
  );
}
