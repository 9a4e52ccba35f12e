/** `npm run who-knows`: prints the tables; with `--write`, puts them into the documents. */
import { markdownOf, readDocuments, withTables, writeDocuments } from "./document.ts";
import { tablesOf } from "./tables.ts";
import { openWorld } from "./world.ts";

const world = await openWorld();
try {
  const tables = await tablesOf(world);
  if (process.argv.includes("--write")) writeDocuments(withTables(readDocuments(), tables));
  else for (const table of tables) console.log(`${table.name}\n\n${markdownOf(table)}`);
} finally {
  await world.close();
}
