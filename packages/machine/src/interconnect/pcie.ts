import type { ResolvedConfig } from "../config/machine-config.ts";
import { type Rational, rationalOf } from "../config/rational.ts";
import type { HostLink } from "./links.ts";

/** Settings of a link of PCI Express, as they stand in a configuration. */
export type PcieSettings = Omit<ResolvedConfig["hostLink"], "type">;

type Generation = {
  /** Gigatransfers a second and lane, one bit each. */
  readonly gigatransfers: Rational;
  /** What the encoding leaves of them for packets. */
  readonly share: Rational;
  /** Bytes of a packet beside header and data: framing, sequence number and link CRC. */
  readonly framingBytes: bigint;
};

const share8b10b = { numerator: 8n, denominator: 10n };
const share128b130b = { numerator: 128n, denominator: 130n };
/** Of the 256 bytes of a flit 236 are for packets; the others are link control, CRC and error correction. */
const shareOfFlit = { numerator: 236n, denominator: 256n };

/** By generation, from 1 on: rates and encodings of the PCI Express Base Specification, revisions 1.0 to 6.0. */
const generations: readonly Generation[] = [
  { gigatransfers: rationalOf(2.5), share: share8b10b, framingBytes: 8n },
  { gigatransfers: rationalOf(5), share: share8b10b, framingBytes: 8n },
  { gigatransfers: rationalOf(8), share: share128b130b, framingBytes: 8n },
  { gigatransfers: rationalOf(16), share: share128b130b, framingBytes: 8n },
  { gigatransfers: rationalOf(32), share: share128b130b, framingBytes: 8n },
  { gigatransfers: rationalOf(64), share: shareOfFlit, framingBytes: 0n },
];

export const pcieGenerations: number = generations.length;
export const pcieLaneCounts: readonly number[] = [1, 2, 4, 8, 16];

/** What the encoding leaves of the lanes' rate in each direction, GB/s, packets' headers included; undefined for generations and lanes that there are not. */
export function pcieWireGbps(generation: number, lanes: number): number | undefined {
  const known = generations[generation - 1];
  if (known === undefined || !pcieLaneCounts.includes(lanes)) return undefined;
  const { gigatransfers, share } = known;
  const bits =
    Number(gigatransfers.numerator * share.numerator) / Number(gigatransfers.denominator * share.denominator);
  return (lanes * bits) / 8;
}

/** Headers: completions, which bring what was read, have three doublewords, writes to 64-bit addresses four. */
const completionHeaderBytes = 12n;
const writeHeaderBytes = 16n;

/** Digits of a bandwidth that count: what PCI Express really moves is not known as well as that. */
const significantDigits = 5;

/**
 * A link of PCI Express as the engine takes it. Data from the host was asked for by reads, so it takes the way twice; data to the host are writes, which nobody
 * waits for. What a direction moves of the data is the lesser of
 *
 * - lanes x rate x share of the encoding x payload / (payload + header + framing), and
 * - packets in flight x payload / time there and back.
 */
export function pcieLink(settings: PcieSettings, clockGhz: number): HostLink {
  const nanoseconds = rationalOf(settings.pcieLatencyNs);
  const clock = rationalOf(clockGhz);
  const cycles = (ways: bigint): number => {
    const [numerator, denominator] = [
      ways * nanoseconds.numerator * clock.numerator,
      nanoseconds.denominator * clock.denominator,
    ];
    return Number((numerator + denominator - 1n) / denominator);
  };
  return {
    fromHost: { bandwidthGbps: bandwidthGbps(settings, completionHeaderBytes), latencyCycles: cycles(2n) },
    toHost: { bandwidthGbps: bandwidthGbps(settings, writeHeaderBytes), latencyCycles: cycles(1n) },
  };
}

/** Bytes of data that one direction moves in a nanosecond. */
function bandwidthGbps(settings: PcieSettings, headerBytes: bigint): number {
  const { pcieGeneration, pcieLanes, pcieMaxPayloadBytes, pciePacketsInFlight, pcieLatencyNs } = settings;
  const generation = generations[pcieGeneration - 1];
  if (generation === undefined) throw new RangeError(`no generation ${pcieGeneration} of PCI Express`);
  const { gigatransfers, share, framingBytes } = generation;
  const payload = BigInt(pcieMaxPayloadBytes);
  const wire = {
    numerator: BigInt(pcieLanes) * gigatransfers.numerator * share.numerator * payload,
    denominator: 8n * gigatransfers.denominator * share.denominator * (payload + headerBytes + framingBytes),
  };
  const latency = rationalOf(pcieLatencyNs);
  const credits = {
    numerator: BigInt(pciePacketsInFlight) * payload * latency.denominator,
    denominator: 2n * latency.numerator,
  };
  const isWireNarrower = wire.numerator * credits.denominator < credits.numerator * wire.denominator;
  return roundedDown(isWireNarrower ? wire : credits);
}

/** The first digits of a positive number, as the number whose shortest decimal text they are. */
function roundedDown({ numerator, denominator }: Rational): number {
  const least = 10n ** BigInt(significantDigits - 1);
  let [scaled, exponent] = [numerator, 0];
  while (scaled / denominator < least) {
    scaled *= 10n;
    exponent--;
  }
  let digits = scaled / denominator;
  while (digits >= 10n * least) {
    digits /= 10n;
    exponent++;
  }
  return Number(`${digits}e${exponent}`);
}
