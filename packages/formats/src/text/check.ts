import { nearestHint } from "@kpu-sim/machine";
import * as v from "valibot";
import type { Findings } from "./findings.ts";
import { quoted } from "./shown.ts";
import type { Path, SourceMap, SourceNode } from "./source-node.ts";

type ObjectSchema = v.GenericSchema & { readonly entries: v.ObjectEntries };
type ListSchema = v.GenericSchema & { readonly item: v.GenericSchema };
type LazySchema = v.GenericSchema & { readonly getter: () => v.GenericSchema };
type WrappingSchema = v.GenericSchema & { readonly wrapped: v.GenericSchema };

/** What a schema makes of a file's contents; `undefined` where there is an error, all of which are in `findings`. */
export function checkNode<T>(schema: v.GenericSchema<unknown, T>, root: SourceNode, findings: Findings): T | undefined {
  const known = knownPart(schema, root, [], findings);
  const result = v.safeParse(schema, known);
  if (!result.success) reportIssues(result.issues, findings);
  return result.success && !findings.hasErrors ? result.output : undefined;
}

/** One finding for each path: what comes after the first only follows from it. */
function reportIssues(issues: readonly v.BaseIssue<unknown>[], findings: Findings): void {
  const seen = new Set<string>();
  for (const issue of issues) {
    const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
    const where = JSON.stringify(path);
    if (seen.has(where)) continue;
    seen.add(where);
    // A key that must be there and is not is an issue of the group that it is missing in.
    const isMissing = issue.input === undefined;
    findings.error(path, isMissing ? "is missing" : `${issue.message}, got ${shown(issue.input)}`);
  }
}

/**
 * The contents as plain data without the keys that the schema does not know, each of which becomes an error with the nearest
 * known key. An empty value where a group of keys belongs is a group without keys, as `l3:` in YAML.
 */
function knownPart(schema: v.GenericSchema, node: SourceNode, path: Path, findings: Findings): unknown {
  const inner = unwrapped(schema);
  if (node.kind === "map") return knownEntries(inner, node, path, findings);
  if (node.kind === "list") {
    if (isObjectSchema(inner)) {
      findings.error(path, `must be a group of keys, got a list of ${node.items.length}`);
      return {};
    }
    const item = isListSchema(inner) ? inner.item : undefined;
    return node.items.map((each, index) =>
      item === undefined ? plain(each) : knownPart(item, each, [...path, index], findings),
    );
  }
  if (node.value === undefined) return isObjectSchema(inner) ? {} : null;
  return node.value;
}

function knownEntries(schema: v.GenericSchema, { entries }: SourceMap, path: Path, findings: Findings): unknown {
  if (!isObjectSchema(schema)) return {};
  const names = Object.keys(schema.entries);
  const known: [string, unknown][] = [];
  for (const [key, { value }] of entries) {
    const entry = Object.hasOwn(schema.entries, key) ? schema.entries[key] : undefined;
    const at = [...path, key];
    if (entry !== undefined) known.push([key, knownPart(entry, value, at, findings)]);
    else if (findings.isFull) findings.error(at, "");
    else findings.error(at, `is not a known key${nearestHint(key, names)}`);
  }
  return Object.fromEntries(known);
}

/** Plain data where the schema expects something else: only its kind is shown. */
function plain(node: SourceNode): unknown {
  if (node.kind === "map") return {};
  return node.kind === "list" ? [] : (node.value ?? null);
}

function unwrapped(schema: v.GenericSchema): v.GenericSchema {
  let inner = schema;
  while (isWrappingSchema(inner) || isLazySchema(inner)) inner = isLazySchema(inner) ? inner.getter() : inner.wrapped;
  return inner;
}

function isObjectSchema(schema: v.GenericSchema): schema is ObjectSchema {
  return "entries" in schema;
}

function isListSchema(schema: v.GenericSchema): schema is ListSchema {
  return schema.type === "array" && "item" in schema;
}

function isLazySchema(schema: v.GenericSchema): schema is LazySchema {
  return schema.type === "lazy";
}

function isWrappingSchema(schema: v.GenericSchema): schema is WrappingSchema {
  return "wrapped" in schema;
}

/** Whether a value is an object with keys, whose values nobody has checked. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "a group of keys" : String(value);
}
