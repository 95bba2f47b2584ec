import type { Dataflow } from "./reference/hardware.ts";
import type { HazardKind, WorkLabel } from "./reference/hazard-log.ts";
import type { LayoutPair } from "./reference/layout.ts";
import type { ReferenceFormat } from "./reference/number-formats.ts";
import type { ReferenceActivation } from "./reference/vector.ts";

/**
 * What the tests use of a machine. The real `Machine` and the `ReferenceMachine` both have it, so that one table of cases and one driver
 * of programs serve both.
 */
export interface RegionUnderTest {
  readonly base: number;
  readonly capacityBytes: number;
  read(offset: number, count: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

export interface SemaphoreUnderTest {
  readonly value: number;
  signal(count?: number): void;
}

export interface CreditsUnderTest {
  readonly semaphore: SemaphoreUnderTest;
  readonly count: number;
}

export interface SynchronizationUnderTest {
  readonly waitFor?: readonly (SemaphoreUnderTest | CreditsUnderTest)[] | undefined;
  readonly signal?: readonly (SemaphoreUnderTest | CreditsUnderTest)[] | undefined;
}

export interface TransferOrder extends SynchronizationUnderTest {
  /** Global addresses. */
  readonly source: number;
  readonly destination: number;
  /** Either this or a layout; both or neither is refused. */
  readonly bytes?: number | undefined;
  readonly layout?: LayoutPair | undefined;
  /** Only a streamer looks at it. */
  readonly stream?: "rows" | "columns" | undefined;
  /** More than 1 is refused by all but streamers. */
  readonly staggerLanes?: number | undefined;
  readonly onComplete?: (() => void) | undefined;
}

export interface MoverUnderTest {
  transfer(order: TransferOrder): void;
  readonly isBusy: boolean;
  readonly queueLength: number;
}

/** How a result is encoded. */
export interface ResultOrder {
  readonly resultFormat?: ReferenceFormat | undefined;
  readonly resultScale?: number | undefined;
  readonly resultZeroPoint?: number | undefined;
}

/** A factor, or where a row of factors is. */
export type ScaleOrder = number | { readonly row: number };

export interface ProductOrder extends SynchronizationUnderTest {
  readonly queued?: boolean | undefined;
  readonly scratchpad: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly format?: ReferenceFormat | undefined;
  readonly resultFormat?: ReferenceFormat | undefined;
  /** Byte offsets in the scratchpad. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** The sums start at what C holds. */
  readonly accumulate?: boolean | undefined;
  /** The sums go through the vector unit on their way to C. */
  readonly epilogue?:
    | Pick<ActivationOrder, "bias" | "activation" | "slope" | "scale" | "resultScale" | "resultZeroPoint">
    | undefined;
  /** Instead of the configured one. */
  readonly dataflow?: Dataflow | undefined;
  readonly onComplete?: (() => void) | undefined;
}

export interface TileUnderTest {
  matmul(order: ProductOrder): void;
  readonly isBusy: boolean;
}

/** A matrix in a scratchpad and where its result goes, by byte offsets. */
export interface VectorOrderPlaces extends SynchronizationUnderTest, ResultOrder {
  readonly format?: ReferenceFormat | undefined;
  readonly scratchpad: number;
  readonly rows: number;
  readonly cols: number;
  readonly source: number;
  readonly destination: number;
  readonly onComplete?: (() => void) | undefined;
}

interface ActivationOrder extends VectorOrderPlaces {
  readonly bias?: number | undefined;
  readonly activation?: ReferenceActivation | undefined;
  readonly slope?: number | undefined;
  readonly scale?: ScaleOrder | undefined;
}

interface ElementwiseOrder extends VectorOrderPlaces {
  readonly operator: "add" | "subtract" | "multiply" | "maximum";
  readonly operand:
    | { readonly matrix: number }
    | { readonly row: number }
    | { readonly column: number }
    | { readonly scalar: number };
}

interface ReductionOrder extends VectorOrderPlaces {
  readonly reduction: "max" | "sum" | "mean";
}

interface NormOrder extends VectorOrderPlaces {
  readonly gamma?: number | undefined;
  readonly beta?: number | undefined;
  readonly epsilon?: number | undefined;
}

export interface VectorUnderTest {
  activation(order: ActivationOrder): void;
  elementwise(order: ElementwiseOrder): void;
  reduce(order: ReductionOrder): void;
  softmax(order: VectorOrderPlaces): void;
  layerNorm(order: NormOrder): void;
  rmsNorm(order: NormOrder): void;
  readonly isBusy: boolean;
  readonly queueLength: number;
}

export interface HazardUnderTest {
  readonly kind: HazardKind;
  readonly earlier: WorkLabel;
  readonly later: WorkLabel;
  readonly address: number;
  readonly bytes: number;
  readonly fromCycle: number;
  readonly untilCycle: number | undefined;
}

export interface MachineUnderTest {
  readonly cycle: number;
  readonly isIdle: boolean;
  readonly hazards: readonly HazardUnderTest[];
  host(id: number): RegionUnderTest;
  external(id: number): RegionUnderTest;
  l3(id: number): RegionUnderTest;
  l2(id: number): RegionUnderTest;
  scratchpad(id: number): RegionUnderTest;
  dma(id: number): MoverUnderTest;
  blockMover(id: number): MoverUnderTest;
  streamer(id: number): MoverUnderTest;
  tile(id: number): TileUnderTest;
  vector(id: number): VectorUnderTest;
  semaphore(name: string, initial?: number, grants?: "data" | "space"): SemaphoreUnderTest;
  step(count?: number): void;
  runUntil(cycle: number): void;
  runFor(cycles: number): void;
  runUntilIdle(): void;
  reset(): void;
}
