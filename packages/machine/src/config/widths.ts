import { KpuError } from "../errors.ts";
import type { ResolvedConfig } from "./machine-config.ts";
import { type MemoryClass, memoryClasses } from "./memory-classes.ts";
import { divide, leastCommonDenominator, type Rational, rationalOf } from "./rational.ts";

/** Bytes of the element type that arrays and streamers work on: float32. */
export const elementBytes = 4;

/**
 * All widths as whole numbers of one unit: 1/`unitsPerByte` of a byte, per cycle. Every amount the engine counts is
 * then an integer (timing rule 3: twice the least common denominator, because a copy within one port counts double).
 */
export type Widths = {
  readonly unitsPerByte: number;
  /** Per memory class in hierarchy order: what one port moves in a cycle. */
  readonly ports: readonly number[];
  readonly dma: number;
  readonly blockMover: number;
  /** A streamer moves a row of the array (as many elements as it has columns) or a column a cycle. */
  readonly streamerRows: number;
  readonly streamerColumns: number;
};

export function widthsOf(config: ResolvedConfig): Widths {
  const classes = memoryClasses(config);
  const clock = rationalOf(config.clockGhz);
  const bytesPerCycle = (gbps: number): Rational => divide(rationalOf(gbps), clock);
  const perCycle = [
    ...classes.map(({ bandwidthGbps }) => bytesPerCycle(bandwidthGbps)),
    bytesPerCycle(config.dmaEngines.bandwidthGbps),
    bytesPerCycle(config.blockMovers.bandwidthGbps),
  ];
  const unitsPerByte = 2n * leastCommonDenominator(perCycle);
  requireCountable(unitsPerByte, classes);
  const units = perCycle.map(({ numerator, denominator }) => wholeUnits((numerator * unitsPerByte) / denominator));
  const [dma = 0, blockMover = 0] = units.slice(classes.length);
  const { rows, cols } = config.computeTiles;
  return {
    unitsPerByte: Number(unitsPerByte),
    ports: units.slice(0, classes.length),
    dma,
    blockMover,
    streamerRows: wholeUnits(BigInt(cols * elementBytes) * unitsPerByte),
    streamerColumns: wholeUnits(BigInt(rows * elementBytes) * unitsPerByte),
  };
}

function requireCountable(unitsPerByte: bigint, classes: readonly MemoryClass[]): void {
  const largest = Math.max(...classes.map(({ count, capacityBytes }) => (count > 0 ? capacityBytes : 0)));
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
