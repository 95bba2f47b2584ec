import { Command, CommanderError } from "commander";
import { KpuError, version } from "kpu-sim";
import { addCompareCommand } from "./commands/compare-command.ts";
import { addConfigCommand } from "./commands/config-command.ts";
import { addExplainCommand } from "./commands/explain-command.ts";
import { addFaultsCommand } from "./commands/faults-command.ts";
import { addInfoCommand } from "./commands/info-command.ts";
import { addRunCommand } from "./commands/run-command.ts";
import { addScaleSimCommand } from "./commands/scalesim-command.ts";
import { addStatsCommand } from "./commands/stats-command.ts";
import { addTraceCommand } from "./commands/trace-command.ts";
import { addViewCommand } from "./commands/view-command.ts";
import { Interrupted } from "./run/simulate.ts";
import { CheckFailed, exitCodes, type Terminal, UsageError } from "./terminal/terminal.ts";

/** The command line: every subcommand with its help. */
function createProgram(terminal: Terminal): Command {
  const program = new Command("kpu")
    .description("Simulate the Stillwater KPU: values, order, cycles and traffic from one engine.")
    .version(version, "-V, --version")
    .showHelpAfterError("(kpu --help shows what there is)")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .addHelpText(
      "after",
      `
First steps:
  kpu run -m 256x256x256                      a matrix product on the default machine
  kpu run -m 1024 --preset edge_ai --trace run.pftrace
  kpu run workload.yaml                       transfers, products and semaphores out of a file
  kpu config list                             ready-made machines
  kpu explain --all                           what every figure, field and error means

Exit codes: 0 done, 1 the run or a check failed, 2 wrong usage or input, 130 interrupted.`,
    );
  const add = [
    addRunCommand,
    addStatsCommand,
    addViewCommand,
    addFaultsCommand,
    addCompareCommand,
    addConfigCommand,
    addTraceCommand,
    addScaleSimCommand,
    addExplainCommand,
    addInfoCommand,
  ];
  for (const each of add) each(program, terminal);
  inherit(program);
  return program;
}

/** Subcommands end and speak as the program does. */
function inherit(command: Command): void {
  for (const each of command.commands) {
    each.copyInheritedSettings(command);
    inherit(each);
  }
}

/** Runs a command line; the exit code. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(words, { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof Interrupted) return say(terminal, error.message, exitCodes.interrupted);
    if (error instanceof UsageError) return say(terminal, error.message, exitCodes.usage);
    if (error instanceof CheckFailed) return say(terminal, error.message, exitCodes.failed);
    if (error instanceof KpuError) {
      const isRun = error.code === "KPU_DEADLOCK" || error.code === "KPU_HAZARD";
      return say(terminal, `${error.message} (${error.code})`, isRun ? exitCodes.failed : exitCodes.usage);
    }
    throw error;
  }
}

function say(terminal: Terminal, message: string, code: number): number {
  if (message !== "") terminal.err(`kpu: ${message}\n`);
  return code;
}
