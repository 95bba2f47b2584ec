import fc from "fast-check";
import { addressMappings } from "../../src/dram/address-mapping.ts";
import { dramParts } from "../../src/dram/dram-parts.ts";
import type { Fidelity, HardwareConfig } from "../reference/hardware.ts";

/** What external memory may be made of at cycle fidelity. */
export const anyDram = fc
  .record({
    part: fc.constantFrom(...dramParts),
    dramChannels: fc.constantFrom(1, 2, 4),
    dramMapping: fc.constantFrom(...addressMappings),
    dramPagePolicy: fc.constantFrom("open", "closed"),
    perBank: fc.boolean(),
    dramQueueDepth: fc.constantFrom(1, 3, 32),
    powerDown: fc.constantFrom(0, 0, 40),
  })
  .map(({ part, perBank, powerDown, ...rest }) => ({
    ...rest,
    dramPart: part.name,
    dramRefresh: perBank && part.bankRefresh !== undefined ? "per_bank" : "all_bank",
    dramPowerDownClocks: part.powerDown === undefined ? 0 : powerDown,
  }));

/** Machines at a fidelity, with any DRAM at cycle fidelity. */
export function hardwareAt(fidelity: Fidelity, hardware: fc.Arbitrary<HardwareConfig>): fc.Arbitrary<HardwareConfig> {
  if (fidelity !== "cycle") return hardware.map((config) => ({ ...config, fidelity }));
  return fc
    .tuple(hardware, anyDram)
    .map(([config, dram]) => ({ ...config, fidelity, externalMemory: { ...config.externalMemory, ...dram } }));
}
