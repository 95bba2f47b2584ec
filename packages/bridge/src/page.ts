// Entry of the engine for Python interpreters that run in a page (Pyodide): one script whose value is this.
import { DirectEngine } from "./direct-engine.ts";

export function createEngine(runCallback: (frame: Uint8Array) => boolean): DirectEngine {
  return new DirectEngine(runCallback);
}
