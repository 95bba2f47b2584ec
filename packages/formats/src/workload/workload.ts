import type {
  Activation,
  CreditMeaning,
  Dataflow,
  ElementwiseOperator,
  MachineConfig,
  MemoryKind,
  MoverKind,
  NumberFormat,
  Reduction,
  StreamKind,
} from "@kpu-sim/machine";

/** A whole number that may depend on the variables of loops: constant + sum of factor x variable. */
export type IndexExpression = { readonly constant: number; readonly factors: ReadonlyMap<string, number> };

/** Rows or columns `from` up to, not including, `to`. */
export type IndexRange = { readonly from: IndexExpression; readonly to: IndexExpression };

/** A block of an area; all rows or all columns where no range is given. */
export type Place = {
  readonly area: string;
  readonly rows: IndexRange | undefined;
  readonly cols: IndexRange | undefined;
};

/** What an area holds before the program starts; memories that were never written read 0. */
export type AreaContent =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" | "ramp" }
  | { readonly kind: "random"; readonly seed: number }
  | { readonly kind: "values"; readonly values: readonly number[] };

/** A matrix in a memory, row-major, each row at a whole byte. */
export type Area = {
  readonly name: string;
  readonly memory: { readonly kind: MemoryKind; readonly id: number };
  /** Bytes from the beginning of the memory; undefined: behind the areas before it in the same memory, at a multiple of 64. */
  readonly offset: number | undefined;
  readonly rows: number;
  readonly cols: number;
  readonly format: NumberFormat;
  readonly content: AreaContent;
  readonly line: number | undefined;
};

export type WorkloadSemaphore = { readonly name: string; readonly credits: number; readonly grants: CreditMeaning };

/** So many credits of a semaphore. */
export type CreditText = { readonly semaphore: string; readonly count: number };

type Synchronized = { readonly waitFor: readonly CreditText[]; readonly signal: readonly CreditText[] };

export type TransferStep = Synchronized & {
  readonly kind: "transfer";
  readonly engine: { readonly kind: MoverKind; readonly id: number };
  readonly from: Place;
  readonly to: Place;
  readonly transpose: boolean;
  /** Rows of `from`, in the order in which they are taken; of `to`, in which they are written. */
  readonly gatherRows: readonly number[] | undefined;
  readonly scatterRows: readonly number[] | undefined;
  readonly stream: StreamKind | undefined;
  readonly staggerLanes: number | undefined;
};

/** What a product, or an operation of a vector unit, does with sums or elements before the result is written. */
export type EndingStep = {
  readonly activation: Activation | undefined;
  readonly slope: number | undefined;
  readonly bias: Place | undefined;
  readonly scale: number | undefined;
  readonly resultScale: number | undefined;
  readonly resultZeroPoint: number | undefined;
};

export type ProductStep = Synchronized &
  EndingStep & {
    readonly kind: "product";
    readonly tile: number;
    readonly a: Place;
    readonly b: Place;
    readonly c: Place;
    readonly accumulate: boolean;
    readonly dataflow: Dataflow | undefined;
  };

export const vectorOperationNames = [
  "activation",
  "elementwise",
  "reduce",
  "softmax",
  "layer_norm",
  "rms_norm",
] as const;

export type VectorStep = Synchronized &
  EndingStep & {
    readonly kind: "vector";
    readonly unit: number;
    readonly operation: (typeof vectorOperationNames)[number];
    readonly source: Place;
    readonly destination: Place;
    /** Of `elementwise`: the other operand is a number or an area (matrix, row or column by its size). */
    readonly operator: ElementwiseOperator | undefined;
    readonly operand: Place | undefined;
    readonly scalar: number | undefined;
    readonly reduction: Reduction | undefined;
    readonly gamma: Place | undefined;
    readonly beta: Place | undefined;
    readonly epsilon: number | undefined;
  };

export type TiledProductStep = {
  readonly kind: "tiledProduct";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tileM: number | undefined;
  readonly tileN: number | undefined;
  readonly tileK: number | undefined;
  readonly dataflow: Dataflow | undefined;
  readonly doubleBuffer: boolean | undefined;
  readonly format: NumberFormat;
};

/** Waits until everything issued so far is done. */
export type DrainStep = { readonly kind: "drain" };

export type RepeatStep = {
  readonly kind: "repeat";
  readonly times: number;
  readonly variable: string | undefined;
  readonly steps: readonly WorkloadStep[];
};

/** A step, with the line of the file that it begins in. */
export type WorkloadStep = (TransferStep | ProductStep | VectorStep | TiledProductStep | DrainStep | RepeatStep) & {
  readonly line: number | undefined;
};

/** What must hold at the end. */
export type Expectation = { readonly line: number | undefined } & (
  | { readonly kind: "cycles"; readonly least: number; readonly most: number }
  | { readonly kind: "hazards"; readonly count: number }
  | { readonly kind: "equalArea"; readonly place: Place; readonly other: Place }
  | { readonly kind: "equalProduct"; readonly place: Place; readonly a: Place; readonly b: Place }
  | { readonly kind: "values"; readonly place: Place; readonly values: readonly number[]; readonly tolerance: number }
);

/** A program for a machine, with what its memories hold before and should hold after it. */
export type Workload = {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** The machine that the file asks for; undefined: any. */
  readonly config: MachineConfig | undefined;
  readonly areas: readonly Area[];
  readonly semaphores: readonly WorkloadSemaphore[];
  readonly steps: readonly WorkloadStep[];
  readonly expectations: readonly Expectation[];
};
