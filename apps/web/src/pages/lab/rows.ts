/** The table as `npm run lab` has last written it, beside the page that is printed of it. */
import type { TableRow } from "@counterfoil/lab";
import rows from "../../../../../docs/lab/table.json" with { type: "json" };

export const ROWS = rows as unknown as readonly TableRow[];

export function countOf(states: number, isCut: boolean): string {
  return `${states.toLocaleString("en")}${isCut ? " (cut)" : ""}`;
}
