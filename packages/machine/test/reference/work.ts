import type { MappedRegion } from "./address-map.ts";
import type { TrackedWork } from "./hazard-log.ts";
import type { PortUser } from "./port-sharing.ts";

/** A DMA engine, block mover, streamer or compute tile. */
export interface Unit {
  /** As it reads in a hazard record, such as "block mover 1". */
  readonly name: string;
  /** Rule 11: over all DMA engines, then block movers, then streamers. Tiles use no port and come after those. */
  readonly engineNumber: number;
  readonly waiting: Work[];
  running: RunningWork | undefined;
}

export interface TransferTask {
  readonly kind: "transfer";
  readonly source: MappedRegion;
  readonly sourceOffset: number;
  readonly destination: MappedRegion;
  readonly destinationOffset: number;
  readonly bytes: number;
  readonly pathLatencyCycles: number;
  /** In parts of a byte per cycle (widths.ts). */
  readonly engineWidth: bigint;
}

export interface ProductTask {
  readonly kind: "product";
  readonly scratchpad: MappedRegion;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly cycles: number;
}

/** Credits that are there, of one counting semaphore. */
export interface Semaphore {
  readonly initial: number;
  credits: number;
}

export interface Credits {
  readonly semaphore: Semaphore;
  readonly count: number;
}

/** Issued work. */
export interface Work extends TrackedWork {
  /** Taken when it starts, all or none. */
  readonly waitFor: readonly Credits[];
  /** Given when it completes. */
  readonly signal: readonly Credits[];
  readonly unit: Unit;
  readonly task: TransferTask | ProductTask;
  readonly onComplete: (() => void) | undefined;
}

/** Work in flight: started and not completed. */
export interface RunningWork {
  readonly work: Work;
  readonly startCycle: number;
  /** Where `result` goes when it completes. */
  readonly destination: MappedRegion;
  readonly destinationOffset: number;
  /** Made of what was read at the start. */
  readonly result: Uint8Array;
  /** Cycles from start to completion, where no port has a say in it. */
  readonly fixedCycles: number | undefined;
  /** First cycle of the beat phase and what the ports still owe it, for a transfer of at least one byte. */
  readonly beats: { readonly fromCycle: number; readonly user: PortUser } | undefined;
}
