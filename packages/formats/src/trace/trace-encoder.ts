import type { TraceColumns } from "@kpu-sim/machine";
import type { TraceEnding } from "./recording.ts";

/** Events that are encoded at once; blocks of a compact file have as many, but for the last. */
export const blockEvents = 4096;

/** One kind of file. What it writes goes to the output that it was made with. */
export type TraceEncoder = {
  /** What stands before the first event. */
  readonly begin: () => void;
  /** The events from number `first` on, at most `blockEvents`. */
  readonly block: (columns: TraceColumns, first: number) => void;
  /** What stands behind the last of `count` events; `dropped` more did not fit into the trace. */
  readonly end: (ending: TraceEnding, count: number, dropped: number) => void;
};
