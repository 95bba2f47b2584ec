import { widthOf } from "../config/widths.ts";
import type { MachineParts } from "../machine-parts.ts";
import { type MoverKind, moverKinds } from "../movement/mover-kind.ts";

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
  /** Latency of the path that a unit takes between two memories by number, links included, cycles. */
  readonly pathLatency: (unit: number, source: number, destination: number) => number;
  /** By region number: units that its port moves per cycle, and bytes that work has read and written. */
  readonly regions: readonly {
    readonly unitsPerCycle: number;
    readonly bytesAccessed: number;
  }[];
  /** By unit number: units that it can move per cycle, and bytes that it has moved; undefined for tiles. */
  readonly units: readonly ({ readonly unitsPerCycle: number; readonly bytesMoved: number } | undefined)[];
};

export function traceFactsOf(parts: MachineParts): TraceFacts {
  const { config, engine, totals, regions, members } = parts;
  const { completed, bytesMoved, unitCount } = engine.units;
  const movers: TraceFacts["units"][number][] = Array.from({ length: unitCount }, () => undefined);
  for (const { layout, widths } of members) {
    const { dma, blockMover, streamerRows, streamerColumns } = widths;
    const widest: Readonly<Record<MoverKind, (id: number) => number>> = {
      dma: (id) => widthOf(dma, id),
      blockMover: (id) => widthOf(blockMover, id),
      streamer: () => Math.max(streamerRows, streamerColumns),
    };
    for (const kind of moverKinds) {
      const { first, count } = layout.rangeOf(kind);
      for (let id = 0; id < count; id++) {
        movers[first + id] = { unitsPerCycle: widest[kind](id), bytesMoved: bytesMoved[first + id] ?? 0 };
      }
    }
  }
  return {
    unitsPerByte: parts.widths.unitsPerByte,
    isTimed: config.fidelity !== "functional",
    completed: completed.reduce((sum, count) => sum + count, 0),
    pathLatency: (unit, source, destination) => pathLatencyIn(parts, unit, source, destination),
    regions: Array.from({ length: regions.count }, (_, region) => ({
      unitsPerCycle: regions.portWidth[region] ?? 0,
      bytesAccessed: (totals.bytesRead[region] ?? 0) + (totals.bytesWritten[region] ?? 0),
    })),
    units: movers,
  };
}

function pathLatencyIn({ members }: MachineParts, unit: number, source: number, destination: number): number {
  const member = members.find(({ layout }) => layout.nameOf(unit) !== undefined);
  const { first = 0, count = 0 } = member?.layout.rangeOf("dma") ?? {};
  const dma = unit >= first && unit < first + count ? unit - first : undefined;
  return member?.routes.between(source, destination, dma).latencyCycles ?? 0;
}
