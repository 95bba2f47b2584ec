import {
  type ConfigField,
  completeFlatConfig,
  configFields,
  type FlatConfig,
  type InstanceList,
  instanceLists,
  mostInstances,
} from "@kpu-sim/machine";
import { isRecord } from "../text/check.ts";
import type { Findings } from "../text/findings.ts";
import { fieldNamed, isOriginal, originalBandwidths, placeOf, placeOfList } from "./file-places.ts";
import { absentValue } from "./kpu-schema.ts";
import { edgeBuffers } from "./l1-count.ts";

/** The value at a place of checked contents. */
export function valueAt(contents: unknown, place: readonly string[]): unknown {
  let value: unknown = contents;
  for (const key of place) {
    if (!isRecord(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** The machine that checked contents of a file stand for, in flat form; `undefined` where there is an error. */
export function resolveContents(contents: unknown, findings: Findings): FlatConfig | undefined {
  const fields = new Resolver(contents, findings).resolve();
  return findings.hasErrors ? undefined : completeFlatConfig(fields);
}

class Resolver {
  readonly #contents: unknown;
  readonly #findings: Findings;
  readonly #fields: Record<string, unknown> = {};
  readonly #given = new Set<string>();

  constructor(contents: unknown, findings: Findings) {
    this.#contents = contents;
    this.#findings = findings;
  }

  resolve(): Readonly<Record<string, unknown>> {
    for (const field of configFields) this.#readField(field);
    for (const list of instanceLists) this.#readList(list);
    this.#deriveL1Count();
    for (const flat of originalBandwidths) this.#replaceZero(flat);
    for (const list of instanceLists) this.#judgeMissing(list);
    return this.#fields;
  }

  #readField(field: ConfigField): void {
    const value = valueAt(this.#contents, placeOf(field.flat));
    if (value !== undefined) this.#given.add(field.flat);
    const isHexText = field.kind === "address" && typeof value === "string";
    this.#fields[field.flat] = isHexText ? Number(value) : (value ?? absentValue(field));
  }

  #readList(list: InstanceList): void {
    const { flat, count } = list;
    const place = placeOfList(list);
    const entries = valueAt(this.#contents, place);
    if (!Array.isArray(entries)) return;
    if (this.#given.has(count) && this.#number(count) !== entries.length) {
      const countKey = placeOf(count).join(".");
      this.#findings.error(place, `lists ${entries.length}, but ${countKey} is ${this.#number(count)}: leave one out`);
    }
    this.#fields[count] = entries.length;
    this.#judgeEntries(list, entries);
    for (const { flat: key, field } of list.entries) this.#adoptFromEntries(entries, key, field);
    this.#fields[flat] = entries;
  }

  /** A figure that only the entries have: the section takes that of the first entry, where one figure is needed. */
  #adoptFromEntries(entries: readonly unknown[], key: string, flat: string): void {
    if (this.#given.has(flat) || !isOriginal(fieldNamed(flat))) return;
    const first = entries.find((entry) => isRecord(entry) && entry[key] !== undefined);
    if (isRecord(first)) this.#fields[flat] = first[key];
  }

  #judgeEntries(list: InstanceList, entries: readonly unknown[]): void {
    for (const [index, entry] of entries.entries()) {
      for (const { flat: key, field } of list.entries) {
        const { kind } = fieldNamed(field);
        const own: unknown = isRecord(entry) ? entry[key] : undefined;
        if (kind === "cycles" || Number(own ?? this.#fields[field]) !== 0) continue;
        // Arrays without rows or columns are the machine's to judge: tiles without arrays may have them.
        if (own === undefined)
          this.#findings.error([...placeOfList(list), index, key], "is missing, here and beside the list");
        else if (kind !== "size") this.#findings.error([...placeOfList(list), index, key], "must be above 0");
      }
    }
  }

  #deriveL1Count(): void {
    const isListed = this.#fields["scratchpads"] !== undefined;
    if (isListed || this.#number("scratchpad_count") > 0 || this.#number("scratchpad_capacity_kb") === 0) return;
    const count = derivedL1Count(this.#fields);
    this.#fields["scratchpad_count"] = count;
    if (count > mostInstances) {
      const message = `is derived from the arrays as ${count}, and at most ${mostInstances} are possible: give a count`;
      this.#findings.error(placeOf("scratchpad_count"), message);
    }
  }

  /** Files of the original may say 0 for the bandwidth of what does not exist. */
  #replaceZero(flat: string): void {
    const field = fieldNamed(flat);
    if (this.#number(flat) !== 0) return;
    const count = configFields.find(({ path, kind }) => path[0] === field.path[0] && kind === "count")?.flat ?? "";
    if (this.#number(count) > 0) {
      const message = `must be above 0 (${field.unit}): ${placeOf(count).join(".")} is ${this.#number(count)}`;
      this.#findings.error(placeOf(flat), message);
    }
    this.#fields[flat] = field.initial;
  }

  /** The machine says what is 0 and must not be; that it is 0 because the file is silent is said here. */
  #judgeMissing({ flat: list, count, entries }: InstanceList): void {
    if (this.#number(count) === 0 || this.#fields[list] !== undefined) return;
    for (const { field } of entries) {
      if (fieldNamed(field).kind !== "capacity" || this.#given.has(field)) continue;
      const message = `is missing, but ${placeOf(count).join(".")} is ${this.#number(count)}`;
      this.#findings.error(placeOf(field), message);
    }
  }

  #number(flat: string): number {
    return Number(this.#fields[flat]);
  }
}

/** The number of scratchpads that the arrays of a machine in flat form have along their edges. */
export function derivedL1Count(fields: Readonly<Record<string, unknown>>): number {
  const rows = fields["systolic_array_rows"];
  const cols = fields["systolic_array_cols"];
  const tiles: unknown = fields["compute_tiles"];
  if (!Array.isArray(tiles)) return Number(fields["compute_tile_count"]) * edgeBuffers(Number(rows), Number(cols));
  let sum = 0;
  for (const tile of tiles) {
    const entry: Readonly<Record<string, unknown>> = isRecord(tile) ? tile : {};
    sum += edgeBuffers(Number(entry["rows"] ?? rows), Number(entry["cols"] ?? cols));
  }
  return sum;
}
