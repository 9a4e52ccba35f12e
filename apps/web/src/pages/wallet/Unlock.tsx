import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { WalletTrouble } from "../../wallet/client.ts";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";
import { ForgetWallet } from "./ForgetWallet.tsx";
import { Page } from "./Page.tsx";
import { ShowPhrase } from "./ShowPhrase.tsx";

/** Asks for the passphrase; whoever has lost it can begin anew from the phrase. */
export function Unlock() {
  const [passphrase, setPassphrase] = useState("");
  const unlocking = useDoing((desk, typed: () => string) => desk.unlock(typed()));
  function unlock() {
    void askToKeep();
    unlocking.mutate(handing(passphrase));
    setPassphrase(""); // the page keeps none
  }
  return (
    <Page title="Unlock the wallet">
      <DoingForm
        doing={unlocking}
        action="Unlock"
        isReady={passphrase !== ""}
        pending="The key is made from the passphrase. That takes a second, so that nobody can try many."
        onSubmit={unlock}
      >
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
      </DoingForm>
      {isDamaged(unlocking.error) && <Rescue />}
      <Text size="sm" maw={620}>
        What was begun goes on when the wallet is unlocked. Nobody can tell you a passphrase that you have forgotten:
        then clear this site's data in the browser, and{" "}
        <Anchor component={Link} href="/wallet/restore" underline="always">
          restore the wallet
        </Anchor>{" "}
        from its words of recovery.
      </Text>
      <ForgetWallet />
    </Page>
  );
}

/** Its seed is in a record of its own, which one damaged record among thousands leaves alone. */
function Rescue() {
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Save the money of a damaged wallet
      </Title>
      <Text size="sm" maw={620}>
        The wallet does not open any more, and its words of recovery may still be readable. Write them down, forget this
        wallet, and restore it from them: that brings back the account and the coins. A backup file brings back
        everything that it had when it was made.
      </Text>
      <ShowPhrase />
    </Stack>
  );
}

function isDamaged(error: Error | null): boolean {
  return error instanceof WalletTrouble && error.trouble.reason === "vault-damaged";
}
