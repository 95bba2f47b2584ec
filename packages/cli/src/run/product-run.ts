import {
  type Insight,
  insightsOf,
  linkUsage,
  Machine,
  type MatmulReport,
  type NumberFormat,
  numberFormatNames,
  seededOperands,
  TiledMatmul,
  type TiledMatmulRequest,
} from "kpu-sim";
import { machineOf } from "../machine-options.ts";
import { table } from "../terminal/table.ts";
import { bold, type Terminal, UsageError } from "../terminal/terminal.ts";
import { insightLines, percent } from "./report-lines.ts";
import type { Outcome, RunOptions } from "./run-options.ts";
import { simulate } from "./simulate.ts";

const mostWaits = 5;

/** Runs the tiled product that the options describe. Errors: UsageError, KpuError, Interrupted. */
export async function runProduct(options: RunOptions, terminal: Terminal): Promise<Outcome> {
  const hasValues = options.values ?? false;
  const request = requestOf(options);
  const machine = new Machine({ ...machineOf(options).config, timingOnly: !hasValues });
  const operands = hasValues ? seededOperands(request) : {};
  const product = await simulate(machine, options.trace, terminal, () => {
    const started = new TiledMatmul(machine, { ...request, ...operands });
    return {
      program: started,
      advance: (events) => started.advance(events),
      progress: () => ({ done: started.progress.done, whole: started.progress.steps }),
    };
  });
  const report = product.report();
  return {
    machine,
    report,
    text: () => reportText(report, insightsOf(machine.statistics(), linkUsage(machine)), terminal),
    isGood: true,
  };
}

/** The product that options describe. Errors: UsageError. */
export function requestOf({
  matmul = "256x256x256",
  tile,
  dataflow,
  doubleBuffer,
  dtype = "float32",
}: RunOptions): TiledMatmulRequest {
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

function bufferText({ buffers, sumBuffers, hostDmaEngines }: MatmulReport["tiling"]): string {
  const sums = sumBuffers === buffers ? "" : " (one for sums)";
  const engines = hostDmaEngines === 0 ? "" : `, ${hostDmaEngines} DMA engines for the host`;
  return `${buffers === 1 ? "1 buffer" : "2 buffers"}${sums}${engines}`;
}

/** A report for people. */
function reportText(report: MatmulReport, insights: readonly Insight[], terminal: Terminal): string {
  const { m, n, k, tiling, cycles, timeNs, utilization, bound, flopsPerCycle, peakFlopsPerCycle } = report;
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
    `${bufferText(tiling)}, ${tiling.dataflow}\n`,
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
    insightLines(insights),
  ].join("");
}
