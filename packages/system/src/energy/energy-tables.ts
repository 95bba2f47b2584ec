import type { EnergyTable, MemoryEnergy } from "@kpu-sim/formats";
import { KpuError, nearestHint, numberFormatNames } from "@kpu-sim/machine";

function memory(readPjPerByte: number, writePjPerByte = readPjPerByte, upToKb?: number): MemoryEnergy {
  return { readPjPerByte, writePjPerByte, upToKb };
}

/** 64 bits out of a cache of 8 KB take 10 pJ, of 32 KB 20 pJ, of 1 MB 100 pJ; the last stands for larger ones, too. */
const caches45 = [memory(10 / 8, 10 / 8, 8), memory(20 / 8, 20 / 8, 32), memory(100 / 8)];
/** 64 bits of DRAM take 1300 to 2600 pJ: the middle. */
const dram45 = [memory(1950 / 8)];

const noMovers = { dma: 0, blockMover: 0, streamer: 0 };

/** Tables by name. Their figures are published ones; what they leave out is left out. */
export const energyTables: Readonly<Record<"horowitz_45nm" | "t64" | "eyeriss_ratios", EnergyTable>> = {
  horowitz_45nm: {
    name: "horowitz_45nm",
    description:
      "45 nm at 0.9 V. A multiply-accumulate is a multiplication and an addition in the format of the sums; writing costs what reading does; nothing is known of leakage and wires.",
    source:
      "M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014. The 32-bit figures and the 8 KB cache were found in a second published table, the others not.",
    multiplyAccumulatePj: {
      float32: 3.7 + 0.9,
      float16: 1.1 + 0.9,
      int32: 3.1 + 0.1,
      int8: 0.2 + 0.1,
      uint8: 0.2 + 0.1,
    },
    vectorElementPj: 0.9,
    memories: { host: dram45, external: dram45, l3: caches45, l2: caches45, scratchpad: caches45 },
    moverPjPerByte: noMovers,
    staticMw: {},
  },
  t64: {
    name: "t64",
    description:
      "Estimates for the T64 design: LPDDR5 outside, streams beside the scratchpads. uint8 is taken as int8; no other formats.",
    source: "Notes of the original KPU simulator on the energy of a T64.",
    multiplyAccumulatePj: { int8: 0.25, uint8: 0.25, bfloat16: 0.4, float32: 0.8 },
    vectorElementPj: 0.8,
    memories: {
      host: [memory(12)],
      external: [memory(12)],
      l3: [memory(1.5)],
      l2: [memory(0.7)],
      scratchpad: [memory(0.2, 0.3)],
    },
    moverPjPerByte: { ...noMovers, streamer: 0.15 },
    staticMw: {},
  },
  eyeriss_ratios: {
    name: "eyeriss_ratios",
    unit: "MAC",
    description:
      "Ratios, not picojoules: 1 is a multiply-accumulate, whatever its format, with its register file. A word of 16 bits takes 6 in memories on the chip and 200 outside.",
    source:
      "Y.-H. Chen, J. Emer, V. Sze, Eyeriss: A Spatial Architecture for Energy-Efficient Dataflow, ISCA 2016: global buffer 6, DRAM 200; quoted from general knowledge of the paper.",
    multiplyAccumulatePj: Object.fromEntries(numberFormatNames.map((format) => [format, 1])),
    vectorElementPj: 1,
    memories: {
      host: [memory(100)],
      external: [memory(100)],
      l3: [memory(3)],
      l2: [memory(3)],
      scratchpad: [memory(3)],
    },
    moverPjPerByte: noMovers,
    staticMw: {},
  },
};

/** A table by a name from outside. Errors: KPU_ARGUMENT with the nearest. */
export function energyTableNamed(name: string): EnergyTable {
  const found = Object.values(energyTables).find((table) => table.name === name);
  if (found !== undefined) return found;
  const names = Object.keys(energyTables);
  throw new KpuError(
    "KPU_ARGUMENT",
    `there is no energy table '${name.slice(0, 64)}'; there are ${names.join(", ")}${nearestHint(name, names)}`,
  );
}
