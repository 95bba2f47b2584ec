import {
  type ConfigField,
  configFields,
  type FlatValue,
  instanceLists,
  mostInstances,
  mostLatencyCycles,
} from "@kpu-sim/machine";
import * as v from "valibot";
import { rate, shortText, whole } from "../text/value-schemas.ts";
import { type FilePlace, fieldNamed, filePlaces, isOriginal, originalBandwidths, placeOfList } from "./file-places.ts";

const hexText = /^0[xX][0-9a-fA-F]{1,14}$/;

/** An address: a number, or hexadecimal text (JSON has no hexadecimal numbers). */
function address(doc: string): v.GenericSchema {
  const message = "must be an address: a whole number from 0, or text such as '0x100000000'";
  const number = v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(0, message),
    v.maxValue(Number.MAX_SAFE_INTEGER, message),
  );
  return v.pipe(
    v.union([number, v.pipe(v.string(message), v.regex(hexText, message))], message),
    v.description(doc),
    v.metadata({ unit: "byte address" }),
  );
}

function schemaOf(field: ConfigField): v.GenericSchema {
  const { kind, unit, doc } = field;
  switch (kind) {
    case "count":
      return whole(unit, doc, mostInstances);
    case "cycles":
      return whole(unit, doc, mostLatencyCycles);
    case "capacity":
    case "size":
      return whole(unit, doc);
    case "address":
      return address(doc);
    case "rate":
      return rate(unit, doc, originalBandwidths.has(field.flat));
    case "flag":
      return v.pipe(v.boolean("must be true or false"), v.description(doc));
    case "text":
      return v.pipe(shortText, v.description(doc));
    case "choice": {
      const choices = field.choices ?? [];
      return v.pipe(v.picklist(choices, `must be one of ${choices.join(", ")}`), v.description(doc));
    }
  }
}

/** What a key that is left out stands for. */
export function absentValue(field: ConfigField): FlatValue {
  if (!isOriginal(field)) return field.initial;
  return field.kind === "flag" ? false : 0;
}

type Group = Map<string, Group | v.GenericSchema>;

function insert(root: Group, place: FilePlace, schema: v.GenericSchema): void {
  let group = root;
  for (const key of place.slice(0, -1)) {
    const inner = group.get(key);
    if (inner instanceof Map) group = inner;
    else {
      const made: Group = new Map();
      group.set(key, made);
      group = made;
    }
  }
  group.set(place.at(-1) ?? "", schema);
}

function objectOf(group: Group): v.GenericSchema {
  const entries = [...group].map(([key, inner]) => [key, v.optional(inner instanceof Map ? objectOf(inner) : inner)]);
  return v.strictObject(Object.fromEntries(entries), "must be a group of keys");
}

function makeSchema(): v.GenericSchema {
  const root: Group = new Map();
  insert(root, ["name"], v.pipe(shortText, v.description("Name of the configuration.")));
  insert(root, ["description"], v.pipe(shortText, v.description("What it is for.")));
  for (const place of topOrder) root.set(place, new Map());
  for (const field of configFields) {
    const schema = v.pipe(schemaOf(field), v.metadata({ unit: field.unit, default: absentValue(field) }));
    insert(root, filePlaces.get(field.flat) ?? [field.flat], schema);
  }
  for (const list of instanceLists) {
    const entries = list.entries.map(({ flat, field }) => [flat, v.optional(schemaOf(fieldNamed(field)))]);
    const entry = v.strictObject(Object.fromEntries(entries), "must be a group of keys");
    const instances = v.pipe(
      v.array(entry, "must be a list"),
      v.maxLength(mostInstances, `must have at most ${mostInstances} entries`),
      v.description(`${list.doc} In id order; what an entry leaves out is the value beside the list.`),
    );
    insert(root, placeOfList(list), instances);
  }
  for (const [key, unit, doc] of controllerKeys) insert(root, ["memory_controller", key], whole(unit, doc));
  insert(root, ["address_map", "page_buffer_base"], address("Address of the page buffers. Kept, without effect."));
  const topology = v.picklist(["rectangular"], "must be 'rectangular': arrays of other shapes are not simulated");
  insert(root, ["compute", "processor_array", "topology"], v.pipe(topology, v.description("Shape of the arrays.")));
  return objectOf(root);
}

/** The original's groups, in its order; groups of a machine's own come behind. */
export const topOrder: readonly string[] = [
  "host_memory",
  "external_memory",
  "memory_controller",
  "on_chip_memory",
  "data_movement",
  "compute",
  "address_map",
];

/** Keys of the memory controllers, which machines do not have. */
const controllerKeys: readonly (readonly [key: string, unit: string, doc: string])[] = [
  ["controller_count", "instances", "Number of memory controllers. Kept, without effect."],
  ["page_buffer_count", "instances", "Number of page buffers. Kept, without effect."],
  ["page_buffer_capacity_kb", "KB", "Capacity of each page buffer. Kept, without effect."],
];

/** The schema of KPU configuration files, made of the machine's table of fields. */
export const kpuFileSchema: v.GenericSchema = makeSchema();
