import type { PagePolicy } from "../dram/dram-channel.ts";
import type { RefreshPolicy } from "../dram/rank-states.ts";
import type { memoryProtections } from "./protection-fields.ts";

/** The configuration of a machine as plain data. Names carry their units; every field has a default (see fields.ts). */

/** How results of a systolic array are kept: which operand stays in the processing elements. */
export type Dataflow = "output_stationary" | "weight_stationary" | "input_stationary";
/** How a tile gets the values of a product: at once, or from an array that is stepped cycle by cycle. All else is equal. */
export type ArrayModel = "closed_form" | "stepped";
/**
 * `functional`: order without time; `transaction`: the timing of docs/timing-model.md; `cycle`: the same with external memory as DRAM
 * (docs/dram.md). Values are the same.
 */
export type Fidelity = "functional" | "transaction" | "cycle";
/** How vector units compute activation functions: to the nearest float32, or by linear interpolation in a table. */
export type VectorFunctions = "exact" | "table";
/** What happens when work starts that conflicts with work in flight: kept in `hazards`, thrown, or not looked at. */
export type HazardPolicy = "record" | "raise" | "off";

/** Which memories an engine reaches: every one, or only those next to its place in the hierarchy. */
export type ReachPolicy = "any" | "hierarchical";

/** Check bits of a memory: none, one for each byte, or eight for each 64 bits that correct one flipped bit and detect two. */
export type MemoryProtection = (typeof memoryProtections)[number];

type MemoryTiming = {
  /** Bandwidth of the one port of each instance, GB/s (10^9 bytes per second). */
  readonly bandwidthGbps: number;
  /** Cycles added to a path that has this level in it. */
  readonly latencyCycles: number;
  /** Address of the first instance; 0 places the class automatically. */
  readonly base: number;
  readonly ecc: MemoryProtection;
};

/** Instances of a memory, one by one, where they are not alike. */
export type MemoryInstances<Capacity extends "capacityMb" | "capacityKb"> = readonly {
  readonly [Key in Capacity | "bandwidthGbps" | "latencyCycles"]: number;
}[];
type OnChipMemory = MemoryTiming & {
  readonly count: number;
  readonly capacityKb: number;
  readonly instances: MemoryInstances<"capacityKb"> | undefined;
};
type MoverInstances = readonly { readonly bandwidthGbps: number }[];

/** Every field resolved. `machine.config` has this type. */
export type ResolvedConfig = {
  readonly hostMemory: MemoryTiming & {
    readonly regionCount: number;
    readonly regionCapacityMb: number;
    /** Defined only where the instances are not alike; it counts then instead of what the section says. */
    readonly instances: MemoryInstances<"capacityMb"> | undefined;
  };
  readonly externalMemory: MemoryTiming & {
    readonly bankCount: number;
    readonly bankCapacityMb: number;
    /** What the banks are made of at cycle fidelity: a name of `dramPartNames`. */
    readonly dramPart: string;
    /** What counts instead of the part's own figures, such as `tRCD=24, tRP=24`: names of `dramFigureNames`; empty for none. */
    readonly dramFigures: string;
    readonly dramChannels: number;
    /** An order of `addressMappings`. */
    readonly dramMapping: string;
    readonly dramPagePolicy: PagePolicy;
    readonly dramRefresh: RefreshPolicy;
    readonly dramQueueDepth: number;
    readonly dramPowerDownClocks: number;
    readonly instances: MemoryInstances<"capacityMb"> | undefined;
  };
  readonly l3Tiles: OnChipMemory;
  readonly l2Banks: OnChipMemory;
  readonly scratchpads: OnChipMemory;
  readonly computeTiles: {
    readonly count: number;
    readonly rows: number;
    readonly cols: number;
    readonly systolic: boolean;
    readonly dataflow: Dataflow;
    readonly arrayModel: ArrayModel;
    /** Bits of each operand that a processing element takes in a cycle: 8, 16 or 32. */
    readonly operandBits: number;
    readonly instances: readonly { readonly rows: number; readonly cols: number }[] | undefined;
  };
  readonly dmaEngines: {
    readonly count: number;
    readonly bandwidthGbps: number;
    readonly instances: MoverInstances | undefined;
  };
  readonly blockMovers: {
    readonly count: number;
    readonly bandwidthGbps: number;
    readonly instances: MoverInstances | undefined;
  };
  /** Every compute tile has one. */
  readonly vectorUnits: {
    /** Elements a cycle. */
    readonly width: number;
    /** Cycles from the last elements that enter in a pass to their results. */
    readonly pipelineDepth: number;
    readonly functions: VectorFunctions;
    /** Entries of a table, a power of two. */
    readonly tableSize: number;
    /** Tables reach from minus this to this. */
    readonly tableRange: number;
  };
  readonly streamers: { readonly count: number };
  /** The on-chip network; figures but the topology mean nothing where there is none. */
  readonly network: {
    readonly topology: "none" | "mesh" | "ring";
    readonly columns: number;
    readonly rows: number;
    readonly linkBytesPerCycle: number;
    /** Cycles that each link adds to a path. */
    readonly hopLatencyCycles: number;
  };
  /** What lies between the host's memory and the machine; figures but the type mean nothing where there is none. */
  readonly hostLink: {
    readonly type: "none" | "pcie";
    readonly pcieGeneration: number;
    readonly pcieLanes: number;
    readonly pcieMaxPayloadBytes: number;
    readonly pciePacketsInFlight: number;
    /** One way. */
    readonly pcieLatencyNs: number;
  };
  readonly clockGhz: number;
  readonly fidelity: Fidelity;
  /** Times, traffic and counts without values; memories can then neither be read nor written by the host. */
  readonly timingOnly: boolean;
  readonly hazardPolicy: HazardPolicy;
  readonly reachPolicy: ReachPolicy;
  /** Added to the access latency of each memory with check bits. */
  readonly eccLatencyCycles: number;
};

type Optional<T> = T extends readonly (infer Entry)[]
  ? readonly Optional<Entry>[]
  : T extends object
    ? { readonly [K in keyof T]?: Optional<T[K]> | undefined }
    : T;

/** What a user gives: any part of the configuration; the rest takes its default. */
export type MachineConfig = Optional<ResolvedConfig>;

/** The flat form with the Python field names, as scripts and files use it. */
export type FlatConfig = { readonly [flatName: string]: FlatValue };
export type FlatValue = number | boolean | string | readonly FlatInstance[];
/** An entry of a list of instances. */
export type FlatInstance = { readonly [flatName: string]: number };
