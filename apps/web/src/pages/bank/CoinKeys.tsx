import type { BankJson } from "@counterfoil/sdk/portable";
import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { askJson, troubleIn } from "../../operator/asking.ts";
import { Section } from "../../operator/Section.tsx";

/** A new epoch of coin keys: for when the ones in use might be known to somebody, or before their time is over. */
export function CoinKeys({ origin, bank }: { readonly origin: string; readonly bank: BankJson }) {
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const newest = bank.epochs.reduce<number | null>(
    (top, { epoch }) => (top === null || epoch > top ? epoch : top),
    null,
  );
  const rotating = useMutation({
    // The newest epoch that is known goes along: asking twice opens no second one.
    mutationFn: () =>
      askJson<BankJson>(origin, "/v1/operator/bank/keys/rotate", { method: "POST", body: { after: newest } }),
    onSuccess(now) {
      setSure(false);
      queries.setQueryData(["bank", origin], now);
      void queries.invalidateQueries({ queryKey: ["operator", origin] });
    },
  });
  const opened = rotating.data?.epochs.at(-1)?.epoch;
  return (
    <Section
      title="A new epoch of keys"
      about="Coins of earlier epochs stay good until their own dates. A small crowd hides nobody, so wallets refuse epochs that follow closer than an hour."
    >
      <Stack gap="sm" align="flex-start">
        <Checkbox label="Make new keys now" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
        <Group>
          <Button disabled={!sure} loading={rotating.isPending} onClick={() => rotating.mutate()}>
            Open the next epoch
          </Button>
        </Group>
        {opened !== undefined && !rotating.isPending && (
          <Text role="status">Epoch {opened} is in the list of keys.</Text>
        )}
        {rotating.error !== null && <TroubleAlert trouble={troubleIn(rotating.error)} />}
      </Stack>
    </Section>
  );
}
