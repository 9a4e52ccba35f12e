import type { TableRow } from "@counterfoil/lab";
import { Table } from "@mantine/core";
import { useState } from "react";
import { VerdictRow } from "./VerdictRow.tsx";

/** Wider than a telephone: it scrolls inside itself. */
const WIDTH_PX = 1040;

export function VerdictTable({ rows }: { readonly rows: readonly TableRow[] }) {
  const [open, setOpen] = useState<string | null>(null);
  const headings = rows[0]?.verdicts.map(({ property }) => property) ?? [];
  return (
    <Table.ScrollContainer
      minWidth={WIDTH_PX}
      type="native"
      tabIndex={0}
      role="region"
      aria-label="Verdicts by protocol"
    >
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Protocol</Table.Th>
            {headings.map((heading) => (
              <Table.Th key={heading} scope="col" tt="capitalize">
                {heading}
              </Table.Th>
            ))}
            <Table.Th scope="col" ta="right">
              States
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <VerdictRow
              key={row.id}
              row={row}
              isOpen={open === row.id}
              onToggle={() => setOpen(open === row.id ? null : row.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
