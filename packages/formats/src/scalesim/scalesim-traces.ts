import type { ScaleSimConfig } from "./scalesim-config.ts";

const memories = ["IFMAP", "FILTER", "OFMAP"] as const;
type Memory = (typeof memories)[number];

/** A trace of addresses: what passes between the array and a memory, or between the memory and DRAM. */
export type ScaleSimTraceName = `${Memory}_${"SRAM" | "DRAM"}_TRACE`;

/** The traces of a layer. In mode CALC reads of DRAM have none: SCALE-Sim puts their words into the order of a set, which is none. */
export function scaleSimTraceNames({ interfaceBandwidth }: ScaleSimConfig): readonly ScaleSimTraceName[] {
  const all = (["SRAM", "DRAM"] as const).flatMap((level) =>
    memories.map((memory): ScaleSimTraceName => `${memory}_${level}_TRACE`),
  );
  if (interfaceBandwidth === "user") return all;
  return all.filter((name) => name !== "IFMAP_DRAM_TRACE" && name !== "FILTER_DRAM_TRACE");
}

/**
 * A line of a trace as SCALE-Sim v3 writes it: a cycle, and the addresses of the words that pass in it; -1 stands for none. `words` are places in the
 * layer's own memory, from 0.
 */
export function scaleSimTraceLine(
  config: ScaleSimConfig,
  name: ScaleSimTraceName,
  cycle: number,
  words: Int32Array,
): string {
  const offset = offsetOf(config, name);
  const addresses = Float64Array.from(words, (word) => (word < 0 ? -1 : word + offset));
  // Those of DRAM are printed as numbers with a point.
  return name.includes("_DRAM_") ? `${cycle}.0,${addresses.join(".0,")}.0\n` : `${cycle},${addresses.join(",")}\n`;
}

function offsetOf({ ifmapOffset, filterOffset, ofmapOffset }: ScaleSimConfig, name: ScaleSimTraceName): number {
  if (name.startsWith("IFMAP")) return ifmapOffset;
  return name.startsWith("FILTER") ? filterOffset : ofmapOffset;
}
