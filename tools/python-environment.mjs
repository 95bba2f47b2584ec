// The project's own Python environment in .venv: made when it is missing, brought up to date when a requirement changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const requirements = "python/requirements-dev.txt";

/** The interpreter of the environment. */
export function pythonFile(root) {
  return process.platform === "win32" ? join(root, ".venv/Scripts/python.exe") : join(root, ".venv/bin/python");
}

/** Makes or updates the environment; the project itself is in it as an editable installation. */
export function preparePython(root) {
  const inputs = [requirements, "pyproject.toml", "hatch_build.py", "package.json"];
  const hash = createHash("sha256");
  for (const name of inputs) hash.update(readFileSync(join(root, name)));
  const digest = hash.digest("hex");
  const mark = join(root, ".venv/kpu-requirements.sha256");
  if (existsSync(mark) && readFileSync(mark, "utf8") === digest) {
    console.log(".venv is up to date");
    return;
  }
  rmSync(join(root, ".venv"), { recursive: true, force: true });
  run(root, process.platform === "win32" ? "python" : "python3", "-m", "venv", ".venv");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  run(root, pythonFile(root), ...pip, "-r", requirements);
  run(root, pythonFile(root), ...pip, "--no-build-isolation", "-e", ".");
  writeFileSync(mark, digest);
}

function run(cwd, file, ...args) {
  console.log(`$ ${[file, ...args].join(" ")}`);
  const { status, error } = spawnSync(file, args, { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ended with code ${status}`);
}
