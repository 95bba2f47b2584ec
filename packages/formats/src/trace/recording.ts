import {
  type Machine,
  type StatisticDefinition,
  type Statistics,
  statisticDefinitions,
  type TraceColumns,
  type TraceOrigin,
} from "@kpu-sim/machine";

/** The events of a trace in order of completion: of a live one (`machine.trace`) or of a file (`TraceTable`). */
export type TraceRows = {
  readonly length: number;
  /** Events that completed after the trace was full: only counted. */
  readonly dropped: number;
  /** Columns of the events from `first` to `end`, which is left out; of all by default. */
  columns(first?: number, end?: number): TraceColumns;
};

/** What is known when a recording ends. */
export type TraceEnding = {
  /** The cycle at which the machine rested. */
  readonly cycle: number;
  /** Every declared figure of every component then; of a group for each of its machines. */
  readonly statistics: readonly Statistics[];
};

/** A trace with everything that a viewer needs: what writers write, and what the reader of `.kputrace` gives. */
export type TraceRecording = {
  readonly rows: TraceRows;
  readonly origin: TraceOrigin;
  /** What the figures of `ending` mean, by kind of component. */
  readonly definitions: Readonly<Record<string, readonly StatisticDefinition[]>>;
  /** Of a live machine as of now, so it is asked last. */
  readonly ending: () => TraceEnding;
};

/**
 * The present trace of a machine, as far as it has come; it goes on growing while the machine traces. Of a group give all machines, so
 * that the statistics of all are in the file.
 */
export function recordingOf(machine: Machine, machines: readonly Machine[] = [machine]): TraceRecording {
  return {
    rows: machine.trace,
    origin: machine.traceOrigin(),
    definitions: statisticDefinitions,
    ending: () => ({ cycle: machine.cycle, statistics: machines.map((each) => each.statistics()) }),
  };
}
