import { Alert, Paper, SimpleGrid, Text } from "@mantine/core";

/** The words of recovery, numbered, to be copied onto paper. */
export function PhraseWords({ phrase }: { readonly phrase: string }) {
  return (
    <>
      <Alert color="yellow" title="Whoever sees these words has the money">
        Write them down in their order, where nobody looks. They are not shown again without the passphrase, and nobody
        else can tell you them. What was bought is not in them: a backup file has that.
      </Alert>
      <Paper withBorder p="md">
        <SimpleGrid component="ol" cols={{ base: 2, xs: 3, sm: 4 }} spacing="sm" m={0} p={0} data-testid="phrase">
          {phrase.split(" ").map((word, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a phrase may have a word twice, and its places never change
            <Text component="li" key={at} ml="xl" ff="monospace">
              {word}
            </Text>
          ))}
        </SimpleGrid>
      </Paper>
    </>
  );
}
