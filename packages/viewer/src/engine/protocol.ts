import type {
  CheckedExpectation,
  FileFormat,
  FlatConfig,
  HazardRecord,
  MachineConfig,
  MatmulReport,
  MemoryKind,
  Statistics,
  TiledMatmulRequest,
  TraceColumns,
  TraceOrigin,
} from "kpu-sim";
import type { ArrayActivity, ArrayPicture } from "./array-watch.ts";
import type { ScanPiece, ScanRequest } from "./change-scan.ts";

/** What a machine is to do. */
export type Program =
  | { readonly kind: "transfer"; readonly bytes: number }
  | {
      readonly kind: "matmul";
      /** Sizes, tiles, dataflow, engines; operands are made here, from a fixed seed. */
      readonly request: Omit<TiledMatmulRequest, "a" | "b">;
    }
  /** A workload file as it was opened; the machine is that of the run. */
  | { readonly kind: "workload"; readonly text: string; readonly format: FileFormat }
  /** What a trace file holds: it can be looked at, not run. */
  | { readonly kind: "recorded" };

/** A machine and its program: all that a run depends on. */
export type RunRequest = {
  readonly title: string;
  readonly config: MachineConfig;
  readonly program: Program;
};

/** The machine of a run, as the page needs it. */
export type RunDescription = {
  readonly title: string;
  readonly origin: TraceOrigin;
  readonly config: FlatConfig;
};

/** The page's messages to the worker. `run` numbers runs, so that late answers of an earlier one are known as such. */
export type ToWorker =
  | { readonly kind: "load"; readonly run: number; readonly request: RunRequest }
  | { readonly kind: "open"; readonly run: number; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: "pause"; readonly isPaused: boolean }
  | { readonly kind: "seek"; readonly run: number; readonly cycle: number }
  | {
      readonly kind: "read";
      readonly run: number;
      readonly cycle: number;
      readonly memory: MemoryKind;
      readonly id: number;
      readonly offset: number;
      readonly bytes: number;
    }
  | {
      /** Asks for the array of a tile, so many cycles after its product that began at `begin`. */
      readonly kind: "array";
      readonly run: number;
      readonly tile: number;
      readonly begin: number;
      readonly cycle: number;
    }
  | {
      /** Asks what the elements of a tile's array did in a range of cycles. */
      readonly kind: "activity";
      readonly run: number;
      readonly tile: number;
      readonly begin: number;
      readonly end: number;
    }
  | {
      /** Asks when which addresses changed; a later one takes the place of one that is under way. */
      readonly kind: "scan";
      readonly run: number;
      readonly scan: number;
      readonly request: ScanRequest;
    };

/** The worker's messages to the page. */
export type ToPage =
  | { readonly kind: "loaded"; readonly run: number; readonly description: RunDescription }
  | {
      /** What has completed since the last one of these. The run is simulated up to `latestCycle`. */
      readonly kind: "progress";
      readonly run: number;
      readonly latestCycle: number;
      readonly columns: TraceColumns;
      readonly done: number;
      readonly steps: number;
      readonly dropped: number;
    }
  | {
      readonly kind: "finished";
      readonly run: number;
      readonly latestCycle: number;
      readonly statistics: Statistics;
      readonly report: MatmulReport | undefined;
      readonly hazards: readonly HazardRecord[];
      /** What a workload expects, and whether it holds. */
      readonly expectations: readonly CheckedExpectation[];
    }
  | { readonly kind: "state"; readonly run: number; readonly cycle: number; readonly statistics: Statistics }
  | {
      readonly kind: "bytes";
      readonly run: number;
      readonly cycle: number;
      readonly memory: MemoryKind;
      readonly id: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "array"; readonly run: number; readonly picture: ArrayPicture | undefined }
  | { readonly kind: "activity"; readonly run: number; readonly activity: ArrayActivity | undefined }
  | { readonly kind: "changes"; readonly run: number; readonly scan: number; readonly piece: ScanPiece }
  | { readonly kind: "failed"; readonly run: number; readonly message: string };
