import { KpuError } from "../errors.ts";
import { type ConfigField, configFields, mostInstances, mostLatencyCycles } from "./fields.ts";
import { areAlike, flatInstances, type InstanceList, instanceLists, requireEntries } from "./instances.ts";
import type { FlatConfig, FlatValue, MachineConfig } from "./machine-config.ts";
import { nearestName } from "./nearest-name.ts";
import { unknownChoice } from "./nest-config.ts";

const fieldOfFlat = new Map(configFields.map((field) => [field.flat, field]));

function readPath(config: unknown, path: readonly string[]): unknown {
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
  for (const list of instanceLists) {
    const given = readPath(config, [list.section, "instances"]);
    const count = fieldOfFlat.get(list.count);
    const givenCount = count === undefined ? undefined : readPath(config, count.path);
    completeInstances(flat, list, given === undefined ? [] : flatInstances(list, given), givenCount);
  }
  return flat;
}

/**
 * Puts a list of instances into a flat configuration that is complete otherwise: what entries leave out is the class's value, the
 * count is that of the list, and instances that are all alike are a class without a list.
 */
function completeInstances(
  flat: Record<string, FlatValue>,
  list: InstanceList,
  given: readonly Readonly<Record<string, unknown>>[],
  givenCount: unknown,
): void {
  const instances = given.map((entry, index) => {
    const values: Record<string, number> = {};
    for (const { flat: key, field: name } of list.entries) {
      const field = fieldOfFlat.get(name);
      if (field === undefined) continue;
      const value = entry[key];
      const own = { ...field, flat: `${list.flat}[${index}].${key}` };
      values[key] = Number(value === undefined ? flat[name] : requireFlatValue(own, value));
    }
    return values;
  });
  if (instances.length === 0) return;
  if (instances.length > mostInstances) refuseList(list, `${list.flat} has more than ${mostInstances} entries`);
  if (givenCount !== undefined && givenCount !== instances.length) {
    refuseList(
      list,
      `${list.flat} has ${instances.length} entries but ${list.count} is ${String(givenCount)}: leave one out`,
    );
  }
  flat[list.count] = instances.length;
  if (!areAlike(instances)) {
    flat[list.flat] = instances;
    return;
  }
  for (const { flat: key, field } of list.entries) flat[field] = instances[0]?.[key] ?? 0;
}

function refuseList({ flat }: InstanceList, message: string): never {
  throw new KpuError("KPU_CONFIG", message, { field: flat, reason: "value" });
}

/** A complete flat configuration out of one that names some fields. Unknown names are refused with the nearest one. */
export function completeFlatConfig(given: Readonly<Record<string, unknown>>): FlatConfig {
  const known = [...fieldOfFlat.keys(), ...instanceLists.map((list) => list.flat)];
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) refuseUnknown(name, known);
  }
  const flat: Record<string, FlatValue> = {};
  for (const field of configFields) {
    const value = given[field.flat];
    flat[field.flat] = value === undefined ? field.initial : requireFlatValue(field, value);
  }
  for (const list of instanceLists) {
    const entries = list.entries.map((entry) => entry.flat);
    completeInstances(flat, list, requireEntries(list.flat, given[list.flat] ?? [], entries), given[list.count]);
  }
  return flat;
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

function refuseUnknownKeys(config: MachineConfig): void {
  for (const [section, value] of Object.entries(config)) {
    const known = configFields.filter((field) => field.path[0] === section);
    if (known.length === 0) refuseUnknown(section, [...new Set(configFields.map((field) => field.path[0]))]);
    if (typeof value !== "object" || value === null) continue;
    const hasList = instanceLists.some((list) => list.section === section);
    const keys = [...known.flatMap((field) => field.path[1] ?? []), ...(hasList ? ["instances"] : [])];
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
    return unknownChoice(field.flat, given, choices);
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
