/** Opens the wallet of this browser on the way to a purchase. */

import { Text } from "@mantine/core";
import { useState } from "react";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";

export function UnlockWallet() {
  const [passphrase, setPassphrase] = useState("");
  const unlocking = useDoing((desk, typed: () => string) => desk.unlock(typed()));
  function unlock() {
    void askToKeep();
    unlocking.mutate(handing(passphrase));
    setPassphrase(""); // the page keeps none
  }
  return (
    <DoingForm doing={unlocking} action="Unlock" isReady={passphrase !== ""} onSubmit={unlock}>
      <Text>Your wallet is locked. Its passphrase opens it.</Text>
      <PassphraseField
        label="Passphrase"
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
    </DoingForm>
  );
}
