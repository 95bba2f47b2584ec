import type { ResolvedConfig } from "@kpu-sim/machine";

/** Parts of the original's memory controllers. Files keep them; machines have none of them. */
export type MemoryController = {
  readonly controllerCount: number;
  readonly pageBufferCount: number;
  readonly pageBufferCapacityKb: number;
  readonly pageBufferBase: number;
};

/** What a KPU configuration file says. */
export type KpuDescription = {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Complete; ready for `new Machine(config)`. */
  readonly config: ResolvedConfig;
  readonly memoryController: MemoryController | undefined;
};
