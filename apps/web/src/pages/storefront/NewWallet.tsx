/** Makes a wallet in this browser, on the way to a purchase. */
import { Anchor, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { answerOf, desk } from "../../wallet/client.ts";

export interface NewWalletProps {
  /** With its phrase, which is shown once. */
  onMade(phrase: string): void;
}

export function NewWallet({ onMade }: NewWalletProps) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const making = useMutation({
    mutationFn: () => answerOf(desk().create(passphrase, 12)),
    onSuccess: ({ phrase }) => onMade(phrase),
  });
  const differs = again !== "" && again !== passphrase;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>
          There is no wallet in this browser yet. It keeps your keys and coins here, encrypted under a passphrase of
          your own. Who has a wallet already can{" "}
          <Anchor component={Link} href="/wallet">
            restore it
          </Anchor>{" "}
          instead.
        </Text>
        <Group align="start" grow preventGrowOverflow={false}>
          <PasswordInput
            label="New passphrase"
            autoComplete="new-password"
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          <PasswordInput
            label="The same again"
            autoComplete="new-password"
            value={again}
            error={differs ? "It is another one" : null}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
        </Group>
        {making.isError && <TroubleAlert trouble={troubleOf(making.error)} />}
        <Group>
          <Button type="submit" loading={making.isPending} disabled={passphrase === "" || again !== passphrase}>
            Make a wallet
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
