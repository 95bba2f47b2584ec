import type { Workload } from "@kpu-sim/formats";
import { type Fault, KpuError, type MachineConfig } from "@kpu-sim/machine";
import { type FaultExperiment, type FaultOutcome, faultExperiment } from "./fault-experiment.ts";
import { type GoldenRun, goldenRun } from "./golden-run.ts";
import { FaultDice, possibleKinds, randomFault } from "./random-faults.ts";

/** What a campaign is to do; what is left out is chosen. */
export type CampaignOptions = {
  /** Faults, one to a run; default 100. */
  readonly count?: number | undefined;
  /** The same seed gives the same faults; default 1. */
  readonly seed?: number | undefined;
  /** Kinds of faults, each as likely; default all that can hit something. */
  readonly kinds?: readonly Fault["kind"][] | undefined;
  /** Areas that count as the result; default those that the workload expects something of, and the result of a tiled product. */
  readonly results?: readonly string[] | undefined;
};

/** How many faults of a kind ended how. */
export type OutcomeCounts = Readonly<Record<FaultOutcome, number>>;

/** What came out of a campaign. */
export type CampaignReport = {
  readonly seed: number;
  /** Of the run without faults. */
  readonly cycles: number;
  readonly results: readonly string[];
  /** By kind, in the order of `kinds`. */
  readonly kinds: readonly (OutcomeCounts & { readonly kind: Fault["kind"] })[];
  readonly total: OutcomeCounts;
  readonly experiments: readonly FaultExperiment[];
};

const mostExperiments = 1_000_000;

/**
 * The same workload again and again, each time on a fresh machine and with one fault at a random place and time: what faults do, and what
 * of it is noticed. Everything comes from the seed. Errors: KPU_ARGUMENT for counts and seeds out of range, kinds that cannot hit anything here and
 * unknown results; those of the workload without faults.
 */
export class FaultCampaign {
  readonly golden: GoldenRun;
  readonly kinds: readonly Fault["kind"][];
  readonly count: number;
  readonly seed: number;
  readonly #dice: FaultDice;
  readonly #experiments: FaultExperiment[] = [];

  constructor(
    config: MachineConfig,
    workload: Workload,
    { count = 100, seed = 1, kinds, results }: CampaignOptions = {},
  ) {
    this.count = requireInRange(count, "the number of faults", 1, mostExperiments);
    this.seed = requireInRange(seed, "the seed", 0, 2 ** 32 - 1);
    this.golden = goldenRun(config, workload, results);
    const possible = possibleKinds(this.golden);
    const impossible = kinds?.find((kind) => !possible.includes(kind));
    if (impossible !== undefined || possible.length === 0) {
      throw new KpuError(
        "KPU_ARGUMENT",
        `faults of kind '${impossible ?? "any"}' cannot hit anything in this workload on this machine; ` +
          (possible.length === 0 ? "it does no work" : `possible are ${possible.join(", ")}`),
      );
    }
    this.kinds = kinds === undefined || kinds.length === 0 ? possible : kinds;
    this.#dice = new FaultDice(seed);
  }

  /** Runs with a fault so far. */
  get done(): number {
    return this.#experiments.length;
  }

  /** One more run with a fault; whether the campaign is complete. */
  advance(): boolean {
    if (this.done < this.count) {
      const kind = this.#dice.pick(this.kinds);
      const planned = randomFault(this.golden, kind, this.#dice);
      this.#experiments.push(faultExperiment(this.golden, this.done, planned));
    }
    return this.done === this.count;
  }

  /** Runs what is left, and says what came out. */
  finish(): CampaignReport {
    while (!this.advance());
    const experiments = this.#experiments.slice();
    return {
      seed: this.seed,
      cycles: this.golden.cycles,
      results: this.golden.results,
      kinds: this.kinds.map((kind) => ({ kind, ...counted(experiments.filter(({ fault }) => fault.kind === kind)) })),
      total: counted(experiments),
      experiments,
    };
  }
}

function requireInRange(value: number, what: string, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new KpuError("KPU_ARGUMENT", `${what} must be a whole number from ${least} to ${most}, got ${value}`);
}

function counted(experiments: readonly FaultExperiment[]): OutcomeCounts {
  const counts: Record<FaultOutcome, number> = { stalled: 0, detected: 0, wrong: 0, corrected: 0, late: 0, masked: 0 };
  for (const { outcome } of experiments) counts[outcome]++;
  return counts;
}

/** A campaign from beginning to end; see `FaultCampaign`. */
export function runFaultCampaign(
  config: MachineConfig,
  workload: Workload,
  options: CampaignOptions = {},
): CampaignReport {
  return new FaultCampaign(config, workload, options).finish();
}
