import type { FromPython, Modules, ToPython } from "./messages.ts";

/** What is used of Pyodide, which lies beside the built page and is loaded, not bundled. */
type Python = {
  readonly FS: { mkdirTree(path: string): void; writeFile(path: string, text: string): void };
  readonly globals: { set(name: string, value: string): void };
  setStdout(options: { readonly batched: (text: string) => void }): void;
  setStderr(options: { readonly batched: (text: string) => void }): void;
  /** A proxy of what Python's last expression gives. */
  runPython(source: string): { toString(): string; toJs(): readonly unknown[] };
};
type Pyodide = { readonly loadPyodide: () => Promise<Python> };

const modulesFolder = "/modules";
/** Runs a script in a namespace of its own; what its last line gives is shown as notebooks show it. */
const runner = `
import traceback
from pyodide.code import eval_code

def run_script(source):
    try:
        value = eval_code(source, {"__name__": "__main__"}, filename="script.py")
    except SystemExit as end:
        return not end.code, None
    except BaseException:
        traceback.print_exc()
        return False, None
    show = getattr(value, "_repr_html_", None)
    if show is not None:
        return True, show()
    if value is not None:
        print(repr(value))
    return True, None
`;

let current = 0;

function post(message: FromPython): void {
  self.postMessage(message);
}

async function start(): Promise<Python> {
  const pyodide: Pyodide = await import(new URL("pyodide/pyodide.mjs", location.href).href);
  const [python, modules] = await Promise.all([pyodide.loadPyodide(), fetchModules()]);
  for (const [path, text] of Object.entries(modules)) {
    const place = `${modulesFolder}/${path}`;
    python.FS.mkdirTree(place.slice(0, place.lastIndexOf("/")));
    python.FS.writeFile(place, text);
  }
  const print = (isError: boolean) => (text: string) =>
    post({ kind: "printed", run: current, text: `${text}\n`, isError });
  python.setStdout({ batched: print(false) });
  python.setStderr({ batched: print(true) });
  python.runPython(`import sys; sys.dont_write_bytecode = True; sys.path.insert(0, "${modulesFolder}")`);
  python.runPython(runner);
  return python;
}

async function fetchModules(): Promise<Modules> {
  const answer = await fetch("modules.json");
  if (!answer.ok) throw new Error(`modules.json: ${answer.status}`);
  return answer.json();
}

const started = start();
started.then(
  (python) => post({ kind: "ready", version: String(python.runPython("import platform; platform.python_version()")) }),
  (error: unknown) => post({ kind: "broken", message: error instanceof Error ? error.message : String(error) }),
);

self.addEventListener("message", async ({ data }: MessageEvent<ToPython>) => {
  const python = await started;
  current = data.run;
  python.globals.set("script_source", data.script);
  const [isGood, html] = python.runPython("run_script(script_source)").toJs();
  if (typeof html === "string") post({ kind: "picture", run: current, html });
  post({ kind: "done", run: current, isGood: isGood === true });
});
