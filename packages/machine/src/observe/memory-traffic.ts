import type { MachineParts } from "../machine-parts.ts";
import type { MemoryKind } from "../memory/memory-kind.ts";
import { workKinds } from "./region-totals.ts";

/** What reads and writes memories: transfers of each kind of engine, matrix products, and operations of vector units. */
export type WorkKind = (typeof workKinds)[number];

/** Bytes that completed work of one kind has read from a memory and written to it. */
export type WorkTraffic = { readonly work: WorkKind; readonly bytesRead: number; readonly bytesWritten: number };

/** Traffic of each memory of a kind, in id order, by kind of work; it adds up to the statistics `bytesRead` and `bytesWritten`. */
export function memoryTraffic({ totals, map }: MachineParts, kind: MemoryKind): readonly (readonly WorkTraffic[])[] {
  const { firstRegion, count } = map.rangeOf(kind);
  return Array.from({ length: count }, (_, id) =>
    workKinds.map((work, column) => ({
      work,
      bytesRead: totals.readBy[column]?.[firstRegion + id] ?? 0,
      bytesWritten: totals.writtenBy[column]?.[firstRegion + id] ?? 0,
    })),
  );
}
