import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import {
  checkScaleSimConfig,
  checkTopology,
  findingText,
  type ScaleSimConfig,
  type ScaleSimLayer,
  type ScaleSimLayerReport,
  ScaleSimLayerRun,
  scaleSimLayerFigures,
  scaleSimReports,
  type TopologyKind,
} from "kpu-sim";
import { percent } from "../run/report-lines.ts";
import { Interrupted } from "../run/simulate.ts";
import { textOf, writeWhole } from "../terminal/files.ts";
import { Progress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { CheckFailed, type Terminal, UsageError } from "../terminal/terminal.ts";

type ScaleSimOptions = {
  readonly config: string;
  readonly gemm?: boolean;
  readonly convolution?: boolean;
  readonly output?: string;
  readonly json?: boolean;
};

const cyclesPerSlice = 20_000;

export function addScaleSimCommand(program: Command, terminal: Terminal): void {
  program
    .command("scalesim")
    .description("cycles and accesses of a SCALE-Sim topology on one array, and SCALE-Sim's reports")
    .argument("<topology>", "layers as SCALE-Sim reads them (.csv): convolutions, or M, N, K")
    .requiredOption("-c, --config <file>", "a configuration of SCALE-Sim (.cfg)")
    .option("--gemm", "rows are name, M, N, K; without it the headings tell")
    .option("--convolution", "rows are convolutions; without it the headings tell")
    .option(
      "-o, --output <folder>",
      "write COMPUTE_REPORT.csv, BANDWIDTH_REPORT.csv and DETAILED_ACCESS_REPORT.csv there (and SPARSE_REPORT.csv)",
    )
    .option("--json", "every layer as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kpu scalesim examples/scalesim/small_net.csv -c examples/scalesim/array16_ws.cfg
  kpu scalesim net.csv -c array.cfg -o reports

The table comes from closed forms at once; reports are made by going through the layers cycle by cycle.`,
    )
    .action(async (path: string, options: ScaleSimOptions) => {
      const config = readConfig(options.config);
      const layers = readTopology(path, kindOf(options));
      const ignored = config.sparsity === undefined ? layers.filter(({ sparsity: { kept, of } }) => kept < of) : [];
      if (ignored.length > 0) terminal.err(ignoredText(ignored.length, layers.length));
      if (options.output !== undefined) await writeReports(options.output, config, layers, terminal);
      const figures = layers.map((layer) => figuresOf(config, layer));
      if (options.json) terminal.out(`${JSON.stringify({ config, layers: figures }, undefined, 2)}\n`);
      else terminal.out(tableText(config, figures));
    });
}

function kindOf({ gemm, convolution }: ScaleSimOptions): TopologyKind | undefined {
  if (gemm === true && convolution === true) throw new UsageError("give --gemm or --convolution, not both");
  return gemm === true ? "gemm" : convolution === true ? "convolution" : undefined;
}

function readConfig(path: string): ScaleSimConfig {
  const { config, errors } = checkScaleSimConfig(textOf(path));
  if (config !== undefined) return config;
  throw new CheckFailed(`${path}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}

function readTopology(path: string, kind: TopologyKind | undefined): readonly ScaleSimLayer[] {
  const { layers, errors } = checkTopology(textOf(path), kind);
  if (errors.length === 0) return layers;
  throw new CheckFailed(`${path}:\n${errors.map((error) => `  ${findingText(error)}`).join("\n")}`);
}

function ignoredText(sparse: number, all: number): string {
  const layers = `${sparse} of ${all} layers ${sparse === 1 ? "is" : "are"} sparse`;
  return `${layers}, and run as dense ones: the configuration has no SparsitySupport : true in [sparsity]\n`;
}

type LayerFigures = ReturnType<typeof figuresOf>;

function figuresOf(config: ScaleSimConfig, layer: ScaleSimLayer) {
  const { name, m, n, k } = layer;
  return { name, m, n, k, ...scaleSimLayerFigures(config, layer) };
}

function tableText({ arrayHeight, arrayWidth, dataflow }: ScaleSimConfig, layers: readonly LayerFigures[]): string {
  const total = layers.reduce((sum, { cycles }) => sum + cycles, 0);
  const rows = layers.map((layer) => [
    layer.name,
    `${layer.m}x${layer.n}x${layer.k}`,
    String(layer.cycles),
    percent(layer.utilization),
    percent(layer.mapping),
    String(layer.inputReads),
    String(layer.filterReads),
    String(layer.resultWrites),
  ]);
  return [
    `${arrayHeight} x ${arrayWidth} array, ${dataflow}: ${layers.length} layers, ${total} cycles\n\n`,
    table(["layer", "MxNxK", "cycles", "used", "mapped", "inputs read", "filters read", "results written"], rows),
  ].join("");
}

/** Goes through all layers before the first report is written, so that none is half of something. */
async function writeReports(
  folder: string,
  config: ScaleSimConfig,
  layers: readonly ScaleSimLayer[],
  terminal: Terminal,
): Promise<void> {
  const reports = scaleSimReports(await runLayers(config, layers, terminal));
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(`cannot make the folder ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const encoder = new TextEncoder();
  for (const [name, text] of reports) writeWhole(join(folder, name), (sink) => sink(encoder.encode(text)));
}

async function runLayers(
  config: ScaleSimConfig,
  layers: readonly ScaleSimLayer[],
  terminal: Terminal,
): Promise<readonly ScaleSimLayerReport[]> {
  const progress = new Progress(terminal);
  const whole = layers.reduce((sum, layer) => sum + scaleSimLayerFigures(config, layer).cycles, 0);
  let [done, isInterrupted] = [0, false];
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.on("SIGINT", interrupt);
  try {
    const reports: ScaleSimLayerReport[] = [];
    for (const layer of layers) {
      const run = new ScaleSimLayerRun(config, layer);
      while (!run.advance(cyclesPerSlice)) {
        progress.show(done + run.cycle, whole, done + run.cycle);
        await new Promise(setImmediate); // lets Ctrl-C in
        if (isInterrupted) throw new Interrupted(`interrupted in layer '${layer.name}' at cycle ${run.cycle}`);
      }
      done += run.cycle;
      reports.push(run.finish());
    }
    return reports;
  } finally {
    progress.clear();
    process.off("SIGINT", interrupt);
  }
}
