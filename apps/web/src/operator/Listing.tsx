/** A table that scrolls inside itself where the window is too narrow for it. */
import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface ListingProps {
  readonly label: string;
  readonly head: readonly string[];
  /** Columns of amounts, which stand at the right. */
  readonly amounts?: readonly number[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
  readonly empty: string;
  readonly minWidth?: number;
}

export function Listing({ label, head, amounts = [], rows, empty, minWidth = 560 }: ListingProps) {
  if (rows.length === 0) return <Text size="sm">{empty}</Text>;
  const side = (at: number) => (amounts.includes(at) ? "right" : "left");
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={label} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {head.map((name, at) => (
              <Table.Th key={name} ta={side(at)}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, cells }) => (
            <Table.Tr key={key}>
              {cells.map((cell, at) => (
                <Table.Td
                  key={head[at]}
                  ta={side(at)}
                  style={{ whiteSpace: side(at) === "right" ? "nowrap" : "normal" }}
                >
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
