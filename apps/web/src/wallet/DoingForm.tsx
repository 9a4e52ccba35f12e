import { Button, Group, type MantineColor, Stack, Text } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { DoingTrouble } from "./DoingTrouble.tsx";

export interface DoingFormProps {
  readonly doing: { readonly isPending: boolean; readonly error: Error | null };
  /** What the button says. */
  readonly action: string;
  /** Beside other forms on a page this one is not what most people came for. */
  readonly isAside?: boolean;
  readonly color?: MantineColor;
  /** Whether all is typed that it needs. */
  readonly isReady?: boolean;
  /** Said while it is under way. */
  readonly pending?: string | null;
  /** What came of it. */
  readonly said?: string | null;
  readonly children: ReactNode;
  onSubmit(): void;
}

/** One thing asked of the wallet: what it needs to know, the button, and what came of it. */
export function DoingForm(props: DoingFormProps) {
  const { doing, action, isAside = false, color, isReady = true, pending = null, said = null, children } = props;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady) props.onSubmit();
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {children}
        <Group>
          <Button
            type="submit"
            variant={isAside ? "default" : "filled"}
            {...(color === undefined ? {} : { color })}
            loading={doing.isPending}
            disabled={!isReady}
          >
            {action}
          </Button>
        </Group>
        {doing.isPending && <Status words={pending} />}
        <DoingTrouble error={doing.error} />
        <Status words={said} />
      </Stack>
    </form>
  );
}

function Status({ words }: { readonly words: string | null }) {
  if (words === null) return null;
  return (
    <Text size="sm" role="status">
      {words}
    </Text>
  );
}
