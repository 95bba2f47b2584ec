import {
  type CheckedExpectation,
  KpuError,
  type Machine,
  type MatmulReport,
  parseWorkload,
  seededOperands,
  TiledMatmul,
  WorkloadRun,
} from "kpu-sim";
import type { Program } from "./protocol.ts";

/** A program that runs on a machine. */
export type StartedProgram = {
  /** Goes on for at most so many events; whether it is done. Errors: KpuError. */
  readonly advance: (rounds: number) => boolean;
  readonly progress: () => { readonly done: number; readonly steps: number };
  /** At the end: the report of a tiled product, and what a workload expects. */
  readonly report: () => MatmulReport | undefined;
  readonly expectations: () => readonly CheckedExpectation[];
};

/** Starts a program at cycle 0. Errors: KpuError for one that does not fit the machine. */
export function startProgram(machine: Machine, program: Program): StartedProgram {
  switch (program.kind) {
    case "matmul": {
      const operands = machine.config.timingOnly ? {} : seededOperands(program.request);
      const product = new TiledMatmul(machine, { ...program.request, ...operands });
      return {
        advance: (rounds) => product.advance(rounds),
        progress: () => product.progress,
        report: () => product.report(),
        expectations: () => [],
      };
    }
    case "workload": {
      const run = new WorkloadRun(machine, parseWorkload(program.text, program.format));
      return {
        advance: (rounds) => run.advance(rounds),
        progress: () => ({ done: run.progress.issued, steps: run.progress.pieces }),
        report: () => undefined,
        expectations: () => run.finish().expectations,
      };
    }
    case "transfer":
      startTransfer(machine, program.bytes);
      return {
        advance: (rounds) => machine.runSlice({ rounds }),
        progress: () => ({ done: machine.trace.length, steps: 1 }),
        report: () => undefined,
        expectations: () => [],
      };
    case "recorded":
      throw new KpuError("KPU_ARGUMENT", "a recorded trace can be looked at, not run");
  }
}

function startTransfer(machine: Machine, bytes: number): void {
  const contents = Uint8Array.from({ length: bytes }, (_, place) => place % 251);
  machine.external(0).write(0, contents);
  machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes });
}
