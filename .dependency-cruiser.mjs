/** One rule per arrow that the architecture forbids; docs/design-notes.md says which ones it allows. */
const onlyMayImport = (from, allowed, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: "error",
  from: { path: `^packages/${from}/src`, pathNot: "\\.test\\.ts$" },
  to: {
    path: "^(packages|python|tools|test|bench|examples)/",
    pathNot: [from, ...allowed].map((name) => `^packages/${name}/src`),
  },
});

export default {
  forbidden: [
    onlyMayImport("machine", [], "The machine stands alone: it runs in browsers and has no dependencies."),
    onlyMayImport(
      "formats",
      ["machine"],
      "Files are made of the machine's table of fields, so nothing is listed twice.",
    ),
    onlyMayImport(
      "program",
      ["machine", "formats"],
      "Programs know the machine on which they run and what describes them, not who starts them.",
    ),
    onlyMayImport(
      "system",
      ["machine", "formats"],
      "Systems come from descriptions and know machines, not how they are served.",
    ),
    onlyMayImport("kpu-sim", ["machine", "formats", "program", "system"], "What users import is what runs everywhere."),
    onlyMayImport(
      "bridge",
      ["machine", "formats", "program", "system"],
      "The bridge serves machines; nothing imports the bridge.",
    ),
    onlyMayImport("cli", ["kpu-sim"], "The command line uses what every user can import."),
    onlyMayImport("viewer", ["kpu-sim"], "The viewer uses what every user can import."),
    {
      name: "browser-safe",
      comment:
        "Only the bridge and the command line may use Node.js, and nothing that users import needs a package from elsewhere.",
      severity: "error",
      from: { path: "^packages/(machine|program|system|kpu-sim)/src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "formats-libraries",
      comment: "YAML and checks of data come from two well-kept libraries that run in browsers, and from no others.",
      severity: "error",
      from: { path: "^packages/formats/src", pathNot: "\\.test\\.ts$" },
      to: {
        dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
        pathNot: "^node_modules/(yaml|valibot)/",
      },
    },
    {
      name: "no-cycles",
      comment: "A cycle means that two rooms are one.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "resolvable", comment: "Imports exist.", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(/dist/|\\.as\\.ts$)" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "default"],
      extensions: [".ts", ".mjs", ".js"],
    },
    tsConfig: { fileName: "tsconfig.test.json" },
  },
};
