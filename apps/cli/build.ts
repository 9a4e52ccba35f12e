/**
 * Builds the command line into dist: some 700 modules in a few files, with what of other packages is plain JavaScript. A command
 * then starts in a quarter of the time that it takes from its sources, which is most of what a short one costs.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "rolldown";
import { build, type How } from "../../tools/if-changed.ts";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const MAIN = "main.js";

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
  // What is run first comes last: it names the others.
  for (const { name, content } of files.sort((one, other) => Number(one.name === MAIN) - Number(other.name === MAIN))) {
    writeFileSync(join(DIST, name), content);
  }
  removeLeft(new Set(files.map(({ name }) => name)));
  return true;
}

async function bundle(rolldown: typeof import("rolldown").rolldown): Promise<{ name: string; content: string }[]> {
  const input = { main: join(HERE, "src", "main.ts") };
  const bundling = await rolldown({ input, platform: "node", external: LEFT_OUTSIDE, plugins: [threads()] });
  // Flat, as the sources of the command line lie: what they name beside them is as far from dist as from src.
  const { output } = await bundling.generate({ format: "esm", chunkFileNames: "[name]-[hash].js" });
  return output.map((each) => ({
    name: each.fileName,
    content: each.type === "chunk" ? each.code : String(each.source),
  }));
}

const THREAD = /new URL\("\.\/([a-z-]+)\.ts", import\.meta\.url\)/g;

/** The file of a thread, which `new URL` names in the source of whoever starts it, is built beside the others under its own name. */
function threads(): Plugin {
  return {
    name: "threads",
    transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      return code.replace(THREAD, (_, name: string) => {
        this.emitFile({ type: "chunk", id: resolve(dirname(id), `${name}.ts`), fileName: `${name}.js` });
        return `new URL("./${name}.js", import.meta.url)`;
      });
    },
  };
}

/** A server that is running loads parts of it when they are first needed: those of the last build stay for a day. */
const LEFT_FOR_MS = 24 * 60 * 60 * 1_000;

function removeLeft(current: ReadonlySet<string>): void {
  for (const name of readdirSync(DIST)) {
    const path = join(DIST, name);
    if (!current.has(name) && existsSync(path) && statSync(path).mtimeMs < Date.now() - LEFT_FOR_MS) rmSync(path);
  }
}
