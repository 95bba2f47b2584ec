import type { Command } from "commander";
import {
  type CampaignReport,
  type Fault,
  FaultCampaign,
  type FaultExperiment,
  faultKinds,
  faultOutcomes,
  faultText,
  type Workload,
} from "kpu-sim";
import { machineOf } from "../machine-options.ts";
import { requestOf } from "../run/product-run.ts";
import { addProductOptions, type RunOptions } from "../run/run-options.ts";
import { Interrupted } from "../run/simulate.ts";
import { machineFor, readWorkload } from "../run/workload-file.ts";
import { Progress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { bold, type Terminal, UsageError } from "../terminal/terminal.ts";

type FaultOptions = RunOptions & {
  readonly count: string;
  readonly seed: string;
  readonly kinds?: string;
  readonly results?: string;
  readonly json?: boolean;
};

/** Wrong results that nobody noticed, of which so many are shown. */
const mostShown = 8;

export function addFaultsCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("faults")
    .description(
      "run a workload again and again with one fault each, and say which faults are noticed and what they do",
    )
    .argument("[workload]", "a workload file (.yaml or .json); without one a tiled matrix product");
  addProductOptions(command)
    .option("--count <n>", "how many faults, one to a run", "100")
    .option("--seed <n>", "the same seed gives the same faults", "1")
    .option(
      "--kinds <list>",
      `kinds of faults, with commas between: ${faultKinds.join(", ")}; default all that can hit`,
    )
    .option("--results <list>", "areas that count as the result; default those that the workload expects something of")
    .option("--json", "every run as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kpu faults workload.yaml --count 500
  kpu faults -m 64 --kinds bit_flip,pe_register --set memory_ecc=secded
  kpu faults workload.yaml --seed 7 --json > faults.json`,
    )
    .action(async (path: string | undefined, options: FaultOptions) => {
      const workload = path === undefined ? productOf(options) : readWorkload(path);
      const config = path === undefined ? machineOf(options).config : machineFor(workload, options);
      const campaign = new FaultCampaign(config, workload, {
        count: numberOf(options.count, "--count"),
        seed: numberOf(options.seed, "--seed"),
        kinds: kindsOf(options.kinds),
        results: options.results?.split(",").map((name) => name.trim()),
      });
      await runAll(campaign, terminal);
      const report = campaign.finish();
      if (options.json) terminal.out(`${JSON.stringify(report, withInfinity, 2)}\n`);
      else terminal.out(reportText(workload, report, terminal));
    });
}

/** JSON has no Infinity: a port that grants nothing any more, or an error between a number and none, says so in words. */
function withInfinity(_: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "Infinity" : value;
}

/** A workload of one tiled product. */
function productOf(options: FaultOptions): Workload {
  const {
    m,
    n,
    k,
    tileM,
    tileN,
    tileK,
    dataflow,
    doubleBuffer,
    format = "float32",
  } = requestOf({
    ...options,
    matmul: options.matmul ?? "64x64x64",
  });
  const step = {
    kind: "tiledProduct",
    m,
    n,
    k,
    tileM,
    tileN,
    tileK,
    dataflow,
    doubleBuffer,
    format,
    line: undefined,
  } as const;
  return {
    name: `C (${m} x ${n}) = A (${m} x ${k}) B (${k} x ${n})`,
    description: undefined,
    config: undefined,
    areas: [],
    semaphores: [],
    steps: [step],
    expectations: [],
  };
}

async function runAll(campaign: FaultCampaign, terminal: Terminal): Promise<void> {
  const progress = new Progress(terminal);
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.on("SIGINT", interrupt);
  try {
    while (!campaign.advance()) {
      progress.show(campaign.done, campaign.count, campaign.done * campaign.golden.cycles);
      await new Promise(setImmediate); // lets Ctrl-C in
      if (isInterrupted) throw new Interrupted(`interrupted after ${campaign.done} of ${campaign.count} faults`);
    }
  } finally {
    progress.clear();
    process.off("SIGINT", interrupt);
  }
}

function kindsOf(text: string | undefined): readonly Fault["kind"][] | undefined {
  return text?.split(",").map((name) => {
    const kind = faultKinds.find((each) => each === name.trim());
    if (kind !== undefined) return kind;
    throw new UsageError(`--kinds takes ${faultKinds.join(", ")}, got '${name.trim()}'`);
  });
}

function numberOf(text: string, option: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${option} takes a whole number, got '${text}'`);
}

/** A report for people. */
function reportText(workload: Workload, report: CampaignReport, terminal: Terminal): string {
  const { seed, cycles, results, kinds, total, experiments } = report;
  const silent = experiments.filter(({ outcome }) => outcome === "wrong").toSorted((a, b) => damageOf(b) - damageOf(a));
  const rows = [...kinds, { kind: "all", ...total }].map(({ kind, ...counts }) => [
    kind,
    ...faultOutcomes.map((outcome) => String(counts[outcome])),
  ]);
  return [
    `${bold(workload.name ?? "Workload", terminal)}: ${cycles} cycles without a fault; result: ${results.join(", ")}\n`,
    `${experiments.length} runs with one fault each, seed ${seed}\n\n`,
    table(["fault", ...faultOutcomes], rows),
    silent.length === 0 ? "" : "\nWrong, and nobody noticed:\n",
    ...silent.slice(0, mostShown).map((experiment) => `  ${silentText(experiment)}\n`),
    silent.length > mostShown ? `  and ${silent.length - mostShown} more (--json has all)\n` : "",
  ].join("");
}

function silentText({ number, cycle, fault, damages }: FaultExperiment): string {
  const texts = damages
    .filter(({ isResult }) => isResult)
    .map(({ name, elements, largestError }) => {
      const error =
        largestError === Number.POSITIVE_INFINITY ? "without bound" : `by up to ${Number(largestError.toPrecision(3))}`;
      return `${elements} element${elements === 1 ? "" : "s"} of ${name} wrong ${error}`;
    });
  return `${number}: cycle ${cycle}: ${faultText(fault)}: ${texts.join(", ")}`;
}

function damageOf({ damages }: FaultExperiment): number {
  return Math.max(0, ...damages.filter(({ isResult }) => isResult).map(({ elements }) => elements));
}
