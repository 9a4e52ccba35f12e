/** An amount of money as people type it. What is no amount is refused in words, at its field. */
import { parseMinor } from "@counterfoil/base";
import { Text, TextInput } from "@mantine/core";

export interface AmountFieldProps {
  readonly label: string;
  readonly unit: string;
  readonly description?: string;
  readonly value: string;
  /** What was wrong with it when it was last sent. */
  readonly refused: string | null;
  onType(value: string): void;
}

export function AmountField({ label, unit, description, value, refused, onType }: AmountFieldProps) {
  return (
    <TextInput
      label={label}
      description={description}
      value={value}
      onChange={(event) => onType(event.currentTarget.value)}
      error={refused}
      inputMode="decimal"
      autoComplete="off"
      rightSection={
        <Text size="sm" c="dimmed">
          {unit}
        </Text>
      }
      rightSectionWidth={64}
      maw={420}
    />
  );
}

/** @returns what is wrong with it, or null. */
export function amountFault(value: string): string | null {
  const minor = parseMinor(value);
  if (minor === null) return "Write an amount such as 5 or 2.50, with a point and at most two places.";
  return minor === 0n ? "Write more than nothing." : null;
}
