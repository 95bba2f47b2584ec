// The project's own Python environment in .venv: made when it is missing, made anew when what it is made from changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const requirements = "python/requirements-dev.txt";
const isWindows = process.platform === "win32";

/**
 * The interpreter of the environment.
 * @param {string} root the project's folder
 */
export function pythonFile(root) {
  return join(root, isWindows ? ".venv/Scripts/python.exe" : ".venv/bin/python");
}

/**
 * Makes or renews the environment; the project itself is in it as an editable installation.
 * @param {string} root the project's folder
 */
export function preparePython(root) {
  const digest = digestOf(root, [requirements, "pyproject.toml", "hatch_build.py", "package.json"]);
  const mark = join(root, ".venv/kpu-made-from.sha256");
  // The mark is read by the interpreter itself: one that no longer runs (its Python was removed) is made anew, too.
  const read = spawnSync(pythonFile(root), ["-c", "import sys; print(open(sys.argv[1]).read())", mark], {
    encoding: "utf8",
  });
  if (read.stdout?.trim() === digest) {
    console.log(".venv is up to date");
    return;
  }
  rmSync(join(root, ".venv"), { recursive: true, force: true });
  run(root, isWindows ? "python" : "python3", "-m", "venv", ".venv");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  run(root, pythonFile(root), ...pip, "-r", requirements);
  run(root, pythonFile(root), ...pip, "--no-build-isolation", "-e", ".");
  writeFileSync(mark, digest);
}

/**
 * @param {string} root
 * @param {string[]} names
 */
function digestOf(root, names) {
  const hash = createHash("sha256");
  for (const name of names) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

/**
 * @param {string} cwd
 * @param {string} file
 * @param {string[]} args
 */
function run(cwd, file, ...args) {
  console.log(`$ ${[file, ...args].join(" ")}`);
  const { status, error } = spawnSync(file, args, { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ended with code ${status}`);
}
