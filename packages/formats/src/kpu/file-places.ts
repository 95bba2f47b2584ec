import { type ConfigField, configFields, type InstanceList } from "@kpu-sim/machine";

/** Keys from the top of a file to a value. */
export type FilePlace = readonly string[];

/** Where the sections of a machine's configuration stand in a file; a section that is not here has its own name there. */
const sectionPlaces: ReadonlyMap<string, FilePlace> = new Map([
  ["hostMemory", ["host_memory"]],
  ["externalMemory", ["external_memory"]],
  ["l3Tiles", ["on_chip_memory", "l3"]],
  ["l2Banks", ["on_chip_memory", "l2"]],
  ["scratchpads", ["on_chip_memory", "l1"]],
  ["computeTiles", ["compute"]],
]);

/** Sections whose fields stand together under the names that they have in Python. */
const moverSections: ReadonlySet<string> = new Set(["dmaEngines", "blockMovers", "streamers"]);

/** The original's keys where they are not the field's own name. */
const originalKeys: ReadonlyMap<string, FilePlace> = new Map([
  ["l3_tile_count", ["tile_count"]],
  ["l3_tile_capacity_kb", ["tile_capacity_kb"]],
  ["l2_bank_count", ["bank_count"]],
  ["l2_bank_capacity_kb", ["bank_capacity_kb"]],
  ["scratchpad_count", ["buffer_count"]],
  ["scratchpad_capacity_kb", ["buffer_capacity_kb"]],
  ["scratchpad_base", ["l1_buffer_base"]],
  ["compute_tile_count", ["tile_count"]],
  ["systolic_array_rows", ["processor_array", "rows"]],
  ["systolic_array_cols", ["processor_array", "cols"]],
  ["use_systolic_arrays", ["systolic_mode"]],
]);

/** Where a field stands in a file, by rule: a new field of the machine needs no entry here. */
function placeOfField({ flat, path: [section, key] }: ConfigField): FilePlace {
  if (key === undefined) return [flat];
  const own = originalKeys.get(flat);
  if (key === "base") return ["address_map", ...(own ?? [flat])];
  if (moverSections.has(section)) return ["data_movement", flat];
  return [...(sectionPlaces.get(section) ?? [snakeCase(section)]), ...(own ?? [snakeCase(key)])];
}

/** The place of every field of a machine, by flat name. */
export const filePlaces: ReadonlyMap<string, FilePlace> = new Map(
  configFields.map((field) => [field.flat, placeOfField(field)]),
);

const fieldOfFlat = new Map(configFields.map((field) => [field.flat, field]));

/** A field of the machine by its flat name. */
export function fieldNamed(flat: string): ConfigField {
  const field = fieldOfFlat.get(flat);
  if (field === undefined) throw new Error(`the machine has no field ${flat}`);
  return field;
}

/** Where a field stands, by its flat name. */
export function placeOf(flat: string): FilePlace {
  return filePlaces.get(flat) ?? [flat];
}

/** Where the lists of instances stand in their section's group. */
const listKeys: ReadonlyMap<string, string> = new Map([
  ["host_memory_regions", "regions"],
  ["memory_banks", "banks"],
  ["l3_tiles", "tiles"],
  ["l2_banks", "banks"],
  ["scratchpads", "buffers"],
  ["compute_tiles", "tiles"],
]);

/** Where a list of instances stands. */
export function placeOfList({ flat, section }: InstanceList): FilePlace {
  if (moverSections.has(section)) return ["data_movement", flat];
  return [...(sectionPlaces.get(section) ?? [snakeCase(section)]), listKeys.get(flat) ?? "instances"];
}

/** Whether the original's files have the field: where they leave it out, it is 0 or false. */
export function isOriginal({ flat, kind, path: [section] }: ConfigField): boolean {
  if (kind === "count" || kind === "capacity") return sectionPlaces.has(section) || moverSections.has(section);
  return originalKeys.has(flat) && kind !== "address";
}

/** Fields that the original's files have and may set to 0 where there is nothing that the bandwidth could be of. */
export const originalBandwidths: ReadonlySet<string> = new Set(["host_memory_bandwidth_gbps", "memory_bandwidth_gbps"]);

/** `bandwidthGbps` as `bandwidth_gbps`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
