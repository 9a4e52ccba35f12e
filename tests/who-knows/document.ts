/** The tables in the documents, each between two markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Table } from "./tables.ts";

/** Wherever a table has a place in one of these, it is written there. */
const DOCUMENTS = ["docs/money.md", "docs/protocols/optimistic-knows.md"];

/** By its path from the root of the repository. */
export type Documents = ReadonlyMap<string, string>;

export function readDocuments(): Documents {
  return new Map(DOCUMENTS.map((path) => [path, readFileSync(fileOf(path), "utf8")]));
}

export function writeDocuments(documents: Documents): void {
  for (const [path, text] of documents) writeFileSync(fileOf(path), text);
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The documents with these tables in their places. @throws where none of them has a place for one, or one for none. */
export function withTables(documents: Documents, tables: readonly Table[]): Documents {
  for (const { name } of tables) {
    if (![...documents.values()].some((text) => text.includes(markerOf(name)))) {
      throw new Error(`no document has a place for the table "${name}"`);
    }
  }
  for (const text of documents.values()) {
    for (const [marker] of text.matchAll(/<!-- who-knows .* -->\n/g)) {
      if (!tables.some(({ name }) => markerOf(name) === marker)) throw new Error(`there is no table for ${marker}`);
    }
  }
  return new Map([...documents].map(([path, text]) => [path, tables.reduce(withTable, text)]));
}

function markerOf(name: string): string {
  return `<!-- who-knows ${name} -->\n`;
}

function withTable(whole: string, table: Table): string {
  const from = markerOf(table.name);
  const start = whole.indexOf(from);
  if (start < 0) return whole;
  const end = whole.indexOf("<!-- end -->", start);
  if (end < 0) throw new Error(`the place for the table "${table.name}" has no end`);
  return `${whole.slice(0, start + from.length)}\n${markdownOf(table)}\n${whole.slice(end)}`;
}

export function markdownOf({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"-|".repeat(head.length)}`, ...rows.map(line)].join("\n").concat("\n");
}
