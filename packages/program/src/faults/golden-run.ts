import type { Workload } from "@kpu-sim/formats";
import { KpuError, Machine, type MachineConfig, type TraceColumns, type TraceOrigin } from "@kpu-sim/machine";
import { type Block, numbersOf } from "../workload/located-areas.ts";
import { tiledResultName, WorkloadRun } from "../workload/workload-run.ts";

/** Numbers of a matrix as the workload leaves them. */
export type Numbers = Float32Array | Int32Array;

/** A run of a workload in which nothing went wrong: what runs with a fault are compared with, and where faults can hit something. */
export type GoldenRun = {
  readonly machine: Machine;
  readonly workload: Workload;
  readonly cycles: number;
  /** Cycles at which work was issued because all before it was done; the first is 0. */
  readonly issueCycles: readonly number[];
  readonly events: TraceColumns;
  readonly origin: TraceOrigin;
  /** Everything with a name, as it is at the end; empty on a machine without values. */
  readonly values: ReadonlyMap<string, Numbers>;
  readonly blocks: ReadonlyMap<string, Block>;
  /** The names of what the workload is for. */
  readonly results: readonly string[];
};

/** More would take too long for a campaign, and too much memory for a trace. */
const mostEvents = 2_000_000;

/**
 * Runs a workload without faults. `results` names the areas that count; default: those that the workload expects something of, and the
 * result of a tiled product; else all areas that are written. Errors: KPU_ARGUMENT for an unknown name, those of the workload.
 */
export function goldenRun(
  config: MachineConfig,
  workload: Workload,
  results: readonly string[] | undefined,
): GoldenRun {
  const machine = new Machine(config);
  machine.startTrace({ mostEvents, addresses: true });
  const run = new WorkloadRun(machine, workload);
  const issueCycles: number[] = [];
  while (run.issueMore()) {
    issueCycles.push(machine.cycle);
    machine.runUntilIdle();
  }
  if (machine.trace.dropped > 0) {
    throw new KpuError(
      "KPU_SIZE",
      `the workload has more than ${mostEvents} pieces of work, too many for a campaign of faults`,
    );
  }
  const { blocks } = run;
  const names = results ?? namesOfResults(workload, blocks);
  const unknown = names.find((name) => !blocks.has(name));
  if (unknown !== undefined) {
    throw new KpuError(
      "KPU_ARGUMENT",
      `the workload has no area '${unknown}': it has ${[...blocks.keys()].join(", ")}`,
    );
  }
  return {
    machine,
    workload,
    cycles: machine.cycle,
    issueCycles,
    events: machine.trace.columns(),
    origin: machine.traceOrigin(),
    values: valuesOf(machine, blocks),
    blocks,
    results: names,
  };
}

/** The numbers of all blocks; none on a machine without values. */
export function valuesOf(machine: Machine, blocks: ReadonlyMap<string, Block>): ReadonlyMap<string, Numbers> {
  if (machine.config.timingOnly) return new Map();
  return new Map([...blocks].map(([name, block]) => [name, numbersOf(block)]));
}

function namesOfResults(workload: Workload, blocks: ReadonlyMap<string, Block>): readonly string[] {
  const expected = workload.expectations.flatMap((each) => ("place" in each ? [each.place.area] : []));
  const products = [...blocks.keys()].filter((name) => name === tiledResultName);
  const named = new Set([...expected, ...products]);
  return named.size > 0 ? [...named] : [...new Set(writtenAreas(workload.steps))];
}

function writtenAreas(steps: Workload["steps"]): readonly string[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case "transfer":
        return [step.to.area];
      case "product":
        return [step.c.area];
      case "vector":
        return [step.destination.area];
      case "repeat":
        return writtenAreas(step.steps);
      default:
        return [];
    }
  });
}
