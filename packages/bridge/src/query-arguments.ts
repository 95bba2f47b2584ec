import type { FileFormat } from "@kpu-sim/formats";
import { KpuError } from "@kpu-sim/machine";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/** Arguments of named queries, which are JSON that nobody has checked. Errors: KPU_TYPE, KPU_ARGUMENT. */

export function textOf(args: JsonObject, key: string): string {
  const value = args[key];
  if (typeof value === "string") return value;
  throw new KpuError("KPU_TYPE", `${key} must be text, got ${typeof value}`);
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(args: JsonObject, key: string): number {
  const value = args[key];
  if (typeof value === "number") return value;
  throw new KpuError("KPU_TYPE", `${key} must be a number, got ${typeof value}`);
}

/** `what` says in words what it has to be. */
export function objectOf(args: JsonObject, key: string, what: string): JsonObject {
  const value = args[key];
  if (isJsonObject(value)) return value;
  throw new KpuError("KPU_TYPE", `${key} must be ${what}, got ${typeof value}`);
}

export function formatOf(args: JsonObject): FileFormat {
  const { format } = args;
  if (format === "yaml" || format === "json") return format;
  throw new KpuError("KPU_ARGUMENT", `format must be 'yaml' or 'json', got '${String(format)}'`);
}
