// Builds the playground, Python in a page, as a folder that any web server can serve: node tools/build-playground.mjs [FOLDER]
// It needs what `npm ci` installs and the bundled engine (node tools/bundle-engine.mjs), and no network.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/viewer/playground");
const target = process.argv[2] ?? join(root, "packages/viewer/dist/playground");

/** What of Pyodide a page loads. */
const pyodide = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/**
 * The texts of the Python modules, by path.
 * @returns {Record<string, string>}
 */
function modules() {
  /** @type {Record<string, string>} */
  const texts = {};
  for (const name of ["stillwater_kpu", "stillwater_toplevel"]) {
    const folder = join(root, "python", name);
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const isWanted = path.endsWith(".py") || path.endsWith("engine.js") || path.endsWith("viewer.html");
      if (isWanted) texts[join(name, path)] = readFileSync(join(folder, path), "utf8");
    }
  }
  return texts;
}

/** Scripts to begin with: the seed's first. */
function examples() {
  const folder = join(root, "examples/python");
  const others = readdirSync(folder).filter((name) => name.endsWith(".py"));
  return [join(root, "test_dma.py"), ...others.sort().map((name) => join(folder, name))].map((path) => ({
    name: basename(path),
    script: readFileSync(path, "utf8"),
  }));
}

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "pyodide"), { recursive: true });
await build({
  absWorkingDir: source,
  entryPoints: ["page.ts", "python-worker.ts"],
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
for (const name of ["index.html", "page.css"]) copyFileSync(join(source, name), join(target, name));
for (const name of pyodide) copyFileSync(join(root, "node_modules/pyodide", name), join(target, "pyodide", name));
writeFileSync(join(target, "modules.json"), JSON.stringify(modules()));
writeFileSync(join(target, "examples.json"), JSON.stringify(examples()));
console.log(`built ${target}`);
