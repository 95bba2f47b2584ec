import type { CreditText, IndexExpression, IndexRange, Place } from "./workload.ts";

/** Names of areas, semaphores and loop variables. */
export const namePattern: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

const placePattern = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[([^[\]]*)\])?\s*$/;
const termPattern = /^(?:(\d{1,15})(?:\*([A-Za-z_][A-Za-z0-9_]*))?|([A-Za-z_][A-Za-z0-9_]*)(?:\*(\d{1,15}))?)$/;
const creditPattern = /^\s*([A-Za-z_][A-Za-z0-9_]*)(?:\s+x\s*(\d{1,9}))?\s*$/;

/** What a text such as `A`, `A[0:4]` or `A[4*i:4*i+4, 0:64]` names; undefined if it is no such text. */
export function placeOf(text: string): Place | undefined {
  const match = placePattern.exec(text);
  const [, area, ranges] = match ?? [];
  if (area === undefined) return undefined;
  if (ranges === undefined) return { area, rows: undefined, cols: undefined };
  const parts = ranges.split(",");
  if (parts.length > 2) return undefined;
  const [rows = all, cols = all] = parts.map(rangeOf);
  if (rows === "no range" || cols === "no range") return undefined;
  return { area, rows: rows === all ? undefined : rows, cols: cols === all ? undefined : cols };
}

const all = "all";

function rangeOf(text: string): IndexRange | typeof all | "no range" {
  if (text.trim() === ":") return all;
  const ends = text.split(":");
  const [from, to] = ends.map(expressionOf);
  if (from === undefined || ends.length > 2) return "no range";
  if (ends.length === 1) return { from, to: { ...from, constant: from.constant + 1 } };
  return to === undefined ? "no range" : { from, to };
}

/** A sum of whole numbers, variables and products of both; undefined for anything else. */
function expressionOf(text: string): IndexExpression | undefined {
  const compact = text.replaceAll(/\s+/g, "");
  const factors = new Map<string, number>();
  let constant = 0;
  const terms = compact.match(/[+-]?[^+-]+/g) ?? [];
  if (terms.length === 0 || terms.join("") !== compact) return undefined;
  for (const term of terms) {
    const sign = term.startsWith("-") ? -1 : 1;
    const match = termPattern.exec(term.replace(/^[+-]/, ""));
    if (match === null) return undefined;
    const variable = match[2] ?? match[3];
    const factor = sign * Number(match[1] ?? match[4] ?? 1);
    if (variable === undefined) constant += factor;
    else factors.set(variable, (factors.get(variable) ?? 0) + factor);
  }
  return { constant, factors };
}

/** What a text such as `ready` or `ready x 2` asks for. */
export function creditsOf(text: string): CreditText | undefined {
  const [, semaphore, count = "1"] = creditPattern.exec(text) ?? [];
  return semaphore === undefined ? undefined : { semaphore, count: Number(count) };
}

/** The loop variables that a place depends on. */
export function variablesOf({ rows, cols }: Place): string[] {
  const ends = [rows?.from, rows?.to, cols?.from, cols?.to];
  return [...new Set(ends.flatMap((index) => [...(index?.factors.keys() ?? [])]))];
}
