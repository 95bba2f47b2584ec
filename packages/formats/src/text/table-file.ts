import * as v from "valibot";
import { checkNode } from "./check.ts";
import type { CheckedTable } from "./checked-table.ts";
import { type FileFormat, readText } from "./file-format.ts";
import { Findings } from "./findings.ts";

/** Reads a file of a table and says all that is wrong with it. Never throws, whatever the text is. */
export function checkTable<Contents, Table>(
  text: string,
  format: FileFormat,
  schema: v.GenericSchema<unknown, Contents>,
  tableOf: (contents: Contents) => Table,
): CheckedTable<Table> {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  const contents = root === undefined ? undefined : checkNode(schema, root, findings);
  return { ...findings.report(), table: contents === undefined ? undefined : tableOf(contents) };
}

/** A figure of a table: a number from 0. */
export function figure(unit: string): v.GenericSchema<number> {
  const message = `must be a number from 0 (${unit})`;
  return v.pipe(v.number(message), v.finite(message), v.minValue(0, message));
}

/** Keys of which no others are known. */
export function group<Entries extends v.ObjectEntries>(entries: Entries): v.StrictObjectSchema<Entries, string> {
  return v.strictObject(entries, "must be a group of keys");
}

type OptionalFigures<Names extends readonly string[]> = v.StrictObjectSchema<
  Readonly<Record<Names[number], v.OptionalSchema<v.GenericSchema<number>, undefined>>>,
  string
>;

/** A figure for each of these names, or for some of them. */
export function optionalFigures<const Names extends readonly string[]>(
  names: Names,
  unit: string,
): OptionalFigures<Names> {
  return group(v.entriesFromList(names, v.optional(figure(unit))));
}

/** The figures that are there. */
export function given<Name extends string>(
  figures: Readonly<Partial<Record<Name, number | undefined>>>,
): Partial<Record<Name, number>> {
  const kept: Partial<Record<Name, number>> = {};
  for (const name in figures) {
    const value = figures[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
