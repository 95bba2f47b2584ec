import type { Command } from "commander";
import {
  checkScaleSimConfig,
  checkTopology,
  findingText,
  type ScaleSimConfig,
  type ScaleSimLayer,
  scaleSimLayerFigures,
  type TopologyKind,
} from "kpu-sim";
import { percent } from "../run/report-lines.ts";
import { writeReports } from "../run/scalesim-runs.ts";
import { textOf } from "../terminal/files.ts";
import { table } from "../terminal/table.ts";
import { CheckFailed, type Terminal, UsageError } from "../terminal/terminal.ts";

type ScaleSimOptions = {
  readonly config: string;
  readonly gemm?: boolean;
  readonly convolution?: boolean;
  readonly output?: string;
  readonly traces?: boolean;
  readonly json?: boolean;
};

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
    .option("--traces", "with -o: also the addresses of all words, cycle by cycle, in a folder for each layer (large)")
    .option("--json", "every layer as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kpu scalesim examples/scalesim/small_net.csv -c examples/scalesim/array16_ws.cfg
  kpu scalesim net.csv -c array.cfg -o reports
  kpu scalesim net.csv -c array.cfg -o reports --traces

The table comes from closed forms at once; reports are made by going through the layers cycle by cycle.`,
    )
    .action(async (path: string, options: ScaleSimOptions) => {
      const config = readConfig(options.config);
      const layers = readTopology(path, kindOf(options));
      const ignored = config.sparsity === undefined ? layers.filter(({ sparsity: { kept, of } }) => kept < of) : [];
      if (ignored.length > 0) terminal.err(ignoredText(ignored.length, layers.length));
      const { output: folder, traces: hasTraces = false } = options;
      if (folder === undefined && hasTraces) throw new UsageError("--traces needs a folder: give -o FOLDER");
      if (folder !== undefined) await writeReports(config, layers, { folder, hasTraces }, terminal);
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
  const layers = `${sparse} of ${all} layer${all === 1 ? "" : "s"}`;
  const run = sparse === 1 ? "is sparse, and runs as a dense one" : "are sparse, and run as dense ones";
  return `${layers} ${run}: the configuration has no SparsitySupport : true in [sparsity]\n`;
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
