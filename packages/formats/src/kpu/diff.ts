import {
  configFields,
  type FlatConfig,
  type FlatInstance,
  type FlatValue,
  flattenConfig,
  type InstanceList,
  instanceLists,
  type MachineConfig,
} from "@kpu-sim/machine";
import { fieldNamed, placeOf, placeOfList } from "./file-places.ts";

type Figure = number | boolean | string;

/** A figure in which two configurations differ. */
export type Difference = {
  /** Name in Python: `memory_bank_count`, `memory_banks[2].capacity_mb`. */
  readonly field: string;
  /** Place in a file: `external_memory.bank_count`. */
  readonly path: string;
  readonly unit: string;
  /** `undefined` where one of the two has no such instance. */
  readonly a: Figure | undefined;
  readonly b: Figure | undefined;
};

/** All figures in which two configurations differ, in the order of the documentation; instances follow one by one. */
export function diffConfigs(a: MachineConfig, b: MachineConfig): readonly Difference[] {
  const [left, right] = [flattenConfig(a), flattenConfig(b)];
  const fields = configFields.flatMap(({ flat, unit }): Difference[] => {
    const [mine, yours] = [figureOf(left[flat]), figureOf(right[flat])];
    return mine === yours ? [] : [{ field: flat, path: placeOf(flat).join("."), unit, a: mine, b: yours }];
  });
  return [...fields, ...instanceLists.flatMap((list) => diffInstances(list, left, right))];
}

function diffInstances(list: InstanceList, left: FlatConfig, right: FlatConfig): Difference[] {
  const { flat, count, entries } = list;
  if (left[flat] === undefined && right[flat] === undefined) return [];
  const place = placeOfList(list).join(".");
  const differences: Difference[] = [];
  const most = Math.max(Number(left[count]), Number(right[count]));
  for (let id = 0; id < most; id++) {
    const [mine, yours] = [instanceOf(list, left, id), instanceOf(list, right, id)];
    for (const { flat: key, field } of entries) {
      const [a, b] = [mine?.[key], yours?.[key]];
      if (a === b) continue;
      const { unit } = fieldNamed(field);
      differences.push({ field: `${flat}[${id}].${key}`, path: `${place}[${id}].${key}`, unit, a, b });
    }
  }
  return differences;
}

function instanceOf({ flat, count, entries }: InstanceList, config: FlatConfig, id: number): FlatInstance | undefined {
  if (id >= Number(config[count])) return undefined;
  const own = config[flat];
  if (typeof own === "object") return own[id];
  return Object.fromEntries(entries.map(({ flat: key, field }) => [key, Number(config[field])]));
}

function figureOf(value: FlatValue | undefined): Figure | undefined {
  return typeof value === "object" ? undefined : value;
}

/** Differences as a table; one line that says so where there are none. */
export function diffText(differences: readonly Difference[]): string {
  if (differences.length === 0) return "no differences\n";
  const rows = differences.map(({ field, a, b, unit }) => [field, shown(a), shown(b), unit]);
  return tableText([["field", "a", "b", "unit"], ...rows]);
}

function shown(value: Figure | undefined): string {
  return value === undefined ? "-" : String(value);
}

/** Rows in columns as wide as their longest cell, two spaces apart. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
