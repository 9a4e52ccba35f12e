/**
 * The canary of the house: a violation of every rule is planted in a small workspace of its own, under this workspace's
 * real configuration, and must be caught. A checker that silently checks nothing also exits 0 (dependency-cruiser does,
 * with a TypeScript it does not know), so the number of modules seen is part of the test.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const HOUSE = join(dirname(fileURLToPath(import.meta.url)), "..");
const CONFIGURATION = [
  ".dependency-cruiser.mjs",
  ".gitignore",
  "biome.json",
  "tools/pure.grit",
  "tsconfig.base.json",
  "tsconfig.json",
  "tsconfig.pure.json",
];
const PACKAGES = ["base", "crypto", "protocols", "lab", "host", "sdk", "browser"];

/** What else of a package has a name, as far as it is imported here. */
const BESIDES: Readonly<Record<string, Files>> = {
  protocols: { "./money": "./src/money/index.ts" },
  sdk: { "./portable": "./src/portable.ts" },
};

type Files = Record<string, string>;

/** A small workspace that keeps every rule. */
const LAWFUL: Files = {
  "packages/base/src/index.ts": "export const base = 1;\n",
  "packages/crypto/src/index.ts": 'export { base } from "@counterfoil/base";\n',
  "packages/protocols/src/index.ts": 'export * from "./shape.ts";\n',
  "packages/protocols/src/shape.ts": 'export { base as shape } from "@counterfoil/crypto";\n',
  "packages/protocols/src/money/index.ts": 'export { coin } from "./coin.ts";\n',
  "packages/protocols/src/money/coin.ts": 'import { shape } from "../shape.ts";\n\nexport const coin = shape;\n',
  "packages/protocols/src/log/index.ts": 'export { coin as leaf } from "../money/index.ts";\n',
  "packages/protocols/src/log/log.fixture.ts": "export {};\n",
  "packages/protocols/src/log/log.test.ts":
    'import { strict } from "node:assert";\n\nstrict(Date.now() + Math.random() > 0);\n',
  "packages/lab/src/index.ts": 'export { coin } from "@counterfoil/protocols/money";\n',
  "packages/host/src/index.ts": 'import { sep } from "node:path";\n\nexport const at = [sep, Date.now()];\n',
  "packages/sdk/src/index.ts": 'export { at } from "@counterfoil/host";\n',
  "packages/browser/src/index.ts": 'export { portable as store } from "@counterfoil/sdk/portable";\n',
  "packages/sdk/src/portable.ts": "export const portable = 1;\n",
  "apps/web/src/main.tsx": 'export { portable } from "@counterfoil/sdk/portable";\n',
  "apps/web/src/pages/bank/index.tsx": "export default function Bank() {\n  return <h1>Bank</h1>;\n}\n",
  "apps/web/src/pages/log/index.tsx": "export default function Log() {\n  return <h1>Log</h1>;\n}\n",
  "apps/cli/src/main.ts": 'export { at } from "@counterfoil/sdk";\n',
};

const made: string[] = [];
afterAll(() => {
  for (const place of made) rmSync(place, { recursive: true, force: true });
});

describe("dependency-cruiser", () => {
  interface Plant {
    readonly rule: string;
    readonly file: string;
    readonly text: string;
    /** Where the violation is reported, when it is not in the planted file. */
    readonly from?: string;
  }
  const plants: readonly Plant[] = [
    { rule: "import-law-base", file: "packages/base/src/up.ts", text: 'import "@counterfoil/crypto";' },
    { rule: "import-law-crypto", file: "packages/crypto/src/up.ts", text: 'import "@counterfoil/protocols";' },
    { rule: "import-law-protocols", file: "packages/protocols/src/up.ts", text: 'import "@counterfoil/host";' },
    { rule: "import-law-lab", file: "packages/lab/src/up.ts", text: 'import "@counterfoil/host";' },
    { rule: "import-law-host", file: "packages/host/src/up.ts", text: 'import type { at } from "@counterfoil/sdk";' },
    { rule: "import-law-sdk", file: "packages/sdk/src/up.ts", text: 'import "@counterfoil/lab";' },
    { rule: "import-law-browser", file: "packages/browser/src/up.ts", text: 'import "@counterfoil/lab";' },
    { rule: "by-name-only", file: "apps/cli/src/path.ts", text: 'import "../../../packages/sdk/src/index.ts";' },
    { rule: "topic-index-only", file: "packages/protocols/src/log/inside.ts", text: 'import "../money/coin.ts";' },
    { rule: "topic-index-only-above", file: "packages/protocols/src/above.ts", text: 'import "./money/coin.ts";' },
    {
      rule: "no-circle-of-topics",
      file: "packages/protocols/src/money/circle.ts",
      text: 'import "../log/index.ts";',
      from: "packages/protocols/src/money",
    },
    { rule: "no-circle", file: "packages/host/src/self.ts", text: 'import "./self2.ts";' },
    { rule: "pure-no-node", file: "packages/crypto/src/machine.ts", text: 'import "node:fs";' },
    { rule: "browser-no-node", file: "packages/browser/src/machine.ts", text: 'import "node:fs";' },
    { rule: "browser-no-node", file: "apps/web/src/Machine.tsx", text: 'import "node:fs";' },
    { rule: "browser-portable-only", file: "apps/web/src/whole.ts", text: 'import "@counterfoil/sdk";' },
    { rule: "page-alone", file: "apps/web/src/pages/bank/other.tsx", text: 'import "../log/index.tsx";' },
    { rule: "no-test-imported", file: "packages/protocols/src/log/tested.ts", text: 'import "./log.test.ts";' },
    { rule: "no-fixture-imported", file: "packages/protocols/src/log/fixed.ts", text: 'import "./log.fixture.ts";' },
    { rule: "resolvable", file: "apps/cli/src/private.ts", text: 'import "@counterfoil/protocols/src/money/coin.ts";' },
  ];

  let lawful: Cruise;
  let unlawful: Cruise;
  beforeAll(() => {
    lawful = cruise(workspace(LAWFUL));
    const planted = Object.fromEntries(plants.map(({ file, text }) => [file, `${text}\n`]));
    unlawful = cruise(workspace({ ...LAWFUL, ...planted, "packages/host/src/self2.ts": 'import "./self.ts";\n' }));
  });

  test("a lawful workspace passes, and was looked at", () => {
    expect(lawful.violations).toEqual([]);
    expect(lawful.modules).toBeGreaterThanOrEqual(Object.keys(LAWFUL).length);
  });

  test.each(plants)("catches $rule", ({ rule, file, from = file }) => {
    expect(unlawful.violations).toContainEqual({ rule, from });
  });

  test("every rule has its plant", async () => {
    const { default: law } = (await import(join(HOUSE, ".dependency-cruiser.mjs"))) as Law;
    expect([...new Set(plants.map(({ rule }) => rule))].sort()).toEqual(law.forbidden.map(({ name }) => name).sort());
  });

  test("this workspace is looked at too", () => {
    expect(cruise(HOUSE).modules).toBeGreaterThan(20);
  });
});

describe("biome", () => {
  const plants = [
    { what: "the clock", text: "export const now = Date.now();", caught: "noRestrictedGlobals" },
    { what: "globalThis", text: "export const everything = globalThis;", caught: "noRestrictedGlobals" },
    { what: "the locale", text: "export const locale = new Intl.Locale('en');", caught: "noRestrictedGlobals" },
    { what: "Math.random", text: "export const chance = Math.random();", caught: "plugin" },
    { what: 'Math["random"]', text: 'export const chance = Math["random"]();', caught: "plugin" },
    {
      what: "random out of Math",
      text: "const { random } = Math;\nexport const chance = random();",
      caught: "plugin",
    },
    {
      what: "random under another name",
      text: "const { random: draw } = Math;\nexport const chance = draw();",
      caught: "plugin",
    },
  ];
  const pure = ["base", "crypto", "protocols"];
  const picture = 'export function Plant() {\n  return <img src="/plant.png" />;\n}\n';
  let reports: Report[];
  beforeAll(() => {
    const planted = plants.flatMap(({ text }, i) =>
      pure.map((name) => [`packages/${name}/src/plant${i}.ts`, `${text}\n`]),
    );
    reports = lint(workspace({ ...LAWFUL, ...Object.fromEntries(planted), "apps/web/src/plant.tsx": picture }));
  });

  test("catches a picture that says nothing to whoever does not see it", () => {
    const here = reports.filter(({ path }) => path === "apps/web/src/plant.tsx");
    expect(here.map(({ category }) => category)).toContain("lint/a11y/useAltText");
  });

  test.each(plants.map((plant, i) => ({ ...plant, i })))("catches $what in each pure package", ({ caught, i }) => {
    for (const name of pure) {
      const here = reports.filter(({ path }) => path === `packages/${name}/src/plant${i}.ts`);
      expect(here.map(({ category }) => category)).toContainEqual(expect.stringContaining(caught));
    }
  });

  test("says nothing of tests and of packages that may", () => {
    expect(reports.filter(({ path }) => !path.includes("plant"))).toEqual([]);
  });
});

describe("the pure tsconfig", () => {
  const plants = {
    process: "export const home = process.env;",
    Buffer: 'export const bytes = Buffer.from("");',
    fetch: 'export const page = fetch("");',
    setTimeout: "setTimeout(() => {}, 1);",
    console: 'console.log("");',
    TextEncoder: "export const utf8 = new TextEncoder();",
    window: "export const page = window;",
    "node:fs": 'export { readFileSync } from "node:fs";',
  };
  let errors: string;
  beforeAll(() => {
    const planted = Object.values(plants).map((text, i) => [`packages/base/src/plant${i}.ts`, `${text}\n`]);
    errors = run(
      workspace({ ...LAWFUL, ...Object.fromEntries(planted) }),
      TYPESCRIPT,
      "-p",
      "tsconfig.pure.json",
    ).stdout;
  });

  test("passes a lawful workspace", () => {
    expect(run(workspace(LAWFUL), TYPESCRIPT, "-p", "tsconfig.pure.json")).toMatchObject({ status: 0, stdout: "" });
  });

  test.each(Object.keys(plants).map((name, i) => ({ name, i })))("stops $name", ({ name, i }) => {
    expect(errors).toMatch(new RegExp(`plant${i}[.]ts.*error TS\\d+: .*'${name}'`));
  });

  test("reads no types of Node or of the browser in this workspace, not even through a dependency", () => {
    const { stdout } = run(HOUSE, TYPESCRIPT, "-p", "tsconfig.pure.json", "--listFilesOnly");
    expect(stdout).toContain("packages/base/src/index.ts");
    expect(stdout).not.toMatch(/@types\/node|lib\.dom/);
  });
});

const BINARIES = join(HOUSE, "node_modules");
const CRUISER = join(BINARIES, "dependency-cruiser/bin/dependency-cruiser.mjs");
const BIOME = join(BINARIES, "@biomejs/biome/bin/biome");
const TYPESCRIPT = join(BINARIES, "typescript/bin/tsc");

interface Law {
  readonly default: { readonly forbidden: readonly { readonly name: string }[] };
}

interface Cruise {
  readonly modules: number;
  readonly violations: readonly { readonly rule: string; readonly from: string }[];
}

interface Report {
  readonly path: string;
  readonly category: string;
}

/** A workspace somewhere else, with this one's configuration, so that nothing planted stands where people work. */
function workspace(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), "house-"));
  made.push(root);
  for (const file of CONFIGURATION) cpSync(join(HOUSE, file), join(root, file));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  writeFileSync(join(root, "package.json"), '{ "private": true, "type": "module" }\n');
  mkdirSync(join(root, "node_modules/@counterfoil"), { recursive: true });
  for (const name of PACKAGES) {
    const exports = { ".": "./src/index.ts", ...BESIDES[name] };
    const manifest = { name: `@counterfoil/${name}`, type: "module", exports };
    writeFileSync(join(root, `packages/${name}/package.json`), `${JSON.stringify(manifest)}\n`);
    symlinkSync(join(root, "packages", name), join(root, "node_modules/@counterfoil", name));
  }
  return root;
}

function cruise(root: string): Cruise {
  const { stdout } = run(
    root,
    CRUISER,
    "--config",
    ".dependency-cruiser.mjs",
    "--output-type",
    "json",
    "packages",
    "apps",
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { from: string; rule: { name: string; severity: string } }[] };
  };
  return {
    modules: summary.totalCruised,
    violations: summary.violations
      .filter(({ rule }) => rule.severity === "error") // nothing less fails the check
      .map(({ from, rule }) => ({ rule: rule.name, from })),
  };
}

function lint(root: string): Report[] {
  const { stdout } = run(root, BIOME, "lint", "--reporter=json", "--max-diagnostics=none", "packages", "apps");
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; severity: string; location: { path: unknown } }[];
  };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return errors.map(({ category, location }) => ({ category, path: pathOf(location.path) }));
}

function pathOf(path: unknown): string {
  return typeof path === "string" ? path : (path as { file: string }).file;
}

function run(cwd: string, script: string, ...words: string[]): { status: number | null; stdout: string } {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script, ...words], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  if (error !== undefined) throw error;
  if (stdout === "" && stderr !== "") throw new Error(stderr);
  return { status, stdout };
}
