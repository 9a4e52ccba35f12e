/** The words of recovery for whoever types the passphrase, of a wallet that is open or that cannot be opened any more. */
import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";
import { PhraseWords } from "../../wallet/PhraseWords.tsx";

export function ShowPhrase() {
  const [passphrase, setPassphrase] = useState("");
  const showing = useDoing((of, typed: () => string) => of.phrase(typed()));
  function show() {
    showing.mutate(handing(passphrase));
    setPassphrase("");
  }
  if (showing.data !== undefined) {
    return (
      <>
        <PhraseWords phrase={showing.data.phrase} />
        <Group>
          <Button variant="default" onClick={showing.reset}>
            Hide them
          </Button>
        </Group>
      </>
    );
  }
  return (
    <DoingForm doing={showing} action="Show the words" isAside isReady={passphrase !== ""} onSubmit={show}>
      <PassphraseField
        label="Passphrase, to show the words"
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
    </DoingForm>
  );
}
