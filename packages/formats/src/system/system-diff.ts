import { tableText } from "../kpu/diff.ts";
import { isRecord } from "../text/check.ts";
import { type Path, pathText } from "../text/source-node.ts";
import type { SystemDescription } from "./system-description.ts";

/** A value in which two systems differ; `undefined` where one of them has nothing there. Units are in the keys. */
export type SystemDifference = {
  readonly path: string;
  readonly a: string | number | boolean | undefined;
  readonly b: string | number | boolean | undefined;
};

/** All values in which two systems differ, in the order of their files. */
export function diffSystems(a: SystemDescription, b: SystemDescription): readonly SystemDifference[] {
  const differences: SystemDifference[] = [];
  compare(a, b, [], differences);
  return differences;
}

function compare(a: unknown, b: unknown, path: Path, differences: SystemDifference[]): void {
  if (Array.isArray(a) || Array.isArray(b)) {
    const [left, right]: readonly (readonly unknown[])[] = [Array.isArray(a) ? a : [], Array.isArray(b) ? b : []];
    for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
      compare(left?.[index], right?.[index], [...path, index], differences);
    }
  } else if (isRecord(a) || isRecord(b)) {
    const [left, right] = [isRecord(a) ? a : {}, isRecord(b) ? b : {}];
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    for (const key of keys) compare(left[key], right[key], [...path, key], differences);
  } else if (a !== b) differences.push({ path: pathText(path), a: scalar(a), b: scalar(b) });
}

function scalar(value: unknown): string | number | boolean | undefined {
  if (value === undefined || typeof value === "number" || typeof value === "boolean") return value;
  return String(value);
}

/** Differences as a table; one line that says so where there are none. */
export function systemDiffText(differences: readonly SystemDifference[]): string {
  if (differences.length === 0) return "no differences\n";
  const shown = (value: string | number | boolean | undefined): string => (value === undefined ? "-" : String(value));
  return tableText([["key", "a", "b"], ...differences.map(({ path, a, b }) => [path, shown(a), shown(b)])]);
}
