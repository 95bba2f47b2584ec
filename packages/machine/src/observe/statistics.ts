import { tileArray } from "../compute/tile-arrays.ts";
import { widthOf } from "../config/widths.ts";
import type { Engine } from "../engine/engine.ts";
import { unitPhase } from "../engine/unit-table.ts";
import { waitCause } from "../engine/unit-waits.ts";
import { requireWhole } from "../errors.ts";
import type { MachineParts } from "../machine-parts.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import type { MoverKind } from "../movement/mover-kind.ts";
import { dramFigures, dramStatistics } from "./dram-figures.ts";

/** Kinds of components that have statistics. */
export type ComponentKind = "machine" | MemoryKind | MoverKind | "tile" | "vector";

/** One declared figure: the source of documentation, reports, the Python dictionary and the viewer. */
export type StatisticDefinition = { readonly name: string; readonly unit: string; readonly definition: string };

const memoryStatistics: readonly StatisticDefinition[] = [
  { name: "capacityBytes", unit: "bytes", definition: "Size of the memory." },
  { name: "bytesRead", unit: "bytes", definition: "Bytes that completed work of engines and tiles has read from it." },
  {
    name: "bytesWritten",
    unit: "bytes",
    definition: "Bytes that completed work of engines and tiles has written to it.",
  },
  {
    name: "portBytes",
    unit: "bytes",
    definition: "Bytes that engines have moved through its port, read and written; a matrix product uses no port.",
  },
  {
    name: "portUtilization",
    unit: "ratio",
    definition: "Bytes moved through the port over what it could have moved so far.",
  },
  {
    name: "errorsCorrected",
    unit: "words",
    definition: "Words of 64 bits in which check bits found a flipped bit when they were read, and turned it back.",
  },
  {
    name: "errorsDetected",
    unit: "words",
    definition: "Words of 64 bits that check bits found to be wrong when they were read, and could not mend.",
  },
  {
    name: "lastAccessCycle",
    unit: "cycle",
    definition: "Cycle of the latest access, the host's included; -1 before any.",
  },
];

const moverStatistics: readonly StatisticDefinition[] = [
  { name: "transfersCompleted", unit: "transfers", definition: "Transfers that have completed." },
  { name: "bytesMoved", unit: "bytes", definition: "Bytes of completed transfers." },
  {
    name: "queueLength",
    unit: "transfers",
    definition: "Transfers issued and not complete, the running one included.",
  },
  {
    name: "busyCycles",
    unit: "cycles",
    definition: "Cycles from start to completion, over all transfers, the running one so far.",
  },
  { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
  {
    name: "waitingForPortsCycles",
    unit: "cycles",
    definition:
      "Of the busy cycles of completed transfers, those beyond what each would have taken with its ports for itself; what DRAM takes is among them.",
  },
];

/** Cycles of a unit without work under way; with the busy cycles they add up to all cycles so far. */
const waitStatistics: readonly StatisticDefinition[] = [
  {
    name: "waitingForDataCycles",
    unit: "cycles",
    definition:
      "Cycles in which the work at the head of the queue lacked credits, the first missing one standing for data, so far.",
  },
  {
    name: "waitingForSpaceCycles",
    unit: "cycles",
    definition:
      "Cycles in which the work at the head of the queue lacked credits, the first missing one standing for space, so far.",
  },
  { name: "idleCycles", unit: "cycles", definition: "Cycles in which nothing was issued and not complete, so far." },
];

/** Every statistic of every kind of component. */
export const statisticDefinitions: Readonly<Record<ComponentKind, readonly StatisticDefinition[]>> = {
  machine: [
    { name: "cycle", unit: "cycle", definition: "The current cycle." },
    { name: "simulatedTimeNs", unit: "ns", definition: "The current cycle as time at the machine's clock." },
    { name: "hazardCount", unit: "hazards", definition: "Conflicts found between work in flight." },
  ],
  host: memoryStatistics,
  external: [...memoryStatistics, ...dramStatistics],
  l3: memoryStatistics,
  l2: memoryStatistics,
  scratchpad: memoryStatistics,
  dma: [...moverStatistics, ...waitStatistics],
  blockMover: [...moverStatistics, ...waitStatistics],
  streamer: [...moverStatistics, ...waitStatistics],
  tile: [
    { name: "productsCompleted", unit: "products", definition: "Matrix products that have completed." },
    { name: "multiplyAccumulates", unit: "operations", definition: "Multiply-accumulates of completed products." },
    { name: "isBusy", unit: "0 or 1", definition: "Whether a product has been issued and is not complete." },
    {
      name: "busyCycles",
      unit: "cycles",
      definition: "Cycles from start to completion, over all products, the running one so far.",
    },
    { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
    {
      name: "arrayEfficiency",
      unit: "ratio",
      definition: "Pairs of operand words multiplied over what the array could have multiplied so far.",
    },
    {
      name: "operandAReads",
      unit: "words",
      definition:
        "Words of operand_bits bits of A that completed products have read into the array; again for each fold that needs them.",
    },
    {
      name: "operandBReads",
      unit: "words",
      definition:
        "Words of operand_bits bits of B that completed products have read into the array; again for each fold that needs them.",
    },
    {
      name: "partialSumReads",
      unit: "elements",
      definition: "Sums that completed products have read into the array: of an earlier fold, or of C to accumulate.",
    },
    {
      name: "resultWrites",
      unit: "elements",
      definition: "Sums that completed products have written out of the array, finished or not.",
    },
    ...waitStatistics,
  ],
  vector: [
    { name: "operationsCompleted", unit: "operations", definition: "Vector operations that have completed." },
    {
      name: "elementsProcessed",
      unit: "elements",
      definition: "Elements that completed operations have taken in; again for each pass that they need.",
    },
    {
      name: "queueLength",
      unit: "operations",
      definition: "Operations issued and not complete, the running one included.",
    },
    {
      name: "busyCycles",
      unit: "cycles",
      definition: "Cycles from start to completion, over all operations, the running one so far.",
    },
    { name: "utilization", unit: "ratio", definition: "Busy cycles over all cycles so far." },
    {
      name: "laneEfficiency",
      unit: "ratio",
      definition: "Elements processed over what the unit could have taken in so far.",
    },
    ...waitStatistics,
  ],
};

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
