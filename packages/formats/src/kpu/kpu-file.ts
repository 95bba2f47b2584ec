import {
  completeFlatConfig,
  type FlatConfig,
  flattenConfig,
  KpuError,
  type MachineConfig,
  nestConfig,
} from "@kpu-sim/machine";
import { checkNode } from "../text/check.ts";
import { type FileFormat, type PlainMap, readText, writeText } from "../text/file-format.ts";
import { isOfKind } from "../text/file-kind.ts";
import { Findings, type Report, requireNoErrors } from "../text/findings.ts";
import { nodeOfValue, type SourceNode } from "../text/source-node.ts";
import { contentsOf } from "./contents.ts";
import { judgeContents, judgeMachine, judgeSense } from "./judge.ts";
import type { KpuDescription, MemoryController } from "./kpu-config.ts";
import { kpuFileSchema } from "./kpu-schema.ts";
import { resolveContents, valueAt } from "./resolve.ts";

/** The outcome of a check, and what was read if there was no error. */
export type CheckedConfig = Report & { readonly description: KpuDescription | undefined };

/** Reads a KPU configuration file and says all that is wrong or odd with it. Never throws, whatever the text is. */
export function checkConfig(text: string, format: FileFormat): CheckedConfig {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  const description = root === undefined ? undefined : readRoot(root, findings);
  return { ...findings.report(), description };
}

/** Reads a KPU configuration file. Errors: KPU_CONFIG with everything that is wrong, each with line and column. */
export function parseConfig(text: string, format: FileFormat): KpuDescription {
  const { description, ...report } = checkConfig(text, format);
  requireNoErrors("the configuration", report);
  if (description === undefined) throw new KpuError("KPU_CONFIG", "the configuration says nothing");
  return description;
}

/** A KPU configuration file: every field, in the order of the documentation. Errors: KPU_CONFIG. */
export function configToText(description: GivenDescription, format: FileFormat): string {
  return writeText(contentsOfDescription(describeKpu(description)), format);
}

/** A description of which any part may be left out. */
export type GivenDescription = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly config?: MachineConfig | undefined;
  readonly memoryController?: MemoryController | undefined;
};

/** The complete and checked description of a configuration. Errors: KPU_CONFIG. */
export function describeKpu(given: GivenDescription): KpuDescription {
  return describeFlat(flattenConfig(given.config ?? {}), given);
}

/** The same for a configuration in flat form. */
export function describeFlat(
  flat: Readonly<Record<string, unknown>>,
  given: Omit<GivenDescription, "config"> = {},
): KpuDescription {
  const { description, ...report } = checkFlat(flat, given);
  requireNoErrors("the configuration", report);
  if (description === undefined) throw new KpuError("KPU_CONFIG", "the configuration says nothing");
  return description;
}

/** What is wrong or odd with a configuration in flat form. */
export function checkFlat(
  flat: Readonly<Record<string, unknown>>,
  given: Omit<GivenDescription, "config"> = {},
): CheckedConfig {
  const findings = new Findings();
  const root = nodeOfValue(contentsOf(completeFlatConfig(flat), given));
  findings.root = root;
  const description = readRoot(root, findings);
  return { ...findings.report(), description };
}

/** The contents of the file of a complete description. */
function contentsOfDescription({ config, ...rest }: KpuDescription): PlainMap {
  return contentsOf(flattenConfig(config), rest);
}

function readRoot(root: SourceNode, findings: Findings): KpuDescription | undefined {
  const contents = isOfKind("kpu", root, findings) ? checkNode(kpuFileSchema, root, findings) : undefined;
  if (findings.hasErrors) return undefined;
  const flat: FlatConfig | undefined = resolveContents(contents, findings);
  if (flat === undefined) return undefined;
  const config = nestConfig(flat);
  judgeMachine(config, findings);
  judgeSense(flat, findings);
  judgeContents((place) => valueAt(contents, place) !== undefined, findings);
  if (findings.hasErrors) return undefined;
  return {
    name: textAt(contents, "name"),
    description: textAt(contents, "description"),
    config,
    memoryController: controllerOf(contents),
  };
}

function textAt(contents: unknown, key: string): string | undefined {
  const value = valueAt(contents, [key]);
  return typeof value === "string" ? value : undefined;
}

function controllerOf(contents: unknown): MemoryController | undefined {
  const base = valueAt(contents, ["address_map", "page_buffer_base"]);
  const given = valueAt(contents, ["memory_controller"]);
  if (given === undefined && base === undefined) return undefined;
  const figure = (key: string): number => Number(valueAt(given, [key]) ?? 0);
  return {
    controllerCount: figure("controller_count"),
    pageBufferCount: figure("page_buffer_count"),
    pageBufferCapacityKb: figure("page_buffer_capacity_kb"),
    pageBufferBase: Number(base ?? 0),
  };
}
