/** Opens the wallet of this browser. */
import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleOf } from "../../market/trouble.ts";
import { answerOf, desk, lookAgain } from "../../wallet/client.ts";

export function UnlockWallet() {
  const queries = useQueryClient();
  const [passphrase, setPassphrase] = useState("");
  const unlocking = useMutation({
    mutationFn: () => answerOf(desk().unlock(passphrase)),
    onSuccess: () => lookAgain(queries),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    unlocking.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>Your wallet is locked. Its passphrase opens it.</Text>
        <PasswordInput
          label="Passphrase"
          autoComplete="current-password"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        {unlocking.isError && <TroubleAlert trouble={troubleOf(unlocking.error)} />}
        <Group>
          <Button type="submit" loading={unlocking.isPending} disabled={passphrase === ""}>
            Unlock the wallet
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
