import { tileArray } from "../compute/tile-arrays.ts";
import { widthOf } from "../config/widths.ts";
import type { Engine } from "../engine/engine.ts";
import { unitPhase } from "../engine/unit-table.ts";
import { waitCause } from "../engine/unit-waits.ts";
import { requireWhole } from "../errors.ts";
import type { MachineParts } from "../machine-parts.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import type { MoverKind } from "../movement/mover-kind.ts";
import { dramFigures } from "./dram-figures.ts";
import type { ComponentKind } from "./statistic-definitions.ts";

/** Figures of one component by statistic name. */
export type Figures = Readonly<Record<string, number>>;

/** All figures: the machine's own, and for each kind of component a list in id order. */
export type Statistics = { readonly machine: Figures } & Readonly<
  Record<Exclude<ComponentKind, "machine">, readonly Figures[]>
>;

/** Of every component. */
export function collectStatistics(sources: MachineParts): Statistics {
  const { config, engine, hazards } = sources;
  const all = (kind: Exclude<ComponentKind, "machine">): Figures[] => {
    const figuresOf = figuresBy(sources, kind);
    return Array.from({ length: countOf(sources, kind) }, (_, id) => figuresOf(id));
  };
  return {
    machine: {
      cycle: engine.cycle,
      simulatedTimeNs: engine.cycle / config.clockGhz,
      hazardCount: hazards.count,
    },
    host: all("host"),
    external: all("external"),
    l3: all("l3"),
    l2: all("l2"),
    scratchpad: all("scratchpad"),
    dma: all("dma"),
    blockMover: all("blockMover"),
    streamer: all("streamer"),
    tile: all("tile"),
    vector: all("vector"),
  };
}

/** The figures of some components of a kind: the same as in the statistics of all. Errors: KPU_COMPONENT_ID. */
export function collectFigures(
  sources: MachineParts,
  kind: Exclude<ComponentKind, "machine">,
  ids: readonly number[],
): readonly Figures[] {
  const count = countOf(sources, kind);
  for (const id of ids) requireWhole(id, `the id of a component (${kind})`, "KPU_COMPONENT_ID", 0, count - 1);
  return ids.map(figuresBy(sources, kind));
}

function countOf({ map, layout }: MachineParts, kind: Exclude<ComponentKind, "machine">): number {
  return isMemory(kind) ? map.rangeOf(kind).count : layout.rangeOf(kind).count;
}

function isMemory(kind: ComponentKind): kind is MemoryKind {
  return memoryKinds.some((each) => each === kind);
}

function figuresBy(sources: MachineParts, kind: Exclude<ComponentKind, "machine">): (id: number) => Figures {
  if (kind === "tile") return tileFigures(sources);
  if (kind === "vector") return vectorFigures(sources);
  if (!isMemory(kind)) return moverFigures(sources, kind);
  const figuresOf = memoryFigures(sources, kind);
  if (kind !== "external") return figuresOf;
  const { firstRegion } = sources.map.rangeOf(kind);
  return (id) => ({ ...figuresOf(id), ...dramFigures(sources.dram, firstRegion + id, sources.engine.cycle) });
}

function memoryFigures({ engine, totals, widths, map }: MachineParts, kind: MemoryKind): (id: number) => Figures {
  const { firstRegion } = map.rangeOf(kind);
  const ports = widths.ports[memoryKinds.indexOf(kind)];
  return (id) => {
    const bytesRead = totals.bytesRead[firstRegion + id] ?? 0;
    const bytesWritten = totals.bytesWritten[firstRegion + id] ?? 0;
    const portBytes = totals.portBytes[firstRegion + id] ?? 0;
    const unitsPerCycle = ports === undefined ? 0 : widthOf(ports, id);
    const portUtilization = ratio(portBytes * widths.unitsPerByte, unitsPerCycle * engine.cycle);
    return {
      capacityBytes: map.capacityOf(firstRegion + id),
      bytesRead,
      bytesWritten,
      portBytes,
      portUtilization,
      errorsCorrected: totals.errorsCorrected[firstRegion + id] ?? 0,
      errorsDetected: totals.errorsDetected[firstRegion + id] ?? 0,
      lastAccessCycle: totals.lastAccess[firstRegion + id] ?? -1,
    };
  };
}

function moverFigures({ engine, layout }: MachineParts, kind: MoverKind): (id: number) => Figures {
  const { first } = layout.rangeOf(kind);
  return (id) => {
    const unit = first + id;
    const busyCycles = busyCyclesOf(engine, unit);
    return {
      transfersCompleted: engine.units.completed[unit] ?? 0,
      bytesMoved: engine.units.bytesMoved[unit] ?? 0,
      queueLength: engine.units.outstanding[unit] ?? 0,
      busyCycles,
      utilization: ratio(busyCycles, engine.cycle),
      waitingForPortsCycles: engine.units.waits.forPorts[unit] ?? 0,
      ...waitFigures(engine, unit),
    };
  };
}

function tileFigures({ engine, layout, config }: MachineParts): (id: number) => Figures {
  const { first } = layout.rangeOf("tile");
  const { arrays, moverCount } = engine.units;
  return (id) => {
    const unit = first + id;
    const tile = unit - moverCount;
    const { rows, cols, systolic } = tileArray(config.computeTiles, id);
    const perCycle = systolic ? rows * cols : 1;
    const busyCycles = busyCyclesOf(engine, unit);
    const multiplyAccumulates = engine.units.multiplyAccumulates[unit] ?? 0;
    return {
      productsCompleted: engine.units.completed[unit] ?? 0,
      multiplyAccumulates,
      isBusy: (engine.units.outstanding[unit] ?? 0) > 0 ? 1 : 0,
      busyCycles,
      utilization: ratio(busyCycles, engine.cycle),
      arrayEfficiency: ratio(arrays.wordProducts[tile] ?? 0, perCycle * engine.cycle),
      operandAReads: arrays.operandAReads[tile] ?? 0,
      operandBReads: arrays.operandBReads[tile] ?? 0,
      partialSumReads: arrays.partialSumReads[tile] ?? 0,
      resultWrites: arrays.resultWrites[tile] ?? 0,
      ...waitFigures(engine, unit),
    };
  };
}

function vectorFigures({ engine, layout, config }: MachineParts): (id: number) => Figures {
  const { first } = layout.rangeOf("vector");
  const { width } = config.vectorUnits;
  return (id) => {
    const unit = first + id;
    const busyCycles = busyCyclesOf(engine, unit);
    const elementsProcessed = engine.units.vectorElements[unit] ?? 0;
    return {
      operationsCompleted: engine.units.completed[unit] ?? 0,
      elementsProcessed,
      queueLength: engine.units.outstanding[unit] ?? 0,
      busyCycles,
      utilization: ratio(busyCycles, engine.cycle),
      laneEfficiency: ratio(elementsProcessed, width * engine.cycle),
      ...waitFigures(engine, unit),
    };
  };
}

/** What goes on at present counts as well. */
function waitFigures({ units, cycle }: Engine, unit: number): Figures {
  const { waits, outstanding } = units;
  const missing = waits.missing[unit] ?? waitCause.none;
  const present = cycle - (waits.latestAttempt[unit] ?? 0);
  const idle = outstanding[unit] === 0 ? cycle - (waits.idleSince[unit] ?? 0) : 0;
  return {
    waitingForDataCycles: (waits.forData[unit] ?? 0) + (missing === waitCause.data ? present : 0),
    waitingForSpaceCycles: (waits.forSpace[unit] ?? 0) + (missing === waitCause.space ? present : 0),
    idleCycles: (waits.idle[unit] ?? 0) + idle,
  };
}

function busyCyclesOf({ units, cycle }: Engine, unit: number): number {
  const running = units.phase[unit] === unitPhase.idle ? 0 : cycle - (units.startCycle[unit] ?? 0);
  return (units.busyCycles[unit] ?? 0) + running;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
