import { type DataSpace, dataSpaces, type Level, type Loop } from "./loop-nest.ts";

/** A component of the exercises' 40 nm table. */
type Component = Readonly<{
  readPj: number;
  writePj: number;
  wordsPerAccess: number;
  leakagePjPerCycle: number;
}>;

/** A mapping of Timeloop's exercises, and what its reference output says. */
export type Exercise = Readonly<{
  id: string;
  /** Name of the reference output, without `.stats.txt`. */
  output: string;
  /** Outermost first. No energy is known of levels without a component. */
  levels: readonly (Level & Readonly<{ component?: Component }>)[];
  cycles: number;
  /** fJ for each multiply-accumulate, by level; Total, where all levels are known, with the multiplier's 845. */
  femtojoules: Readonly<Record<string, number>>;
}>;

/** pJ of an 8-bit multiply-accumulate. */
export const multiplyAccumulatePj = 0.845;

/**
 * The exercises' own table is not published with them. These figures follow from the energies printed for exercise 04 (and 03 for the DRAM),
 * which have most digits: registers 48379.94 pJ over 16 x 7104 accesses (kp, Outputs); the SRAM from 16 x (144 reads + 5 writes) = 102355.70 pJ
 * and 16 x (64 reads + 128 writes) = 107632.27 pJ (cp, Inputs and Outputs); leakage 42.32 and 391.84 pJ over 16 x 3072 cycles. Everything
 * else that the exercises print is a check.
 */
const [inputsPj, outputsPj] = [102355.7 / 16, 107632.27 / 16];
const sramReadPj = (128 * inputsPj - 5 * outputsPj) / (144 * 128 - 5 * 64);
const sramWritePj = (outputsPj - 64 * sramReadPj) / 128;
const registerPj = 48379.94 / (16 * 7104);

const registers: Component = {
  readPj: registerPj,
  writePj: registerPj,
  wordsPerAccess: 1,
  leakagePjPerCycle: 42.32 / (16 * 3072),
};
const sram: Component = {
  readPj: sramReadPj,
  writePj: sramWritePj,
  wordsPerAccess: 8,
  leakagePjPerCycle: 391.84 / (16 * 3072),
};
const dram: Component = { readPj: 2048, writePj: 2048, wordsPerAccess: 32, leakagePjPerCycle: 0 };

function level(
  name: string,
  component: Component,
  temporal: readonly Loop[],
  keeps: readonly DataSpace[] = dataSpaces,
): Exercise["levels"][number] {
  return { name, component, temporal, keeps };
}

/** 00 to 04 with the mappings that they give, 05 with those that Timeloop's mapper found; cp has input channels in parallel, kp output channels. In 04 the 16 instances have a global buffer each, as the reference output has it. */
export const exercises: readonly Exercise[] = [
  {
    id: "00",
    output: "00-model-conv1d-1level_ref-output_timeloop-model",
    levels: [
      level("Buffer", registers, [
        ["P", 16],
        ["R", 3],
      ]),
    ],
    cycles: 48,
    femtojoules: { Buffer: 1561.54, Total: 2406.54 },
  },
  {
    id: "01 output stationary",
    output: "01-model-conv1d-2level_ref-output_os_timeloop-model",
    levels: [level("MainMemory", sram, [["P", 16]]), level("Buffer", registers, [["R", 3]])],
    cycles: 48,
    femtojoules: { Buffer: 1747.76, MainMemory: 4907.32, Total: 7500.08 },
  },
  {
    id: "01 weight stationary",
    output: "01-model-conv1d-2level_ref-output_ws_timeloop-model",
    levels: [level("MainMemory", sram, [["R", 3]]), level("Buffer", registers, [["P", 16]])],
    cycles: 48,
    femtojoules: { Buffer: 1747.76, MainMemory: 4907.32, Total: 7500.08 },
  },
  {
    id: "02 no tiling",
    output: "02-model-conv1d+oc-2level_ref-output_no-tiling_timeloop-model",
    levels: [
      level("MainMemory", sram, [
        ["K", 32],
        ["P", 16],
      ]),
      level("Buffer", registers, [["R", 3]]),
    ],
    cycles: 1536,
    femtojoules: { Buffer: 1747.76, MainMemory: 3665.44, Total: 6258.2 },
  },
  {
    id: "02 tiling",
    output: "02-model-conv1d+oc-2level_ref-output_tiling_timeloop-model",
    levels: [
      level("MainMemory", sram, [
        ["K", 16],
        ["P", 16],
      ]),
      level("Buffer", registers, [
        ["K", 2],
        ["R", 3],
      ]),
    ],
    cycles: 1536,
    femtojoules: { Buffer: 1667.95, MainMemory: 2649.35, Total: 5162.3 },
  },
  {
    id: "03 bypass",
    output: "03-model-conv1d+oc-3level_ref-output_bypass_timeloop-model",
    levels: [
      level("MainMemory", dram, []),
      level(
        "GlobalBuffer",
        sram,
        [
          ["K", 16],
          ["P", 16],
        ],
        ["Weights", "Inputs"],
      ),
      level(
        "RegisterFile",
        registers,
        [
          ["K", 2],
          ["R", 3],
        ],
        ["Outputs"],
      ),
    ],
    cycles: 1536,
    femtojoules: { RegisterFile: 710.26, GlobalBuffer: 11147.78, MainMemory: 26666.67, Total: 39369.71 },
  },
  {
    id: "03 no bypass",
    output: "03-model-conv1d+oc-3level_ref-output_no-bypass_timeloop-model",
    levels: [
      level("MainMemory", dram, []),
      level("GlobalBuffer", sram, [
        ["K", 16],
        ["P", 16],
      ]),
      level("RegisterFile", registers, [
        ["K", 2],
        ["R", 3],
      ]),
    ],
    cycles: 1536,
    femtojoules: { RegisterFile: 1667.95, GlobalBuffer: 2950.9, MainMemory: 26666.67, Total: 32130.51 },
  },
  {
    id: "04 cp",
    output: "04-model-conv1d+oc-3levelspatial_ref-output_cp_timeloop-model",
    levels: [
      level("MainMemory", dram, []),
      {
        ...level("GlobalBuffer", sram, [
          ["C", 2],
          ["K", 32],
          ["R", 3],
        ]),
        spatial: [["C", 16]],
      },
      level("RegisterFile", registers, [["P", 16]]),
    ],
    cycles: 3072,
    femtojoules: { RegisterFile: 1889.64, GlobalBuffer: 4860.12, MainMemory: 5416.67, Total: 13011.43 },
  },
  {
    id: "04 kp",
    output: "04-model-conv1d+oc-3levelspatial_ref-output_kp_timeloop-model",
    levels: [
      level("MainMemory", dram, []),
      {
        ...level("GlobalBuffer", sram, [
          ["C", 32],
          ["K", 2],
          ["R", 3],
        ]),
        spatial: [["K", 16]],
      },
      level("RegisterFile", registers, [["P", 16]]),
    ],
    cycles: 3072,
    femtojoules: { RegisterFile: 2022.65, GlobalBuffer: 6380.31, MainMemory: 5416.67, Total: 14664.63 },
  },
  {
    id: "05 null",
    output: "05-mapper-conv1d+oc-3level_ref-output_null_timeloop-mapper",
    levels: [
      level("MainMemory", dram, []),
      level("GlobalBuffer", sram, [], []),
      level(
        "RegisterFile",
        registers,
        [
          ["P", 16],
          ["R", 3],
          ["K", 32],
        ],
        [],
      ),
    ],
    cycles: 1536,
    femtojoules: { RegisterFile: 0.86, GlobalBuffer: 7.97, MainMemory: 234666.67, Total: 235520.5 },
  },
  {
    id: "05 baked",
    output: "05-mapper-conv1d+oc-3level_ref-output_baked_timeloop-mapper",
    levels: [
      level("MainMemory", dram, []),
      level(
        "GlobalBuffer",
        sram,
        [
          ["K", 16],
          ["P", 16],
        ],
        dataSpaces,
      ),
      level(
        "RegisterFile",
        registers,
        [
          ["R", 3],
          ["K", 2],
        ],
        dataSpaces,
      ),
    ],
    cycles: 1536,
    femtojoules: { RegisterFile: 1667.95, GlobalBuffer: 2950.9, MainMemory: 26666.67, Total: 32130.51 },
  },
  {
    id: "05 freebypass",
    output: "05-mapper-conv1d+oc-3level_ref-output_freebypass_timeloop-mapper",
    levels: [
      level("MainMemory", dram, []),
      level(
        "GlobalBuffer",
        sram,
        [
          ["K", 16],
          ["P", 16],
        ],
        ["Inputs"],
      ),
      level(
        "RegisterFile",
        registers,
        [
          ["R", 3],
          ["K", 2],
        ],
        dataSpaces,
      ),
    ],
    cycles: 1536,
    femtojoules: { RegisterFile: 1667.95, GlobalBuffer: 1084.37, MainMemory: 26666.67, Total: 30263.99 },
  },
];
