// Bundles the engine and the command line into single files beside the Python modules: node tools/bundle-engine.mjs [--esbuild FOLDER]
// FOLDER is a node_modules folder that holds esbuild and the libraries; the project's own is the default.
import { mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "python/stillwater_kpu/_engine");
const { values } = parseArgs({ options: { esbuild: { type: "string", default: join(root, "node_modules") } } });
const { build } = createRequire(pathToFileURL(join(values.esbuild, "from-here.js")))("esbuild");

// Of the libraries, YAML has a second form that is made of modules; the one for Node.js cannot be bundled into a module.
const yaml = ["yaml", join(values.esbuild, "yaml/browser/index.js")];

// The workspace packages by name, so that no installed links are needed.
const packages = ["machine", "formats", "program", "system", "kpu-sim"].map((folder) => {
  const { name } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
  return [name, join(root, "packages", folder, "src/index.ts")];
});

/**
 * Bundles one entry into a file of the Python package.
 * @param {string} entry
 * @param {string} file
 * @param {import("esbuild").BuildOptions} options
 */
async function bundle(entry, file, options) {
  const target = join(folder, file);
  const partial = `${target}.${process.pid}.partial`;
  await build({
    absWorkingDir: root,
    entryPoints: [`packages/${entry}`],
    alias: Object.fromEntries([...packages, yaml]),
    nodePaths: [values.esbuild],
    outfile: partial,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  // In one step: whoever reads the bundle meanwhile sees the old one or the new one.
  renameSync(partial, target);
  console.log(`bundled ${target} (${(statSync(target).size / 1024).toFixed(1)} KB)`);
}

mkdirSync(folder, { recursive: true });
// For the engine process; and as a script for Python interpreters in a page, where it sets the variable `kpuEngine`.
await bundle("bridge/src/main.ts", "engine.mjs", { format: "esm", platform: "node", target: "node20" });
await bundle("bridge/src/page.ts", "engine.js", {
  format: "iife",
  globalName: "kpuEngine",
  platform: "browser",
  target: "es2022",
});
// The command `kpu`. Not a module, because its library is none.
await bundle("cli/src/main.ts", "kpu.cjs", { format: "cjs", platform: "node", target: "node20" });
