import type { FlatValue } from "./machine-config.ts";

/** What values a field takes: whole numbers, positive numbers, true or false, one of a few words, or a text. */
export type FieldKind = "count" | "capacity" | "cycles" | "address" | "size" | "rate" | "flag" | "choice" | "text";

/** One configuration field: the single source of its names, default, unit and meaning. */
export type ConfigField = {
  /** Name in Python, in files and in messages. */
  readonly flat: string;
  /** Where it stands in `MachineConfig`: a section and a key, or a key of the top level. */
  readonly path: readonly [string] | readonly [string, string];
  readonly kind: FieldKind;
  readonly unit: string;
  readonly initial: FlatValue;
  readonly choices?: readonly string[];
  readonly doc: string;
};

/** A field without a list of words to choose from. */
export function field(
  flat: string,
  path: ConfigField["path"],
  kind: FieldKind,
  unit: string,
  initial: FlatValue,
  doc: string,
): ConfigField {
  return { flat, path, kind, unit, initial, doc };
}

/** Most instances of one class; more is a typing mistake and would take memory for nothing. */
export const mostInstances: number = 2 ** 20;

/** Longest access latency: leaves room below 2^53 for millions of accesses in a row. */
export const mostLatencyCycles: number = 2 ** 30;
