import { KpuError } from "@kpu-sim/machine";
import { checkNode, isRecord } from "../text/check.ts";
import { type FileFormat, type PlainMap, type PlainValue, readText, writeText } from "../text/file-format.ts";
import { isOfKind } from "../text/file-kind.ts";
import { Findings, type Report, requireNoErrors } from "../text/findings.ts";
import { nodeOfValue, type SourceNode } from "../text/source-node.ts";
import type { SystemDescription } from "./system-description.ts";
import { judgeSystem } from "./system-rules.ts";
import { systemFileSchema } from "./system-schema.ts";

/** The outcome of a check, and what was read if there was no error. */
export type CheckedSystem = Report & { readonly system: SystemDescription | undefined };

/** Reads a system file and says all that is wrong or odd with it. Never throws, whatever the text is. */
export function checkSystem(text: string, format: FileFormat): CheckedSystem {
  const findings = new Findings(text);
  const root = readText(text, format, findings);
  return checked(root, findings);
}

/** Reads a system file; what it leaves out takes its default. Errors: KPU_CONFIG with everything that is wrong. */
export function parseSystem(text: string, format: FileFormat): SystemDescription {
  return required(checkSystem(text, format));
}

/** What is wrong or odd with a description that a program has made, or any other value. */
export function validateSystem(value: unknown): CheckedSystem {
  const findings = new Findings();
  const root = nodeOfValue(value);
  findings.root = root;
  return checked(root, findings);
}

/** A description that a program has made, complete: what it leaves out takes its default. Errors: KPU_CONFIG with everything that is wrong. */
export function describeSystem(value: unknown): SystemDescription {
  return required(validateSystem(value));
}

/** A system file with every key. Errors: KPU_CONFIG if the description is wrong. */
export function systemToText(system: SystemDescription, format: FileFormat): string {
  return writeText(plainMap(describeSystem(system)), format);
}

function checked(root: SourceNode | undefined, findings: Findings): CheckedSystem {
  const system =
    root !== undefined && isOfKind("system", root, findings) ? checkNode(systemFileSchema, root, findings) : undefined;
  if (system !== undefined) judgeSystem(system, findings);
  return { ...findings.report(), system: findings.hasErrors ? undefined : system };
}

function required({ system, ...report }: CheckedSystem): SystemDescription {
  requireNoErrors("the system description", report);
  if (system === undefined) throw new KpuError("KPU_CONFIG", "the system description says nothing");
  return system;
}

/** The keys that have a value. */
function plainMap(value: Readonly<Record<string, unknown>>): PlainMap {
  const entries: [string, PlainValue][] = [];
  for (const [key, each] of Object.entries(value)) if (each !== undefined) entries.push([key, plainValue(each)]);
  return Object.fromEntries(entries);
}

function plainValue(value: unknown): PlainValue {
  if (Array.isArray(value)) return value.map(plainValue);
  if (isRecord(value)) return plainMap(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
