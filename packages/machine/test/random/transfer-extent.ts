import type { TransferOrder } from "../machine-under-test.ts";
import { reachOf, scaled } from "./geometries.ts";
import type { RandomProgram, RandomTransfer } from "./program.ts";

interface TransferExtent {
  readonly what: Pick<TransferOrder, "bytes" | "layout">;
  readonly sourceReach: number;
  readonly destinationReach: number;
}

/** How much a transfer moves, and how many bytes from its addresses on it reaches. */
export function extentOf({ bytes, geometry }: RandomTransfer, granule: RandomProgram["granule"]): TransferExtent {
  if (geometry === undefined) {
    const count = bytes * granule;
    return { what: { bytes: count }, sourceReach: count, destinationReach: count };
  }
  const { layout, withBytes, overhang } = geometry;
  const pair = { source: scaled(layout.source, granule), destination: scaled(layout.destination, granule) };
  return {
    what: { layout: pair, ...(withBytes ? { bytes: bytes * granule } : {}) },
    sourceReach: Math.max(0, reachOf(pair.source) - overhang * granule),
    destinationReach: Math.max(0, reachOf(pair.destination) - overhang * granule),
  };
}
