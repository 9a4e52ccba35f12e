import { Anchor, Code, List, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { ASKS } from "../../lab/lab-words.ts";
import { ROWS } from "./rows.ts";
import { VerdictTable } from "./VerdictTable.tsx";

export function Overview() {
  const states = ROWS.reduce((sum, row) => sum + row.states, 0);
  const questions = ROWS.reduce((sum, row) => sum + row.questions.length, 0);
  return (
    <Stack gap="xl">
      <Stack gap="sm" maw={680}>
        <Title order={1}>Lab</Title>
        <Text>
          Every protocol of the papers is run as it is printed, and ours by the very code that sells in this market. A
          search goes through everything that can happen to a sale: each message lost, late or twice, each party
          crashing at any moment, clocks that disagree, and parties that lie. What it finds wrong it shows by the fewest
          events.
        </Text>
        <Text>
          In the last full run {questions} questions were asked, in {states.toLocaleString("en")} states. Choose a
          verdict that fails to step through its counterexample, found again in this page; or be the network yourself in
          the{" "}
          <Anchor component={Link} href="/lab/playground" underline="always">
            playground
          </Anchor>
          .
        </Text>
      </Stack>
      <Stack gap="sm">
        <Title order={2}>What each claims, and what is so</Title>
        <VerdictTable rows={ROWS} />
        <Text size="sm" c="dimmed" maw={680}>
          A dash: not claimed, or not asked. “As cards”: as good as the clearing of cards. “Cut”: the search ended at
          its limit, and what it has not seen is unknown. <Code>docs/lab/table.md</Code> is the same table printed,{" "}
          <Code>docs/lab.md</Code> says how it is made, and <Code>npx counterfoil lab table</Code> makes it anew.
        </Text>
      </Stack>
      <Stack gap="sm" maw={680}>
        <Title order={2}>What the columns ask</Title>
        <List spacing="xs">
          {Object.entries(ASKS).map(([property, says]) => (
            <List.Item key={property}>
              <Text span fw={600} tt="capitalize">
                {property}
              </Text>
              : {says}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Stack>
  );
}
