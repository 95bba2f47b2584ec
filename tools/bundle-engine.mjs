// Bundles the engine process into one file beside the Python modules: node tools/bundle-engine.mjs [--esbuild FOLDER]
// FOLDER is a node_modules folder that holds esbuild and the libraries; the project's own is the default.
import { mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "python/stillwater_kpu/_engine/engine.mjs");
const { values } = parseArgs({ options: { esbuild: { type: "string", default: join(root, "node_modules") } } });
const { build } = createRequire(pathToFileURL(join(values.esbuild, "from-here.js")))("esbuild");

// Of the libraries, YAML has a second form that is made of modules; the one for Node.js cannot be bundled into a module.
const yaml = ["yaml", join(values.esbuild, "yaml/browser/index.js")];

// The workspace packages by name, so that no installed links are needed.
const packages = ["machine", "formats", "program", "system"].map((folder) => {
  const { name } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
  return [name, join(root, "packages", folder, "src/index.ts")];
});

mkdirSync(join(target, ".."), { recursive: true });
const partial = `${target}.${process.pid}.partial`;
await build({
  absWorkingDir: root,
  entryPoints: ["packages/bridge/src/main.ts"],
  alias: Object.fromEntries([...packages, yaml]),
  nodePaths: [values.esbuild],
  outfile: partial,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
});
// In one step: whoever reads the bundle meanwhile sees the old one or the new one.
renameSync(partial, target);
console.log(`bundled the engine: ${target} (${(statSync(target).size / 1024).toFixed(1)} KB)`);
