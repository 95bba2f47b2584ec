import {
  checkWorkload,
  describeFlat,
  findingText,
  flattenConfig,
  isWorkloadText,
  type MachineConfig,
  type Workload,
} from "kpu-sim";
import { changesOf, formatOf, type MachineOptions, machineOf } from "../machine-options.ts";
import { textOf } from "../terminal/files.ts";
import { CheckFailed, UsageError } from "../terminal/terminal.ts";

/** A workload out of a file. Errors: UsageError for a file of another kind, CheckFailed with everything that is wrong. */
export function readWorkload(path: string): Workload {
  const text = textOf(path);
  const format = formatOf(path, "workload files");
  if (!isWorkloadText(text)) {
    throw new UsageError(
      `${path} is no workload: one begins with kind: kpu-workload (a machine's configuration belongs to --config)`,
    );
  }
  const { workload, errors } = checkWorkload(text, format);
  if (workload !== undefined) return workload;
  throw new CheckFailed(`${path}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}

/** The machine that options ask for, else the one of the workload; single fields change either. */
export function machineFor(workload: Workload, options: MachineOptions): MachineConfig {
  const { preset, config, set = [] } = options;
  if (preset !== undefined || config !== undefined || workload.config === undefined) return machineOf(options).config;
  if (set.length === 0) return workload.config;
  return describeFlat({ ...flattenConfig(workload.config), ...changesOf(set) }).config;
}
