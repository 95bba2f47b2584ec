import {
  type Figures,
  type Insight,
  insightsOf,
  linkUsage,
  Machine,
  type Statistics,
  type Workload,
  type WorkloadResult,
  WorkloadRun,
} from "kpu-sim";
import { table } from "../terminal/table.ts";
import { bold, type Terminal, UsageError } from "../terminal/terminal.ts";
import { insightLines, percent } from "./report-lines.ts";
import type { Outcome, RunOptions } from "./run-options.ts";
import { simulate } from "./simulate.ts";
import { machineFor, readWorkload } from "./workload-file.ts";

/** Units that can be busy: what they are called in tables, and the figure that says how much they have done. */
const unitKinds = [
  ["dma", "dma", "transfersCompleted"],
  ["blockMover", "block mover", "transfersCompleted"],
  ["streamer", "streamer", "transfersCompleted"],
  ["tile", "compute tile", "productsCompleted"],
  ["vector", "vector unit", "operationsCompleted"],
] as const;

/** Runs a workload file. Errors: UsageError, CheckFailed, KpuError, Interrupted. */
export async function runFile(path: string, options: RunOptions, terminal: Terminal): Promise<Outcome> {
  requireNoProductOptions(path, options);
  const workload = readWorkload(path);
  const config = machineFor(workload, options);
  const machine = new Machine(options.values === false ? { ...config, timingOnly: true } : config);
  const run = await simulate(machine, options.trace, terminal, () => {
    const started = new WorkloadRun(machine, workload);
    return {
      program: started,
      advance: (events) => started.advance(events),
      progress: () => ({ done: started.progress.issued, whole: started.progress.pieces }),
    };
  });
  const result = run.finish();
  const statistics = machine.statistics();
  return {
    machine,
    report: { name: workload.name, ...result, statistics },
    text: () => reportText(workload, result, statistics, insightsOf(statistics, linkUsage(machine)), terminal),
    isGood: result.expectations.every(({ isMet }) => isMet !== false),
  };
}

function requireNoProductOptions(path: string, { matmul, tile, dataflow, doubleBuffer, dtype }: RunOptions): void {
  const options = { matmul, tile, dataflow, dtype, "no-double-buffer": doubleBuffer ? undefined : true };
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined)
      throw new UsageError(`--${name} belongs to tiled products; ${path} says itself what is run`);
  }
}

/** A report for people. */
function reportText(
  workload: Workload,
  result: WorkloadResult,
  statistics: Statistics,
  insights: readonly Insight[],
  terminal: Terminal,
): string {
  const { cycles, timeNs, hazards, pieces, expectations } = result;
  const busy = busyUnits(statistics);
  return [
    `${bold(workload.name ?? "Workload", terminal)}: ${cycles} cycles, ${timeNs} ns\n`,
    `${counted(pieces, "piece")} of work, ${counted(hazards, "hazard")}\n`,
    busy.length === 0
      ? ""
      : `\n${table(["unit", "done", "busy", "of all", "for data", "for space", "for ports"], busy)}`,
    expectations.length === 0 ? "" : "\nExpected:\n",
    ...expectations.map(({ expected, isMet, found, line }) => {
      const mark = isMet === undefined ? "-" : isMet ? "ok" : "NOT MET";
      const place = isMet === false && line !== undefined ? ` (line ${line})` : "";
      return `${mark.padEnd(8)}${expected}${found === "" ? "" : `: ${found}`}${place}\n`;
    }),
    insightLines(insights),
  ].join("");
}

/** Units that have worked, with what they have done and waited for, cycles. */
function busyUnits(statistics: Statistics): string[][] {
  const cycles = figure(statistics.machine, "cycle");
  return unitKinds.flatMap(([kind, title, done]) =>
    statistics[kind].flatMap((figures, id) => {
      if (figure(figures, done) === 0) return [];
      const busy = figure(figures, "busyCycles");
      const waits = ["waitingForDataCycles", "waitingForSpaceCycles", "waitingForPortsCycles"].map((name) =>
        String(figure(figures, name)),
      );
      return [
        [`${title} ${id}`, String(figure(figures, done)), String(busy), percent(busy / Math.max(cycles, 1)), ...waits],
      ];
    }),
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function figure(figures: Figures, name: string): number {
  return figures[name] ?? 0;
}
