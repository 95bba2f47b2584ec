import type { AddressMap } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { type DramBank, ExternalDram } from "./external-dram.ts";
import { dramPartOf } from "./own-part.ts";
import { TickClock } from "./tick-clock.ts";

/** The clock of a machine's DRAM beside its own; undefined below cycle fidelity. Errors: KPU_CONFIG. */
export function dramClockOf({ fidelity, clockGhz, externalMemory }: ResolvedConfig): TickClock | undefined {
  return fidelity === "cycle" ? new TickClock(clockGhz, dramPartOf(externalMemory).clockPs) : undefined;
}

/** The external memories of machines that share an engine as DRAM; undefined below cycle fidelity, where they are ports. */
export function dramOf(
  machines: readonly { readonly config: ResolvedConfig; readonly map: AddressMap }[],
  regionCount: number,
  moverCount: number,
  unitsPerByte: number,
): ExternalDram | undefined {
  const [first] = machines;
  const clock = first === undefined ? undefined : dramClockOf(first.config);
  if (first === undefined || clock === undefined) return undefined;
  const banks = machines.flatMap(({ config, map }): DramBank[] => {
    const { externalMemory } = config;
    const { firstRegion, count } = map.rangeOf("external");
    return Array.from({ length: count }, (_, id) => ({
      region: firstRegion + id,
      channels: externalMemory.dramChannels,
      mapping: externalMemory.dramMapping,
      options: {
        pagePolicy: externalMemory.dramPagePolicy,
        refresh: externalMemory.dramRefresh,
        queueDepth: externalMemory.dramQueueDepth,
        powerDownAfter: externalMemory.dramPowerDownClocks,
      },
    }));
  });
  const part = dramPartOf(first.config.externalMemory);
  return new ExternalDram({ part, clock, banks }, regionCount, moverCount, unitsPerByte);
}
