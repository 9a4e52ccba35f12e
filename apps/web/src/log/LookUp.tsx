/** What the log has about one contract, by its tid or by the log's own key of it. */
import { Button, Group, Loader, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect } from "react";
import { FieldList } from "../diagram/FieldList.tsx";
import { TroubleNote } from "../judge/TroubleNote.tsx";
import { type LogTrouble, logDesk, said } from "./client.ts";
import type { Found, LogAddress } from "./desk.ts";
import { Proof } from "./Proof.tsx";

export interface LookUpProps {
  readonly log: LogAddress;
  readonly bank: string | null;
  readonly words: string;
  onWords(words: string): void;
  /** The entry whose way the tree is to show. */
  onLeaf(index: number | null): void;
}

export function LookUp({ log, bank, words, onWords, onLeaf }: LookUpProps) {
  const finding = useMutation<Found, LogTrouble, string>({
    mutationFn: (name) => said<Found>(logDesk().lookUp(log, name, bank)),
  });
  const found = finding.data;
  useEffect(() => {
    const first = found?.entries.find((entry) => entry.holds);
    onLeaf(found?.decidedAt ?? (first?.holds === true ? first.index : null));
  }, [found, onLeaf]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    finding.mutate(words);
  };
  return (
    <Stack gap="sm">
      <Title order={3}>Look up a sale</Title>
      <form onSubmit={submit}>
        <Group align="end">
          <TextInput
            label="tid of a sale, or the log's key of a contract"
            description="64 digits. A tid is known to buyer, seller and bank; the log only knows a hash of it."
            value={words}
            onChange={(event) => onWords(event.currentTarget.value)}
            maxLength={80}
            autoComplete="off"
            spellCheck={false}
            w={{ base: "100%", sm: 560 }}
          />
          <Button type="submit">Look up</Button>
        </Group>
      </form>
      {finding.isPending && <Loader role="status" aria-label="Asking the log" />}
      {finding.isError && <TroubleNote title="Not looked up" trouble={finding.error.trouble} />}
      {found !== undefined && <Entries found={found} onLeaf={onLeaf} />}
    </Stack>
  );
}

function Entries({ found, onLeaf }: { readonly found: Found } & Pick<LookUpProps, "onLeaf">) {
  const { entries, decidedAt, as, recKey } = found;
  const outcomes = entries.filter((each) => each.holds && (each.kind === "committed" || each.kind === "aborted"));
  return (
    <Stack gap="md" data-found={entries.length}>
      <FieldList fields={[{ name: as === "tid" ? "key of this tid" : "key", value: recKey }]} />
      {entries.length === 0 && (
        <Text role="status">
          The log shows nothing about it under its newest head. That is what it says now, and no proof that there is
          nothing.
        </Text>
      )}
      {decidedAt !== null && (
        <Text role="status">
          The first outcome decides: it is at leaf {decidedAt}.
          {outcomes.length > 1 && " There are several. An honest log enters one: this convicts it."}
        </Text>
      )}
      {entries.map((entry, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what does not hold has nothing to be named by
        <Proof key={at} entry={entry} decides={entry.holds && entry.index === decidedAt} onLeaf={onLeaf} />
      ))}
    </Stack>
  );
}
