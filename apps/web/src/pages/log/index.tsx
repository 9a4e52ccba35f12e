/** The public logs that this market's contracts name, read and checked in the page. */
import { Loader, Stack, Text, Title } from "@mantine/core";
import { TroubleNote } from "../../judge/TroubleNote.tsx";
import { useNamedLogs } from "../../log/client.ts";
import { LogPanel } from "../../log/LogPanel.tsx";

export default function Log() {
  const named = useNamedLogs();
  return (
    <Stack gap="xl">
      <Stack gap="xs" maw={640}>
        <Title order={1}>Public log</Title>
        <Text>
          A log keeps what was decided of a sale where everybody can see it, and only ever adds. Nothing in it tells a
          stranger who bought what. This page reads it and checks every signature and hash itself.
        </Text>
      </Stack>
      {named.isPending && <Loader role="status" aria-label="Asking which logs the market names" />}
      {named.isError && <TroubleNote title="The market does not answer" trouble={named.error.trouble} />}
      {named.data?.logs.length === 0 && <Text>This market names no log.</Text>}
      {named.data?.logs.map((log) => (
        <LogPanel key={log.id} log={log} bank={named.data.bank} />
      ))}
    </Stack>
  );
}
