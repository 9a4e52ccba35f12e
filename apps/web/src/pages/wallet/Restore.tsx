/** A wallet from its words of recovery, or from a backup file. */

import { showMoney } from "@counterfoil/base";
import { Button, FileInput, Group, Stack, Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useFunds, useStanding } from "../../wallet/client.ts";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import type { Restored } from "../../wallet/desk.ts";
import { handing, useDoing } from "../../wallet/doing.ts";
import { askToKeep } from "../../wallet/keeping.ts";
import { isSame, NewPassphrase, NOTHING_TYPED } from "../../wallet/NewPassphrase.tsx";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";
import { Page } from "./Page.tsx";
import { SecretText } from "./SecretText.tsx";

export function Restore() {
  const { data: standing } = useStanding();
  const [begun, setBegun] = useState(false);
  if (!begun && standing !== undefined && standing !== "none") {
    return (
      <Page title="Restore a wallet">
        <Text>There is a wallet in this browser already. Forget it first, if its money is safe elsewhere.</Text>
        <Group>
          <Button component={Link} href="/wallet">
            Go to the wallet
          </Button>
        </Group>
      </Page>
    );
  }
  return (
    <Page title="Restore a wallet">
      <Tabs defaultValue="phrase" keepMounted={false}>
        <Tabs.List aria-label="What it is restored from">
          <Tabs.Tab value="phrase">From its words</Tabs.Tab>
          <Tabs.Tab value="backup">From a backup file</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="phrase" pt="lg">
          <FromPhrase onBegin={() => setBegun(true)} />
        </Tabs.Panel>
        <Tabs.Panel value="backup" pt="lg">
          <FromBackup onBegin={() => setBegun(true)} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

interface Secrets {
  passphrase(): string;
  phrase(): string;
}

function FromPhrase({ onBegin }: { onBegin(): void }) {
  const [phrase, setPhrase] = useState("");
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const [asked, setAsked] = useState(0);
  const restoring = useDoing((desk, secrets: Secrets) =>
    desk.restore(secrets.passphrase(), secrets.phrase(), setAsked),
  );
  function restore() {
    onBegin();
    void askToKeep();
    restoring.mutate({ passphrase: handing(typed.once), phrase: handing(phrase) }, { onSuccess: () => setPhrase("") });
    setTyped(NOTHING_TYPED); // the page keeps none
  }
  if (restoring.data !== undefined) return <Found {...restoring.data} />;
  return (
    <DoingForm
      doing={restoring}
      action="Restore"
      isReady={isSame(typed) && phrase.trim() !== ""}
      pending={
        asked === 0
          ? "The wallet is made and its account asked for."
          : `Coins are looked for at the bank: ${asked} questions so far.`
      }
      onSubmit={restore}
    >
      <SecretText
        label="Words of recovery"
        description="The 12 or 24 words in their order. The account comes back at once, the coins one by one; what was bought is not in the words."
        value={phrase}
        onType={setPhrase}
        minRows={3}
        maxLength={2_000}
      />
      <NewPassphrase typed={typed} onType={setTyped} />
    </DoingForm>
  );
}

function Found({ coins, minor }: Restored) {
  const { data: funds } = useFunds();
  return (
    <Stack gap="md">
      <Text role="status">
        {funds === undefined
          ? "The account is asked for."
          : `The account has ${showMoney(funds.balanceMinor, funds.unit)}. `}
        {coins === 0
          ? "No coin was ever signed for these words."
          : `Coins ever signed for these words: ${coins}${funds === undefined ? "" : `, worth ${showMoney(minor, funds.unit)}`}. Those that were not spent are exchanged for new ones within a minute or two, one by one.`}
      </Text>
      <Group>
        <Button component={Link} href="/wallet">
          Go to the wallet
        </Button>
      </Group>
    </Stack>
  );
}

function FromBackup({ onBegin }: { onBegin(): void }) {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [, go] = useLocation();
  const restoring = useDoing(async (desk, asked: { readonly file: File; typed(): string }) => {
    const backup = new Uint8Array(await asked.file.arrayBuffer());
    return desk.restoreBackup(asked.typed(), backup);
  });
  function restore() {
    if (file === null) return;
    onBegin();
    void askToKeep();
    restoring.mutate({ file, typed: handing(passphrase) }, { onSuccess: () => go("/wallet") });
    setPassphrase(""); // the page keeps none
  }
  return (
    <DoingForm doing={restoring} action="Restore" isReady={file !== null && passphrase !== ""} onSubmit={restore}>
      <FileInput
        label="Backup file"
        description="It has everything that the wallet had when it was made. This browser then takes its coins over from wherever they were: use the wallet in one browser only."
        placeholder="Choose a file"
        value={file}
        onChange={setFile}
        maw={560}
      />
      <PassphraseField
        label="The passphrase that it was made under"
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
    </DoingForm>
  );
}
