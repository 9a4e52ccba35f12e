import { Anchor, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import type { Confirmed, TheoremShown } from "../../lab/lab-desk.ts";
import { heardHere } from "../../lab/threads.ts";
import { useThread } from "../../lab/use-thread.ts";
import { Failed } from "./Failed.tsx";

interface Props {
  readonly theorem: string;
  readonly place: number;
  readonly evidence: TheoremShown["shown"][number];
}

/** One thing that a verdict rests on: what it is, and what it says when it is asked now. */
export function EvidenceRow({ theorem, place, evidence }: Props) {
  const { work, start, stop } = useThread<Confirmed>();
  const [asked, setAsked] = useState("");
  const says = evidence.says.replaceAll("`", "");
  const isRunning = work.phase === "running";
  return (
    <Stack gap={4}>
      <Group gap="sm" justify="space-between">
        <Text size="sm" style={{ overflowWrap: "anywhere", flex: "1 1 16rem" }}>
          {says}
        </Text>
        {evidence.attack !== null ? (
          <Anchor component={Link} href={`/lab/attacks#${evidence.attack}`} size="sm" underline="always">
            Run the attack
          </Anchor>
        ) : isRunning ? (
          <Button size="compact-sm" variant="default" onClick={stop}>
            Stop
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Confirm ${theorem}: ${says}`}
            onClick={() => start((lab) => lab.confirm(theorem, place, heardHere(setAsked)))}
          >
            Confirm
          </Button>
        )}
      </Group>
      <div role="status">
        {isRunning && (
          <Text size="sm" c="dimmed">
            Asking {asked} …
          </Text>
        )}
        {work.phase === "stopped" && <Text size="sm">Stopped: nothing is decided.</Text>}
        {work.phase === "done" && <Answer confirmed={work.value} />}
      </div>
      {work.phase === "failed" && <Failed reason={work.reason} />}
    </Stack>
  );
}

function Answer({ confirmed: { agrees, cases, found } }: { readonly confirmed: Confirmed }) {
  const word = agrees === null ? "Not decided here" : agrees ? "Confirmed" : "Not so";
  return (
    <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
      {word}, in {cases.toLocaleString("en")} cases: {found}.
      {agrees === null && (
        <Text span size="sm" fw={400}>
          {" "}
          All of it: <Code>npx counterfoil lab theorems --confirm</Code>
        </Text>
      )}
    </Text>
  );
}
