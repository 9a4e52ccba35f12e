/** A new wallet's words of recovery, on the one occasion that they are shown without being asked for. */
import { Button, Group, Stack, Title } from "@mantine/core";
import { PhraseWords } from "../../wallet/PhraseWords.tsx";

export interface PhraseOnceProps {
  readonly phrase: string;
  onKept(): void;
}

export function PhraseOnce({ phrase, onKept }: PhraseOnceProps) {
  return (
    <Stack>
      <Title order={3} size="h4">
        Write these words down
      </Title>
      <PhraseWords phrase={phrase} />
      <Group>
        <Button onClick={onKept}>I have written them down</Button>
      </Group>
    </Stack>
  );
}
