import { flattenConfig } from "../config/flat-config.ts";
import type { Fidelity, FlatConfig } from "../config/machine-config.ts";
import type { UnitKind } from "../engine/unit-layout.ts";
import type { SystemLinks } from "../interconnect/links.ts";
import { hostOwner } from "../interconnect/regions.ts";
import type { MachineParts } from "../machine-parts.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";

/** A unit of a machine, which does the work of a trace. */
export type TraceUnit = {
  /** `dma 0`; in a group `KPU 1 dma 0`. */
  readonly name: string;
  readonly kind: UnitKind;
  readonly id: number;
  /** Number of its machine in the group; 0 without one. */
  readonly machine: number;
};

/** A memory of a machine, out of which and into which the work of a trace goes. */
export type TraceMemory = {
  /** `external bank 1`; in a group `external bank 1 of KPU 2`, but for those of the first machine and of the host. */
  readonly name: string;
  readonly kind: MemoryKind;
  readonly id: number;
  /** Number of its machine in the group; 0 without one, and for the host's. */
  readonly machine: number;
  /** Its first address, as the first machine sees it. */
  readonly base: number;
  readonly capacityBytes: number;
  /** Bytes that its port moves in a cycle. */
  readonly bytesPerCycle: number;
};

/** What the numbers in the columns of a trace stand for, and the machines that it is of. */
export type TraceOrigin = {
  readonly clockGhz: number;
  readonly fidelity: Fidelity;
  /** By unit number. */
  readonly units: readonly TraceUnit[];
  /** By region number. */
  readonly memories: readonly TraceMemory[];
  /** Of each machine of the group in the flat form; of the one alone without a group. */
  readonly configs: readonly FlatConfig[];
  /** Between the host and machines, and between machines; undefined where there are none. */
  readonly links: SystemLinks | undefined;
};

const unitKinds = ["dma", "blockMover", "streamer", "tile", "vector"] as const satisfies readonly UnitKind[];

export function traceOriginOf({ members, regions, widths, engine, unitName, links }: MachineParts): TraceOrigin {
  const units: TraceUnit[] = Array.from({ length: engine.units.unitCount });
  for (const [machine, { layout }] of members.entries()) {
    for (const kind of unitKinds) {
      const { first, count } = layout.rangeOf(kind);
      for (let id = 0; id < count; id++) units[first + id] = { name: unitName(first + id), kind, id, machine };
    }
  }
  const [member] = members;
  if (member === undefined) throw new RangeError("a trace of no machine");
  const { map, config } = member;
  const firstOf = members.map((each) => each.map.classes.map(({ firstRegion }) => firstRegion));
  const memories = Array.from({ length: regions.count }, (_, region): TraceMemory => {
    const level = regions.level[region] ?? 0;
    const owner = regions.owner[region] ?? hostOwner;
    const machine = owner === hostOwner ? 0 : owner;
    return {
      name: map.nameOf(region),
      kind: memoryKinds[level] ?? "host",
      id: region - (firstOf[machine]?.[level] ?? 0),
      machine,
      base: map.baseOf(region),
      capacityBytes: map.capacityOf(region),
      bytesPerCycle: (regions.portWidth[region] ?? 0) / widths.unitsPerByte,
    };
  });
  return {
    clockGhz: config.clockGhz,
    fidelity: config.fidelity,
    units,
    memories,
    configs: members.map((each) => flattenConfig(each.config)),
    links: links?.configs,
  };
}
