import type { Command } from "commander";
import {
  type Insight,
  insightsOf,
  Machine,
  type MatmulReport,
  type NumberFormat,
  numberFormatNames,
  recordingOf,
  TiledMatmul,
  type TiledMatmulRequest,
  traceFile,
  traceFormatOf,
} from "kpu-sim";
import { addMachineOptions, type MachineOptions, machineOf } from "../machine-options.ts";
import { seededOperands } from "../seeded-operands.ts";
import { statisticsCsv } from "../statistic-rows.ts";
import { writeWhole } from "../terminal/files.ts";
import { Progress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { bold, type Terminal, UsageError } from "../terminal/terminal.ts";

const roundsPerSlice = 20_000;
const mostWaits = 5;
const mostInsights = 3;

export type RunOptions = MachineOptions & {
  readonly matmul: string;
  readonly tile?: string;
  readonly dataflow?: string;
  readonly doubleBuffer: boolean;
  readonly dtype: string;
  readonly values: boolean;
  readonly trace?: string;
};
type OutputOptions = { readonly json?: boolean; readonly csv?: boolean; readonly stats?: boolean };

/** Ctrl-C came: the run ends between two slices. */
export class Interrupted extends Error {}

/** Options of a run of a tiled matrix product. */
export function addRunOptions(command: Command): Command {
  return addMachineOptions(command)
    .option("-m, --matmul <MxNxK>", "sizes of the product C (M x N) = A (M x K) B (K x N)", "256x256x256")
    .option("--tile <MxNxK>", "sizes of the tiles; chosen if left out")
    .option("--dataflow <name>", "output_stationary, weight_stationary or input_stationary")
    .option("--no-double-buffer", "one buffer at every level instead of two")
    .option("--dtype <format>", `number format of the operands: ${numberFormatNames.join(", ")}`, "float32")
    .option("--values", "compute the values too, from seeded operands, instead of times only", false)
    .option("--trace <file>", "write a trace: .kputrace, .pftrace (Perfetto), .json (Chrome) or .csv");
}

export function addRunCommand(program: Command, terminal: Terminal): void {
  addRunOptions(program.command("run"))
    .description("simulate a tiled matrix product on a machine and say where the cycles went")
    .option("--json", "the whole report as JSON")
    .option("--csv", "every figure of every component as comma-separated values")
    .option("--stats", "the statistics of the machine as well")
    .addHelpText(
      "after",
      `
Examples:
  kpu run -m 1024x1024x1024
  kpu run -m 512x512x512 --preset edge_ai --trace run.pftrace
  kpu run -m 256x256x256 --set dma_engine_count=4 --no-double-buffer --json`,
    )
    .action(async (options: RunOptions & OutputOptions) => {
      const { machine, report } = await run(options, terminal);
      if (options.json) terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
      else if (options.csv) terminal.out(statisticsCsv(machine.statistics()));
      else terminal.out(reportText(report, insightsOf(machine.statistics()), terminal));
      if (options.stats) terminal.out(`\n${machine.statisticsText()}\n`);
    });
}

/** Carries a run out. Errors: UsageError, KpuError, Interrupted. */
export async function run(
  options: RunOptions,
  terminal: Terminal,
): Promise<{ readonly machine: Machine; readonly report: MatmulReport }> {
  const { trace } = options;
  const format = trace === undefined ? undefined : traceFormatOf(trace);
  const { config } = machineOf(options);
  const request = requestOf(options);
  const machine = new Machine({ ...config, timingOnly: !options.values });
  const progress = new Progress(terminal);
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.on("SIGINT", interrupt);
  try {
    if (format !== undefined) machine.startTrace();
    const operands = options.values ? seededOperands(request) : {};
    const product = new TiledMatmul(machine, { ...request, ...operands });
    while (!product.advance(roundsPerSlice)) {
      const { done, steps } = product.progress;
      progress.show(done, steps, machine.cycle);
      await new Promise(setImmediate); // lets Ctrl-C in
      if (isInterrupted) throw new Interrupted(`interrupted at cycle ${machine.cycle}`);
    }
    if (trace !== undefined && format !== undefined) {
      writeWhole(trace, (sink) => {
        for (const piece of traceFile(recordingOf(machine), format)) sink(piece);
      });
    }
    return { machine, report: product.report() };
  } finally {
    progress.clear();
    process.off("SIGINT", interrupt);
  }
}

function requestOf({ matmul, tile, dataflow, doubleBuffer, dtype }: RunOptions): TiledMatmulRequest {
  const [m, n, k] = sizesOf(matmul, "--matmul");
  const [tileM, tileN, tileK] = tile === undefined ? [] : sizesOf(tile, "--tile");
  const flow = (["output_stationary", "weight_stationary", "input_stationary"] as const).find(
    (each) => each === dataflow,
  );
  if (dataflow !== undefined && flow === undefined) {
    throw new UsageError(`--dataflow is output_stationary, weight_stationary or input_stationary, got '${dataflow}'`);
  }
  return { m, n, k, tileM, tileN, tileK, dataflow: flow, doubleBuffer, format: formatNamed(dtype) };
}

function formatNamed(name: string): NumberFormat {
  const format = numberFormatNames.find((each) => each === name);
  if (format !== undefined) return format;
  throw new UsageError(`--dtype is one of ${numberFormatNames.join(", ")}, got '${name}'`);
}

/** Three whole numbers from 1 on, such as 512x256x128; one number stands for all three. */
export function sizesOf(text: string, option: string): [number, number, number] {
  const numbers = text.split(/x/i).map(Number);
  const [m, n = m, k = m] = numbers;
  const isGood =
    (numbers.length === 1 || numbers.length === 3) && numbers.every((side) => Number.isInteger(side) && side >= 1);
  if (isGood && m !== undefined && n !== undefined && k !== undefined) return [m, n, k];
  throw new UsageError(`${option} takes three whole numbers from 1 on, such as 1024x1024x1024, got '${text}'`);
}

/** A report for people. */
function reportText(report: MatmulReport, insights: readonly Insight[], terminal: Terminal): string {
  const { m, n, k, tiling, cycles, timeNs, utilization, bound, flopsPerCycle, peakFlopsPerCycle } = report;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const waits = report.unitReports
    .flatMap((unit) => [
      { unit: unit.unit, cycles: unit.waitingForDataCycles, cause: "data" },
      { unit: unit.unit, cycles: unit.waitingForSpaceCycles, cause: "space" },
      { unit: unit.unit, cycles: unit.waitingForPortsCycles, cause: "ports" },
    ])
    .filter((wait) => wait.cycles > 0)
    .toSorted((one, other) => other.cycles - one.cycles)
    .slice(0, mostWaits);
  return [
    `${bold(`C (${m} x ${n}) = A (${m} x ${k}) B (${k} x ${n})`, terminal)}: ${cycles} cycles, ${timeNs} ns\n`,
    `tiles ${tiling.tileM} x ${tiling.tileN} x ${tiling.tileK}, grid ${tiling.gridRows} x ${tiling.gridCols}, `,
    `${tiling.buffers} buffers, ${tiling.dataflow}\n`,
    `${flopsPerCycle.toFixed(1)} of ${peakFlopsPerCycle} flops a cycle: ${percent(utilization)} of peak, `,
    `bound by ${bound} (${report.roofFlopsPerCycle.toFixed(1)})\n\n`,
    table(
      ["level", "bytes read", "bytes written", "ports busy", "flops/byte", "roof"],
      report.levels.map((level) => [
        level.level,
        String(level.bytesRead),
        String(level.bytesWritten),
        percent(level.portUtilization),
        level.intensityFlopsPerByte.toFixed(2),
        level.roofFlopsPerCycle.toFixed(1),
      ]),
    ),
    waits.length === 0 ? "" : "\nThe longest waits:\n",
    waits.length === 0
      ? ""
      : table(
          ["unit", "cycles", "of all", "for"],
          waits.map((wait) => [wait.unit, String(wait.cycles), percent(wait.cycles / cycles), wait.cause]),
        ),
    insights.length === 0 ? "" : "\nWhat stands out:\n",
    ...insights.slice(0, mostInsights).map(({ finding, cause, action }) => `- ${finding}: ${cause}. Try: ${action}.\n`),
  ].join("");
}
