/** Coins for somebody else: as a text, or as codes that a phone reads. */
import { showMoney } from "@counterfoil/base";
import { Alert, Button, CopyButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Handed } from "../../wallet/desk.ts";
import { useDoing } from "../../wallet/doing.ts";
import { AmountForm } from "./AmountForm.tsx";
import { Choice } from "./Choice.tsx";
import { QrPicture } from "./QrPicture.tsx";

export function SendCoins({ unit }: { readonly unit: string }) {
  const [form, setForm] = useState<"text" | "qr">("text");
  const sending = useDoing((desk, amountMinor: bigint) => desk.send(amountMinor, form));
  const handed = sending.data;
  if (handed !== undefined) return <HandedOver handed={handed} form={form} unit={unit} onMore={sending.reset} />;
  return (
    <AmountForm
      label="Amount to hand over"
      unit={unit}
      description="Out of free coins. Whoever reads what you get here first has the money."
      action="Make it"
      doing={sending}
    >
      <Choice
        label="How it is handed over"
        value={form}
        of={[
          { value: "text", label: "As text" },
          { value: "qr", label: "As QR codes" },
        ]}
        onChoose={setForm}
      />
    </AmountForm>
  );
}

interface HandedOverProps {
  readonly handed: readonly Handed[];
  readonly form: "text" | "qr";
  readonly unit: string;
  onMore(): void;
}

function HandedOver({ handed, form, unit, onMore }: HandedOverProps) {
  const many = handed.length > 1;
  return (
    <Stack gap="md">
      <Alert color="yellow" title="This is money">
        Pass it on in private: whoever reads it first has it. Until somebody takes it, you can take it back.
        {many && ` There are ${handed.length} of them, and each is a part: pass all of them on.`}
      </Alert>
      {handed.map(({ token, amountMinor }, at) => (
        <Stack key={token} gap="xs">
          <Text fw={600}>
            {many && `${at + 1} of ${handed.length}: `}
            {showMoney(amountMinor, unit)}
          </Text>
          {form === "qr" && <QrPicture text={token} title={`QR code ${at + 1} of ${handed.length}`} />}
          <Textarea label="As text" value={token} readOnly autosize maxRows={form === "qr" ? 2 : 6} ff="monospace" />
          <CopyButton value={token}>
            {({ copied, copy }) => (
              <Group>
                <Button variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy the text"}
                </Button>
              </Group>
            )}
          </CopyButton>
        </Stack>
      ))}
      <Group>
        <Button variant="default" onClick={onMore}>
          Hand over more
        </Button>
      </Group>
    </Stack>
  );
}
