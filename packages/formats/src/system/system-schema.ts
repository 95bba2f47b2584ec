import { mostInstances } from "@kpu-sim/machine";
import * as v from "valibot";
import { rate, shortText, whole } from "../text/value-schemas.ts";
import type { SystemDescription } from "./system-description.ts";

const mostFigure: number = 2 ** 40;

/** A whole number that a file may leave out. */
function count(initial: number, unit: string, doc: string): v.OptionalSchema<v.GenericSchema<number>, number> {
  return v.optional(whole(unit, doc, mostFigure), initial);
}

/** A number from 0 that a file may leave out. */
function figure(initial: number, unit: string, doc: string): v.OptionalSchema<v.GenericSchema<number>, number> {
  return v.optional(rate(unit, doc, true), initial);
}

function text(initial: string, doc: string): v.OptionalSchema<v.GenericSchema<string>, string> {
  return v.optional(v.pipe(shortText, v.description(doc)), initial);
}

function flag(initial: boolean, doc: string): v.OptionalSchema<v.GenericSchema<boolean>, boolean> {
  return v.optional(v.pipe(v.boolean("must be true or false"), v.description(doc)), initial);
}

function group<E extends v.ObjectEntries>(entries: E): v.StrictObjectSchema<E, string> {
  return v.strictObject(entries, "must be a group of keys");
}

/** A list that a file may leave out. */
function list<S extends v.GenericSchema>(item: S) {
  const most = v.maxLength<v.InferOutput<S>[], number, string>(
    mostInstances,
    `must have at most ${mostInstances} entries`,
  );
  return v.optional(v.pipe(v.array(item, "must be a list"), most), []);
}

const id = v.optional(v.pipe(shortText, v.description("A name for people.")));
const type = (initial: string, examples: string) => text(initial, `Kind: ${examples}.`);

const cpu = group({
  core_count: count(4, "cores", "Cores."),
  frequency_mhz: count(2400, "MHz", "Clock."),
  cache_l1_kb: count(32, "KB", "L1 cache of a core."),
  cache_l2_kb: count(256, "KB", "L2 cache of a core."),
  cache_l3_kb: count(8192, "KB", "L3 cache."),
});

const module = group({
  id,
  type: type("DDR4", "DDR4, DDR5, LPDDR5"),
  form_factor: text("DIMM", "DIMM, OnPackage."),
  capacity_gb: count(16, "GB", "Capacity; 1 GB is 2^30 bytes."),
  frequency_mhz: count(3200, "MHz", "Transfers a second, in millions."),
  bandwidth_gbps: figure(25.6, "GB/s", "Bandwidth."),
  latency_ns: figure(80, "ns", "Access latency."),
  channels: count(2, "channels", "Channels."),
});

const storage = group({
  id,
  type: type("NVME", "NVME, SATA"),
  capacity_gb: count(256, "GB", "Capacity."),
  read_bandwidth_mbps: count(3500, "MB/s", "Bandwidth of reads."),
  write_bandwidth_mbps: count(3000, "MB/s", "Bandwidth of writes."),
  latency_us: count(100, "us", "Access latency."),
});

const bank = group({
  id,
  capacity_mb: count(1024, "MB", "Capacity; 1 MB is 2^20 bytes."),
  bandwidth_gbps: figure(100, "GB/s", "Bandwidth."),
  latency_ns: figure(20, "ns", "Access latency; becomes whole cycles of the clock, rounded up."),
});

const onChip = (initial: number) =>
  list(group({ id, capacity_kb: count(initial, "KB", "Capacity; 1 KB is 2^10 bytes.") }));

const tile = group({
  id,
  type: type("systolic", "systolic, or anything else for a tile without an array"),
  systolic_rows: count(16, "processing elements", "Rows of the array."),
  systolic_cols: count(16, "processing elements", "Columns of the array."),
  datatype: text("fp32", "Number format of the operands."),
});

const dmaEngine = group({
  id,
  bandwidth_gbps: figure(50, "GB/s", "What the engine can move."),
  channels: count(1, "channels", "Channels. Kept, without effect."),
});

const kpu = group({
  memory: v.optional(
    group({
      type: type("GDDR6", "GDDR6, LPDDR5, HBM3"),
      form_factor: text("PCB", "PCB, OnPackage, Interposer."),
      banks: list(bank),
      l3_tiles: onChip(128),
      l2_banks: onChip(64),
      scratchpads: onChip(64),
      l1_buffers: v.optional(
        v.array(group({ id, capacity_kb: count(64, "KB", "Capacity of an L1 buffer.") }), "must be a list"),
      ),
    }),
    {},
  ),
  compute_fabric: v.optional(group({ tiles: list(tile) }), {}),
  data_movement: v.optional(
    group({ dma_engines: list(dmaEngine), block_movers: list(group({ id })), streamers: list(group({ id })) }),
    {},
  ),
});

const gpu = group({
  compute_units: count(64, "units", "Compute units."),
  clock_mhz: count(1800, "MHz", "Clock."),
  memory: v.optional(
    group({
      type: type("GDDR6", "GDDR6, HBM3"),
      form_factor: text("PCB", "PCB, Interposer."),
      capacity_gb: count(8, "GB", "Capacity."),
      bandwidth_gbps: figure(448, "GB/s", "Bandwidth."),
      bus_width_bits: count(256, "bits", "Width of the bus."),
    }),
    {},
  ),
});

const npu = group({
  tops_int8: figure(40, "TOPS", "Speed with 8-bit integers."),
  tops_fp16: figure(20, "TOPS", "Speed with 16-bit floating point."),
  memory: v.optional(
    group({
      type: type("OnChip", "OnChip"),
      capacity_mb: count(16, "MB", "Capacity."),
      bandwidth_gbps: figure(200, "GB/s", "Bandwidth."),
    }),
    {},
  ),
});

const acceleratorTypes = ["KPU", "GPU", "TPU", "NPU", "CGRA", "DSP", "FPGA"] as const;

const accelerator = group({
  type: v.picklist(acceleratorTypes, `must be one of ${acceleratorTypes.join(", ")}`),
  id: text("", "Its name, by which it is asked for."),
  description: text("", "What it is for."),
  kpu_config: v.optional(kpu),
  gpu_config: v.optional(gpu),
  npu_config: v.optional(npu),
});

/** A latency that the original's files do not have. */
const linkLatency = v.optional(
  rate(
    "ns",
    "What a passage adds to the latency; becomes whole cycles of the clock, rounded up. 200 cycles if it is not given.",
    true,
  ),
);

const pcie = group({
  generation: count(4, "", "Generation of PCIe, 1 to 6; any other makes a plain link."),
  lanes: count(16, "lanes", "Lanes: 1, 2, 4, 8 or 16; any other number makes a plain link."),
  bandwidth_gbps: v.optional(
    rate(
      "GB/s",
      "Bandwidth; that of generation and lanes if it is not given. Within 5 % of theirs, in each direction or in both together, they count; any other is that of a plain link in each direction.",
      true,
    ),
  ),
  latency_ns: v.optional(
    rate(
      "ns",
      "What a packet takes one way; what is read takes it twice. Becomes whole cycles of the clock, rounded up. 200 ns if it is not given; of a plain link 200 cycles, once.",
      true,
    ),
  ),
  packets_in_flight: v.optional(
    whole("packets", "Packets of 256 bytes that may be under way in each direction; 64 if it is not given.", 65_536, 1),
  ),
});

const interconnect = group({
  host_to_accelerator: v.optional(
    group({
      type: type("PCIe", "PCIe, CXL, CustomFabric"),
      pcie_config: v.optional(pcie),
      cxl_config: v.optional(
        group({
          version: text("2.0", "Version of CXL."),
          bandwidth_gbps: figure(64, "GB/s", "Bandwidth in each direction."),
          latency_ns: linkLatency,
        }),
      ),
    }),
    {},
  ),
  accelerator_to_accelerator: v.optional(
    group({
      type: type("None", "None, NoC, NVLink"),
      noc_config: v.optional(
        group({
          topology: text("mesh", "mesh, ring, crossbar. Kept, without effect: each KPU has a link to all others."),
          router_count: count(4, "routers", "Routers. Kept, without effect."),
          link_bandwidth_gbps: figure(16, "GB/s", "Bandwidth of a link in each direction."),
          link_latency_ns: linkLatency,
        }),
      ),
    }),
    {},
  ),
  on_chip: v.optional(
    group({
      type: type("AMBA", "AMBA. Kept, without effect"),
      amba_config: v.optional(group({ protocol: text("AXI4", "AXI4, ACE, CHI. Kept, without effect.") })),
    }),
    {},
  ),
  network: v.optional(
    group({
      enabled: flag(false, "Whether there is a network. Kept, without effect."),
      type: type("Ethernet", "Ethernet, InfiniBand. Kept, without effect"),
      speed_gbps: count(100, "Gbit/s", "Speed. Kept, without effect."),
    }),
  ),
});

const services = group({
  memory_manager: v.optional(
    group({
      enabled: flag(true, "Whether it runs."),
      pool_size_mb: count(512, "MB", "Size of its pool."),
      alignment_bytes: count(64, "bytes", "Alignment of what it hands out."),
    }),
    {},
  ),
  interrupt_controller: v.optional(group({ enabled: flag(true, "Whether it runs.") }), {}),
  power_management: v.optional(group({ enabled: flag(false, "Whether it runs.") }), {}),
});

/** The schema of system files. */
export const systemFileSchema: v.GenericSchema<unknown, SystemDescription> = group({
  system: v.optional(
    group({
      name: text("", "Name of the system."),
      description: text("", "What it is for."),
      clock_frequency_mhz: v.optional(rate("MHz", "Clock of the KPUs; 1000 MHz if it is not given.")),
    }),
    {},
  ),
  host: v.optional(
    group({
      cpu: v.optional(cpu, {}),
      memory: v.optional(
        group({
          dram_controller: v.optional(
            group({
              channel_count: count(2, "channels", "Channels."),
              data_width_bits: count(64, "bits", "Width of a channel."),
            }),
            {},
          ),
          modules: list(module),
        }),
        {},
      ),
      storage: list(storage),
    }),
    {},
  ),
  accelerators: list(accelerator),
  interconnect: v.optional(interconnect, {}),
  system_services: v.optional(services, {}),
});
