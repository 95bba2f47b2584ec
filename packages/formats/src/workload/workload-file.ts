import {
  completeFlatConfig,
  configFields,
  type FlatValue,
  flattenConfig,
  KpuError,
  type MachineConfig,
  nearestHint,
} from "@kpu-sim/machine";
import { describeFlat } from "../kpu/kpu-file.ts";
import { presetNamed } from "../kpu/presets.ts";
import { checkNode } from "../text/check.ts";
import { type FileFormat, readText } from "../text/file-format.ts";
import { isOfKind } from "../text/file-kind.ts";
import { Findings, type Report, requireNoErrors } from "../text/findings.ts";
import type { SourceMap, SourceNode } from "../text/source-node.ts";
import type { WorkloadContents } from "./contents.ts";
import type { Workload } from "./workload.ts";
import { WorkloadReader } from "./workload-contents.ts";
import { workloadSchema } from "./workload-schema.ts";

/** The outcome of a check, and what was read if there was no error. */
export type CheckedWorkload = Report & { readonly workload: Workload | undefined };

/** Whether a text looks like a workload: it says so in its key `kind`. Costs next to nothing; the check comes when it is read. */
export function isWorkloadText(text: string): boolean {
  return /(?:^|[{,\n])\s*"?kind"?\s*:\s*["']?kpu-workload\b/.test(text.slice(0, 65_536));
}

/** Reads a workload file and says all that is wrong with it. Never throws, whatever the text is. */
export function checkWorkload(text: string, format: FileFormat): CheckedWorkload {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  const workload = root === undefined ? undefined : readRoot(root, findings);
  const report = findings.report();
  return { ...report, workload: report.errors.length > 0 ? undefined : workload };
}

/** Reads a workload file. Errors: KPU_CONFIG with everything that is wrong, each with line and column. */
export function parseWorkload(text: string, format: FileFormat): Workload {
  const { workload, ...report } = checkWorkload(text, format);
  requireNoErrors("the workload", report);
  if (workload === undefined) throw new KpuError("KPU_CONFIG", "the workload says nothing");
  return workload;
}

function readRoot(root: SourceNode, findings: Findings): Workload | undefined {
  const contents = isOfKind("workload", root, findings) ? checkNode(workloadSchema, root, findings) : undefined;
  if (contents === undefined) return undefined;
  const reader = new WorkloadReader(contents, findings);
  const { name, description, areas = [], semaphores = [], program, expect = [] } = contents;
  return {
    name,
    description,
    config: configOf(contents, root, findings),
    areas: areas.map((area, index) => reader.area(area, ["areas", index])),
    semaphores: semaphores.map((semaphore) => reader.semaphore(semaphore)),
    steps: reader.steps(program, ["program"], []),
    expectations: expect.flatMap((each, index) => reader.expectation(each, ["expect", index]) ?? []),
  };
}

/** The machine that a file asks for: a preset or the default one, with some fields changed. */
function configOf({ preset }: WorkloadContents, root: SourceNode, findings: Findings): MachineConfig | undefined {
  const changed = root.kind === "map" ? root.entries.get("machine")?.value : undefined;
  const changes = changed?.kind === "map" ? changesOf(changed, findings) : {};
  try {
    const base = preset === undefined ? completeFlatConfig({}) : flattenConfig(presetNamed(preset).config);
    if (findings.hasErrors || (preset === undefined && changed === undefined)) return undefined;
    return describeFlat({ ...base, ...changes }).config;
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    findings.error([changed === undefined ? "preset" : "machine"], `is none: ${error.message}`);
    return undefined;
  }
}

/** Changed fields by their flat names, as `kpu run --set` and Python's SimulatorConfig have them. */
function changesOf({ entries }: SourceMap, findings: Findings): Record<string, FlatValue> {
  const changes: Record<string, FlatValue> = {};
  for (const [name, { value }] of entries) {
    const field = configFields.find(({ flat }) => flat === name);
    if (field === undefined) {
      const names = configFields.map(({ flat }) => flat);
      findings.error(["machine", name], `is no field of a machine${nearestHint(name, names)}`);
    } else if (value.kind !== "scalar" || typeof value.value !== typeof field.initial) {
      findings.error(
        ["machine", name],
        `must be a ${typeof field.initial}${field.unit === "" ? "" : ` (${field.unit})`}`,
      );
    } else if (value.value !== undefined) changes[name] = value.value;
  }
  return changes;
}
