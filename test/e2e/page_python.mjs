// Runs Python as a browser page does, in Pyodide, with the modules of this tree and nothing else:
//   node test/e2e/page_python.mjs script FILE
//   node test/e2e/page_python.mjs pytest SITE-PACKAGES ARGUMENTS...    (the folder has pytest; paths are relative to here)
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const root = fileURLToPath(new URL("../..", import.meta.url));
const python = await loadPyodide();

/** Makes a folder of this machine one of the page's. @type {(folder: string, place: string) => void} */
function mount(folder, place) {
  python.FS.mkdirTree(place);
  python.mountNodeFS(place, folder);
}

mount(root, "/project");
python.runPython("import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '/project/python')");
const [what, first = "", ...rest] = process.argv.slice(2);
if (what === "script") {
  python.globals.set("source", readFileSync(first, "utf8"));
  process.exitCode = python.runPython(`
def run():
    try:
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        return end.code or 0
    return 0
run()`);
} else {
  mount(first, "/site-packages");
  python.globals.set("arguments", python.toPy(["--rootdir=/project", "-c", "/dev/null", ...rest]));
  // That folder's numpy is made for another kind of machine.
  process.exitCode = python.runPython(`
import os
os.chdir("/project")
sys.path.append("/site-packages")
sys.modules["numpy"] = None
import pytest
int(pytest.main(arguments))`);
}
