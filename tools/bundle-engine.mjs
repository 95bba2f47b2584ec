// Bundles the engine, the command line and the viewer's page into single files beside the Python modules:
//   node tools/bundle-engine.mjs [--esbuild FOLDER]
// FOLDER is a node_modules folder that holds esbuild, Vite and the libraries; the project's own is the default.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "python/stillwater_kpu/_engine");
const { values } = parseArgs({ options: { esbuild: { type: "string", default: join(root, "node_modules") } } });
const fromFolder = createRequire(pathToFileURL(join(values.esbuild, "from-here.js")));
const { build } = fromFolder("esbuild");

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

/** The viewer as one HTML file, as packages/viewer/vite.config.ts builds it, with libraries out of the folder. */
async function bundlePage() {
  /** @param {string} place */
  const module = (place) => import(pathToFileURL(join(values.esbuild, place)).href);
  const vite = await module("vite/dist/node/index.js");
  const { default: solid } = await module("vite-plugin-solid/dist/esm/index.mjs");
  const { viteSingleFile } = await module("vite-plugin-singlefile/dist/esm/index.js");
  const outDir = join(folder, `viewer.${process.pid}.partial`);
  const libraries = [
    ["solid-js/web", join(values.esbuild, "solid-js/web/dist/web.js")],
    ["solid-js", join(values.esbuild, "solid-js/dist/solid.js")],
    ["valibot", join(values.esbuild, "valibot/dist/index.mjs")],
  ];
  try {
    await vite.build({
      root: join(root, "packages/viewer"),
      configFile: false,
      logLevel: "warn",
      plugins: [solid(), viteSingleFile()],
      resolve: {
        conditions: ["source", "browser", "module", "import", "default"],
        alias: [...packages, yaml, ...libraries].map(([name, replacement]) => ({
          find: new RegExp(`^${name}$`),
          replacement,
        })),
      },
      worker: { format: "iife" },
      build: { target: "es2022", reportCompressedSize: false, outDir, emptyOutDir: true },
    });
    const target = join(folder, "viewer.html");
    renameSync(join(outDir, "index.html"), target);
    console.log(`bundled ${target} (${(statSync(target).size / 1024).toFixed(1)} KB)`);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
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
await bundlePage();
