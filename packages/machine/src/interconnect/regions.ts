import type { AddressMap } from "../address-map/address-map.ts";
import type { MemoryProtection, ResolvedConfig } from "../config/machine-config.ts";
import { type MemoryClass, protectionOf, regionOfClass } from "../config/memory-classes.ts";
import { type Widths, widthOf } from "../config/widths.ts";

/** The host's memories belong to no machine. */
export const hostOwner = -1;

/** A machine's share in the regions of a system. */
export type RegionSource = {
  readonly classes: readonly MemoryClass[];
  readonly map: AddressMap;
  readonly widths: Widths;
  readonly config: ResolvedConfig;
};

/** What is fixed of every region, in columns by region number. */
export class Regions {
  readonly count: number;
  /** Number of the machine that a region belongs to. */
  readonly owner: Int16Array;
  /** Level in the chain host - external - L3 - L2 - scratchpad. */
  readonly level: Uint8Array;
  /** Access latency with that of check bits, cycles; without the memory's own for external memory at cycle fidelity, where DRAM takes its own time. */
  readonly latencyCycles: Float64Array;
  /** Units that the port moves per cycle. */
  readonly portWidth: Float64Array;

  /** Check bits of each region. */
  readonly protection: MemoryProtection[];

  constructor(sources: readonly RegionSource[]) {
    this.count = sources.reduce((most, { map }) => Math.max(most, endOf(map)), 0);
    this.owner = new Int16Array(this.count);
    this.level = new Uint8Array(this.count);
    this.latencyCycles = new Float64Array(this.count);
    this.protection = Array.from({ length: this.count }, () => "none");
    this.portWidth = new Float64Array(this.count);
    for (const [machine, source] of sources.entries()) this.#fill(machine, source);
  }

  #fill(machine: number, { classes, map, widths, config }: RegionSource): void {
    for (const [level, { firstRegion, count, kind }] of map.classes.entries()) {
      const memoryClass = classes[level];
      const ports = widths.ports[level];
      if (memoryClass === undefined || ports === undefined) continue;
      const end = firstRegion + count;
      this.owner.fill(kind === "host" ? hostOwner : machine, firstRegion, end);
      this.level.fill(level, firstRegion, end);
      this.portWidth.fill(ports.each, firstRegion, end);
      const isDram = kind === "external" && config.fidelity === "cycle";
      const protection = protectionOf(config, kind);
      this.protection.fill(protection, firstRegion, end);
      const checkCycles = protection === "none" ? 0 : config.eccLatencyCycles;
      this.latencyCycles.fill((isDram ? 0 : memoryClass.latencyCycles) + checkCycles, firstRegion, end);
      if (memoryClass.regions === undefined) continue;
      for (let id = 0; id < count; id++) {
        const ownCycles = isDram ? 0 : regionOfClass(memoryClass, id).latencyCycles;
        this.latencyCycles[firstRegion + id] = ownCycles + checkCycles;
        this.portWidth[firstRegion + id] = widthOf(ports, id);
      }
    }
  }
}

function endOf({ classes }: AddressMap): number {
  return classes.reduce((most, { firstRegion, count }) => Math.max(most, firstRegion + count), 0);
}
