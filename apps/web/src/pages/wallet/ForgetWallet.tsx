/** Takes the wallet off this browser, after everything that keeps somebody from doing so by mistake. */
import { Alert, Button, Collapse, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";

/** Typed by whoever means it. */
const WORD = "forget";

export function ForgetWallet() {
  const [shown, show] = useState(false);
  const [passphrase, setPassphrase] = useState("");
  const [word, setWord] = useState("");
  const forgetting = useDoing((desk, typed: () => string) => desk.forget(typed()));
  function forget() {
    forgetting.mutate(handing(passphrase));
    setPassphrase("");
  }
  return (
    <Stack gap="sm">
      <Group>
        <Button variant="subtle" color="red" onClick={() => show(!shown)} aria-expanded={shown}>
          Forget this wallet
        </Button>
      </Group>
      <Collapse expanded={shown}>
        <DoingForm
          doing={forgetting}
          action="Forget it for good"
          color="red"
          isReady={passphrase !== "" && word.trim().toLowerCase() === WORD}
          onSubmit={forget}
        >
          <Alert color="red" variant="outline" title="What only this browser has is gone then">
            <Text size="sm">
              The words of recovery bring back the account and the coins, a backup file brings back everything. Without
              either the money is lost, and nobody can bring it back.
            </Text>
          </Alert>
          <PassphraseField
            label="Passphrase of the wallet to forget"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          <TextInput
            label={`Type "${WORD}"`}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
            autoComplete="off"
            maw={260}
          />
        </DoingForm>
      </Collapse>
    </Stack>
  );
}
