import type { NotesJson } from "@counterfoil/sdk/portable";
import { Code, Text } from "@mantine/core";
import { timeWords } from "../../market/words.ts";
import { useAsked } from "../../operator/asking.ts";
import { Listing } from "../../operator/Listing.tsx";
import { Loaded } from "../../operator/Loaded.tsx";
import { Section } from "../../operator/Section.tsx";
import { money, short } from "../../operator/words.ts";

/** What has to be looked at by a person: large movements, bonds, merchants who signed two slips. */
export function BankNotes({ origin }: { readonly origin: string }) {
  const asked = useAsked<NotesJson>(origin, "/v1/operator/bank/notes");
  return (
    <Loaded asked={asked} what="The notes">
      {(notes) => (
        <>
          <Movements notes={notes} />
          <Bonds notes={notes} />
          <Section
            title="Two slips for one sale"
            about="The merchant is convicted by them; bank evidence writes the proof."
          >
            <Listing
              label="Two slips for one sale"
              head={["Sale"]}
              rows={notes.equivocations.map((tid) => ({ key: tid, cells: [<Code key="tid">{tid}</Code>] }))}
              empty="No merchant has signed two slips for one sale."
              minWidth={240}
            />
          </Section>
        </>
      )}
    </Loaded>
  );
}

function Movements({ notes }: { readonly notes: NotesJson }) {
  const { thresholds, movements, unit } = notes;
  const rows = movements.map((each, at) => ({
    key: String(movements.length - at),
    cells: [
      timeWords(each.timeMs),
      each.level,
      <Code key="account">{short(each.account)}</Code>,
      each.kind,
      money(each.amountMinor, each.unit),
      money(each.dayTotalMinor, each.unit),
    ],
  }));
  const set =
    thresholds === null
      ? "Nothing is recorded or reported: no thresholds are set. counterfoil bank thresholds sets them."
      : `Recorded above ${money(thresholds.recordAboveMinor, unit)}, reported above ${money(thresholds.reportAboveMinor, unit)}, ${thresholds.perDay ? "each way in a day of UTC, by one account" : "in a single movement"}.`;
  return (
    <Section title="Movements above a threshold" about={set}>
      <Listing
        label="Movements above a threshold"
        head={["When", "Level", "Account", "What", "Amount", "That day"]}
        amounts={[4, 5]}
        rows={rows}
        empty="No movement was above a threshold."
        minWidth={760}
      />
    </Section>
  );
}

function Bonds({ notes }: { readonly notes: NotesJson }) {
  const rows = notes.bonds.map((bond) => ({
    key: bond.owner,
    cells: [
      <Code key="owner">{short(bond.owner)}</Code>,
      money(bond.putMinor, bond.unit),
      money(bond.claimedMinor, bond.unit),
      timeWords(bond.untilMs),
    ],
  }));
  return (
    <Section title="Bonds" about="Set aside by shops and certifiers for whom they may wrong.">
      <Listing
        label="Bonds"
        head={["Owner", "Put in", "Claimed", "Until"]}
        amounts={[1, 2]}
        rows={rows}
        empty="Nobody has put a bond."
      />
      {rows.length > 0 && <Text size="sm">Only a buyer with proof can draw on one.</Text>}
    </Section>
  );
}
