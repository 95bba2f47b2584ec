import { type Machine, recordingOf, traceFile, traceFormatOf } from "kpu-sim";
import { writeWhole } from "../terminal/files.ts";
import { Progress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";

const roundsPerSlice = 20_000;

/** Ctrl-C came: the run ends between two slices. */
export class Interrupted extends Error {}

/** A program that is run in slices. */
export type SlicedProgram<Program> = {
  readonly program: Program;
  /** Goes on for at most so many events; whether it is done. */
  advance(events: number): boolean;
  /** How much of it is done. */
  progress(): { readonly done: number; readonly whole: number };
};

/**
 * Runs a program with progress on a terminal, and writes a trace of it if a file is given. `start` is called when tracing is on. Errors:
 * UsageError for a trace file of no known kind, Interrupted, and those of the program.
 */
export async function simulate<Program>(
  machine: Machine,
  trace: string | undefined,
  terminal: Terminal,
  start: () => SlicedProgram<Program>,
): Promise<Program> {
  const format = trace === undefined ? undefined : traceFormatOf(trace);
  const progress = new Progress(terminal);
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.on("SIGINT", interrupt);
  try {
    if (format !== undefined) machine.startTrace();
    const sliced = start();
    while (!sliced.advance(roundsPerSlice)) {
      const { done, whole } = sliced.progress();
      progress.show(done, whole, machine.cycle);
      await new Promise(setImmediate); // lets Ctrl-C in
      if (isInterrupted) throw new Interrupted(`interrupted at cycle ${machine.cycle}`);
    }
    if (trace !== undefined && format !== undefined) {
      writeWhole(trace, (sink) => {
        for (const piece of traceFile(recordingOf(machine), format)) sink(piece);
      });
    }
    return sliced.program;
  } finally {
    progress.clear();
    process.off("SIGINT", interrupt);
  }
}
