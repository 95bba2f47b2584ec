import { tileArray } from "../compute/tile-arrays.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { hex } from "../errors.ts";
import { type MemoryKind, memoryKinds } from "../memory/memory-kind.ts";
import { type MoverKind, moverKinds } from "../movement/mover-kind.ts";
import type { Figures, Statistics } from "./statistics.ts";

/** Of a kind with more components than this, only so many of those in use are listed. */
const mostLines = 64;

const memoryTitles: Readonly<Record<MemoryKind, string>> = {
  host: "Host memory regions",
  external: "External memory banks",
  l3: "L3 tiles",
  l2: "L2 banks",
  scratchpad: "Scratchpads",
};

const moverTitles: Readonly<Record<MoverKind, string>> = {
  dma: "DMA engines",
  blockMover: "Block movers",
  streamer: "Streamers",
};

/** The machine's totals as text: time, counts of components, traffic per level, work done. */
export function formatStatistics(statistics: Statistics, hostMs: number | undefined): string {
  const { cycle = 0, simulatedTimeNs = 0, hazardCount = 0 } = statistics.machine;
  const lines = ["KPU Simulator Statistics", `  Cycles:         ${cycle}`, `  Simulated time: ${simulatedTimeNs} ns`];
  if (hostMs !== undefined) lines.push(`  Host time:      ${hostMs.toFixed(2)} ms`);
  for (const kind of memoryKinds) {
    const figures = statistics[kind];
    lines.push(
      `  ${memoryTitles[kind]}: ${figures.length}, ${sum(figures, "bytesRead")} B read, ${sum(figures, "bytesWritten")} B written`,
    );
  }
  for (const kind of moverKinds) {
    const figures = statistics[kind];
    lines.push(
      `  ${moverTitles[kind]}: ${figures.length}, ${sum(figures, "transfersCompleted")} transfers, ${sum(figures, "bytesMoved")} B moved, ` +
        waitText(figures),
    );
  }
  const tiles = statistics.tile;
  lines.push(
    `  Compute tiles: ${tiles.length}, ${sum(tiles, "productsCompleted")} products, ${sum(tiles, "multiplyAccumulates")} multiply-accumulates, ` +
      waitText(tiles),
  );
  const vectors = statistics.vector;
  if (vectors.some(isVectorUsed)) {
    lines.push(
      `  Vector units: ${vectors.length}, ${sum(vectors, "operationsCompleted")} operations, ` +
        `${sum(vectors, "elementsProcessed")} elements, ${waitText(vectors)}`,
    );
  }
  lines.push(`  Hazards: ${hazardCount}`);
  return lines.join("\n");
}

/**
 * A line per component: state, queue, bytes moved, utilisation. Of kinds with very many components the first of those in use are
 * listed, and the others are counted.
 */
export function formatComponentStatus(
  statistics: Statistics,
  config: ResolvedConfig,
  baseOf: (kind: MemoryKind, id: number) => number,
): string {
  const lines = [`KPU Component Status at cycle ${statistics.machine["cycle"] ?? 0}`];
  for (const kind of memoryKinds) {
    const line = (figures: Figures, id: number): string =>
      `[${id}] ${hex(baseOf(kind, id))}, ${capacityText(figures["capacityBytes"] ?? 0)}, ready, ${figures["bytesRead"] ?? 0} B read, ` +
      `${figures["bytesWritten"] ?? 0} B written, port ${percent(figures["portUtilization"])}`;
    lines.push(...section(memoryTitles[kind], statistics[kind], line, (each) => (each["lastAccessCycle"] ?? -1) >= 0));
  }
  for (const kind of moverKinds) {
    const line = (figures: Figures, id: number): string =>
      `[${id}] ${stateText((figures["queueLength"] ?? 0) > 0)}, queue ${figures["queueLength"] ?? 0}, ` +
      `${figures["transfersCompleted"] ?? 0} transfers, ${figures["bytesMoved"] ?? 0} B moved, busy ${percent(figures["utilization"])}, ` +
      waitText([figures]);
    const isUsed = (each: Figures): boolean => (each["busyCycles"] ?? 0) > 0 || (each["queueLength"] ?? 0) > 0;
    lines.push(...section(moverTitles[kind], statistics[kind], line, isUsed));
  }
  const arrayOf = (id: number): string => {
    const { rows, cols, systolic } = tileArray(config.computeTiles, id);
    return systolic ? `${rows} x ${cols} systolic array` : "one multiply-accumulate a cycle";
  };
  const tileLine = (figures: Figures, id: number): string =>
    `[${id}] ${stateText(figures["isBusy"] === 1)}, ${arrayOf(id)}, ${figures["productsCompleted"] ?? 0} products, ` +
    `${figures["multiplyAccumulates"] ?? 0} multiply-accumulates, busy ${percent(figures["utilization"])}, ` +
    `array efficiency ${percent(figures["arrayEfficiency"])}, elements of A ${figures["operandAReads"] ?? 0}, ` +
    `of B ${figures["operandBReads"] ?? 0}, partial sums ${figures["partialSumReads"] ?? 0} read, ` +
    `results ${figures["resultWrites"] ?? 0} written, ${waitText([figures])}`;
  lines.push(
    ...section(
      "Compute tiles",
      statistics.tile,
      tileLine,
      (each) => (each["busyCycles"] ?? 0) > 0 || each["isBusy"] === 1,
    ),
  );
  // Every tile has one; a machine that does not use them need not know.
  if (statistics.vector.some(isVectorUsed)) {
    const vectorLine = (figures: Figures, id: number): string =>
      `[${id}] ${stateText((figures["queueLength"] ?? 0) > 0)}, ${config.vectorUnits.width} elements a cycle, ` +
      `queue ${figures["queueLength"] ?? 0}, ${figures["operationsCompleted"] ?? 0} operations, ` +
      `${figures["elementsProcessed"] ?? 0} elements, busy ${percent(figures["utilization"])}, ${waitText([figures])}`;
    lines.push(...section("Vector units", statistics.vector, vectorLine, isVectorUsed));
  }
  return lines.join("\n");
}

function isVectorUsed(figures: Figures): boolean {
  return (
    (figures["busyCycles"] ?? 0) > 0 || (figures["operationsCompleted"] ?? 0) > 0 || (figures["queueLength"] ?? 0) > 0
  );
}

function section(
  title: string,
  all: readonly Figures[],
  line: (figures: Figures, id: number) => string,
  isUsed: (figures: Figures) => boolean,
): string[] {
  const lines = [`${title}: ${all.length}`];
  let unused = 0;
  let unlisted = 0;
  for (const [id, figures] of all.entries()) {
    if (all.length > mostLines && !isUsed(figures)) unused++;
    else if (lines.length > mostLines) unlisted++;
    else lines.push(`  ${line(figures, id)}`);
  }
  const more = [
    ...(unlisted > 0 ? [`${unlisted} more in use`] : []),
    ...(unused > 0 ? [`${unused} not used so far`] : []),
  ];
  if (more.length > 0) lines.push(`  (${more.join(", ")}; the statistics have the figures of all)`);
  return lines;
}

function sum(all: readonly Figures[], name: string): number {
  return all.reduce((total, figures) => total + (figures[name] ?? 0), 0);
}

/** Cycles in which the components waited, summed up; for ports only where they use any. */
function waitText(all: readonly Figures[]): string {
  const usesPorts = all.some((figures) => figures["waitingForPortsCycles"] !== undefined);
  const ports = usesPorts ? `, for ports ${sum(all, "waitingForPortsCycles")}` : "";
  return `cycles waited for data ${sum(all, "waitingForDataCycles")}, for space ${sum(all, "waitingForSpaceCycles")}${ports}`;
}

function stateText(isBusy: boolean): string {
  return isBusy ? "busy" : "idle";
}

function percent(value: number | undefined): string {
  return `${(100 * (value ?? 0)).toFixed(1)} %`;
}

function capacityText(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : `${bytes / 2 ** 10} KB`;
}
