import type { SaleJson } from "@counterfoil/sdk/portable";
import { Anchor, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { FactTable } from "../../market/FactTable.tsx";
import { saveFile } from "../../market/saving.ts";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { timeWords } from "../../market/words.ts";
import { askBytes, troubleIn } from "../../operator/asking.ts";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { money, short } from "../../operator/words.ts";
import { RefundForm } from "./RefundForm.tsx";
import { phaseWords, useSales } from "./sales.ts";

export function OrderPage({ origin, tid }: { readonly origin: string; readonly tid: string }) {
  const asked = useSales(origin);
  return (
    <Stack gap="xl">
      <Anchor component={Link} href="/sell/orders">
        All orders
      </Anchor>
      <Loaded asked={asked} what="The order">
        {({ sales }) => {
          const sale = sales.find((each) => each.tid === tid);
          return sale === undefined ? (
            <Text>No order of this id is among the newest.</Text>
          ) : (
            <Order origin={origin} sale={sale} />
          );
        }}
      </Loaded>
    </Stack>
  );
}

function Order({ origin, sale }: { readonly origin: string; readonly sale: SaleJson }) {
  return (
    <>
      <Title order={2}>Order {short(sale.tid)}</Title>
      <FactTable
        title="What was ordered"
        facts={[
          ["Item", sale.title],
          ["When", timeWords(sale.timeMs)],
          ["Price", money(sale.priceMinor, sale.unit)],
          ["State", phaseWords(sale)],
          ["Receipt", sale.paid ? "The bank has signed that it is paid, and the key is handed over." : "None."],
          ["Given back", money(sale.refundedMinor, sale.unit)],
          ["Its id", <Code key="tid">{sale.tid}</Code>],
        ]}
      />
      {sale.phase === "sold" && <RefundForm origin={origin} sale={sale} />}
      {sale.phase === "sold" && <Proof origin={origin} tid={sale.tid} />}
    </>
  );
}

function Proof({ origin, tid }: { readonly origin: string; readonly tid: string }) {
  const saving = useMutation({
    mutationFn: async (of: "sale" | "payment") => {
      const bytes = await askBytes(origin, `/v1/operator/shop/sales/${tid}/evidence?of=${of}`);
      saveFile(bytes, `${short(tid)}${of === "payment" ? "-payment" : ""}.evidence`);
    },
  });
  return (
    <Section
      title="Proof"
      about="Anybody can check it, offline. That of the whole sale has the goods' key in it: whoever reads it can open them."
    >
      <Group>
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate("payment")}>
          Save the proof of payment
        </Button>
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate("sale")}>
          Save the proof of the whole sale
        </Button>
      </Group>
      {saving.error !== null && <TroubleAlert trouble={troubleIn(saving.error)} />}
    </Section>
  );
}
