import {
  elementsPerWord,
  type Figures,
  type MemoryKind,
  memoryKinds,
  moverKinds,
  type ResolvedConfig,
  type Statistics,
} from "@kpu-sim/machine";
import type { MatmulProblem, PlannedProblem, Tiling, UnitsUsed } from "./problem.ts";

/** Traffic of one level of the memory hierarchy. */
export type LevelReport = {
  readonly level: MemoryKind;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes over the whole run, over what all ports of the level could have moved. */
  readonly portUtilization: number;
  /** Floating-point operations per byte of this level's traffic. */
  readonly intensityFlopsPerByte: number;
  /** What this level's ports allow at that intensity, floating-point operations per cycle. */
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

type ReportSources = {
  readonly config: ResolvedConfig;
  readonly problem: PlannedProblem;
  readonly tiling: Tiling;
  readonly units: UnitsUsed;
  readonly before: Statistics;
  readonly after: Statistics;
  readonly hazards: number;
};

export function reportOf({ config, problem, tiling, units, before, after, hazards }: ReportSources): MatmulReport {
  const { m, n, k, format, resultFormat, ending } = problem;
  const multiplyAccumulates = m * n * k;
  const cycles = difference(after.machine, before.machine, "cycle");
  const { rows, cols, systolic, instances } = config.computeTiles;
  const elements =
    instances?.slice(0, units.tiles).reduce((sum, tile) => sum + tile.rows * tile.cols, 0) ?? units.tiles * rows * cols;
  const elementsTogether = elementsPerWord(format, config.computeTiles.operandBits);
  const peakFlopsPerCycle = 2 * (systolic ? elements : units.tiles) * elementsTogether;
  const flopsPerCycle = ratio(2 * multiplyAccumulates, cycles);
  const levels = memoryKinds.map((level) =>
    levelReport(level, config, before[level], after[level], 2 * multiplyAccumulates, cycles),
  );
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
      .flatMap((kind) => unitReports(kind, units, before[kind], after[kind])),
    bound: isMemoryBound ? lowest.level : "compute",
    roofFlopsPerCycle: isMemoryBound ? lowest.roofFlopsPerCycle : peakFlopsPerCycle,
    hazards,
  };
}

const unitKinds = [...moverKinds, "tile", "vector"] as const;

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
  config: ResolvedConfig,
  before: readonly Figures[],
  after: readonly Figures[],
  flops: number,
  cycles: number,
): LevelReport {
  const bytesRead = total(after, "bytesRead") - total(before, "bytesRead");
  const bytesWritten = total(after, "bytesWritten") - total(before, "bytesWritten");
  const bytesPerCycle = bandwidthGbpsOf(config, level) / config.clockGhz;
  const portBytes = total(after, "portBytes") - total(before, "portBytes");
  const intensityFlopsPerByte = ratio(flops, portBytes);
  return {
    level,
    bytesRead,
    bytesWritten,
    portUtilization: ratio(portBytes, bytesPerCycle * cycles),
    intensityFlopsPerByte,
    roofFlopsPerCycle: portBytes === 0 ? Number.POSITIVE_INFINITY : intensityFlopsPerByte * bytesPerCycle,
  };
}

/** Of all memories of a level together. */
function bandwidthGbpsOf(config: ResolvedConfig, level: MemoryKind): number {
  const { hostMemory, externalMemory, l3Tiles, l2Banks, scratchpads } = config;
  const sections = {
    host: { ...hostMemory, count: hostMemory.regionCount },
    external: { ...externalMemory, count: externalMemory.bankCount },
    l3: l3Tiles,
    l2: l2Banks,
    scratchpad: scratchpads,
  };
  const { count, bandwidthGbps, instances } = sections[level];
  return instances?.reduce((sum, each) => sum + each.bandwidthGbps, 0) ?? count * bandwidthGbps;
}

function unitReports(
  kind: (typeof unitKinds)[number],
  units: UnitsUsed,
  before: readonly Figures[],
  after: readonly Figures[],
): readonly UnitReport[] {
  const { dmaEngines: dma, blockMovers: blockMover, streamers: streamer, tiles: tile } = units;
  const used = { dma, blockMover, streamer, tile, vector: tile }[kind];
  return after.slice(0, used).map((figures, id) => {
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
