import type { MappedRegion } from "./address-map.ts";
import type { TrackedWork } from "./hazard-log.ts";
import type { ProductFormats } from "./matrix-product.ts";
import type { Encoding, ReferenceFormat } from "./number-formats.ts";
import type { PortUser } from "./port-sharing.ts";
import type { VectorOrder } from "./vector.ts";

/** A DMA engine, block mover, streamer, compute tile or vector unit. */
export interface Unit {
  /** As it reads in a hazard record, such as "block mover 1". */
  readonly name: string;
  /** Rule 11: over all DMA engines, then block movers, then streamers. Tiles and their vector units use no port and come after those. */
  readonly engineNumber: number;
  readonly waiting: Work[];
  running: RunningWork | undefined;
}

/** Where one element of a transfer comes from and goes to, by offsets in the two regions. */
interface MovedElement {
  readonly sourceOffset: number;
  readonly destinationOffset: number;
}

export interface TransferTask {
  readonly kind: "transfer";
  readonly source: MappedRegion;
  readonly destination: MappedRegion;
  readonly elements: readonly MovedElement[];
  readonly elementBytes: number;
  /** Of all elements together. */
  readonly bytes: number;
  /** Names of the links on the way (host-link.ts, network.ts). */
  readonly links: readonly string[];
  /** Of the path, the links and the stagger together. */
  readonly latencyCycles: number;
  /** In parts of a byte per cycle (widths.ts). */
  readonly engineWidth: bigint;
}

/** Rule V7: what an array has for products that end in the vector unit. */
export interface Accumulators {
  /** Sets that a product fills, or that hold sums which are not drained to the end. */
  held: number;
  /** Sums of completed products that the vector unit has not begun to drain, oldest first. */
  readonly full: Uint8Array[];
}

export interface ProductTask {
  readonly kind: "product";
  readonly scratchpad: MappedRegion;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly formats: ProductFormats;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly accumulate: boolean;
  /** Where the sums go instead of into C. */
  readonly drainsTo: Accumulators | undefined;
  readonly cycles: number;
}

export interface VectorTask {
  readonly kind: "vector";
  readonly scratchpad: MappedRegion;
  readonly order: VectorOrder;
  readonly rows: number;
  readonly cols: number;
  /** The matrix, in memory or in the accumulators of the tile. */
  readonly source: number | Accumulators;
  readonly second: number | undefined;
  readonly third: number | undefined;
  /** A factor for each column. */
  readonly scales: number | undefined;
  /** Of the matrix. */
  readonly format: ReferenceFormat;
  readonly result: Encoding;
  readonly destination: number;
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
  readonly task: TransferTask | ProductTask | VectorTask;
  readonly onComplete: (() => void) | undefined;
}

/** Bytes for one place in a region. */
interface PlacedBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Work in flight: started and not completed. */
export interface RunningWork {
  readonly work: Work;
  readonly startCycle: number;
  /** Where `result` goes when it completes. */
  readonly destination: MappedRegion;
  /** Made of what was read at the start. */
  readonly result: readonly PlacedBytes[];
  /** Cycles from start to completion, where no port has a say in it. */
  readonly fixedCycles: number | undefined;
  /** First cycle of the beat phase and what the ports still owe it, for a transfer of at least one byte. */
  readonly beats: { readonly fromCycle: number; readonly user: PortUser } | undefined;
}
