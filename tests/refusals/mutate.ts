/** Preloaded before a scenario: takes the check named in COUNTERFOIL_WITHOUT out of the source as it is loaded. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Edit } from "./scenario.ts";

const edits = JSON.parse(process.env.COUNTERFOIL_WITHOUT ?? "[]") as readonly Edit[];
const root = fileURLToPath(new URL("../../", import.meta.url));
const done = new Set<Edit>();

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const path = url.startsWith("file:") ? fileURLToPath(url) : "";
    const own = edits.filter(({ file }) => path === root + file);
    if (own.length === 0) return loaded;
    let source = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source);
    for (const edit of own) {
      const pieces = source.split(edit.find);
      if (pieces.length !== 2) fail(`${pieces.length - 1} places in ${edit.file} read: ${edit.find}`);
      source = pieces.join(edit.replace);
      done.add(edit);
    }
    return { ...loaded, source };
  },
});

process.on("exit", () => {
  const missed = edits.find((edit) => !done.has(edit));
  if (missed !== undefined) fail(`${missed.file} was never loaded`);
});

function fail(message: string): never {
  console.error(message);
  process.exit(12);
}
