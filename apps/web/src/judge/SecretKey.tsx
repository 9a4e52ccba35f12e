/** The key that opens the goods, shown to whoever asks for it and has been told what it is. */
import { Button, Code, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";

export function SecretKey({ identity }: { readonly identity: string }) {
  const [isShown, show] = useState(false);
  return (
    <Stack gap="sm">
      <Title order={2}>The key of the goods</Title>
      <Text maw={640}>
        This evidence holds the key of what was sold. Whoever has the key, or this evidence, can open the encrypted
        file, which anybody may fetch: hand neither on unless you would hand on the goods.
      </Text>
      {isShown ? (
        <Stack gap="xs">
          <Code block data-identity>
            {identity}
          </Code>
          <Group>
            <CopyButton value={identity}>
              {({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy the key"}</Button>}
            </CopyButton>
            <Button variant="default" onClick={() => show(false)}>
              Hide it
            </Button>
          </Group>
          <Text size="sm" maw={640}>
            Written to a file of its own it opens the goods with the age tool: age -d -i KEY-FILE FILE.age
          </Text>
        </Stack>
      ) : (
        <Group>
          <Button variant="default" onClick={() => show(true)}>
            Show the key
          </Button>
        </Group>
      )}
    </Stack>
  );
}
