import { divide, type Fraction, fractionOf, leastCommonMultiple } from "./fraction.ts";
import type { Hardware } from "./hardware.ts";

/**
 * How much ports and engines move in a cycle. Amounts are exact: every amount is a whole number of parts, `partsPerByte` to the byte
 * (the D of rule 3).
 */
export interface Widths {
  readonly partsPerByte: bigint;
  /** By level of the chain. */
  readonly ports: readonly bigint[];
  readonly dma: bigint;
  readonly blockMover: bigint;
  /** Rule 9: a streamer moves `cols` elements a cycle for rows, `rows` elements for columns, at any clock. */
  readonly streamerRows: bigint;
  readonly streamerColumns: bigint;
}

const bytesPerElement = 4n;

export function widthsOf(hardware: Hardware): Widths {
  const clock = fractionOf(hardware.clockGhz);
  // GB/s over GHz is bytes per cycle, because a GB is 10^9 bytes.
  const bytesPerCycle = (gbps: number): Fraction => divide(fractionOf(gbps), clock);
  const ports = hardware.levels.map((level) => bytesPerCycle(level.bandwidthGbps));
  const dma = bytesPerCycle(hardware.dmaBandwidthGbps);
  const blockMover = bytesPerCycle(hardware.blockMoverBandwidthGbps);

  const denominators = [...ports, dma, blockMover].map((width) => width.denominator);
  // Twice, because a copy within one port may take half of that port's width.
  const partsPerByte = 2n * denominators.reduce(leastCommonMultiple, 1n);
  const largestRegionBytes = Math.max(...hardware.levels.map((level) => level.capacityBytes));
  if (partsPerByte * BigInt(largestRegionBytes) >= 2n ** 53n) {
    throw new Error(`${partsPerByte} parts per byte are too many for a region of ${largestRegionBytes} bytes`);
  }

  const inParts = (width: Fraction): bigint => (width.numerator * partsPerByte) / width.denominator;
  return {
    partsPerByte,
    ports: ports.map(inParts),
    dma: inParts(dma),
    blockMover: inParts(blockMover),
    streamerRows: BigInt(hardware.cols) * bytesPerElement * partsPerByte,
    streamerColumns: BigInt(hardware.rows) * bytesPerElement * partsPerByte,
  };
}
