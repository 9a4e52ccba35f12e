/** Where anybody judges a file of evidence. Nothing that is chosen here leaves the page. */
import { Button, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { FileDrop } from "../../judge/FileDrop.tsx";
import { Judged } from "../../judge/Judged.tsx";
import { TroubleNote } from "../../judge/TroubleNote.tsx";
import { type Judging, useJudge } from "../../judge/use-judge.ts";

export default function Judge() {
  const [evidence, setEvidence] = useState<File | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const judging = useJudge(evidence, file);
  return (
    <Stack gap="xl" data-judge={judging.state.phase}>
      <Stack gap="xs" maw={640}>
        <Title order={1}>Judge evidence</Title>
        <Text>
          Evidence is one file that proves a purchase, or convicts whoever signed two things that nobody honest signs
          both of. It is checked here, in this page: nothing of it is sent anywhere, and nobody is asked.
        </Text>
        <Text size="sm" role="status">
          {judging.isReady
            ? "Everything that judging needs is in this page now. You may disconnect from the network."
            : "Fetching what judging needs …"}
        </Text>
      </Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <FileDrop
          title="Evidence"
          choose="Choose the evidence"
          hint="What a wallet or a shop has written as evidence, at most 64 KiB."
          file={evidence}
          onChoose={setEvidence}
        />
        <FileDrop
          title="File, if you like"
          choose="Choose a file to compare"
          hint="The goods themselves, or the encrypted file (.age). It is read in slices, up to the 64 GiB that can be sold as one file."
          file={file}
          onChoose={setFile}
        />
      </SimpleGrid>
      <Outcome judging={judging} />
    </Stack>
  );
}

function Outcome({ judging: { state, stop } }: { readonly judging: Judging }) {
  switch (state.phase) {
    case "idle":
      return null;
    case "judging":
      return (
        <Stack gap="xs" maw={480}>
          <Text id="judge-progress">{state.ofBytes === 0 ? "Judging …" : "Reading the file …"}</Text>
          <Progress
            value={state.ofBytes === 0 ? 100 : (100 * state.bytes) / state.ofBytes}
            animated={state.ofBytes === 0}
            aria-labelledby="judge-progress"
          />
          <Group>
            <Button variant="default" onClick={stop}>
              Stop
            </Button>
          </Group>
        </Stack>
      );
    case "stopped":
      return <Text role="status">Stopped. Choose the file again to read it from its beginning.</Text>;
    case "failed":
      return <TroubleNote title="Not accepted" trouble={state.trouble} />;
    case "judged":
      return <Judged judgement={state.judgement} />;
  }
}
