/**
 * What is built is built anew where its sources are not those of the last build, which a stamp of their content says: `npm start`
 * and the tests ask so each time, and it costs a tenth of a second.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

const HOUSE = join(import.meta.dirname, "..");

export type How = "always" | "if-changed";

export interface Build {
  /** Where it is built to, and the stamp with it. */
  readonly dist: string;
  /** What may be in it besides the packages and the versions of everything from elsewhere: folders and files, from the house. */
  readonly from: readonly string[];
  /** @returns whether there was anything to make it with. */
  make(): Promise<boolean>;
}

/** @returns whether it is built now. */
export async function build(how: How, { dist, from, make }: Build): Promise<boolean> {
  const stamp = join(dist, ".sources");
  const sources = hashOf(from);
  if (how === "if-changed" && existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return true;
  rmSync(stamp, { force: true }); // what is there is not of these sources, and stays so where the build fails
  if (!(await make())) return false;
  writeFileSync(stamp, sources);
  return true;
}

function hashOf(from: readonly string[]): string {
  const packages = readdirSync(join(HOUSE, "packages")).map((name) => join("packages", name, "src"));
  const hash = createHash("sha256");
  for (const path of [...packages, ...from, "package-lock.json"]) {
    if (!existsSync(join(HOUSE, path))) continue;
    for (const name of sourcesAt(path)) {
      const content = readFileSync(join(HOUSE, name));
      hash.update(`${name}\n${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

function sourcesAt(path: string): readonly string[] {
  if (extname(path) !== "") return [path];
  const names = readdirSync(join(HOUSE, path), { recursive: true, encoding: "utf8" });
  return names
    .filter(isSource)
    .sort()
    .map((name) => join(path, name));
}

function isSource(name: string): boolean {
  return extname(name) !== "" && !/\.(?:test|fixture)\.tsx?$|\.md$/.test(name);
}
