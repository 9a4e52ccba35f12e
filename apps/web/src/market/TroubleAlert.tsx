/** What went wrong: the cause, what happened to the money, the next step. */
import { Alert, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Trouble } from "../wallet/desk.ts";

export interface TroubleAlertProps {
  readonly trouble: Trouble;
  /** What is not known yet is never shown as failed. As the trouble says, unless told otherwise. */
  readonly isOpen?: boolean;
  readonly title?: string | undefined;
  /** Buttons that do the next step. */
  readonly children?: ReactNode;
}

export function TroubleAlert({ trouble, isOpen = trouble.isOpen ?? false, title, children }: TroubleAlertProps) {
  return (
    <Alert
      color={isOpen ? "yellow" : "red"}
      variant="outline"
      title={title ?? (isOpen ? "Not known yet" : "It did not work")}
      role={isOpen ? "status" : "alert"}
    >
      <Stack gap="xs">
        <Text size="sm">{trouble.detail}</Text>
        <Text size="sm">
          <b>Money:</b> {trouble.money}
        </Text>
        <Text size="sm">
          <b>Next:</b> {trouble.next}
        </Text>
        {children}
      </Stack>
    </Alert>
  );
}
