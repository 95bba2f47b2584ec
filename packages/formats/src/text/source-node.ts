import { KpuError } from "@kpu-sim/machine";
import { mostDepth } from "./limits.ts";
import { quoted } from "./shown.ts";

/** What a file says, with the place where each thing stands. YAML and JSON are both read into this. */
export type SourceNode = SourceScalar | SourceList | SourceMap;

type SourceScalar = {
  readonly kind: "scalar";
  /** Offset of the first character in the text. */
  readonly at: number;
  /** Values in the subtree, with what aliases repeat. */
  readonly size: 1;
  /** `undefined` where the file leaves the value empty (YAML) or says null. */
  readonly value: string | number | boolean | undefined;
};

type SourceList = {
  readonly kind: "list";
  readonly at: number;
  readonly size: number;
  readonly items: readonly SourceNode[];
};

export type SourceMap = {
  readonly kind: "map";
  readonly at: number;
  readonly size: number;
  readonly entries: ReadonlyMap<string, SourceEntry>;
};

export type SourceEntry = { readonly keyAt: number; readonly value: SourceNode };

/** Keys and list places from the top of a file to a value. */
export type Path = readonly (string | number)[];

const plainKey = /^[\w-]{1,60}$/;

/** A path as it is written in messages: `external_memory.banks[2].capacity_mb`. */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text === "" ? "" : "."}${plainKey.test(part) ? part : quoted(part)}`;
  }
  return text;
}

/** Offset of the value at a path, of its key where it is a map's; of the nearest thing above it where there is none. */
export function offsetOf(root: SourceNode, path: Path): number {
  let node = root;
  let at = root.at;
  for (const part of path) {
    if (typeof part === "number") {
      const item = node.kind === "list" ? node.items[part] : undefined;
      if (item === undefined) return at;
      node = item;
      at = item.at;
    } else {
      const entry = node.kind === "map" ? node.entries.get(part) : undefined;
      if (entry === undefined) return at;
      node = entry.value;
      at = entry.keyAt;
    }
  }
  return at;
}

/** Plain data of a program as contents without places, so that it is checked like a file. Errors: KPU_CONFIG. */
export function nodeOfValue(value: unknown, path: Path = []): SourceNode {
  if (path.length > mostDepth) throw unusable(path.slice(0, 3), "is nested too deep or contains itself");
  if (typeof value === "string" || typeof value === "boolean") return { kind: "scalar", at: 0, size: 1, value };
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw unusable(path, `is ${value}, which is not a finite number`);
    return { kind: "scalar", at: 0, size: 1, value };
  }
  if (value === undefined || value === null) return { kind: "scalar", at: 0, size: 1, value: undefined };
  if (Array.isArray(value)) {
    return { kind: "list", at: 0, size: 1, items: value.map((item, index) => nodeOfValue(item, [...path, index])) };
  }
  if (typeof value !== "object") throw unusable(path, `is a ${typeof value}`);
  const entries = new Map<string, SourceEntry>();
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) entries.set(key, { keyAt: 0, value: nodeOfValue(each, [...path, key]) });
  }
  return { kind: "map", at: 0, size: 1, entries };
}

function unusable(path: Path, what: string): KpuError {
  return new KpuError("KPU_CONFIG", `${pathText(path) || "the configuration"} ${what}`, { reason: "value" });
}
