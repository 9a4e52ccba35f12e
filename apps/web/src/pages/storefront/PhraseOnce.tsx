/** A new wallet's phrase, on the one occasion that it is shown without being asked for. */
import { Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lookAgain } from "../../wallet/client.ts";

export interface PhraseOnceProps {
  readonly phrase: string;
  onKept(): void;
}

export function PhraseOnce({ phrase, onKept }: PhraseOnceProps) {
  const queries = useQueryClient();
  const kept = () => {
    onKept();
    lookAgain(queries);
  };
  return (
    <Stack>
      <Title order={3}>Write these words down</Title>
      <Text>
        They are the wallet: whoever has them has its account and its coins, and without them nobody can bring it back
        when this browser is gone.
      </Text>
      <Code block style={{ whiteSpace: "pre-wrap" }}>
        {phrase}
      </Code>
      <Group>
        <Button onClick={kept}>I have written them down</Button>
      </Group>
    </Stack>
  );
}
