import type { AddressMap } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { memoryClasses } from "../config/memory-classes.ts";
import type { Widths } from "../config/widths.ts";

/** The fixed numbers of a machine that the engine works with; derived from the configuration once. */
export type EngineShape = {
  /** DMA engines, block movers and streamers together. */
  readonly moverCount: number;
  readonly tileCount: number;
  readonly unitsPerByte: number;
  /** Units per cycle of each region's port. */
  readonly portWidths: Float64Array;
  /** Level of each region in the chain host - external - L3 - L2 - scratchpad. */
  readonly levels: Uint8Array;
  /** Access latency of each level, cycles. */
  readonly levelLatencies: readonly number[];
  /** Functional fidelity: order without time. */
  readonly untimed: boolean;
  /** Whether a hazard is thrown when work starts. */
  readonly raisesHazards: boolean;
};

export function shapeOf(config: ResolvedConfig, map: AddressMap, widths: Widths, moverCount: number): EngineShape {
  const portWidths = new Float64Array(map.regionCount);
  const levels = new Uint8Array(map.regionCount);
  for (const [level, { firstRegion, count }] of map.classes.entries()) {
    portWidths.fill(widths.ports[level] ?? 0, firstRegion, firstRegion + count);
    levels.fill(level, firstRegion, firstRegion + count);
  }
  return {
    moverCount,
    tileCount: config.computeTiles.count,
    unitsPerByte: widths.unitsPerByte,
    portWidths,
    levels,
    levelLatencies: memoryClasses(config).map(({ latencyCycles }) => latencyCycles),
    untimed: config.fidelity === "functional",
    raisesHazards: config.hazardPolicy === "raise",
  };
}

/** Latency of the path between two levels (timing rule 4): every level of the chain from end to end, at least 1. */
export function pathLatency(levelLatencies: readonly number[], from: number, to: number): number {
  let sum = from === to ? (levelLatencies[from] ?? 0) : 0;
  for (let level = Math.min(from, to); level <= Math.max(from, to); level++) sum += levelLatencies[level] ?? 0;
  return Math.max(1, sum);
}
