/** Whether the log goes on from what this browser saw of it before; and if not, that, before everything else. */
import { showInstant } from "@counterfoil/base";
import type { Continuity } from "@counterfoil/sdk/portable";
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import classes from "../judge/judge.module.css";
import { remember, remembered } from "./client.ts";
import type { LogLook, SeenHead } from "./desk.ts";

export function SeenBefore({ look }: { readonly look: LogLook }) {
  const queries = useQueryClient();
  const { head, continuity, tilesHold } = look;
  if (head !== null && !tilesHold) return <Alarm title="Wrong tiles" words={WRONG_TILES} />;
  const seen = remembered(look.id);
  if (head === null || seen === null || continuity === null) {
    return head === null ? null : (
      <Text>This browser remembers this head from now on, to see that the log goes on from it.</Text>
    );
  }
  if (continuity === "continues") {
    return (
      <Text data-continuity="continues">
        It goes on from what this browser saw before: checked by hashes, entry by entry.
      </Text>
    );
  }
  return (
    <Alarm title={ALARMS[continuity]} words={wordsOf(continuity, seen, head)}>
      <Group>
        <Button
          variant="default"
          onClick={() => {
            remember(look.id, head);
            void queries.invalidateQueries({ queryKey: ["log", look.id] });
          }}
        >
          I have noted it: go on from the new head
        </Button>
      </Group>
    </Alarm>
  );
}

const WRONG_TILES =
  "The tiles that were served do not lead to the head that the log and its witnesses have signed. Nobody has signed tiles: whoever served them altered them or has lost some. Nothing below that rests on them is shown as right. Ask again, or another mirror.";

const ALARMS: Readonly<Record<Exclude<Continuity, "continues">, string>> = {
  forked: "This log shows two histories",
  older: "This log shows an older head than before",
  "wrong-tiles": "It could not be checked that the log goes on",
};

function wordsOf(continuity: Exclude<Continuity, "continues">, seen: SeenHead, head: SeenHead): string {
  const before = `This browser saw ${seen.size} entries at ${showInstant(seen.timeMs)} UTC, root ${seen.root}`;
  switch (continuity) {
    case "forked":
      return `${before}. The head of now, of ${head.size} entries and root ${head.root}, does not go on from it. A log that only adds cannot do that: do not rely on it, keep both roots, and tell its witnesses and the bank.`;
    case "older":
      return `${before}. Now it shows ${head.size}. A server or a cache may be behind; if it stays so, the log has lost what it had signed.`;
    case "wrong-tiles":
      return `${before}. What was served leads to no head, so it shows neither that the log goes on nor that it does not. Ask again.`;
  }
}

interface AlarmProps {
  readonly title: string;
  readonly words: string;
  readonly children?: React.ReactNode;
}

function Alarm({ title, words, children }: AlarmProps) {
  return (
    <Paper withBorder p="lg" className={classes.outcome} data-tone="bad" role="alert">
      <Stack gap="sm">
        <Title order={3}>{title}</Title>
        <Text className={classes.long}>{words}</Text>
        {children}
      </Stack>
    </Paper>
  );
}
