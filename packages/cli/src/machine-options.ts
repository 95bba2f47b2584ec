import type { Command } from "commander";
import {
  checkConfig,
  completeFlatConfig,
  configFields,
  describeFlat,
  type FlatValue,
  fileFormatOf,
  findingText,
  flattenConfig,
  type KpuDescription,
  nearestHint,
  presetNamed,
  presetNames,
} from "kpu-sim";
import { textOf } from "./terminal/files.ts";
import { CheckFailed, UsageError } from "./terminal/terminal.ts";

export type MachineOptions = {
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
};

/** Options that say which machine is meant. */
export function addMachineOptions(command: Command): Command {
  return command
    .option("-p, --preset <name>", `a ready-made machine: ${presetNames.join(", ")}`)
    .option("-c, --config <file>", "a configuration file, YAML or JSON")
    .option(
      "-s, --set <field=value>",
      "change one field, such as dma_engine_count=4; may be repeated",
      (value: string, before: readonly string[] = []) => [...before, value],
    );
}

/** The machine that the options describe; the default one without any. Errors: UsageError, KpuError. */
export function machineOf({ preset, config, set = [] }: MachineOptions): KpuDescription {
  if (preset !== undefined && config !== undefined) throw new UsageError("give --preset or --config, not both");
  const described = config !== undefined ? readConfig(config) : preset !== undefined ? presetNamed(preset) : undefined;
  if (described !== undefined && set.length === 0) return described;
  const base = described === undefined ? completeFlatConfig({}) : flattenConfig(described.config);
  const flat = { ...base, ...changesOf(set) };
  return describeFlat(flat, { name: described?.name, description: described?.description });
}

/** A configuration out of a file. Errors: CheckFailed with everything that is wrong. */
export function readConfig(path: string): KpuDescription {
  const format = formatOf(path);
  const { description, errors } = checkConfig(textOf(path), format);
  if (description !== undefined && errors.length === 0) return description;
  throw new CheckFailed(`${path}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}

/** The notation of a file by its name. Errors: UsageError, which says what such `files` are called. */
export function formatOf(path: string, files: string = "configuration files"): "yaml" | "json" {
  const format = fileFormatOf(path);
  if (format !== undefined) return format;
  throw new UsageError(`${path}: ${files} end in .yaml, .yml or .json`);
}

/** Fields out of texts such as dma_engine_count=4. Errors: UsageError. */
export function changesOf(set: readonly string[]): Readonly<Record<string, FlatValue>> {
  return Object.fromEntries(set.map(changeOf));
}

function changeOf(text: string): [string, FlatValue] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--set takes field=value, got '${text}'`);
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  const field = configFields.find(({ flat }) => flat === name);
  if (field === undefined) {
    const names = configFields.map(({ flat }) => flat);
    throw new UsageError(`there is no field '${name}'${nearestHint(name, names)}`);
  }
  switch (typeof field.initial) {
    case "boolean":
      if (value === "true" || value === "false") return [name, value === "true"];
      throw new UsageError(`${name} is true or false, got '${value}'`);
    case "number": {
      const number = Number(value);
      if (value.trim() !== "" && Number.isFinite(number)) return [name, number];
      throw new UsageError(`${name} is a number of ${field.unit}, got '${value}'`);
    }
    default:
      return [name, value];
  }
}
