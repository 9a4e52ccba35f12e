import type { Property } from "@counterfoil/lab";
import { Alert, Anchor, Button, Group, List, Loader, Stack, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "wouter";
import type { Counterexample } from "../../lab/lab-desk.ts";
import { faultInWords, sentence } from "../../lab/lab-words.ts";
import { useThread } from "../../lab/use-thread.ts";
import { Failed } from "./Failed.tsx";
import { ROWS } from "./rows.ts";
import { StepThrough } from "./StepThrough.tsx";

interface Props {
  readonly study: string;
  readonly property: string;
}

export function CounterexamplePage({ study, property }: Props) {
  const row = ROWS.find(({ id }) => id === study);
  const verdict = row?.verdicts.find((each) => each.property === property);
  if (row === undefined || verdict === undefined || verdict.refutedBy === null) return <NoSuch />;
  const question = row.questions.find(({ name }) => name === verdict.refutedBy);
  return (
    <Stack gap="lg">
      <Stack gap="xs" maw={680}>
        <Title order={1}>
          {row.title}: how {property} fails
        </Title>
        <Text>{verdict.fault === null ? "" : sentence(faultInWords(verdict.fault))}</Text>
        {verdict.note !== null && <Text c="dimmed">{sentence(verdict.note)}</Text>}
        <Text size="sm" c="dimmed">
          Source: {row.source}. Question “{verdict.refutedBy}”: {question?.bound}. Trusted: {question?.trusted}.
        </Text>
      </Stack>
      <Live study={study} question={verdict.refutedBy} property={verdict.property} printed={verdict.fault} />
    </Stack>
  );
}

interface LiveProps {
  readonly study: string;
  readonly question: string;
  readonly property: Property;
  readonly printed: string | null;
}

/** The search is made here and now; the table only says which to make. */
function Live({ study, question, property, printed }: LiveProps) {
  const { work, start, stop } = useThread<Counterexample | null>();
  const search = () => start((lab) => lab.counterexample(study, question, property));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when somebody comes here
  useEffect(search, []);
  switch (work.phase) {
    case "idle":
    case "running":
      return (
        <Group role="status">
          <Loader size="sm" aria-hidden />
          <Text>Searching for the fewest events …</Text>
          <Button variant="default" size="xs" onClick={stop}>
            Stop
          </Button>
        </Group>
      );
    case "stopped":
      return (
        <Group role="status">
          <Text>Stopped.</Text>
          <Button variant="default" size="xs" onClick={search}>
            Search again
          </Button>
        </Group>
      );
    case "failed":
      return <Failed reason={work.reason} />;
    case "done":
      return work.value === null || work.value.fault !== printed ? (
        <Alert color="red" title="The search finds otherwise than the table says">
          {work.value === null ? "It finds nothing against it." : work.value.fault}
        </Alert>
      ) : (
        <FoundNow found={work.value} study={study} question={question} />
      );
  }
}

function FoundNow({
  found,
  study,
  question,
}: { readonly found: Counterexample } & Pick<LiveProps, "study" | "question">) {
  const { walk, way, states } = found;
  return (
    <Stack gap="md">
      <Text size="sm" role="status">
        Found in this page just now: {way.length} events, the fewest there are, among {states.toLocaleString("en")}{" "}
        states looked at.
      </Text>
      {walk === null ? (
        <List type="ordered">
          {way.map((line) => (
            <List.Item key={line} style={{ overflowWrap: "anywhere" }}>
              {line}
            </List.Item>
          ))}
        </List>
      ) : (
        <>
          <StepThrough fault={found.fault} walk={walk} />
          <Anchor
            component={Link}
            href={`/lab/playground?study=${encodeURIComponent(study)}&world=${encodeURIComponent(question)}`}
            underline="always"
          >
            Try this world in the playground
          </Anchor>
        </>
      )}
    </Stack>
  );
}

function NoSuch() {
  return (
    <Stack gap="xs">
      <Title order={1}>No such counterexample</Title>
      <Text>The table has no failure here.</Text>
      <Anchor component={Link} href="/lab" underline="always">
        Back to the table
      </Anchor>
    </Stack>
  );
}
