import { divide, type Fraction, fractionOf, leastCommonMultiple } from "./fraction.ts";
import type { Hardware } from "./hardware.ts";
import { hostLinkGbps, hostLinks } from "./host-link.ts";

/**
 * How much ports and engines move in a cycle. Amounts are exact: every amount is a whole number of parts, `partsPerByte` to the byte
 * (the D of rule 3).
 */
export interface Widths {
  readonly partsPerByte: bigint;
  /** By level of the chain, of a region that says nothing else. */
  readonly ports: readonly bigint[];
  /** By level of the chain, and then by id. */
  readonly regionPorts: readonly (readonly bigint[])[];
  readonly dma: bigint;
  readonly blockMover: bigint;
  /** By id. */
  readonly dmas: readonly bigint[];
  readonly blockMovers: readonly bigint[];
  /** Rule 9: a streamer moves `cols` elements a cycle for rows, `rows` elements for columns (operand words), at any clock. */
  readonly streamerRows: bigint;
  readonly streamerColumns: bigint;
  readonly networkLink: bigint;
  /** In the order of their names (host-link.ts); 0 where there are none. */
  readonly hostLinks: readonly bigint[];
}

export function widthsOf(hardware: Hardware): Widths {
  const clock = fractionOf(hardware.clockGhz);
  // GB/s over GHz is bytes per cycle, because a GB is 10^9 bytes.
  const bytesPerCycle = (gbps: number): Fraction => divide(fractionOf(gbps), clock);
  const ports = hardware.levels.map((level) => bytesPerCycle(level.bandwidthGbps));
  const dma = bytesPerCycle(hardware.dmaBandwidthGbps);
  const blockMover = bytesPerCycle(hardware.blockMoverBandwidthGbps);
  const regionPorts = hardware.levels.map(({ regions }) =>
    regions.map((region) => bytesPerCycle(region.bandwidthGbps)),
  );
  const dmas = hardware.dmaBandwidthsGbps.map(bytesPerCycle);
  const blockMovers = hardware.blockMoverBandwidthsGbps.map(bytesPerCycle);

  const { hostLink } = hardware;
  const links = hostLink.type === "none" ? [] : hostLinks.map((name) => divide(hostLinkGbps(hostLink, name), clock));
  const denominators = [...links, ...ports, dma, blockMover, ...regionPorts.flat(), ...dmas, ...blockMovers].map(
    (width) => width.denominator,
  );
  // Twice, because a copy within one port may take half of that port's width.
  const partsPerByte = 2n * denominators.reduce(leastCommonMultiple, 1n);
  const largestRegionBytes = Math.max(
    ...hardware.levels.flatMap((level) => level.regions.map((region) => region.capacityBytes)),
  );
  if (partsPerByte * BigInt(largestRegionBytes) >= 2n ** 53n) {
    throw new Error(`${partsPerByte} parts per byte are too many for a region of ${largestRegionBytes} bytes`);
  }

  const inParts = (width: Fraction): bigint => (width.numerator * partsPerByte) / width.denominator;
  return {
    partsPerByte,
    ports: ports.map(inParts),
    regionPorts: regionPorts.map((each) => each.map(inParts)),
    dmas: dmas.map(inParts),
    blockMovers: blockMovers.map(inParts),
    dma: inParts(dma),
    blockMover: inParts(blockMover),
    streamerRows: BigInt((hardware.cols * hardware.operandBits) / 8) * partsPerByte,
    streamerColumns: BigInt((hardware.rows * hardware.operandBits) / 8) * partsPerByte,
    hostLinks: hostLinks.map((_, index) => {
      const link = links[index];
      return link === undefined ? 0n : inParts(link);
    }),
    networkLink: BigInt(hardware.network.linkBytesPerCycle) * partsPerByte,
  };
}
