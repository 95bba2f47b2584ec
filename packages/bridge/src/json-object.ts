import { KpuError } from "@kpu-sim/machine";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** An object out of JSON whose contents nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that bytes of JSON stand for. */
export function jsonObjectOf(bytes: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(decoder.decode(bytes));
  if (isJsonObject(value)) return value;
  throw new KpuError("KPU_ARGUMENT", "the request's JSON is not an object");
}
