/** A new wallet in three steps: a passphrase, its words of recovery, and two of them asked for. */
import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useLocation } from "wouter";
import { useStanding } from "../../wallet/client.ts";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { isSame, NewPassphrase, NOTHING_TYPED } from "../../wallet/NewPassphrase.tsx";
import { PhraseWords } from "../../wallet/PhraseWords.tsx";
import { Choice } from "./Choice.tsx";
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
  function create() {
    void askToKeep();
    creating.mutate(handing(typed.once), { onSuccess: ({ phrase }) => onMade(phrase) });
    setTyped(NOTHING_TYPED); // the page keeps none
  }
  return (
    <Page title="Make a wallet">
      <DoingForm doing={creating} action="Make the wallet" isReady={isSame(typed)} onSubmit={create}>
        <NewPassphrase typed={typed} onType={setTyped} />
        <Choice
          label="Words of recovery"
          description="They restore the money on another device. Twelve are enough."
          value={words}
          of={[
            { value: "12", label: "12 words" },
            { value: "24", label: "24 words" },
          ]}
          onChoose={setWords}
        />
      </DoingForm>
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
