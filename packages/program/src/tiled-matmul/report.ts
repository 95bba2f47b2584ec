import {
  elementsPerWord,
  type Figures,
  type Machine,
  type MemoryKind,
  type MoverKind,
  memoryKinds,
  moverKinds,
  type ResolvedConfig,
} from "@kpu-sim/machine";
import type { MatmulProblem, PlannedProblem, Tiling, UnitsUsed } from "./problem.ts";

/** Traffic of one level of the memory hierarchy. */
export type LevelReport = {
  readonly level: MemoryKind;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Memories of the level in which the product has anything. */
  readonly memories: number;
  /** Bytes over the whole run, over what the ports of these memories could have moved. */
  readonly portUtilization: number;
  /** Floating-point operations per byte of this level's traffic. */
  readonly intensityFlopsPerByte: number;
  /** What the ports of these memories allow at that intensity, floating-point operations per cycle. */
  readonly roofFlopsPerCycle: number;
};

/** Where the cycles of an engine or a compute tile went. They add up to the cycles of the run. */
export type UnitReport = {
  /** `dma 0`, `block mover 1`, `streamer 2`, `tile 0`, and `vector 0` where products end in the vector units. */
  readonly unit: string;
  readonly operations: number;
  readonly busyCycles: number;
  /** Idle because the next operation's data had not arrived. */
  readonly waitingForDataCycles: number;
  /** Idle because the next operation's destination was not free. */
  readonly waitingForSpaceCycles: number;
  /** Part of `busyCycles`: how much longer transfers took because other engines used the same ports. */
  readonly waitingForPortsCycles: number;
  readonly idleCycles: number;
};

/** What a tiled product took, and why. */
export type MatmulReport = MatmulProblem & {
  readonly tiling: Tiling;
  readonly units: UnitsUsed;
  readonly cycles: number;
  readonly timeNs: number;
  readonly multiplyAccumulates: number;
  /** Two for each multiply-accumulate. */
  readonly flopsPerCycle: number;
  /** Of the compute tiles used, for the format of the operands. */
  readonly peakFlopsPerCycle: number;
  /** flopsPerCycle over peakFlopsPerCycle. */
  readonly utilization: number;
  readonly levels: readonly LevelReport[];
  readonly unitReports: readonly UnitReport[];
  /** Roofline: the lowest roof, `compute` or a level of memory, and its height. */
  readonly bound: "compute" | MemoryKind;
  readonly roofFlopsPerCycle: number;
  /** Conflicts between work in flight; a correct program has none. */
  readonly hazards: number;
};

type UnitKind = MoverKind | "tile" | "vector";

/** What a product uses of a machine: the memories by id, and how many of the units. */
export type PartsUsed = {
  readonly memories: Readonly<Record<MemoryKind, readonly number[]>>;
  readonly units: UnitsUsed;
};

/** The figures of all that a product uses, at one moment. */
export type FiguresUsed = {
  readonly cycle: number;
  readonly hazards: number;
  readonly memories: Readonly<Record<MemoryKind, readonly Figures[]>>;
  readonly units: Readonly<Record<UnitKind, readonly Figures[]>>;
};

export function figuresUsed(machine: Machine, { memories, units }: PartsUsed): FiguresUsed {
  const of = (kind: MemoryKind): readonly Figures[] => machine.figures(kind, memories[kind]);
  const first = (kind: UnitKind, count: number): readonly Figures[] =>
    machine.figures(
      kind,
      Array.from({ length: count }, (_, id) => id),
    );
  return {
    cycle: machine.cycle,
    hazards: machine.hazards.length,
    memories: { host: of("host"), external: of("external"), l3: of("l3"), l2: of("l2"), scratchpad: of("scratchpad") },
    units: {
      dma: first("dma", units.dmaEngines),
      blockMover: first("blockMover", units.blockMovers),
      streamer: first("streamer", units.streamers),
      tile: first("tile", units.tiles),
      vector: first("vector", units.tiles),
    },
  };
}

type ReportSources = {
  readonly config: ResolvedConfig;
  readonly problem: PlannedProblem;
  readonly tiling: Tiling;
  readonly used: PartsUsed;
  readonly before: FiguresUsed;
  readonly after: FiguresUsed;
};

export function reportOf({ config, problem, tiling, used, before, after }: ReportSources): MatmulReport {
  const { units } = used;
  const { m, n, k, format, resultFormat, ending } = problem;
  const multiplyAccumulates = m * n * k;
  const cycles = after.cycle - before.cycle;
  const { rows, cols, systolic, instances } = config.computeTiles;
  const elements =
    instances?.slice(0, units.tiles).reduce((sum, tile) => sum + tile.rows * tile.cols, 0) ?? units.tiles * rows * cols;
  const elementsTogether = elementsPerWord(format, config.computeTiles.operandBits);
  const peakFlopsPerCycle = 2 * (systolic ? elements : units.tiles) * elementsTogether;
  const flopsPerCycle = ratio(2 * multiplyAccumulates, cycles);
  const levels = memoryKinds.map((level) => {
    const bytesPerCycle = bandwidthGbpsOf(config, level, used.memories[level]) / config.clockGhz;
    return levelReport(
      level,
      bytesPerCycle,
      before.memories[level],
      after.memories[level],
      multiplyAccumulates,
      cycles,
    );
  });
  const lowest = levels.reduce((low, level) => (level.roofFlopsPerCycle < low.roofFlopsPerCycle ? level : low));
  const isMemoryBound = lowest.roofFlopsPerCycle < peakFlopsPerCycle;
  return {
    m,
    n,
    k,
    format,
    resultFormat,
    tiling,
    units,
    cycles,
    timeNs: cycles / config.clockGhz,
    multiplyAccumulates,
    flopsPerCycle,
    peakFlopsPerCycle,
    utilization: flopsPerCycle / peakFlopsPerCycle,
    levels,
    unitReports: unitKinds
      .filter((kind) => kind !== "vector" || ending !== undefined)
      .flatMap((kind) => unitReports(kind, before.units[kind], after.units[kind])),
    bound: isMemoryBound ? lowest.level : "compute",
    roofFlopsPerCycle: isMemoryBound ? lowest.roofFlopsPerCycle : peakFlopsPerCycle,
    hazards: after.hazards - before.hazards,
  };
}

const unitKinds: readonly UnitKind[] = [...moverKinds, "tile", "vector"];

/** Which statistic counts what a unit has done. */
const operationNames = { tile: "productsCompleted", vector: "operationsCompleted" } as const;

/** As hazards and traces name them. */
const unitNames = {
  dma: "dma",
  blockMover: "block mover",
  streamer: "streamer",
  tile: "tile",
  vector: "vector",
} as const;

function levelReport(
  level: MemoryKind,
  bytesPerCycle: number,
  before: readonly Figures[],
  after: readonly Figures[],
  multiplyAccumulates: number,
  cycles: number,
): LevelReport {
  const portBytes = total(after, "portBytes") - total(before, "portBytes");
  const intensityFlopsPerByte = ratio(2 * multiplyAccumulates, portBytes);
  return {
    level,
    bytesRead: total(after, "bytesRead") - total(before, "bytesRead"),
    bytesWritten: total(after, "bytesWritten") - total(before, "bytesWritten"),
    memories: after.length,
    portUtilization: ratio(portBytes, bytesPerCycle * cycles),
    intensityFlopsPerByte,
    roofFlopsPerCycle: portBytes === 0 ? Number.POSITIVE_INFINITY : intensityFlopsPerByte * bytesPerCycle,
  };
}

/** Of some memories of a level together. */
function bandwidthGbpsOf(config: ResolvedConfig, level: MemoryKind, ids: readonly number[]): number {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads } = config;
  const sections = {
    host: hostMemory,
    external: externalMemory,
    l3: l3Tiles,
    l2: l2Banks,
    scratchpad: scratchpads,
  };
  const { bandwidthGbps, instances } = sections[level];
  return ids.reduce((sum, id) => sum + (instances?.[id]?.bandwidthGbps ?? bandwidthGbps), 0);
}

function unitReports(kind: UnitKind, before: readonly Figures[], after: readonly Figures[]): readonly UnitReport[] {
  return after.map((figures, id) => {
    const since = (name: string): number => difference(figures, before[id] ?? {}, name);
    return {
      unit: `${unitNames[kind]} ${id}`,
      operations: since(kind === "tile" || kind === "vector" ? operationNames[kind] : "transfersCompleted"),
      busyCycles: since("busyCycles"),
      waitingForDataCycles: since("waitingForDataCycles"),
      waitingForSpaceCycles: since("waitingForSpaceCycles"),
      waitingForPortsCycles: since("waitingForPortsCycles"),
      idleCycles: since("idleCycles"),
    };
  });
}

function total(all: readonly Figures[], name: string): number {
  return all.reduce((sum, figures) => sum + (figures[name] ?? 0), 0);
}

function difference(after: Figures, before: Figures, name: string): number {
  return (after[name] ?? 0) - (before[name] ?? 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
