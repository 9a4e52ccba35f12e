/**
 * Builds the command line into dist: some 700 modules in a few files, with what of other packages is plain JavaScript. A command
 * then starts in a third of the time that it takes from its sources, which is most of what a short one costs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "rolldown";
import { build, type How } from "../../tools/if-changed.ts";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");

/** Native ones, and those that read files or start threads of their own. */
const LEFT_OUTSIDE = /^(?:node:|sodium-native|libsodium|pino|thread-stream)/;

export async function buildProgram(how: How): Promise<void> {
  await build(how, { dist: DIST, from: ["apps/cli/src", "apps/cli/build.ts", "apps/cli/package.json"], make });
}

async function make(): Promise<boolean> {
  const rolldown = await import("rolldown").catch(() => null);
  if (rolldown === null) return false; // without development dependencies it runs from its sources
  mkdirSync(DIST, { recursive: true });
  const files = await bundle(rolldown.rolldown);
  for (const { name, content } of files) writeFileSync(join(DIST, name), content);
  removeLeft(files.map(({ name }) => name));
  return true;
}

async function bundle(
  rolldown: typeof import("rolldown").rolldown,
): Promise<{ name: string; content: string | Uint8Array }[]> {
  const input = { main: join(HERE, "src", "main.ts") };
  const bundling = await rolldown({ input, platform: "node", external: LEFT_OUTSIDE, plugins: [threads()] });
  // Flat, as the sources of the command line lie: what they name beside them is as far from dist as from src.
  const { output } = await bundling.generate({ format: "esm", entryFileNames, chunkFileNames: "[name]-[hash].js" });
  return output.map((each) => ({
    name: each.fileName,
    content: each.type === "chunk" ? each.code : each.source,
  }));
}

/** A thread's file is an entry too. Of another build it has another name: a server starts threads of its own build. */
const entryFileNames = ({ name }: { readonly name: string }) => (name === "main" ? "[name].js" : "[name]-[hash].js");

const THREAD = /new URL\("\.\/([a-z-]+)\.ts", import\.meta\.url\)/g;

/** The file of a thread, which `new URL` names in the source of whoever starts it, is built beside the others. */
function threads(): Plugin {
  return {
    name: "threads",
    transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      return code.replace(THREAD, (_, name: string) => {
        const file = this.emitFile({ type: "chunk", name, id: resolve(dirname(id), `${name}.ts`) });
        return `new URL(import.meta.ROLLUP_FILE_URL_${file})`;
      });
    },
  };
}

/** The names of the last build. */
const NAMES = join(DIST, ".files");

/** A server that is running loads parts of its build when they are first needed: the last build's stay, and those before it go. */
function removeLeft(names: readonly string[]): void {
  const last = existsSync(NAMES) ? (JSON.parse(readFileSync(NAMES, "utf8")) as string[]) : [];
  for (const name of readdirSync(DIST)) {
    if (name.endsWith(".js") && !names.includes(name) && !last.includes(name)) rmSync(join(DIST, name));
  }
  writeFileSync(NAMES, JSON.stringify(names));
}
