import { type AreaTable, type AreaUnit, areaUnits, type OnChipMemory, onChipMemories } from "@kpu-sim/formats";
import { KpuError, type ResolvedConfig } from "@kpu-sim/machine";
import { requireAreaTable } from "./area-table.ts";

/** Area of one kind of components. */
export type AreaPart = {
  readonly component: OnChipMemory | AreaUnit | "arrays";
  /** Memories, processing elements of all arrays, engines, lanes of all vector units, or compute tiles beside their arrays. */
  readonly count: number;
  readonly mm2: number;
};

/** Area of a machine on its chip, as far as the table's figures go. */
export type AreaReport = {
  readonly table: string;
  readonly parts: readonly AreaPart[];
  readonly totalMm2: number;
  /** What no figure is known of, and is therefore not in the total. */
  readonly notCounted: readonly string[];
};

/** What the units are called where they are not counted. */
const unitNames: Readonly<Record<AreaUnit, string>> = {
  dma: "DMA engines",
  blockMover: "block movers",
  streamer: "streamers",
  vectorLane: "vector units",
  tile: "control of tiles",
};

/**
 * The area of a configuration: each memory on the chip, each processing element and each unit times the table's figure. Host and external memories are not
 * on the chip. Errors: KPU_CONFIG for a wrong table, KPU_ARGUMENT for a memory or an element that the table has no figure for.
 */
export function areaOf(config: ResolvedConfig, table: AreaTable): AreaReport {
  requireAreaTable(table);
  const parts: AreaPart[] = [
    ...onChipMemories.map((kind) => memoryArea(config, kind, table)),
    arrayArea(config, table),
    ...areaUnits.flatMap((unit) => unitArea(config, unit, table)),
  ];
  const unknown = areaUnits.filter((unit) => table.unitUm2?.[unit] === undefined).map((unit) => unitNames[unit]);
  const notCounted = [...unknown, "wires"];
  return { table: table.name, parts, totalMm2: parts.reduce((sum, { mm2 }) => sum + mm2, 0), notCounted };
}

function memoryArea(config: ResolvedConfig, kind: OnChipMemory, table: AreaTable): AreaPart {
  const section = { l3: config.l3Tiles, l2: config.l2Banks, scratchpad: config.scratchpads }[kind];
  const { count, capacityKb, instances } = section;
  const um2PerKb = table.memoryUm2PerKb[kind];
  if (count > 0 && um2PerKb === undefined)
    throw missing(table, `memories of kind ${kind}`, Object.keys(table.memoryUm2PerKb));
  const allKb = instances?.reduce((sum, instance) => sum + instance.capacityKb, 0) ?? count * capacityKb;
  return { component: kind, count, mm2: (allKb * (um2PerKb ?? 0)) / 1e6 };
}

/** A tile that is not systolic has one element. */
function arrayArea({ computeTiles }: ResolvedConfig, table: AreaTable): AreaPart {
  const { count, rows, cols, systolic, operandBits, instances } = computeTiles;
  const known = new Map(Object.entries(table.elementUm2));
  const each = known.get(String(operandBits));
  if (count > 0 && each === undefined)
    throw missing(table, `elements with operands of ${operandBits} bits`, [...known.keys()]);
  const inArrays = instances?.reduce((sum, array) => sum + array.rows * array.cols, 0) ?? count * rows * cols;
  const elements = systolic ? inArrays : count;
  return { component: "arrays", count: elements, mm2: (elements * (each ?? 0)) / 1e6 };
}

/** Nothing where the table has no figure. */
function unitArea(config: ResolvedConfig, unit: AreaUnit, table: AreaTable): readonly AreaPart[] {
  const each = table.unitUm2?.[unit];
  if (each === undefined) return [];
  const { dmaEngines, blockMovers, streamers, vectorUnits, computeTiles } = config;
  const counts: Readonly<Record<AreaUnit, number>> = {
    dma: dmaEngines.count,
    blockMover: blockMovers.count,
    streamer: streamers.count,
    vectorLane: computeTiles.count * vectorUnits.width,
    tile: computeTiles.count,
  };
  return [{ component: unit, count: counts[unit], mm2: (counts[unit] * each) / 1e6 }];
}

function missing(table: AreaTable, what: string, known: readonly string[]): KpuError {
  return new KpuError(
    "KPU_ARGUMENT",
    `area table '${table.name}' has no figure for ${what}; it has ${known.join(", ") || "none"}: give a table that has one`,
    { what },
  );
}
