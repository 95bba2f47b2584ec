import {
  completeFlatConfig,
  type FlatConfig,
  type FlatValue,
  KpuError,
  nearestHint,
  nestConfig,
} from "@kpu-sim/machine";
import type { KpuDescription, MemoryController } from "./kpu-config.ts";
import { edgeBuffers } from "./l1-count.ts";

/** Names of the presets. */
export type PresetName = "minimal" | "edge_ai" | "embodied_ai" | "t64" | "datacenter";

/** The figures that tell one preset from another; the others are the defaults. */
type Preset = {
  readonly description: string;
  readonly fields: FlatConfig;
  /** Controllers, page buffers, KB of each. */
  readonly controllers: readonly [number, number, number] | undefined;
};

/** Count and size in the order of the hierarchy: MB and GB/s outside, KB on the chip. */
function memories(
  host: readonly [count: number, mb: number, gbps: number],
  external: readonly [count: number, mb: number, gbps: number],
  l3: readonly [count: number, kb: number],
  l2: readonly [count: number, kb: number],
): FlatConfig {
  return {
    host_memory_region_count: host[0],
    host_memory_region_capacity_mb: host[1],
    host_memory_bandwidth_gbps: host[2],
    memory_bank_count: external[0],
    memory_bank_capacity_mb: external[1],
    memory_bandwidth_gbps: external[2],
    l3_tile_count: l3[0],
    l3_tile_capacity_kb: l3[1],
    l2_bank_count: l2[0],
    l2_bank_capacity_kb: l2[1],
  };
}

/** Square arrays with the buffers along their edges. */
function compute(tiles: number, side: number, l1Kb: number): FlatConfig {
  return {
    compute_tile_count: tiles,
    systolic_array_rows: side,
    systolic_array_cols: side,
    use_systolic_arrays: true,
    scratchpad_count: tiles * edgeBuffers(side, side),
    scratchpad_capacity_kb: l1Kb,
  };
}

function movement(dma: number, blockMovers: number, streamers: number): FlatConfig {
  return { dma_engine_count: dma, block_mover_count: blockMovers, streamer_count: streamers };
}

const table: Readonly<Record<PresetName, Preset>> = {
  minimal: {
    description: "Smallest machine with every level: one 8x8 array",
    fields: { ...memories([1, 128, 25], [1, 256, 25], [1, 256], [4, 16]), ...compute(1, 8, 32), ...movement(1, 1, 4) },
    controllers: [1, 2, 16],
  },
  edge_ai: {
    description: "Inference at the edge: two 16x16 arrays, four LPDDR5 channels",
    fields: {
      ...memories([1, 512, 50], [4, 256, 12], [2, 512], [8, 32]),
      ...compute(2, 16, 64),
      ...movement(2, 4, 16),
    },
    controllers: [2, 4, 32],
  },
  embodied_ai: {
    description: "Robots and vehicles: 64 arrays of 24x24, 256 bits of LPDDR5",
    fields: {
      ...memories([2, 2048, 100], [8, 512, 25], [16, 2048], [256, 32]),
      ...compute(64, 24, 64),
      ...movement(8, 64, 256),
    },
    controllers: [4, 16, 32],
  },
  datacenter: {
    description: "Data center: 256 arrays of 32x32, six HBM3 channels",
    fields: {
      ...memories([4, 16384, 200], [6, 4096, 800], [64, 4096], [1024, 64]),
      ...compute(256, 32, 128),
      ...movement(32, 256, 1024),
    },
    controllers: [6, 32, 128],
  },
  t64: {
    description:
      "T64: 32 arrays of 8x8 at 0.9 GHz, four LPDDR5X-8533 controllers of two 16-bit channels each (34.132 GB/s), 16 GB. " +
      "Assumed: 64 KB of L2 a bank, 4 KB of L1 a buffer, the latencies and the host memory of the defaults",
    fields: {
      ...memories([1, 4096, 50], [4, 4096, 34.132], [32, 504], [128, 64]),
      ...compute(32, 8, 4),
      ...movement(32, 112, 32),
      // 64 bytes a cycle.
      dma_bandwidth_gbps: 57.6,
      clock_ghz: 0.9,
    },
    controllers: [4, 0, 0],
  },
};

/** The presets in order of size. */
export const presetNames: readonly PresetName[] = ["minimal", "edge_ai", "embodied_ai", "t64", "datacenter"];

function described(name: string, { description, fields, controllers }: Preset): KpuDescription {
  const config = nestConfig(completeFlatConfig(fields));
  return { name, description, config, memoryController: controllers && controllerOf(controllers) };
}

function controllerOf([count, buffers, capacityKb]: readonly [number, number, number]): MemoryController {
  return { controllerCount: count, pageBufferCount: buffers, pageBufferCapacityKb: capacityKb, pageBufferBase: 0 };
}

/** Machines of usual sizes, from one array to a data center. */
export const presets: Readonly<Record<PresetName, KpuDescription>> = {
  minimal: described("minimal", table.minimal),
  edge_ai: described("edge_ai", table.edge_ai),
  embodied_ai: described("embodied_ai", table.embodied_ai),
  datacenter: described("datacenter", table.datacenter),
  t64: described("t64", table.t64),
};

/** A preset by a name that comes from outside. Errors: KPU_CONFIG with the nearest name. */
export function presetNamed(name: string): KpuDescription {
  const known = presetNames.find((candidate) => candidate === name);
  if (known !== undefined) return presets[known];
  throw new KpuError(
    "KPU_CONFIG",
    `unknown preset '${name.slice(0, 64)}'${nearestHint(name, presetNames)}; known are ${presetNames.join(", ")}`,
    { field: "preset", reason: "value" },
  );
}

const bytesPerElement = 4;
const bytesPerMb: number = 2 ** 20;
/** Two of A, B and C each, so that one is filled while the other is worked on. */
const tilesInL1 = 6;

/**
 * A machine of one square array for the product of an M x K and a K x N float32 matrix: either external bank and the host
 * hold the three matrices with half as much again, an L1 buffer holds two tiles of A, B and C each, an L2 bank four times and an
 * L3 tile sixteen times as much: a tiled product of that size runs on it.
 * Errors: KPU_DIMENSION for sizes below 1 or beyond what memory addresses reach.
 */
export function createForMatmul(m: number, n: number, k: number, arraySize = 16): KpuDescription {
  for (const [name, value] of Object.entries({ m, n, k, arraySize })) {
    if (Number.isInteger(value) && value >= 1 && value <= mostSide) continue;
    throw new KpuError("KPU_DIMENSION", `${name} must be a whole number from 1 to ${mostSide}, got ${value}`, {
      what: name,
      value: String(value),
    });
  }
  const bytes = bytesPerElement * (m * k + k * n + m * n);
  const capacityMb = Math.floor((bytes * 1.5) / bytesPerMb) + 1;
  const l1Kb = Math.ceil((tilesInL1 * arraySize * arraySize * bytesPerElement) / 1024);
  const fields: Record<string, FlatValue> = {
    ...memories([1, capacityMb, 50], [2, capacityMb, 100], [4, 16 * l1Kb], [8, 4 * l1Kb]),
    ...compute(1, arraySize, l1Kb),
    ...movement(2, 4, 8),
  };
  const description = `For products of ${m} x ${n} x ${k} on one ${arraySize}x${arraySize} array`;
  return described(`matmul_${m}x${n}x${k}`, { description, fields, controllers: [1, 2, 32] });
}

/** Three matrices of this side fill half of the address space. */
const mostSide: number = 2 ** 23;
