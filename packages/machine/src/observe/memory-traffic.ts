import type { MachineParts } from "../machine-parts.ts";
import type { MemoryKind } from "../memory/memory-kind.ts";
import { workKinds } from "./region-totals.ts";

/** What reads and writes memories: transfers of each kind of engine, matrix products, and operations of vector units. */
export type WorkKind = (typeof workKinds)[number];

/** Bytes that completed work of one kind has read from memories and written to them. */
export type WorkTraffic = { readonly work: WorkKind; readonly bytesRead: number; readonly bytesWritten: number };

/** Traffic of all memories of a kind by kind of work; it adds up to their statistics `bytesRead` and `bytesWritten`. */
export function memoryTraffic({ totals, map }: MachineParts, kind: MemoryKind): readonly WorkTraffic[] {
  const { firstRegion, count } = map.rangeOf(kind);
  if (count === 0) return workKinds.map((work) => ({ work, bytesRead: 0, bytesWritten: 0 }));
  const traffic = totals.ofClass(firstRegion);
  return workKinds.map((work, place) => ({ work, bytesRead: 0, bytesWritten: 0, ...traffic[place] }));
}
