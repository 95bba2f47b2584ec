import { KpuError } from "../errors.ts";
import { type ConfigField, configFields, mostInstances, mostLatencyCycles } from "./fields.ts";
import type { FlatConfig, FlatValue, MachineConfig, ResolvedConfig } from "./machine-config.ts";
import { nearestName } from "./nearest-name.ts";

const fieldOfFlat = new Map(configFields.map((field) => [field.flat, field]));

function readPath(config: unknown, path: ConfigField["path"]): unknown {
  let value: unknown = config;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The flat form of a nested configuration; fields that are not given take their defaults. Unknown keys are refused. */
export function flattenConfig(config: MachineConfig): FlatConfig {
  refuseUnknownKeys(config);
  const flat: Record<string, FlatValue> = {};
  for (const field of configFields) {
    const given = readPath(config, field.path);
    flat[field.flat] = given === undefined ? field.initial : requireFlatValue(field, given);
  }
  return flat;
}

/** A complete flat configuration out of one that names some fields. Unknown names are refused with the nearest one. */
export function completeFlatConfig(given: Readonly<Record<string, unknown>>): FlatConfig {
  for (const name of Object.keys(given)) {
    if (!fieldOfFlat.has(name)) refuseUnknown(name, [...fieldOfFlat.keys()]);
  }
  const flat: Record<string, FlatValue> = {};
  for (const field of configFields) {
    const value = given[field.flat];
    flat[field.flat] = value === undefined ? field.initial : requireFlatValue(field, value);
  }
  return flat;
}

/** The nested form of a complete flat configuration. */
export function nestConfig(flat: FlatConfig): ResolvedConfig {
  const number = (name: string): number => Number(flat[name]);
  const choice = <T extends string>(name: string, choices: readonly T[]): T =>
    choices.find((candidate) => candidate === flat[name]) ?? refuseChoice(name, flat[name], choices);
  const timing = (prefix: string, base: string) => ({
    bandwidthGbps: number(`${prefix}_bandwidth_gbps`),
    latencyCycles: number(`${prefix}_latency_cycles`),
    base: number(base),
  });
  const onChip = (prefix: string) => ({
    count: number(`${prefix}_count`),
    capacityKb: number(`${prefix}_capacity_kb`),
    ...timing(prefix, `${prefix}_base`),
  });
  return {
    hostMemory: {
      regionCount: number("host_memory_region_count"),
      regionCapacityMb: number("host_memory_region_capacity_mb"),
      ...timing("host_memory", "host_memory_base"),
    },
    externalMemory: {
      bankCount: number("memory_bank_count"),
      bankCapacityMb: number("memory_bank_capacity_mb"),
      ...timing("memory", "external_memory_base"),
    },
    l3Tiles: onChip("l3_tile"),
    l2Banks: onChip("l2_bank"),
    scratchpads: onChip("scratchpad"),
    computeTiles: {
      count: number("compute_tile_count"),
      rows: number("systolic_array_rows"),
      cols: number("systolic_array_cols"),
      systolic: flat["use_systolic_arrays"] === true,
      dataflow: choice("dataflow", ["output_stationary", "weight_stationary", "input_stationary"]),
      arrayModel: choice("array_model", ["closed_form", "stepped"]),
    },
    vectorUnits: {
      width: number("vector_unit_width"),
      pipelineDepth: number("vector_pipeline_depth"),
      functions: choice("vector_functions", ["exact", "table"]),
      tableSize: number("vector_table_size"),
      tableRange: number("vector_table_range"),
    },
    dmaEngines: { count: number("dma_engine_count"), bandwidthGbps: number("dma_bandwidth_gbps") },
    blockMovers: { count: number("block_mover_count"), bandwidthGbps: number("block_mover_bandwidth_gbps") },
    streamers: { count: number("streamer_count") },
    clockGhz: number("clock_ghz"),
    fidelity: choice("fidelity", ["functional", "transaction"]),
    timingOnly: flat["timing_only"] === true,
    hazardPolicy: choice("hazard_policy", ["record", "raise", "off"]),
    reachPolicy: choice("reach_policy", ["any", "hierarchical"]),
  };
}

function refuse(field: ConfigField, given: unknown, expected: string, reason: "type" | "value"): never {
  const shown = typeof given === "string" ? `'${given}'` : String(given);
  throw new KpuError("KPU_CONFIG", `${field.flat} must be ${expected}, got ${shown}`, { field: field.flat, reason });
}

function refuseUnknown(name: string, known: readonly string[]): never {
  throw new KpuError(
    "KPU_CONFIG",
    `unknown configuration field '${name}'; the nearest is '${nearestName(name, known)}'`,
    {
      field: name,
      reason: "value",
    },
  );
}

function refuseChoice(name: string, given: unknown, choices: readonly string[]): never {
  throw new KpuError("KPU_CONFIG", `${name} must be one of ${choices.join(", ")}, got '${String(given)}'`, {
    field: name,
    reason: "value",
  });
}

function refuseUnknownKeys(config: MachineConfig): void {
  for (const [section, value] of Object.entries(config)) {
    const known = configFields.filter((field) => field.path[0] === section);
    if (known.length === 0) refuseUnknown(section, [...new Set(configFields.map((field) => field.path[0]))]);
    if (typeof value !== "object" || value === null) continue;
    const keys = known.flatMap((field) => field.path[1] ?? []);
    for (const key of Object.keys(value)) {
      if (!keys.includes(key))
        refuseUnknown(
          `${section}.${key}`,
          keys.map((each) => `${section}.${each}`),
        );
    }
  }
}

/** The value if it fits the field by itself; how fields fit together is checked in validate.ts. */
function requireFlatValue(field: ConfigField, given: unknown): FlatValue {
  if (field.kind === "flag") return typeof given === "boolean" ? given : refuse(field, given, "true or false", "type");
  if (field.kind === "choice") {
    const choices = field.choices ?? [];
    if (typeof given === "string" && choices.includes(given)) return given;
    return refuseChoice(field.flat, given, choices);
  }
  if (typeof given !== "number") return refuse(field, given, "a number", "type");
  if (field.kind === "rate") {
    if (given > 0 && Number.isFinite(given)) return given;
    return refuse(field, given, `a positive number (${field.unit})`, "value");
  }
  if (!Number.isInteger(given) || given < 0) return refuse(field, given, "a whole number from 0", "type");
  if (given > Number.MAX_SAFE_INTEGER) return refuse(field, given, "below 2**53", "value");
  const most = field.kind === "count" ? mostInstances : field.kind === "cycles" ? mostLatencyCycles : undefined;
  if (most !== undefined && given > most) return refuse(field, given, `at most ${most}`, "value");
  return given;
}
