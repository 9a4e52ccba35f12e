/** Builds the pages into dist and compresses what is served. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, type How } from "../../tools/if-changed.ts";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const FROM = ["src", "public", "index.html", "vite.config.ts", "build.ts", "package.json"];

/** @returns whether there are pages now. */
export function buildPages(how: How): Promise<boolean> {
  return build(how, { dist: DIST, from: FROM.map((name) => join("apps/web", name)), make });
}

async function make(): Promise<boolean> {
  const vite = await import("vite").catch(() => null);
  if (vite === null) {
    console.error("The pages are not built: what builds them is not installed. npm ci installs it. All else works.");
    return false;
  }
  await inProduction(() => vite.build({ root: HERE, configFile: join(HERE, "vite.config.ts"), logLevel: "warn" }));
  await compress();
  return true;
}

/** Whatever is set around it, as a test run sets "test": nobody is to be served the development halves of libraries. */
async function inProduction(build: () => Promise<unknown>): Promise<void> {
  const { NODE_ENV: around } = process.env;
  process.env.NODE_ENV = "production";
  try {
    await build();
  } finally {
    if (around === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = around;
  }
}

const COMPRESSED = new Set([".js", ".css", ".json", ".svg", ".wasm", ".txt"]);

/** Once at a build, so that it may take the time for the smallest form. */
async function compress(): Promise<void> {
  const entries = readdirSync(DIST, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && COMPRESSED.has(extname(entry.name)));
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const content = readFileSync(path);
      const [br, gz] = await Promise.all([toBrotli(content), toGzip(content, { level: 9 })]);
      writeFileSync(`${path}.br`, br);
      writeFileSync(`${path}.gz`, gz);
    }),
  );
}

const toGzip = promisify<Buffer, object, Buffer>(gzip);
const brotli = promisify<Buffer, object, Buffer>(brotliCompress);

function toBrotli(content: Buffer): Promise<Buffer> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_MAX_QUALITY } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY, [BROTLI_PARAM_SIZE_HINT]: content.length };
  return brotli(content, { params });
}
