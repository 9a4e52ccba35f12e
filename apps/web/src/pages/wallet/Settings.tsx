/** Copies of the wallet, its passphrase, how long it stays open, and its end. */
import { Button, Divider, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { saveFile } from "../../market/saving.ts";
import { desk, readIdleMinutes, saveIdleMinutes } from "../../wallet/client.ts";
import { DoingForm } from "../../wallet/DoingForm.tsx";
import { DoingTrouble } from "../../wallet/DoingTrouble.tsx";
import { handing, useDoing } from "../../wallet/doing.ts";
import { isSame, NewPassphrase, NOTHING_TYPED } from "../../wallet/NewPassphrase.tsx";
import { PassphraseField } from "../../wallet/PassphraseField.tsx";
import { ForgetWallet } from "./ForgetWallet.tsx";
import { Kept } from "./Kept.tsx";
import { ShowPhrase } from "./ShowPhrase.tsx";

export function Settings() {
  return (
    <Stack gap="xl">
      <Part title="Lock">
        <Lock />
      </Part>
      <Part title="Whether it is kept">
        <Kept />
      </Part>
      <Part title="Backup file">
        <Backup />
      </Part>
      <Part title="Words of recovery">
        <ShowPhrase />
      </Part>
      <Part title="Change the passphrase">
        <ChangePassphrase />
      </Part>
      <Divider />
      <ForgetWallet />
    </Stack>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

/** In minutes: from a shared computer to one that nobody else comes near. */
const IDLE_CHOICES = [5, 15, 60, 240] as const;
const IDLE_DEFAULT = 15;

function Lock() {
  const [minutes, setMinutes] = useState(readIdleMinutes() ?? IDLE_DEFAULT);
  const [isLocking, setIsLocking] = useState(false);
  function lock() {
    setIsLocking(true); // what is under way is waited for, and the page changes when that is over
    void desk()
      .lock()
      .finally(() => setIsLocking(false));
  }
  return (
    <>
      <NativeSelect
        label="Lock after being left alone for"
        value={String(minutes)}
        onChange={(event) => {
          const chosen = Number(event.currentTarget.value);
          setMinutes(chosen);
          saveIdleMinutes(chosen);
        }}
        data={IDLE_CHOICES.map((each) => ({ value: String(each), label: `${each} minutes` }))}
        maw={260}
      />
      <Group>
        <Button variant="default" loading={isLocking} onClick={lock}>
          Lock now
        </Button>
      </Group>
    </>
  );
}

function Backup() {
  const backing = useDoing((of, _: null) => of.backup());
  const save = () =>
    backing.mutate(null, {
      onSuccess: (file) => saveFile(new Blob([Uint8Array.from(file)]), "wallet.counterfoil-backup"),
    });
  return (
    <>
      <Text size="sm" maw={620}>
        Everything that the wallet holds, encrypted under its passphrase: account, coins, purchases and their keys.
        Goods are not in it; they are fetched again. Make a new one after you have bought something. Whoever opens it
        takes the coins over from here.
      </Text>
      <Group>
        <Button variant="default" onClick={save} loading={backing.isPending}>
          Save a backup file
        </Button>
      </Group>
      <DoingTrouble error={backing.error} />
    </>
  );
}

function ChangePassphrase() {
  const [before, setBefore] = useState("");
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const changing = useDoing((of, asked: { before(): string; after(): string }) =>
    of.changePassphrase(asked.before(), asked.after()),
  );
  function change() {
    changing.mutate({ before: handing(before), after: handing(typed.once) });
    setBefore("");
    setTyped(NOTHING_TYPED); // the page keeps none
  }
  return (
    <DoingForm
      doing={changing}
      action="Change it"
      isAside
      isReady={before !== "" && isSame(typed)}
      said={changing.isSuccess ? "Changed." : null}
      onSubmit={change}
    >
      <Text size="sm" maw={620}>
        Backup files that were made before open with the old one. Whoever has a copy of the wallet and the old
        passphrase still opens it.
      </Text>
      <PassphraseField
        label="Passphrase until now"
        value={before}
        onChange={(event) => setBefore(event.currentTarget.value)}
      />
      <NewPassphrase label="New passphrase" typed={typed} onType={setTyped} />
    </DoingForm>
  );
}
