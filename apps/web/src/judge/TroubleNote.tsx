/** What went wrong, what it says about money, and what to do. */
import { Paper, Stack, Text, Title } from "@mantine/core";
import type { Trouble } from "../wallet/desk.ts";
import classes from "./judge.module.css";

export function TroubleNote({ title, trouble }: { readonly title: string; readonly trouble: Trouble }) {
  return (
    <Paper withBorder radius="md" p="lg" className={classes.outcome} data-tone="bad" role="alert">
      <Stack gap="xs">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text>{trouble.detail}</Text>
        <Text>
          <b>Money:</b> {trouble.money}
        </Text>
        <Text>
          <b>Next:</b> {trouble.next}
        </Text>
      </Stack>
    </Paper>
  );
}
