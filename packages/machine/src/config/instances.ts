import { KpuError } from "../errors.ts";
import type { FlatInstance } from "./machine-config.ts";
import { nearestHint } from "./nearest-name.ts";

/** One thing that instances of a class may differ in. */
type InstanceEntry = {
  /** Names in Python and files, and in `MachineConfig`. */
  readonly flat: string;
  readonly nested: string;
  /** The field that says it for all that do not say it themselves. */
  readonly field: string;
};

/** A list of instances that need not be alike: the single source of its names. */
export type InstanceList = {
  /** Name in Python and in messages. */
  readonly flat: string;
  /** Section of `MachineConfig`, where the list is called `instances`. */
  readonly section: string;
  /** The field that counts the instances. */
  readonly count: string;
  readonly entries: readonly InstanceEntry[];
  readonly doc: string;
};

const memoryEntries = (prefix: string, unit: "Mb" | "Kb", capacity: string): readonly InstanceEntry[] => [
  { flat: `capacity_${unit.toLowerCase()}`, nested: `capacity${unit}`, field: capacity },
  { flat: "bandwidth_gbps", nested: "bandwidthGbps", field: `${prefix}_bandwidth_gbps` },
  { flat: "latency_cycles", nested: "latencyCycles", field: `${prefix}_latency_cycles` },
];

const onChip = (prefix: string, section: string, name: string): InstanceList => ({
  flat: `${prefix}s`,
  section,
  count: `${prefix}_count`,
  entries: memoryEntries(prefix, "Kb", `${prefix}_capacity_kb`),
  doc: `The ${name} one by one where they differ.`,
});

const movers = (prefix: string, section: string, field: string, name: string): InstanceList => ({
  flat: `${prefix}s`,
  section,
  count: `${prefix}_count`,
  entries: [{ flat: "bandwidth_gbps", nested: "bandwidthGbps", field }],
  doc: `The ${name} one by one where they differ.`,
});

export const instanceLists: readonly InstanceList[] = [
  {
    flat: "host_memory_regions",
    section: "hostMemory",
    count: "host_memory_region_count",
    entries: memoryEntries("host_memory", "Mb", "host_memory_region_capacity_mb"),
    doc: "The host memory regions one by one where they differ.",
  },
  {
    flat: "memory_banks",
    section: "externalMemory",
    count: "memory_bank_count",
    entries: memoryEntries("memory", "Mb", "memory_bank_capacity_mb"),
    doc: "The external memory banks one by one where they differ.",
  },
  onChip("l3_tile", "l3Tiles", "L3 tiles"),
  onChip("l2_bank", "l2Banks", "L2 banks"),
  onChip("scratchpad", "scratchpads", "scratchpads"),
  {
    flat: "compute_tiles",
    section: "computeTiles",
    count: "compute_tile_count",
    entries: [
      { flat: "rows", nested: "rows", field: "systolic_array_rows" },
      { flat: "cols", nested: "cols", field: "systolic_array_cols" },
    ],
    doc: "The compute tiles one by one where their arrays differ.",
  },
  movers("dma_engine", "dmaEngines", "dma_bandwidth_gbps", "DMA engines"),
  movers("block_mover", "blockMovers", "block_mover_bandwidth_gbps", "block movers"),
];

/** Mappings whose keys are known. Errors: KPU_CONFIG naming the entry and the nearest key. */
export function requireEntries(
  name: string,
  given: unknown,
  known: readonly string[],
): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(given)) throw fault(name, `${name} must be a list, with a mapping for each instance`, "type");
  const list: readonly unknown[] = given;
  return list.map((entry, index) => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      throw fault(name, `${name}[${index}] must be a mapping with any of ${known.join(", ")}`, "type");
    }
    const values: Record<string, unknown> = { ...entry };
    for (const key of Object.keys(values)) {
      if (known.includes(key)) continue;
      throw fault(name, `unknown key '${key}' in ${name}[${index}]${nearestHint(key, known)}`, "value");
    }
    return values;
  });
}

/** The nested form of a list in flat names. */
export function nestInstances(
  list: InstanceList,
  flat: readonly FlatInstance[],
): readonly Readonly<Record<string, number>>[] {
  return mapAlike(flat, (values) =>
    Object.fromEntries(list.entries.map((entry) => [entry.nested, values[entry.flat] ?? 0])),
  );
}

/**
 * A list in which the same element is mapped to the same result, so that 65,536 instances of two kinds are two objects all the way
 * from the configuration to the machine.
 */
export function mapAlike<T extends object, R>(list: readonly T[], map: (element: T) => R): readonly R[] {
  const known = new Map<T, R>();
  return list.map((element) => {
    const before = known.get(element);
    if (before !== undefined) return before;
    const result = map(element);
    known.set(element, result);
    return result;
  });
}

/** Whether all instances are alike in everything. */
export function areAlike(instances: readonly FlatInstance[]): boolean {
  const [first] = instances;
  return [...new Set(instances)].every((each) => Object.entries(each).every(([key, value]) => first?.[key] === value));
}

function fault(field: string, message: string, reason: "type" | "value"): KpuError {
  return new KpuError("KPU_CONFIG", message, { field, reason });
}
