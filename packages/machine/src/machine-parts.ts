import { tileSetups } from "./compute/tile-arrays.ts";
import { TileWork } from "./compute/tile-work.ts";
import { AccumulatorSets } from "./compute/vector/accumulator-sets.ts";
import { VectorWork, vectorSetups } from "./compute/vector/vector-work.ts";
import { flattenConfig } from "./config/flat-config.ts";
import type { MachineConfig, ResolvedConfig } from "./config/machine-config.ts";
import { nestConfig } from "./config/nest-config.ts";
import { requireSensible } from "./config/validate.ts";
import { unitsPerByteOf, widthsOf } from "./config/widths.ts";
import { dramClockOf, dramOf } from "./dram/dram-of.ts";
import type { ExternalDram } from "./dram/external-dram.ts";
import { Engine } from "./engine/engine.ts";
import type { HandleParts } from "./engine/handle-parts.ts";
import { Semaphores } from "./engine/semaphores.ts";
import { type FirstUnits, firstOf, UnitLayout, unitCounts } from "./engine/unit-layout.ts";
import { Faults } from "./faults/faults.ts";
import { MemoryErrors } from "./faults/memory-errors.ts";
import { StuckLines } from "./faults/stuck-lines.ts";
import { Upsets } from "./faults/upsets.ts";
import { addressMaps, type ConnectedMachine, connectedSystem } from "./interconnect/connected-system.ts";
import { bandwidthsOf, type Links, ownLinks, type SystemLinks } from "./interconnect/links.ts";
import type { NetworkWays } from "./interconnect/network-ways.ts";
import { hostOwner, type Regions } from "./interconnect/regions.ts";
import { MemoryContents } from "./memory/memory-contents.ts";
import { memoryKinds } from "./memory/memory-kind.ts";
import { moverKinds } from "./movement/mover-kind.ts";
import { deadlockError, waitingWork } from "./observe/deadlock.ts";
import { HazardLog } from "./observe/hazard-log.ts";
import { Recorder } from "./observe/recorder.ts";
import { RegionTotals } from "./observe/region-totals.ts";

/** What a machine is made of. The machines of a system share everything but the configuration, its names and its numbers. */
export type MachineParts = HandleParts & {
  readonly totals: RegionTotals;
  readonly hazards: HazardLog;
  readonly recorder: Recorder;
  readonly regions: Regions;
  /** To the host and to other machines; undefined where the host's memory is as near as any other. */
  readonly links: Links | undefined;
  /** The on-chip network of the machine, if it has one. */
  readonly network: NetworkWays | undefined;
  /** External memory at cycle fidelity. */
  readonly dram: ExternalDram | undefined;
  readonly faults: Faults;
  /** What reports call any unit of the engine. */
  readonly unitName: (unit: number) => string;
  /** Which machine of its system it is, and whether it was made as one of a system. */
  readonly number: number;
  readonly isInGroup: boolean;
  /** Of every machine of the system; of this one alone for a machine by itself. */
  readonly members: readonly MachineMember[];
};

/** What the machines of a system have each for itself. */
type MachineMember = ConnectedMachine & Pick<HandleParts, "layout">;

/** Puts a machine together. Errors: KPU_CONFIG. */
export function machineParts(given: MachineConfig): MachineParts {
  const config = resolveConfig(given);
  const [parts] = systemParts([config], ownLinks(config), false);
  if (parts === undefined) throw new RangeError("no machine was made");
  return parts;
}

/** A configuration with everything filled in and checked. Errors: KPU_CONFIG. */
export function resolveConfig(given: MachineConfig): ResolvedConfig {
  const config = deepFreeze(nestConfig(flattenConfig(given)));
  requireSensible(config);
  return config;
}

/**
 * A complete configuration of which a machine can be made, without making it. Errors: KPU_CONFIG, with whatever `Machine`
 * refuses.
 */
export function checkedConfig(given: MachineConfig): ResolvedConfig {
  const config = resolveConfig(given);
  addressMaps([config]);
  widthsOf(config, unitsPerByteOf(config, bandwidthsOf(ownLinks(config))));
  dramClockOf(config);
  return config;
}

/** Puts machines together that share one engine, one clock and the host's memories, which are those of the first. */
export function systemParts(
  configs: readonly ResolvedConfig[],
  systemLinks: SystemLinks | undefined,
  isInGroup: boolean,
): readonly MachineParts[] {
  const { unitsPerByte, interconnect, machines } = connectedSystem(configs, systemLinks);
  const layouts = unitLayouts(configs);
  const { regions, links, portWidths } = interconnect;
  const members = machines.map((machine, index): MachineMember => ({ ...machine, layout: at(layouts, index) }));
  const first = at(configs, 0);
  const unitName = (unit: number): string => {
    for (const { layout } of members) {
      const name = layout.nameOf(unit);
      if (name !== undefined) return name;
    }
    throw new RangeError(`no unit ${unit}`);
  };
  const totals = new RegionTotals(classesOf(regions), portWidths.length);
  const semaphores = new Semaphores();
  // In a system a region's address is the one that its first machine sees.
  const { map } = at(members, 0);
  const hazards = new HazardLog(first.hazardPolicy, {
    labelOf: (unit) => ({ sequence: engine.units.sequence[unit] ?? 0, unit: unitName(unit) }),
    addressOf: (region, offset) => map.baseOf(region) + offset,
  });
  const counts = configs.map(unitCounts);
  const firstTile = firstOf(configs).tile;
  const accumulators = new AccumulatorSets(semaphores, (tile) => unitName(firstTile + tile));
  const vectors = new VectorWork(configs.flatMap(vectorSetups));
  const moverCount = counts.reduce((sum, { mover }) => sum + mover, 0);
  const errors = new MemoryErrors(totals);
  const upsets = new Upsets((region) => regions.protection[region] ?? "none", errors);
  const lanesOf = (region: number): number => Math.max(1, Math.floor((portWidths[region] ?? 0) / Number(unitsPerByte)));
  const faults = new Faults(upsets, errors, new StuckLines(lanesOf));
  const dram = dramOf(machines, regions.count, moverCount, Number(unitsPerByte));
  const engine: Engine = new Engine(
    {
      moverCount,
      kindOfMover: kindsOfMovers(members, moverCount),
      tileCount: counts.reduce((sum, { tile }) => sum + tile, 0),
      unitsPerByte: Number(unitsPerByte),
      regionCount: regions.count,
      ports: { widths: portWidths, links: interconnect.lists, mostLinks: interconnect.mostLinks },
      untimed: first.fidelity === "functional",
      raisesHazards: first.hazardPolicy === "raise",
    },
    {
      contents: new MemoryContents((region) => map.capacityOf(region), !first.timingOnly, upsets),
      totals,
      hazards,
      tiles: new TileWork(
        configs.flatMap(({ computeTiles }) => tileSetups(computeTiles)),
        vectors,
      ),
      vectors,
      semaphores,
      dram,
      faults,
    },
    () => {
      const refused = engine
        .refused()
        .map((unit) => ({ unit: unitName(unit), sequence: engine.units.sequence[unit] ?? 0 }));
      return deadlockError(engine.cycle, waitingWork(engine, unitName, semaphores), refused);
    },
  );
  const recorder = new Recorder(engine, {
    unitCount: engine.units.unitCount,
    regionCount: regions.count,
    unitName,
    regionName: (region) => map.nameOf(region),
  });
  return members.map((member, number) => ({
    ...member,
    number,
    isInGroup,
    engine,
    semaphores,
    accumulators,
    totals,
    hazards,
    recorder,
    regions,
    links,
    dram,
    faults,
    unitName,
    members,
  }));
}

/** All movers come before all tiles, and all tiles before all vector units. */
function unitLayouts(configs: readonly ResolvedConfig[]): readonly UnitLayout[] {
  const counts = configs.map(unitCounts);
  const first: FirstUnits[] = [];
  let next = firstOf(configs);
  for (const { mover, tile } of counts) {
    first.push(next);
    next = { mover: next.mover + mover, tile: next.tile + tile, vector: next.vector + tile };
  }
  return configs.map(
    (config, machine) => new UnitLayout(config, first[machine], configs.length > 1 ? `KPU ${machine} ` : ""),
  );
}

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`no element ${index}`);
  return element;
}

function deepFreeze(config: ResolvedConfig): ResolvedConfig {
  for (const section of Object.values(config)) {
    if (typeof section !== "object") continue;
    Object.freeze(section);
    if ("instances" in section && section.instances !== undefined) {
      for (const each of new Set<object>(section.instances)) Object.freeze(each);
      Object.freeze(section.instances);
    }
  }
  return Object.freeze(config);
}

/** The memories of a kind of one machine are a class. */
function classesOf({ count, owner, level }: Regions): Uint16Array {
  return Uint16Array.from({ length: count }, (_, region) => {
    return ((owner[region] ?? 0) - hostOwner) * memoryKinds.length + (level[region] ?? 0);
  });
}

/** The kind of every mover of all machines, as its place in `moverKinds`. */
function kindsOfMovers(members: readonly Pick<MachineParts, "layout">[], moverCount: number): Uint8Array {
  const kinds = new Uint8Array(moverCount);
  for (const { layout } of members) {
    for (const [place, kind] of moverKinds.entries()) {
      const { first, count } = layout.rangeOf(kind);
      kinds.fill(place, first, first + count);
    }
  }
  return kinds;
}
