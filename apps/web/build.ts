/**
 * Builds the pages into dist and compresses what is served. With --if-changed only where the sources are not those of the last
 * build, which a stamp of their content says: `npm start` and the tests ask so each time, and it costs a tenth of a second.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const HERE = import.meta.dirname;
const HOUSE = join(HERE, "../..");
const DIST = join(HERE, "dist");
const STAMP = join(DIST, ".sources");

/** @returns whether there are pages now. */
export async function buildPages(how: "always" | "if-changed"): Promise<boolean> {
  const sources = hashOfSources();
  if (how === "if-changed" && existsSync(STAMP) && readFileSync(STAMP, "utf8") === sources) return true;
  const vite = await import("vite").catch(() => null);
  if (vite === null) {
    console.error("The pages are not built: what builds them is not installed. npm ci installs it.");
    return existsSync(STAMP);
  }
  rmSync(STAMP, { force: true }); // pages of other sources are not these, should the build fail
  await forVisitors(() => vite.build({ root: HERE, configFile: join(HERE, "vite.config.ts"), logLevel: "warn" }));
  await compress();
  writeFileSync(STAMP, sources);
  return true;
}

/** A test that asks for the pages has a NODE_ENV of its own, by which Vite would take React as its developers have it. */
async function forVisitors(build: () => Promise<unknown>): Promise<void> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    await build();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** Whatever may be in the pages: their own sources, those of the packages, and the versions of everything from elsewhere. */
function hashOfSources(): string {
  const packages = readdirSync(join(HOUSE, "packages")).map((name) => join("packages", name, "src"));
  const hash = createHash("sha256");
  for (const folder of [...packages, "apps/web/src", "apps/web/public"]) {
    if (!existsSync(join(HOUSE, folder))) continue;
    const paths = readdirSync(join(HOUSE, folder), { recursive: true, encoding: "utf8" });
    for (const path of paths.filter(isSource).sort()) hashFile(join(folder, path));
  }
  for (const path of ["index.html", "vite.config.ts", "build.ts", "package.json"]) hashFile(join("apps/web", path));
  hashFile("package-lock.json");
  return hash.digest("hex");

  function hashFile(path: string): void {
    const content = readFileSync(join(HOUSE, path));
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
}

function isSource(path: string): boolean {
  return extname(path) !== "" && !/\.(?:test|fixture)\.tsx?$|\.md$/.test(path);
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

if (import.meta.main) {
  const made = await buildPages(process.argv.includes("--if-changed") ? "if-changed" : "always");
  if (!made) console.error("Everything else works without them.");
}
