import type { Command } from "commander";
import { energyTables, type Machine, numberFormatNames } from "kpu-sim";
import { addMachineOptions, type MachineOptions } from "../machine-options.ts";

export type RunOptions = MachineOptions & {
  readonly matmul?: string;
  readonly tile?: string;
  readonly dataflow?: string;
  readonly doubleBuffer: boolean;
  readonly dtype?: string;
  readonly values?: boolean;
  readonly trace?: string;
  readonly energy?: string;
};

/** What a run gives to whoever shows it. */
export type Outcome = {
  readonly machine: Machine;
  /** For `--json`. */
  readonly report: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly text: () => string;
  /** Whether all that was expected holds. */
  readonly isGood: boolean;
};

/** The file and the options of a run. */
export function addRunOptions(command: Command): Command {
  command.argument("[workload]", "a workload file (.yaml or .json); without one a tiled matrix product is run");
  return addProductOptions(command)
    .option("--values", "compute the values of a product, too, from seeded operands, instead of times only")
    .option("--no-values", "only the times of a workload file")
    .option("--energy <table>", `account for energy: ${Object.keys(energyTables).join(", ")}, or a file (.yaml, .json)`)
    .option("--trace <file>", "write a trace: .kputrace, .pftrace (Perfetto), .json (Chrome) or .csv");
}

/** Options of a tiled product and its machine. */
export function addProductOptions(command: Command): Command {
  return addMachineOptions(command)
    .option("-m, --matmul <MxNxK>", "sizes of the product C (M x N) = A (M x K) B (K x N); default 256x256x256")
    .option("--tile <MxNxK>", "sizes of the tiles; chosen if left out")
    .option("--dataflow <name>", "output_stationary, weight_stationary or input_stationary")
    .option("--no-double-buffer", "one buffer at every level instead of two")
    .option("--dtype <format>", `number format of the operands: ${numberFormatNames.join(", ")}; default float32`);
}
