/**
 * The import law (docs/architecture.md): apps → sdk → host → protocols → crypto → base, and lab → protocols. What each
 * may import is listed; everything else in the workspace is forbidden. tools/house.test.ts plants a violation of every
 * rule below, because a law that catches nothing looks exactly like a law that is kept.
 */
const MAY_IMPORT = {
  base: [],
  crypto: ["base"],
  protocols: ["crypto", "base"],
  lab: ["protocols", "crypto", "base"],
  host: ["protocols", "crypto", "base"],
  sdk: ["host", "protocols", "crypto", "base"],
  browser: ["sdk", "host", "protocols", "crypto", "base"],
};
const PURE = "^packages/(base|crypto|protocols|lab)/";
const IN_BROWSER = "^(packages/browser|apps/web)/src/";
const TOPICS = "^packages/protocols/src/";
const TEST = "[.]test[.]tsx?$";
/** What tests of several topics share. */
const FIXTURE = "[.]fixture[.]ts$";
/** What of them the lab plays with too. */
const PLAYERS = "^packages/protocols/src/players[.]ts$";

const importLaw = Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
  name: `import-law-${name}`,
  severity: "error",
  from: { path: `^packages/${name}/` },
  to: { path: "^(packages|apps)/", pathNot: [name, ...allowed].map((each) => `^packages/${each}/`) },
}));

export default {
  forbidden: [
    ...importLaw,
    {
      name: "by-name-only",
      comment: "Another package is imported by its name, never by a path into it.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "^(packages|apps)/[^/]+/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "topic-index-only",
      comment: "A topic shows what its index.ts shows.",
      severity: "error",
      from: { path: `${TOPICS}([^/]+)/` },
      to: { path: `${TOPICS}[^/]+/`, pathNot: [`${TOPICS}$1/`, "/index[.]ts$", FIXTURE] },
    },
    {
      name: "topic-index-only-above",
      comment: "The files above the topics see them through index.ts too.",
      severity: "error",
      from: { path: `${TOPICS}[^/]+[.]ts$` },
      to: { path: `${TOPICS}[^/]+/`, pathNot: ["/index[.]ts$", FIXTURE] },
    },
    {
      name: "no-circle-of-topics",
      comment: "Files may be free of circles while the folders are not; this looks at folders.",
      severity: "error",
      scope: "folder",
      from: { path: TOPICS },
      to: { circular: true },
    },
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "pure-no-node",
      comment: "What runs in the browser and in the explorer reaches no machine.",
      severity: "error",
      from: { path: PURE, pathNot: TEST },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "browser-no-node",
      comment: "What runs in a browser reaches no machine.",
      severity: "error",
      from: { path: IN_BROWSER, pathNot: TEST },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "browser-portable-only",
      comment: "Of host and sdk a browser has the half that needs no Node, and the forms of what an operator is told.",
      severity: "error",
      from: { path: IN_BROWSER, pathNot: TEST },
      to: { path: "^packages/(host|sdk)/src/", pathNot: "/src/(portable|operator/shapes)[.]ts$" },
    },
    {
      name: "page-alone",
      comment: "A page is fetched by itself; what two share stands beside the pages.",
      severity: "error",
      from: { path: "^apps/web/src/pages/([^/]+)/" },
      to: { path: "^apps/web/src/pages/", pathNot: "^apps/web/src/pages/$1/" },
    },
    {
      name: "no-test-imported",
      comment: "A test is nobody's library.",
      severity: "error",
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: "no-fixture-imported",
      comment:
        "A fixture is the tests' own, and the lab's by players.ts; it may reach into a topic where nothing else may.",
      severity: "error",
      from: { pathNot: [TEST, FIXTURE, "^(tests|bench|tools)/", PLAYERS] },
      to: { path: FIXTURE },
    },
    {
      name: "resolvable",
      comment: "An import that resolves to nothing escapes every rule above, a private path of a package included.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(node_modules|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".tsx", ".js"],
    },
  },
};
