import { type Fault, KpuError, Machine } from "@kpu-sim/machine";
import { WorkloadRun } from "../workload/workload-run.ts";
import { type GoldenRun, type Numbers, valuesOf } from "./golden-run.ts";
import type { PlannedFault } from "./random-faults.ts";

/**
 * What became of a fault: the program stopped before its end; check bits saw an error that they could not mend, or the machine refused
 * to go on; the result is wrong and nobody noticed; check bits mended it; only times changed; nothing changed that anybody could see.
 */
export const faultOutcomes = ["stalled", "detected", "wrong", "corrected", "late", "masked"] as const;
export type FaultOutcome = (typeof faultOutcomes)[number];

/** How a matrix differs from what it should be. */
export type Damage = {
  readonly name: string;
  /** Whether it is one of the results, or something on the way. */
  readonly isResult: boolean;
  readonly elements: number;
  /** Of a difference, or Infinity where one of two numbers is none. */
  readonly largestError: number;
};

/** A run with one fault. */
export type FaultExperiment = {
  readonly number: number;
  readonly cycle: number;
  readonly fault: Fault;
  readonly outcome: FaultOutcome;
  /** At the end; of a stalled run, when it stopped. */
  readonly cycles: number;
  readonly corrected: number;
  readonly detected: number;
  /** Matrices that the fault reached and that were not written over by the end. */
  readonly damages: readonly Damage[];
  /** What the machine said of it; empty where it did not. */
  readonly message: string;
};

/** Runs a workload once more, with a fault. */
export function faultExperiment(golden: GoldenRun, number: number, { cycle, fault }: PlannedFault): FaultExperiment {
  const { workload } = golden;
  const machine = new Machine(golden.machine.config);
  const run = new WorkloadRun(machine, workload);
  let message = "";
  let isStalled = false;
  runUpTo(golden, machine, run, cycle);
  machine.injectFault(fault);
  try {
    do machine.runUntilIdle();
    while (run.issueMore());
    isStalled = run.isStalled;
    if (isStalled) message = "a tiled product came to rest before its end";
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    isStalled = error.code === "KPU_DEADLOCK";
    message = error.message;
  }
  const damages = damagesOf(golden, valuesOf(machine, run.blocks));
  const found = (kind: "corrected" | "detected"): number =>
    machine.memoryErrors.filter((error) => error.kind === kind).length;
  const [corrected, detected] = [found("corrected"), found("detected")];
  const isWrong = damages.some(({ isResult }) => isResult);
  const outcome: FaultOutcome = isStalled
    ? "stalled"
    : detected > 0 || message !== ""
      ? "detected"
      : isWrong
        ? "wrong"
        : corrected > 0
          ? "corrected"
          : machine.cycle !== golden.cycles
            ? "late"
            : "masked";
  return { number, cycle, fault, outcome, cycles: machine.cycle, corrected, detected, damages, message };
}

/** Goes on to a cycle of the run, before that cycle's starts, and issues work on the way as the run without faults did. */
function runUpTo({ issueCycles }: GoldenRun, machine: Machine, run: WorkloadRun, cycle: number): void {
  for (const issueCycle of issueCycles) {
    if (issueCycle > cycle) break;
    machine.runUntilIdle();
    run.issueMore();
  }
  machine.runUntil(Math.max(cycle, machine.cycle));
}

function damagesOf({ values, results }: GoldenRun, found: ReadonlyMap<string, Numbers>): readonly Damage[] {
  const damages: Damage[] = [];
  for (const [name, right] of values) {
    const is = found.get(name);
    const isResult = results.includes(name);
    if (is === undefined) {
      damages.push({ name, isResult, elements: right.length, largestError: Number.POSITIVE_INFINITY });
      continue;
    }
    let [elements, largestError] = [0, 0];
    for (let index = 0; index < right.length; index++) {
      const [wanted, got] = [right[index] ?? 0, is[index] ?? 0];
      if (Object.is(wanted, got)) continue;
      elements++;
      const error = Math.abs(got - wanted);
      largestError = Math.max(largestError, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
    if (elements > 0) damages.push({ name, isResult, elements, largestError });
  }
  return damages;
}
