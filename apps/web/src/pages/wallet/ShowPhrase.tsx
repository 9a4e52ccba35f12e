/** The words of recovery for whoever types the passphrase, of a wallet that is open or that cannot be opened any more. */
import { Button, Group, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";
import { PhraseWords } from "../../wallet/PhraseWords.tsx";

export function ShowPhrase() {
  const [passphrase, setPassphrase] = useState("");
  const showing = useDoing((of, typed: () => string) => of.phrase(typed()));
  function submit(event: FormEvent) {
    event.preventDefault();
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
    <form onSubmit={submit}>
      <Stack gap="sm">
        <PassphraseField
          label="Passphrase, to show the words"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" variant="default" loading={showing.isPending} disabled={passphrase === ""}>
            Show the words
          </Button>
        </Group>
        <DoingTrouble error={showing.error} />
      </Stack>
    </form>
  );
}
