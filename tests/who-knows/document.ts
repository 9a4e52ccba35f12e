/** The tables in docs/money.md, each between two markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Table } from "./tables.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/money.md", import.meta.url));

export function readDocument(): string {
  return readFileSync(DOCUMENT, "utf8");
}

export function writeDocument(text: string): void {
  writeFileSync(DOCUMENT, text);
}

/** The text with these tables in their places. @throws where the text has no place for one. */
export function withTables(text: string, tables: readonly Table[]): string {
  return tables.reduce((whole, table) => {
    const [from, to] = [`<!-- who-knows ${table.name} -->\n`, "<!-- end -->"];
    const start = whole.indexOf(from);
    const end = whole.indexOf(to, start);
    if (start < 0 || end < 0) throw new Error(`docs/money.md has no place for the table "${table.name}"`);
    return `${whole.slice(0, start + from.length)}\n${markdownOf(table)}\n${whole.slice(end)}`;
  }, text);
}

export function markdownOf({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"-|".repeat(head.length)}`, ...rows.map(line)].join("\n").concat("\n");
}
