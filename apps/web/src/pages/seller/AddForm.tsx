import type { ShopCertifierJson } from "@counterfoil/sdk/portable";
import { Button, Group, NativeSelect, Progress, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { TroubleAlert } from "../../market/TroubleAlert.tsx";
import { troubleIn } from "../../operator/asking.ts";
import { Section } from "../../operator/Section.tsx";
import { CertifierChoice } from "./CertifierChoice.tsx";
import { type Faults, faultsOf, type How, itemOf, NOTHING, type Written } from "./draft.ts";
import { FileDrop } from "./FileDrop.tsx";
import { addItem, type UploadTerms, upload } from "./uploading.ts";

export interface AddFormProps {
  readonly origin: string;
  readonly certifier: ShopCertifierJson["certifier"];
  readonly terms: UploadTerms;
}

export function AddForm({ origin, certifier, terms }: AddFormProps) {
  const [written, setWritten] = useState(NOTHING);
  const [faults, setFaults] = useState<Faults>({});
  const [sent, setSent] = useState(0);
  const queries = useQueryClient();
  const adding = useMutation({
    mutationFn: async (item: Written) => {
      setSent(0);
      const id = await upload(origin, item.file as File, terms, setSent);
      await addItem(origin, itemOf(item, id, certifier));
    },
    onSuccess: () => setWritten(NOTHING),
    onSettled: () => queries.invalidateQueries({ queryKey: ["operator", origin] }),
  });
  const write = (more: Partial<Written>) => setWritten((before) => ({ ...before, ...more }));
  function submit(event: FormEvent) {
    event.preventDefault();
    const found = faultsOf(written, certifier);
    setFaults(found);
    if (Object.keys(found).length === 0) adding.mutate(written);
  }
  return (
    <Section
      title="Add an item"
      about="The file is encrypted by the shop. Buyers fetch it freely, and only a paid key opens it."
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={640}>
          <FileDrop
            file={written.file}
            fault={faults.file ?? null}
            onFile={(file) => write({ file, ...named(written, file) })}
          />
          <Words written={written} faults={faults} write={write} />
          <Terms written={written} faults={faults} write={write} />
          <CertifierChoice
            certifier={certifier}
            wanted={written.certify && certifier !== null}
            agreed={written.agreed}
            fault={faults.agreed ?? null}
            onWanted={(certify) => write({ certify })}
            onAgreed={(agreed) => write({ agreed })}
          />
          <Group>
            <Button type="submit" loading={adding.isPending}>
              Add it
            </Button>
          </Group>
          {adding.isPending && <Sending sent={sent} of={written.file?.size ?? 0} />}
          {adding.isSuccess && (
            <Text role="status">It is in the shop. Below is how far it is on its way to the shelf.</Text>
          )}
          {adding.error !== null && <TroubleAlert trouble={troubleIn(adding.error)} />}
        </Stack>
      </form>
    </Section>
  );
}

/** A file's name is a beginning of a title, where nobody has written one. */
function named({ title }: Written, file: File | null): Partial<Written> {
  return title === "" && file !== null ? { title: file.name.replace(/\.[^.]*$/, "").slice(0, 200) } : {};
}

interface FieldsProps {
  readonly written: Written;
  readonly faults: Faults;
  write(more: Partial<Written>): void;
}

function Words({ written, faults, write }: FieldsProps) {
  return (
    <>
      <TextInput
        label="Title"
        value={written.title}
        onChange={(event) => write({ title: event.currentTarget.value })}
        error={faults.title}
        maxLength={200}
      />
      <Textarea
        label="What it is"
        value={written.description}
        onChange={(event) => write({ description: event.currentTarget.value })}
        maxLength={4000}
        autosize
        minRows={2}
      />
    </>
  );
}

const WAYS: readonly { readonly value: How; readonly label: string }[] = [
  { value: "price", label: "For a price" },
  { value: "donation", label: "For a gift: whoever gives names the amount" },
  { value: "certified", label: "Free, and the bank certifies the delivery" },
  { value: "acknowledged", label: "Free, for a signed word that it arrived" },
  { value: "delivered", label: "Free, with a signed word kept" },
  { value: "given", label: "Free, and nothing is kept" },
];

function Terms({ written, faults, write }: FieldsProps) {
  const { how } = written;
  const sold = how === "price" || how === "donation";
  return (
    <>
      <NativeSelect
        label="How it is handed over"
        data={[...WAYS]}
        value={how}
        onChange={(event) => write({ how: event.currentTarget.value as How })}
      />
      <Group align="flex-start">
        {how === "price" && (
          <Amount label="Price" value={written.price} fault={faults.price} onType={(price) => write({ price })} />
        )}
        {sold && (
          <Amount
            label={how === "donation" ? "Gifts from" : "Bids from; none if empty"}
            value={written.floor}
            fault={faults.floor}
            onType={(floor) => write({ floor })}
          />
        )}
        {(sold || how === "certified") && (
          <TextInput
            label="Stock; any number if empty"
            value={written.stock}
            onChange={(event) => write({ stock: event.currentTarget.value })}
            error={faults.stock}
            inputMode="numeric"
            autoComplete="off"
          />
        )}
      </Group>
    </>
  );
}

interface AmountProps {
  readonly label: string;
  readonly value: string;
  readonly fault: string | undefined;
  onType(value: string): void;
}

function Amount({ label, value, fault, onType }: AmountProps) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onType(event.currentTarget.value)}
      error={fault}
      inputMode="decimal"
      autoComplete="off"
    />
  );
}

function Sending({ sent, of }: { readonly sent: number; readonly of: number }) {
  const percent = of === 0 ? 100 : Math.floor((100 * sent) / of);
  return (
    <Stack gap={4}>
      <Text size="sm">Sending the file to the shop: {percent} %</Text>
      <Progress value={percent} aria-label="Sending the file to the shop" />
    </Stack>
  );
}
