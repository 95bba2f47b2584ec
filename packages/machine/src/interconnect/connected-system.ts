import { AddressMap } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { memoryClasses } from "../config/memory-classes.ts";
import { leastCommonMultiple } from "../config/rational.ts";
import { unitsPerByteOf, widthsOf } from "../config/widths.ts";
import { type Interconnect, interconnectOf } from "./interconnect.ts";
import { bandwidthsOf, type SystemLinks } from "./links.ts";
import type { NetworkWays } from "./network-ways.ts";
import type { RegionSource } from "./regions.ts";
import { Routes } from "./routes.ts";

/** The memories of one machine of a system, and the ways between them. */
export type ConnectedMachine = RegionSource & {
  readonly routes: Routes;
  /** The on-chip network of the machine, if it has one. */
  readonly network: NetworkWays | undefined;
};

/** The memories of machines that share the host's, with all that data passes between them. */
export type ConnectedSystem = {
  readonly unitsPerByte: bigint;
  readonly interconnect: Interconnect;
  readonly machines: readonly ConnectedMachine[];
};

/** Follows from configurations and links alone. Errors: KPU_CONFIG. */
export function connectedSystem(
  configs: readonly ResolvedConfig[],
  systemLinks: SystemLinks | undefined,
): ConnectedSystem {
  const unitsPerByte = configs
    .map((config) => unitsPerByteOf(config, bandwidthsOf(systemLinks)))
    .reduce(leastCommonMultiple, 1n);
  const maps = addressMaps(configs);
  const sources = maps.map(({ config, map }) => ({
    config,
    classes: memoryClasses(config),
    map,
    widths: widthsOf(config, unitsPerByte),
  }));
  const interconnect = interconnectOf(sources, systemLinks, unitsPerByte);
  const machines = sources.map(
    (source, index): ConnectedMachine => ({
      ...source,
      routes: new Routes(interconnect, index),
      network: interconnect.networks[index],
    }),
  );
  return { unitsPerByte, interconnect, machines };
}

/** The host's regions come first and are the same for all; then come those of one machine after the other. */
export function addressMaps(
  configs: readonly ResolvedConfig[],
): readonly { readonly config: ResolvedConfig; readonly map: AddressMap }[] {
  let nextRegion = 0;
  const mapped = configs.map((config, machine) => {
    const classes = memoryClasses(config);
    const firstRegions = classes.map(({ kind, count }) => {
      if (kind === "host" && machine > 0) return 0;
      const first = nextRegion;
      nextRegion += count;
      return first;
    });
    return { config, map: new AddressMap(classes, firstRegions) };
  });
  const maps = mapped.map(({ map }) => map);
  if (maps.length > 1) for (const map of maps) map.connect(maps);
  return mapped;
}
