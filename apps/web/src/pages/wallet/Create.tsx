/** A new wallet in three steps: a passphrase, its words of recovery, and two of them asked for. */
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { useStanding } from "../../wallet/client.ts";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { isSame, NewPassphrase, NOTHING_TYPED } from "../../wallet/NewPassphrase.tsx";
import { PhraseWords } from "../../wallet/PhraseWords.tsx";
import { ConfirmPhrase } from "./ConfirmPhrase.tsx";
import { Page } from "./Page.tsx";

export function Create() {
  const { data: standing } = useStanding();
  const [, go] = useLocation();
  const [phrase, setPhrase] = useState<string | null>(null);
  const [written, setWritten] = useState(false);
  if (phrase === null) {
    if (standing !== undefined && standing !== "none") return <AlreadyThere />;
    return <ChoosePassphrase onMade={setPhrase} />;
  }
  return written ? (
    <ConfirmPhrase phrase={phrase} onBack={() => setWritten(false)} onConfirmed={() => go("/wallet")} />
  ) : (
    <Page title="Write these words down">
      <PhraseWords phrase={phrase} />
      <Group>
        <Button onClick={() => setWritten(true)} autoFocus>
          I have written them down
        </Button>
      </Group>
    </Page>
  );
}

function ChoosePassphrase({ onMade }: { onMade(phrase: string): void }) {
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const [words, setWords] = useState<"12" | "24">("12");
  const creating = useDoing((desk, passphrase: () => string) => desk.create(passphrase(), words === "12" ? 12 : 24));
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isSame(typed)) return;
    void askToKeep();
    creating.mutate(handing(typed.once), { onSuccess: ({ phrase }) => onMade(phrase) });
    setTyped(NOTHING_TYPED); // the page keeps none
  }
  return (
    <Page title="Make a wallet">
      <form onSubmit={submit}>
        <Stack gap="lg">
          <NewPassphrase typed={typed} onType={setTyped} />
          <Stack gap={4}>
            <Text size="sm" fw={500} id="phrase-length">
              Words of recovery
            </Text>
            <SegmentedControl
              aria-labelledby="phrase-length"
              value={words}
              onChange={(chosen) => setWords(chosen as "12" | "24")}
              data={[
                { value: "12", label: "12 words" },
                { value: "24", label: "24 words" },
              ]}
              maw={260}
            />
            <Text size="sm" c="dimmed">
              They restore the money on another device. Twelve are enough.
            </Text>
          </Stack>
          <Group>
            <Button type="submit" loading={creating.isPending} disabled={!isSame(typed)}>
              Make the wallet
            </Button>
          </Group>
          <DoingTrouble error={creating.error} />
        </Stack>
      </form>
    </Page>
  );
}

function AlreadyThere() {
  const [, go] = useLocation();
  return (
    <Page title="Make a wallet">
      <Text>There is a wallet in this browser already. One browser has one.</Text>
      <Group>
        <Button onClick={() => go("/wallet")}>Go to the wallet</Button>
      </Group>
    </Page>
  );
}
