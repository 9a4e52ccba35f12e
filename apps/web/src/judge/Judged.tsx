/** A judgement: what it comes to, what is proven, whose word that is, and every signature that it rests on. */

import type { VerdictWords } from "@counterfoil/sdk/portable";
import { List, Paper, Stack, Text, Title } from "@mantine/core";
import { Chain } from "./Chain.tsx";
import classes from "./judge.module.css";
import type { Judgement } from "./room.ts";
import { SecretKey } from "./SecretKey.tsx";

export function Judged({ judgement }: { readonly judgement: Judgement }) {
  const { headline, words, statements, identity, trusted } = judgement;
  return (
    <Stack gap="xl">
      <Paper withBorder radius="md" p="lg" className={classes.outcome} data-tone={headline.tone}>
        <Stack gap="sm">
          <div role="status">
            <Title order={2}>{headline.text}</Title>
          </div>
          <Words words={words} />
        </Stack>
      </Paper>
      {statements.length > 0 && (
        <Stack gap="sm">
          <Title order={2}>Who signed what</Title>
          <Text maw={640}>
            Each line is one statement. A line to another means that it names it by its hash, so that neither can be
            changed without the other. Choose one to see what it says.
          </Text>
          <Chain statements={statements} />
        </Stack>
      )}
      <Stack gap="sm">
        <Title order={2}>Whom you have to trust for it</Title>
        <List maw={640} spacing="xs">
          {trusted.map((each) => (
            <List.Item key={each}>{each}</List.Item>
          ))}
        </List>
      </Stack>
      {identity !== null && <SecretKey identity={identity} />}
    </Stack>
  );
}

function Words({ words: { facts, remarks, convicted } }: { readonly words: VerdictWords }) {
  return (
    <>
      {convicted !== null && (
        <Text className={classes.long}>
          <b>Convicted: the {convicted.who}</b> {convicted.offence} It is about {convicted.about}
        </Text>
      )}
      <dl className={classes.facts}>
        {facts.map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {remarks.map(({ text, isGood }) => (
        <Text key={text} fw={isGood === null ? undefined : 600} className={classes.long}>
          {text}
        </Text>
      ))}
    </>
  );
}
