import type { BooksJson } from "@counterfoil/sdk/portable";
import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { FactTable } from "../../market/FactTable.tsx";
import { useAsked } from "../../operator/asking.ts";
import { Bars } from "../../operator/Bars.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { madeWords, money } from "../../operator/words.ts";

/** Everything added up again from the postings, some seconds ago at most. */
export function BankBooks({ origin }: { readonly origin: string }) {
  const asked = useAsked<BooksJson>(origin, "/v1/operator/bank/books");
  return (
    <Loaded asked={asked} what="The books">
      {(books) => (
        <Stack gap="xl">
          <Section title="The books" about={madeWords(books.madeMs)}>
            <Balance books={books} />
            <Group>
              <Button variant="default" size="xs" loading={asked.isFetching} onClick={() => void asked.refetch()}>
                Add up again
              </Button>
            </Group>
          </Section>
          {books.sheets.map((sheet) => (
            <Sheet key={sheet.unit} sheet={sheet} books={books} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Balance({ books }: { readonly books: BooksJson }) {
  const { faults, postings, transactions, totals } = books;
  const sums = totals.map(({ unit, totalMinor }) => `${unit} ${totalMinor}`).join(", ") || "empty";
  const counted = `${postings} postings in ${transactions} transactions add up to: ${sums}.`;
  if (faults.length === 0) {
    return (
      <Alert color="accent" variant="outline" title="The books balance" role="status">
        {counted}
      </Alert>
    );
  }
  return (
    <Alert color="red" variant="outline" title="The books do not balance" role="alert">
      <Text size="sm">{counted}</Text>
      <List size="sm">
        {faults.map((fault) => (
          <List.Item key={fault}>{fault}</List.Item>
        ))}
      </List>
      <Text size="sm">
        <b>Next:</b> stop the bank, keep its folder as it is, and run <code>counterfoil bank unwind</code> on a copy.
      </Text>
    </Alert>
  );
}

function Sheet({ sheet, books }: { readonly sheet: BooksJson["sheets"][number]; readonly books: BooksJson }) {
  const shown = (minor: string) => money(minor, sheet.unit);
  const { contracts, lockedMinor } = books.locks;
  const bars = books.epochs.map(({ epoch, issuedMinor, redeemedMinor }) => {
    const minor = BigInt(issuedMinor) - BigInt(redeemedMinor);
    return { label: `Epoch ${epoch}`, minor, shown: shown(minor.toString()) };
  });
  return (
    <>
      <FactTable
        title={`Balance sheet in ${sheet.unit}`}
        facts={[
          [`Owed to ${sheet.accounts} accounts`, shown(sheet.depositsMinor)],
          ["Of it held for orders", shown(sheet.heldMinor)],
          ["Owed to whoever holds coins", shown(sheet.coinsMinor)],
          ["Set aside as bonds", shown(sheet.bondsMinor)],
          ["Of all that, waiting for logs", `${shown(lockedMinor)} in ${contracts} contracts`],
          ["Issued as play money", shown(sheet.issuedMinor)],
        ]}
      />
      <Bars title="Coins in circulation" head={["Epoch", "Out"]} bars={bars} empty="No coins are out yet." />
    </>
  );
}
