/** A computer with accelerators, as system files describe it. The keys are those of the files; units are in their names. */
export type SystemDescription = {
  readonly system: {
    readonly name: string;
    readonly description: string;
    /** Clock of the KPUs; 1000 MHz if it is not given. */
    readonly clock_frequency_mhz?: number | undefined;
  };
  readonly host: HostDescription;
  readonly accelerators: readonly AcceleratorDescription[];
  readonly interconnect: InterconnectDescription;
  readonly system_services: {
    readonly memory_manager: {
      readonly enabled: boolean;
      readonly pool_size_mb: number;
      readonly alignment_bytes: number;
    };
    readonly interrupt_controller: { readonly enabled: boolean };
    readonly power_management: { readonly enabled: boolean };
  };
};

export type HostDescription = {
  readonly cpu: {
    readonly core_count: number;
    readonly frequency_mhz: number;
    readonly cache_l1_kb: number;
    readonly cache_l2_kb: number;
    readonly cache_l3_kb: number;
  };
  readonly memory: {
    readonly dram_controller: { readonly channel_count: number; readonly data_width_bits: number };
    readonly modules: readonly MemoryModuleDescription[];
  };
  readonly storage: readonly {
    readonly id?: string | undefined;
    readonly type: string;
    readonly capacity_gb: number;
    readonly read_bandwidth_mbps: number;
    readonly write_bandwidth_mbps: number;
    readonly latency_us: number;
  }[];
};

export type MemoryModuleDescription = {
  readonly id?: string | undefined;
  readonly type: string;
  readonly form_factor: string;
  readonly capacity_gb: number;
  readonly frequency_mhz: number;
  readonly bandwidth_gbps: number;
  readonly latency_ns: number;
  readonly channels: number;
};

/** What accelerators there are. KPUs are simulated; the others are kept in descriptions. */
export type AcceleratorType = "KPU" | "GPU" | "TPU" | "NPU" | "CGRA" | "DSP" | "FPGA";

export type AcceleratorDescription = {
  readonly type: AcceleratorType;
  readonly id: string;
  readonly description: string;
  readonly kpu_config?: KpuSystemConfig | undefined;
  readonly gpu_config?:
    | {
        readonly compute_units: number;
        readonly clock_mhz: number;
        readonly memory: {
          readonly type: string;
          readonly form_factor: string;
          readonly capacity_gb: number;
          readonly bandwidth_gbps: number;
          readonly bus_width_bits: number;
        };
      }
    | undefined;
  readonly npu_config?:
    | {
        readonly tops_int8: number;
        readonly tops_fp16: number;
        readonly memory: { readonly type: string; readonly capacity_mb: number; readonly bandwidth_gbps: number };
      }
    | undefined;
};

type OnChipDescription = { readonly id?: string | undefined; readonly capacity_kb: number };
type Named = { readonly id?: string | undefined };

/** One KPU, component by component. */
export type KpuSystemConfig = {
  readonly memory: {
    readonly type: string;
    readonly form_factor: string;
    readonly banks: readonly {
      readonly id?: string | undefined;
      readonly capacity_mb: number;
      readonly bandwidth_gbps: number;
      readonly latency_ns: number;
    }[];
    readonly l3_tiles: readonly OnChipDescription[];
    readonly l2_banks: readonly OnChipDescription[];
    readonly scratchpads: readonly OnChipDescription[];
    /** The later name of the scratchpads; a file uses one of the two. */
    readonly l1_buffers?: readonly OnChipDescription[] | undefined;
  };
  readonly compute_fabric: {
    readonly tiles: readonly {
      readonly id?: string | undefined;
      readonly type: string;
      readonly systolic_rows: number;
      readonly systolic_cols: number;
      readonly datatype: string;
    }[];
  };
  readonly data_movement: {
    readonly dma_engines: readonly (Named & { readonly bandwidth_gbps: number; readonly channels: number })[];
    readonly block_movers: readonly Named[];
    readonly streamers: readonly Named[];
  };
};

export type InterconnectDescription = {
  readonly host_to_accelerator: {
    readonly type: string;
    readonly pcie_config?:
      | {
          readonly generation: number;
          readonly lanes: number;
          /** Where the file leaves it out, generation and lanes say it. */
          readonly bandwidth_gbps?: number | undefined;
          readonly latency_ns?: number | undefined;
          readonly packets_in_flight?: number | undefined;
        }
      | undefined;
    readonly cxl_config?:
      | { readonly version: string; readonly bandwidth_gbps: number; readonly latency_ns?: number | undefined }
      | undefined;
  };
  readonly accelerator_to_accelerator: {
    readonly type: string;
    readonly noc_config?:
      | {
          readonly topology: string;
          readonly router_count: number;
          readonly link_bandwidth_gbps: number;
          readonly link_latency_ns?: number | undefined;
        }
      | undefined;
  };
  readonly on_chip: { readonly type: string; readonly amba_config?: { readonly protocol: string } | undefined };
  readonly network?: { readonly enabled: boolean; readonly type: string; readonly speed_gbps: number } | undefined;
};
