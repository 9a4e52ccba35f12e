import type { BankJson } from "@counterfoil/sdk/portable";
import { Code, Stack, Text } from "@mantine/core";
import { FactTable } from "../../market/FactTable.tsx";
import { timeWords } from "../../market/words.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Section } from "../../operator/Section.tsx";

const HOUR_MS = 3_600_000;

/** What the bank signs for anyone: its descriptor, and the dates of its list of keys. */
export function BankIdentity({ bank }: { readonly bank: BankJson }) {
  const rows = bank.epochs.map((each) => ({
    key: String(each.epoch),
    cells: [
      String(each.epoch),
      `${timeWords(each.withdrawFromMs)} to ${timeWords(each.withdrawUntilMs)}`,
      timeWords(each.depositUntilMs),
      timeWords(each.refreshUntilMs),
    ],
  }));
  return (
    <>
      <FactTable
        title="Who it is"
        facts={[
          ["Its key", <Keys key="key" keys={[bank.bank]} />],
          ["Money", bank.sandbox ? `${bank.unit}: play money, given away for nothing` : bank.unit],
          ["Holds money for an order", `at most ${Math.round(bank.longestHoldMs / HOUR_MS)} hours`],
          ["Believes certifiers", <Keys key="certifiers" keys={bank.certifiers} />],
          ["Believes groups of trustees", <Keys key="groups" keys={bank.groups} />],
          ["Waits for logs", <Keys key="logs" keys={bank.logs} />],
        ]}
      />
      <Section
        title="Keys of its coins"
        about="Each epoch has one key for each denomination. A coin is withdrawn in its epoch, pays for some time after, and is exchanged for longer still."
      >
        <Listing
          label="Keys of its coins"
          head={["Epoch", "Withdrawn", "Pays until", "Exchanged until"]}
          rows={rows}
          empty="No coin keys yet: they are made when somebody first asks for coins."
          minWidth={640}
        />
      </Section>
    </>
  );
}

function Keys({ keys }: { readonly keys: readonly string[] }) {
  if (keys.length === 0) return <Text size="sm">none</Text>;
  return (
    <Stack gap={4}>
      {keys.map((key) => (
        <Code key={key}>{key}</Code>
      ))}
    </Stack>
  );
}
