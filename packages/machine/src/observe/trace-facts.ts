import { memoryClasses } from "../config/memory-classes.ts";
import type { MachineParts } from "../machine-parts.ts";
import { memoryKinds } from "../memory/memory-kind.ts";
import { moverKinds } from "../movement/mover-kind.ts";

/**
 * What a trace is judged by. Amounts per cycle are whole numbers of units, of which a byte has `unitsPerByte`, so that nothing
 * is rounded.
 */
export type TraceFacts = {
  readonly unitsPerByte: number;
  /** False at functional fidelity, where nothing takes time. */
  readonly isTimed: boolean;
  /** Completed pieces of work since the start or reset; a trace that has as many events covers all of it. */
  readonly completed: number;
  /** Access latency of each level of the hierarchy, cycles. */
  readonly levelLatencies: readonly number[];
  /** By region number: its level, units that its port moves per cycle, and bytes that work has read and written. */
  readonly regions: readonly {
    readonly level: number;
    readonly unitsPerCycle: number;
    readonly bytesAccessed: number;
  }[];
  /** By unit number: units that it can move per cycle, and bytes that it has moved; undefined for tiles. */
  readonly units: readonly ({ readonly unitsPerCycle: number; readonly bytesMoved: number } | undefined)[];
};

export function traceFactsOf({ config, widths, engine, totals, layout }: MachineParts): TraceFacts {
  const { completed, bytesMoved, unitCount } = engine.units;
  const classes = memoryClasses(config);
  const levels = memoryKinds.flatMap((_, level) => Array.from({ length: classes[level]?.count ?? 0 }, () => level));
  const widest = {
    dma: widths.dma,
    blockMover: widths.blockMover,
    streamer: Math.max(widths.streamerRows, widths.streamerColumns),
  };
  const movers = moverKinds.flatMap((kind) =>
    Array.from({ length: layout.rangeOf(kind).count }, (_, id) => ({
      unitsPerCycle: widest[kind],
      bytesMoved: bytesMoved[layout.rangeOf(kind).first + id] ?? 0,
    })),
  );
  return {
    unitsPerByte: widths.unitsPerByte,
    isTimed: config.fidelity !== "functional",
    completed: completed.reduce((sum, count) => sum + count, 0),
    levelLatencies: classes.map(({ latencyCycles }) => latencyCycles),
    regions: levels.map((level, region) => ({
      level,
      unitsPerCycle: widths.ports[level] ?? 0,
      bytesAccessed: (totals.bytesRead[region] ?? 0) + (totals.bytesWritten[region] ?? 0),
    })),
    units: Array.from({ length: unitCount }, (_, unit) => movers[unit]),
  };
}
