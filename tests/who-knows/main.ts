/** `npm run who-knows`: prints the tables; with `--write`, puts them into docs/money.md. */
import { markdownOf, readDocument, withTables, writeDocument } from "./document.ts";
import { tablesOf } from "./tables.ts";
import { openWorld } from "./world.ts";

const world = await openWorld();
try {
  const tables = await tablesOf(world);
  if (process.argv.includes("--write")) writeDocument(withTables(readDocument(), tables));
  else for (const table of tables) console.log(`${table.name}\n\n${markdownOf(table)}`);
} finally {
  await world.close();
}
