/** What is behind the operator's key, once it was said. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { KeyForm, type KeyFormProps } from "./KeyForm.tsx";
import { forgetKey, useOperatorKey } from "./keys.ts";

export interface KeyGateProps extends KeyFormProps {
  readonly children: ReactNode;
  /** Beside the form: another way to say the key. */
  readonly beside?: ReactNode;
}

export function KeyGate({ children, beside, ...form }: KeyGateProps) {
  const key = useOperatorKey(form.origin);
  const queries = useQueryClient();
  if (key === null) {
    return (
      <Stack gap="sm">
        <KeyForm {...form} />
        {beside}
      </Stack>
    );
  }
  function close() {
    forgetKey(form.origin);
    queries.removeQueries({ queryKey: ["operator", form.origin] });
  }
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          Open with the operator's key.
        </Text>
        <Button variant="default" size="xs" onClick={close}>
          Close and forget the key
        </Button>
      </Group>
      {children}
    </Stack>
  );
}
