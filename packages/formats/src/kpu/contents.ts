import { configFields, type FlatConfig, instanceLists } from "@kpu-sim/machine";
import type { PlainMap, PlainValue } from "../text/file-format.ts";
import { type FilePlace, placeOf, placeOfList } from "./file-places.ts";
import type { MemoryController } from "./kpu-config.ts";
import { topOrder } from "./kpu-schema.ts";

type Group = { [key: string]: Group | PlainValue };

/** What stands in a file beside the machine. */
export type FileHead = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly memoryController?: MemoryController | undefined;
};

/**
 * The contents of the file of a configuration in flat form. Addresses that are left to the machine and empty groups are not
 * written; an empty list stands where there are no scratchpads, because a count of 0 asks for as many as the arrays have.
 */
export function contentsOf(fields: FlatConfig, head: FileHead): PlainMap {
  const root: Group = {};
  if (head.name !== undefined) root["name"] = head.name;
  if (head.description !== undefined) root["description"] = head.description;
  for (const { flat, path } of configFields) if (path.length === 1) put(root, [flat], fields[flat]);
  for (const group of topOrder) root[group] = {};
  for (const { flat, kind } of configFields) {
    if (kind !== "address" || fields[flat] !== 0) put(root, placeOf(flat), fields[flat]);
  }
  for (const list of instanceLists) put(root, placeOfList(list), fields[list.flat]);
  if (fields["scratchpad_count"] === 0 && fields["scratchpads"] === undefined)
    put(root, ["on_chip_memory", "l1", "buffers"], []);
  putController(root, head.memoryController);
  for (const group of topOrder) if (isEmpty(root[group])) delete root[group];
  return root;
}

function putController(root: Group, controller: MemoryController | undefined): void {
  if (controller === undefined) return;
  const { controllerCount, pageBufferCount, pageBufferCapacityKb, pageBufferBase } = controller;
  root["memory_controller"] = {
    controller_count: controllerCount,
    page_buffer_count: pageBufferCount,
    page_buffer_capacity_kb: pageBufferCapacityKb,
  };
  if (pageBufferBase !== 0) put(root, ["address_map", "page_buffer_base"], pageBufferBase);
}

function put(root: Group, place: FilePlace, value: unknown): void {
  let group = root;
  for (const key of place.slice(0, -1)) group = groupIn(group, key);
  if (isPlain(value)) group[place.at(-1) ?? ""] = value;
}

function groupIn(group: Group, key: string): Group {
  const inner = group[key];
  if (isGroup(inner)) return inner;
  const made: Group = {};
  group[key] = made;
  return made;
}

function isGroup(value: unknown): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isGroup(value) && Object.keys(value).length === 0;
}

function isPlain(value: unknown): value is PlainValue {
  return value !== undefined && value !== null;
}
