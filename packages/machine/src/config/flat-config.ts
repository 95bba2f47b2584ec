import { KpuError } from "../errors.ts";
import { type ConfigField, mostInstances, mostLatencyCycles } from "./config-field.ts";
import { configFields } from "./fields.ts";
import { areAlike, type InstanceList, instanceLists, requireEntries } from "./instances.ts";
import type { FlatConfig, FlatValue, MachineConfig } from "./machine-config.ts";
import { nearestHint } from "./nearest-name.ts";
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
    const keys = list.entries.map((entry) => entry.nested);
    const entries = given === undefined ? [] : requireEntries(`${list.section}.instances`, given, keys);
    completeInstances(flat, list, entries, "nested", givenCount);
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
  keys: "flat" | "nested",
  givenCount: unknown,
): void {
  const entries = list.entries.flatMap((entry) => {
    const field = fieldOfFlat.get(entry.field);
    return field === undefined ? [] : [{ name: entry.flat, key: entry[keys], field, initial: flat[entry.field] }];
  });
  // Alike entries are one object.
  const known = new Map<string, Readonly<Record<string, number>>>();
  const instances = given.map((entry, index) => {
    const numbers = entries.map(({ name, key, field, initial }) => {
      const value = entry[key];
      if (value === undefined) return Number(initial);
      return Number(requireFlatValue(field, value, () => `${list.flat}[${index}].${name}`));
    });
    const text = numbers.join(" ");
    const values = known.get(text) ?? Object.fromEntries(entries.map(({ name }, at) => [name, numbers[at] ?? 0]));
    known.set(text, values);
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
    completeInstances(
      flat,
      list,
      requireEntries(list.flat, given[list.flat] ?? [], entries),
      "flat",
      given[list.count],
    );
  }
  return flat;
}

function refuse(name: string, given: unknown, expected: string, reason: "type" | "value"): never {
  const shown = typeof given === "string" ? `'${given}'` : String(given);
  throw new KpuError("KPU_CONFIG", `${name} must be ${expected}, got ${shown}`, { field: name, reason });
}

function refuseUnknown(name: string, known: readonly string[]): never {
  throw new KpuError("KPU_CONFIG", `unknown configuration field '${name}'${nearestHint(name, known)}`, {
    field: name,
    reason: "value",
  });
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

/** The value if it fits the field by itself; how fields fit together is checked in validate.ts. `nameOf` says what messages call it. */
function requireFlatValue(field: ConfigField, given: unknown, nameOf: () => string = () => field.flat): FlatValue {
  if (field.kind === "flag")
    return typeof given === "boolean" ? given : refuse(nameOf(), given, "true or false", "type");
  if (field.kind === "choice") {
    const choices = field.choices ?? [];
    if (typeof given === "string" && choices.includes(given)) return given;
    return unknownChoice(nameOf(), given, choices);
  }
  if (field.kind === "text") return typeof given === "string" ? given : refuse(nameOf(), given, "a text", "type");
  if (typeof given !== "number") return refuse(nameOf(), given, "a number", "type");
  if (field.kind === "rate") {
    if (given > 0 && Number.isFinite(given)) return given;
    return refuse(nameOf(), given, `a positive number (${field.unit})`, "value");
  }
  if (!Number.isInteger(given) || given < 0) return refuse(nameOf(), given, "a whole number from 0", "type");
  if (given > Number.MAX_SAFE_INTEGER) return refuse(nameOf(), given, "below 2**53", "value");
  const most = field.kind === "count" ? mostInstances : field.kind === "cycles" ? mostLatencyCycles : undefined;
  if (most !== undefined && given > most) return refuse(nameOf(), given, `at most ${most}`, "value");
  return given;
}
