import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useId } from "react";

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly description?: string;
  readonly value: T;
  readonly of: readonly { readonly value: NoInfer<T>; readonly label: string }[];
  onChoose(value: NoInfer<T>): void;
}

/** One of two or three ways, side by side. */
export function Choice<T extends string>({ label, description, value, of, onChoose }: ChoiceProps<T>) {
  const id = useId();
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500} id={id}>
        {label}
      </Text>
      <SegmentedControl
        aria-labelledby={id}
        value={value}
        onChange={(chosen) => onChoose(chosen as T)}
        data={of.map((each) => ({ ...each }))}
        maw={260}
      />
      {description !== undefined && (
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      )}
    </Stack>
  );
}
