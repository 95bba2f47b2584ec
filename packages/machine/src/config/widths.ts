import { KpuError } from "../errors.ts";
import { mapAlike } from "./instances.ts";
import type { ResolvedConfig } from "./machine-config.ts";
import { type MemoryClass, memoryClasses } from "./memory-classes.ts";
import { divide, leastCommonDenominator, rationalOf } from "./rational.ts";

/** Bytes of a float32, the element of a geometry that does not say another. */
export const elementBytes = 4;

/** Units per cycle of all instances of a class: the same for each, unless they are listed. */
export type ClassWidths = { readonly each: number; readonly listed: readonly number[] | undefined };

/**
 * All widths as whole numbers of one unit: 1/`unitsPerByte` of a byte, per cycle. Every amount the engine counts is
 * then an integer (timing rule 3: twice the least common denominator, because a copy within one port counts double).
 */
export type Widths = {
  readonly unitsPerByte: number;
  /** Per memory class in hierarchy order: what a port moves in a cycle. */
  readonly ports: readonly ClassWidths[];
  readonly dma: ClassWidths;
  readonly blockMover: ClassWidths;
  /** A streamer moves a row of the array (as many operands as it has columns) or a column a cycle. */
  readonly streamerRows: number;
  readonly streamerColumns: number;
  /** A link of the on-chip network. */
  readonly networkLink: number;
};

/** Units per cycle of one instance. */
export function widthOf({ each, listed }: ClassWidths, id: number): number {
  return listed?.[id] ?? each;
}

/** The least number of units in a byte with which all widths of a machine, and of links at `linksGbps`, are whole. */
export function unitsPerByteOf(config: ResolvedConfig, linksGbps: readonly number[] = []): bigint {
  const clock = rationalOf(config.clockGhz);
  const rates = new Set(linksGbps);
  const classes = memoryClasses(config);
  for (const { bandwidthGbps, regions, instances } of [
    ...classes.map((each) => ({ ...each, instances: undefined })),
    { ...config.dmaEngines, regions: undefined },
    { ...config.blockMovers, regions: undefined },
  ]) {
    rates.add(bandwidthGbps);
    for (const each of regions ?? instances ?? []) rates.add(each.bandwidthGbps);
  }
  const units = 2n * leastCommonDenominator([...rates].map((gbps) => divide(rationalOf(gbps), clock)));
  requireCountable(units, classes);
  return units;
}

/** Units that a bandwidth moves per cycle. */
export function unitsPerCycle(gbps: number, { clockGhz }: ResolvedConfig, unitsPerByte: bigint): number {
  const { numerator, denominator } = divide(rationalOf(gbps), rationalOf(clockGhz));
  return wholeUnits((numerator * unitsPerByte) / denominator);
}

export function widthsOf(config: ResolvedConfig, unitsPerByte: bigint): Widths {
  const widths = (
    bandwidthGbps: number,
    listed: readonly { readonly bandwidthGbps: number }[] | undefined,
  ): ClassWidths => ({
    each: unitsPerCycle(bandwidthGbps, config, unitsPerByte),
    listed:
      listed === undefined
        ? undefined
        : mapAlike(listed, (each) => unitsPerCycle(each.bandwidthGbps, config, unitsPerByte)),
  });
  const { computeTiles, dmaEngines, blockMovers, network } = config;
  const { rows, cols, operandBits } = computeTiles;
  const operandBytes = operandBits / 8;
  return {
    unitsPerByte: Number(unitsPerByte),
    ports: memoryClasses(config).map(({ bandwidthGbps, regions }) => widths(bandwidthGbps, regions)),
    dma: widths(dmaEngines.bandwidthGbps, dmaEngines.instances),
    blockMover: widths(blockMovers.bandwidthGbps, blockMovers.instances),
    streamerRows: wholeUnits(BigInt(cols * operandBytes) * unitsPerByte),
    streamerColumns: wholeUnits(BigInt(rows * operandBytes) * unitsPerByte),
    networkLink: wholeUnits(BigInt(network.linkBytesPerCycle) * unitsPerByte),
  };
}

function requireCountable(unitsPerByte: bigint, classes: readonly MemoryClass[]): void {
  const capacities = classes.map(({ count, capacityBytes, regions = [] }) =>
    regions.reduce((most, each) => Math.max(most, each.capacityBytes), count > 0 ? capacityBytes : 0),
  );
  const largest = Math.max(...capacities);
  if (unitsPerByte * BigInt(largest) < 2n ** 53n) return;
  throw new KpuError(
    "KPU_CONFIG",
    `the bandwidths and the clock need counting in 1/${unitsPerByte} of a byte, and a region of ${largest} bytes then passes 2**53: ` +
      "use bandwidths with fewer decimals, a rounder clock_ghz, or smaller regions",
    { reason: "value" },
  );
}

function wholeUnits(units: bigint): number {
  if (units < 2n ** 53n) return Number(units);
  throw new KpuError("KPU_CONFIG", "a width passes 2**53 units per cycle: use a smaller bandwidth or array", {
    reason: "value",
  });
}
