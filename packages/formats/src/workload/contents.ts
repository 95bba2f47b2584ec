import type {
  Activation,
  CreditMeaning,
  Dataflow,
  ElementwiseOperator,
  NumberFormat,
  Reduction,
  StreamKind,
} from "@kpu-sim/machine";
import type { vectorOperationNames } from "./workload.ts";

/** What a workload file says, with its own names; what is left out is undefined. */
export type WorkloadContents = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly preset?: string | undefined;
  readonly machine?: Readonly<Record<string, unknown>> | undefined;
  readonly areas?: readonly AreaContents[] | undefined;
  readonly semaphores?: readonly SemaphoreContents[] | undefined;
  readonly program: readonly StepContents[];
  readonly expect?: readonly ExpectationContents[] | undefined;
};

export type AreaContents = {
  readonly name: string;
  readonly memory: string;
  readonly offset?: number | undefined;
  readonly rows?: number | undefined;
  readonly cols: number;
  readonly format?: NumberFormat | undefined;
  readonly fill?: "zeros" | "ones" | "ramp" | "random" | undefined;
  readonly seed?: number | undefined;
  readonly values?: readonly number[] | undefined;
};

export type SemaphoreContents = {
  readonly name: string;
  readonly credits?: number | undefined;
  readonly grants?: CreditMeaning | undefined;
};

export type SynchronizationContents = {
  readonly wait_for?: readonly string[] | undefined;
  readonly signal?: readonly string[] | undefined;
};

export type EndingContents = {
  readonly activation?: Activation | undefined;
  readonly slope?: number | undefined;
  readonly bias?: string | undefined;
  readonly scale?: number | undefined;
  readonly result_scale?: number | undefined;
  readonly result_zero_point?: number | undefined;
};

type TransferContents = SynchronizationContents & {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly transpose?: boolean | undefined;
  readonly gather_rows?: readonly number[] | undefined;
  readonly scatter_rows?: readonly number[] | undefined;
  readonly stream?: StreamKind | undefined;
  readonly stagger_lanes?: number | undefined;
};

type ProductContents = SynchronizationContents &
  EndingContents & {
    readonly tile?: number | undefined;
    readonly a: string;
    readonly b: string;
    readonly c: string;
    readonly accumulate?: boolean | undefined;
    readonly dataflow?: Dataflow | undefined;
  };

type VectorContents = SynchronizationContents &
  EndingContents & {
    readonly unit?: number | undefined;
    readonly operation: (typeof vectorOperationNames)[number];
    readonly source: string;
    readonly destination: string;
    readonly operator?: ElementwiseOperator | undefined;
    readonly operand?: string | undefined;
    readonly scalar?: number | undefined;
    readonly reduction?: Reduction | undefined;
    readonly gamma?: string | undefined;
    readonly beta?: string | undefined;
    readonly epsilon?: number | undefined;
  };

type TiledContents = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tile_m?: number | undefined;
  readonly tile_n?: number | undefined;
  readonly tile_k?: number | undefined;
  readonly dataflow?: Dataflow | undefined;
  readonly double_buffer?: boolean | undefined;
  readonly format?: NumberFormat | undefined;
};

type RepeatContents = {
  readonly times: number;
  readonly as?: string | undefined;
  readonly program: readonly StepContents[];
};

export type StepContents = {
  readonly transfer?: TransferContents | undefined;
  readonly product?: ProductContents | undefined;
  readonly vector?: VectorContents | undefined;
  readonly tiled_matmul?: TiledContents | undefined;
  readonly wait_until_done?: "all" | undefined;
  readonly repeat?: RepeatContents | undefined;
};

export type ExpectationContents = {
  readonly cycles?: readonly number[] | undefined;
  readonly hazards?: number | undefined;
  readonly area?: string | undefined;
  readonly equals?: string | undefined;
  readonly equals_product?: readonly string[] | undefined;
  readonly values?: readonly number[] | undefined;
  readonly tolerance?: number | undefined;
};
