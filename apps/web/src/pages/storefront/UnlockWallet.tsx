/** Opens the wallet of this browser on the way to a purchase. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";

export function UnlockWallet() {
  const [passphrase, setPassphrase] = useState("");
  const unlocking = useDoing((desk, typed: () => string) => desk.unlock(typed()));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void askToKeep();
    unlocking.mutate(handing(passphrase));
    setPassphrase(""); // the page keeps none
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>Your wallet is locked. Its passphrase opens it.</Text>
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={unlocking.isPending} disabled={passphrase === "" && !unlocking.isPending}>
            Unlock
          </Button>
        </Group>
        <DoingTrouble error={unlocking.error} />
      </Stack>
    </form>
  );
}
