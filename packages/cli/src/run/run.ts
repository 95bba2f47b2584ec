import type { Terminal } from "../terminal/terminal.ts";
import { runFile } from "./file-run.ts";
import { runProduct } from "./product-run.ts";
import type { Outcome, RunOptions } from "./run-options.ts";

/** Runs a workload file, or without one the tiled product of the options. Errors: UsageError, CheckFailed, KpuError, Interrupted. */
export function run(file: string | undefined, options: RunOptions, terminal: Terminal): Promise<Outcome> {
  return file === undefined ? runProduct(options, terminal) : runFile(file, options, terminal);
}
