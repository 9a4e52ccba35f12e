import type { SaleJson } from "@counterfoil/sdk/portable";
import { Button, Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { askJson, troubleIn } from "../../operator/asking.ts";
import { Section } from "../../operator/Section.tsx";
import { AMOUNT_FAULT, money, readMoney, typedMoney } from "../../operator/words.ts";

const UNKNOWN = "Not known: ask again with the same amount, which moves nothing twice.";

export function RefundForm({ origin, sale }: { readonly origin: string; readonly sale: SaleJson }) {
  const [total, setTotal] = useState(typedMoney(sale.priceMinor));
  const [sure, setSure] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const queries = useQueryClient();
  const refunding = useMutation({
    mutationFn: (totalMinor: string) =>
      askJson<{ refundedMinor: string }>(origin, `/v1/operator/shop/sales/${sale.tid}/refund`, {
        method: "POST",
        body: { totalMinor },
        money: UNKNOWN,
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["operator", origin] }),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    const totalMinor = readMoney(total);
    setFault(typeof totalMinor === "string" ? null : AMOUNT_FAULT);
    if (typeof totalMinor === "string") refunding.mutate(totalMinor);
  }
  return (
    <Section
      title="Give money back"
      about="The bank knows to whom; the shop never learns it. The amount is all that is ever to be given back of this order: it can be raised, and sending it again moves nothing."
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm" align="flex-start">
          <TextInput
            label={`In all, in ${sale.unit}`}
            value={total}
            onChange={(event) => setTotal(event.currentTarget.value)}
            error={fault}
            inputMode="decimal"
            autoComplete="off"
          />
          <Checkbox
            label="I know that it cannot be taken back"
            checked={sure}
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
          <Button type="submit" disabled={!sure} loading={refunding.isPending}>
            Give it back
          </Button>
        </Stack>
      </form>
      {refunding.data !== undefined && (
        <Text role="status">Given back in all: {money(refunding.data.refundedMinor, sale.unit)}.</Text>
      )}
      {refunding.error !== null && <TroubleAlert trouble={troubleIn(refunding.error)} />}
    </Section>
  );
}
