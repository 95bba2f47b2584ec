import type { AddressMap } from "../address-map/address-map.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import { type MemoryClass, regionOfClass } from "../config/memory-classes.ts";
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
  /** Access latency, cycles; 0 for external memory at cycle fidelity, where DRAM takes its own time. */
  readonly latencyCycles: Float64Array;
  /** Units that the port moves per cycle. */
  readonly portWidth: Float64Array;

  constructor(sources: readonly RegionSource[]) {
    this.count = sources.reduce((most, { map }) => Math.max(most, endOf(map)), 0);
    this.owner = new Int16Array(this.count);
    this.level = new Uint8Array(this.count);
    this.latencyCycles = new Float64Array(this.count);
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
      this.latencyCycles.fill(memoryClass.latencyCycles, firstRegion, end);
      this.portWidth.fill(ports.each, firstRegion, end);
      const isDram = kind === "external" && config.fidelity === "cycle";
      if (isDram) this.latencyCycles.fill(0, firstRegion, end);
      if (memoryClass.regions === undefined) continue;
      for (let id = 0; id < count; id++) {
        if (!isDram) this.latencyCycles[firstRegion + id] = regionOfClass(memoryClass, id).latencyCycles;
        this.portWidth[firstRegion + id] = widthOf(ports, id);
      }
    }
  }
}

function endOf({ classes }: AddressMap): number {
  return classes.reduce((most, { firstRegion, count }) => Math.max(most, firstRegion + count), 0);
}
