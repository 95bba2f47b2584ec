import { KpuError, nearestHint } from "@kpu-sim/machine";
import type { SystemDescription } from "./system-description.ts";
import { validateSystem } from "./system-file.ts";

/** Names of the presets, in order of size. */
export type SystemPresetName = "edge_ai" | "minimal_kpu" | "datacenter";

export const systemPresetNames: readonly SystemPresetName[] = ["edge_ai", "minimal_kpu", "datacenter"];

/** So many components that differ in their names only. */
function several<T extends object>(count: number, name: string, figures: T): readonly (T & { readonly id: string })[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${name}_${index}`, ...figures }));
}

/** The figures of each preset; what is left out are the defaults of system files. */
const table: Readonly<Record<SystemPresetName, unknown>> = {
  minimal_kpu: {
    system: { name: "Minimal KPU System", description: "A host with one KPU" },
    host: { memory: { modules: several(1, "host_mem", { type: "DDR4", capacity_gb: 16, bandwidth_gbps: 25.6 }) } },
    accelerators: [
      {
        type: "KPU",
        id: "kpu_0",
        kpu_config: {
          memory: {
            type: "GDDR6",
            banks: several(2, "bank", { capacity_mb: 1024, bandwidth_gbps: 100 }),
            l3_tiles: several(4, "l3", { capacity_kb: 128 }),
            l2_banks: several(8, "l2", { capacity_kb: 64 }),
            scratchpads: several(2, "scratch", { capacity_kb: 64 }),
          },
          compute_fabric: { tiles: several(2, "tile", { systolic_rows: 16, systolic_cols: 16, datatype: "fp32" }) },
          data_movement: {
            dma_engines: several(2, "dma", { bandwidth_gbps: 50 }),
            block_movers: several(4, "block_mover", {}),
            streamers: several(8, "streamer", {}),
          },
        },
      },
    ],
    interconnect: {
      host_to_accelerator: { type: "PCIe", pcie_config: { generation: 4, lanes: 16, bandwidth_gbps: 32 } },
    },
  },
  edge_ai: {
    system: { name: "Edge AI System", description: "A KPU and an NPU for inference at the edge" },
    host: {
      cpu: { core_count: 8, frequency_mhz: 2000 },
      memory: {
        modules: several(1, "host_mem", {
          type: "LPDDR5",
          form_factor: "OnPackage",
          capacity_gb: 8,
          bandwidth_gbps: 51.2,
        }),
      },
    },
    accelerators: [
      {
        type: "KPU",
        id: "kpu_0",
        kpu_config: {
          memory: {
            type: "LPDDR5",
            form_factor: "OnPackage",
            banks: several(1, "bank", { capacity_mb: 512, bandwidth_gbps: 68 }),
            scratchpads: several(1, "scratch", { capacity_kb: 128 }),
          },
          compute_fabric: { tiles: several(1, "tile", { systolic_rows: 8, systolic_cols: 8, datatype: "fp16" }) },
          data_movement: { dma_engines: several(1, "dma", { bandwidth_gbps: 34 }) },
        },
      },
      { type: "NPU", id: "npu_0", npu_config: { tops_int8: 40, tops_fp16: 20 } },
    ],
    interconnect: {
      accelerator_to_accelerator: {
        type: "NoC",
        noc_config: { topology: "ring", router_count: 2, link_bandwidth_gbps: 16 },
      },
    },
  },
  datacenter: {
    system: { name: "Datacenter AI Cluster Node", description: "A KPU with HBM and a GPU" },
    host: {
      cpu: { core_count: 64, frequency_mhz: 3500, cache_l3_kb: 262_144 },
      memory: { modules: several(4, "host_mem", { type: "DDR5", capacity_gb: 4, bandwidth_gbps: 89.6 }) },
    },
    accelerators: [
      {
        type: "KPU",
        id: "kpu_0",
        kpu_config: {
          memory: {
            type: "HBM3",
            form_factor: "Interposer",
            banks: several(4, "bank", { capacity_mb: 256, bandwidth_gbps: 819, latency_ns: 10 }),
            scratchpads: several(4, "scratch", { capacity_kb: 256 }),
          },
          compute_fabric: { tiles: several(4, "tile", { systolic_rows: 32, systolic_cols: 32 }) },
          data_movement: { dma_engines: several(4, "dma", { bandwidth_gbps: 200 }) },
        },
      },
      {
        type: "GPU",
        id: "gpu_0",
        gpu_config: {
          compute_units: 128,
          clock_mhz: 2100,
          memory: { type: "HBM3", capacity_gb: 2, bandwidth_gbps: 3200 },
        },
      },
    ],
    interconnect: {
      host_to_accelerator: { type: "PCIe", pcie_config: { generation: 5, lanes: 16, bandwidth_gbps: 128 } },
      accelerator_to_accelerator: {
        type: "NVLink",
        noc_config: { topology: "crossbar", router_count: 2, link_bandwidth_gbps: 900 },
      },
    },
  },
};

/** A system of a usual kind. Errors: KPU_CONFIG for an unknown name, with the nearest. */
export function systemPreset(name: string): SystemDescription {
  const known = systemPresetNames.find((candidate) => candidate === name);
  const { system } = known === undefined ? { system: undefined } : validateSystem(table[known]);
  if (system !== undefined) return system;
  throw new KpuError(
    "KPU_CONFIG",
    `unknown system preset '${name.slice(0, 64)}'${nearestHint(name, systemPresetNames)}; known are ${systemPresetNames.join(", ")}`,
    { field: "preset", reason: "value" },
  );
}
