import type { MappedRegion } from "./address-map.ts";
import { type Fraction, fractionOf } from "./fraction.ts";
import type { Hardware, HostLinkHardware } from "./hardware.ts";

/** Rule N4 of docs/timing-model.md and the rules of host links, for a machine by itself. */

export const hostLinks = ["from host", "to host"] as const;
export type HostLinkName = (typeof hostLinks)[number];

/** GB/s of a lane that the encoding leaves for packets, by generation, as numerator and denominator. */
const laneGbps: readonly (readonly [bigint, bigint])[] = [
  [1n, 4n],
  [1n, 2n],
  [64n, 65n],
  [128n, 65n],
  [256n, 65n],
  [59n, 8n],
];

/** Bytes that a packet has beside its data. */
function overhead({ pcieGeneration }: HostLinkHardware, name: HostLinkName): bigint {
  const header = name === "from host" ? 12n : 16n;
  return pcieGeneration < 6 ? header + 8n : header;
}

/** The first five digits of a fraction, by way of its decimal text. */
function fiveDigits(numerator: bigint, denominator: bigint): Fraction {
  const decimals = 20n;
  const text = String((numerator * 10n ** decimals) / denominator);
  return { numerator: BigInt(text.slice(0, 5).padEnd(text.length, "0")), denominator: 10n ** decimals };
}

/** GB/s. */
export function hostLinkGbps(link: HostLinkHardware, name: HostLinkName): Fraction {
  const [numerator, denominator] = laneGbps[link.pcieGeneration - 1] ?? [0n, 1n];
  const payload = BigInt(link.pcieMaxPayloadBytes);
  const wire = fiveDigits(numerator * BigInt(link.pcieLanes) * payload, denominator * (payload + overhead(link, name)));
  const latency = fractionOf(link.pcieLatencyNs);
  const credits = fiveDigits(BigInt(link.pciePacketsInFlight) * payload * latency.denominator, 2n * latency.numerator);
  return wire.numerator < credits.numerator ? wire : credits;
}

/** Whole cycles that cover the way, there and back for what is read. */
export function hostLinkCycles({ hostLink, clockGhz }: Hardware, name: HostLinkName): number {
  const [latency, clock] = [fractionOf(hostLink.pcieLatencyNs), fractionOf(clockGhz)];
  const ways = name === "from host" ? 2n : 1n;
  const [cycles, parts] = [ways * latency.numerator * clock.numerator, latency.denominator * clock.denominator];
  return Number(cycles / parts) + (cycles % parts === 0n ? 0 : 1);
}

/** The host links on the way from one region to another. */
export function hostLinksBetween(
  { hostLink }: Hardware,
  source: MappedRegion,
  destination: MappedRegion,
): readonly HostLinkName[] {
  if (hostLink.type === "none") {
    return [];
  }
  if (source === destination && source.kind === "host") {
    throw new Error("no way from a host region over the link to itself");
  }
  const names: HostLinkName[] = [];
  if (source.kind === "host") {
    names.push("from host");
  }
  if (destination.kind === "host") {
    names.push("to host");
  }
  return names;
}
