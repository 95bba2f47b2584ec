import type { Terminal } from "../terminal/terminal.ts";
import { accountOf, energyTableOf } from "./energy-account.ts";
import { runFile } from "./file-run.ts";
import { runProduct } from "./product-run.ts";
import type { Outcome, RunOptions } from "./run-options.ts";

/**
 * Runs a workload file, or without one the tiled product of the options, and accounts for energy if that is asked for. Errors: UsageError,
 * CheckFailed, KpuError, Interrupted.
 */
export async function run(file: string | undefined, options: RunOptions, terminal: Terminal): Promise<Outcome> {
  const energyTable = options.energy === undefined ? undefined : energyTableOf(options.energy);
  const outcome = await (file === undefined ? runProduct(options, terminal) : runFile(file, options, terminal));
  const account = accountOf(outcome.machine, energyTable);
  if (account === undefined) return outcome;
  return {
    ...outcome,
    report: { ...outcome.report, energy: account.report },
    text: () => outcome.text() + account.text,
  };
}
