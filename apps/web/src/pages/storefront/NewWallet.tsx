/** Makes a wallet in this browser, on the way to a purchase. */

import { Anchor, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { isSame, NewPassphrase, NOTHING_TYPED } from "../../wallet/NewPassphrase.tsx";

export interface NewWalletProps {
  /** With its words of recovery, which are shown once. */
  onMade(phrase: string): void;
}

export function NewWallet({ onMade }: NewWalletProps) {
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const creating = useDoing((desk, passphrase: () => string) => desk.create(passphrase(), 12));
  function create() {
    void askToKeep();
    creating.mutate(handing(typed.once), { onSuccess: ({ phrase }) => onMade(phrase) });
    setTyped(NOTHING_TYPED); // the page keeps none
  }
  return (
    <DoingForm doing={creating} action="Make the wallet" isReady={isSame(typed)} onSubmit={create}>
      <Text>
        There is no wallet in this browser yet. It keeps your keys and coins here, encrypted under a passphrase of your
        own. Who has a wallet already can{" "}
        <Anchor component={Link} href="/wallet/restore" underline="always">
          restore it
        </Anchor>{" "}
        instead.
      </Text>
      <NewPassphrase typed={typed} onType={setTyped} />
    </DoingForm>
  );
}
