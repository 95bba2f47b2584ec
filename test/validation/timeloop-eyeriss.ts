import type { Exercise } from "./timeloop-exercises.ts";

/**
 * Exercise 06: a layer of VGG on 14 x 12 elements like Eyeriss', with the mapping that Timeloop's mapper found. The energies of its memories on the
 * chip follow from a table that is not published, and whose two figures a memory (a read, a write) the output does not print; so only counts of accesses,
 * cycles and the energy of the DRAM are compared.
 */
export const eyeriss: Exercise = {
  id: "06",
  output: "06-mapper-convlayer-eyeriss_ref-output_timeloop-mapper",
  levels: [
    {
      name: "DRAM",
      // 512 pJ for 8 words of 8 bits, as printed.
      component: { readPj: 512, writePj: 512, wordsPerAccess: 8, leakagePjPerCycle: 0 },
      temporal: [
        ["Q", 4],
        ["C", 4],
        ["P", 7],
        ["K", 4],
      ],
      keeps: ["Weights", "Inputs", "Outputs"],
    },
    {
      name: "shared_glb",
      temporal: [
        ["K", 2],
        ["C", 4],
        ["P", 8],
      ],
      keeps: ["Inputs", "Outputs"],
    },
    {
      name: "ifmap_spad",
      spatial: [
        ["Q", 14],
        ["K", 4],
        ["S", 3],
      ],
      temporal: [],
      keeps: ["Inputs"],
    },
    {
      name: "weights_spad",
      temporal: [
        ["R", 3],
        ["C", 8],
      ],
      keeps: ["Weights"],
    },
    { name: "psum_spad", temporal: [["K", 8]], keeps: ["Outputs"] },
  ],
  cycles: 5_505_024,
  femtojoules: { DRAM: 1000 },
};
