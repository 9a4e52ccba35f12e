/** Two of the words, asked for: whoever has not written them down finds out now. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Page } from "./Page.tsx";

export interface ConfirmPhraseProps {
  readonly phrase: string;
  onBack(): void;
  onConfirmed(): void;
}

export function ConfirmPhrase({ phrase, onBack, onConfirmed }: ConfirmPhraseProps) {
  const words = phrase.split(" ");
  const [places] = useState(() => twoPlaces(words.length));
  const [typed, setTyped] = useState<readonly string[]>(["", ""]);
  const [wrong, setWrong] = useState(false);
  function submit(event: FormEvent) {
    event.preventDefault();
    const right = places.every((place, at) => typed[at]?.trim().toLowerCase() === words[place]);
    setWrong(!right);
    if (right) onConfirmed();
  }
  return (
    <Page title="Two of the words">
      <Text>To be sure that they are on paper and readable.</Text>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {places.map((place, at) => (
            <TextInput
              key={place}
              label={`Word ${place + 1}`}
              maw={260}
              autoFocus={at === 0}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed[at] ?? ""}
              onChange={(event) => setTyped(typed.with(at, event.currentTarget.value))}
              error={wrong && typed[at]?.trim().toLowerCase() !== words[place] ? "That is another word." : null}
            />
          ))}
          <Group>
            <Button type="submit">Confirm</Button>
            <Button variant="default" onClick={onBack}>
              Show the words again
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}

/** One in either half. Which ones is no secret. */
function twoPlaces(count: number): readonly [number, number] {
  const half = count / 2;
  const draw = () => Math.floor(Math.random() * half);
  return [draw(), half + draw()];
}
