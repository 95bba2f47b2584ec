import {
  checkScaleSimConfig,
  checkTopology,
  type ScaleSimConfig,
  type ScaleSimLayer,
  type ScaleSimLayerReport,
  type ScaleSimTraceName,
  scaleSimReports,
  scaleSimTraceLine,
} from "@kpu-sim/formats";
import { arrayCycles, type Dataflow, overallUtilization } from "@kpu-sim/machine";
import { ScaleSimLayerRun, type ScaleSimTraceListener, scaleSimLayerReport } from "@kpu-sim/system";
import { csvRows, textOf, unzippedTextOf } from "../../packages/machine/test/published/reference-data.ts";
import type { ValidationRow } from "./validation-row.ts";

const command = 'npx vitest run test/validation -t "reports"';
const goldenSource = "SCALE-Sim v3 (1d62b68), its golden reports";

const base = {
  runName: "golden",
  arrayHeight: 32,
  arrayWidth: 32,
  ifmapSramKb: 64,
  filterSramKb: 64,
  ofmapSramKb: 64,
  ofmapBandwidth: 10,
  ifmapBandwidth: 10,
  filterBandwidth: 10,
  ifmapOffset: 0,
  filterOffset: 10_000_000,
  ofmapOffset: 20_000_000,
  sparsity: undefined,
} as const;

const sparse = {
  ...base,
  arrayHeight: 128,
  arrayWidth: 128,
  ifmapSramKb: 256,
  filterSramKb: 256,
  ofmapSramKb: 256,
  ofmapBandwidth: 50,
  ifmapBandwidth: 50,
  filterBandwidth: 50,
  sparsity: { representation: "ellpack_block", optimizedMapping: { blockSize: 8, seed: 40 } },
} as const;

/** What the five golden reports say: with prefetch, total, stalls, and words that pass between the memories and DRAM. */
const goldens: readonly (readonly [
  name: string,
  config: ScaleSimConfig,
  topology: string,
  figures: readonly [number, number, number, number, number, number],
])[] = [
  [
    "AlexNet conv1, weight-stationary, mode CALC",
    { ...base, dataflow: "weight_stationary", interfaceBandwidth: "calc" },
    "Layer name,\nconv1, 224, 224, 11, 11, 3, 96, 4,",
    [116_210, 112_283, 0, 1_805_023, 34_848, 3_484_831],
  ],
  [
    "256 x 128 x 256, weight-stationary, mode USER",
    { ...base, dataflow: "weight_stationary", interfaceBandwidth: "user" },
    "Layer, M, N, K,\ngemm, 256, 128, 256,",
    [59_002, 52_447, 41_248, 524_320, 32_770, 262_175],
  ],
  [
    "256 x 128 x 256, output-stationary, mode USER",
    { ...base, dataflow: "output_stationary", interfaceBandwidth: "user" },
    "Layer, M, N, K,\ngemm, 256, 128, 256,",
    [59_000, 52_447, 42_272, 524_320, 32_770, 32_768],
  ],
  [
    "256 x 128 x 256, input-stationary, mode USER",
    { ...base, dataflow: "input_stationary", interfaceBandwidth: "user" },
    "Layer, M, N, K,\ngemm, 256, 128, 256,",
    [29_815, 19_984, 5777, 131_080, 32_770, 262_157],
  ],
  [
    "AlexNet conv1, sparse in blocks of 8, weight-stationary, mode USER",
    { ...sparse, dataflow: "weight_stationary", interfaceBandwidth: "user" },
    "Layer name,\nconv1, 224, 224, 11, 11, 3, 96, 4, 1:4,",
    [177_701, 173_949, 167_136, 8_783_700, 23_600, 580_800],
  ],
];

const figureNames = [
  "cycles with prefetch",
  "cycles",
  "stalls",
  "inputs from DRAM",
  "filters from DRAM",
  "results to DRAM",
] as const;

/** Figures of the golden reports. */
export function goldenRows(): readonly ValidationRow[] {
  return goldens.flatMap(([name, config, topology, figures]) => {
    const [layer] = layersOf(topology);
    const report = scaleSimLayerReport(config, layer);
    const { totalCyclesWithPrefetch, totalCycles, stallCycles, dram } = report;
    const ours = [
      ...[totalCyclesWithPrefetch, totalCycles, stallCycles],
      ...[dram.ifmap.count, dram.filter.count, dram.ofmap.count],
    ];
    return figureNames.map((figure, place) => ({
      id: `reports ${name}: ${figure}`,
      quantity: `${name}: ${figure}`,
      source: goldenSource,
      published: figures[place] ?? Number.NaN,
      ours: ours[place] ?? Number.NaN,
      unit: place < 3 ? "cycles" : "words",
      tolerance: 0,
      command,
    }));
  });
}

function layersOf(text: string): readonly [ScaleSimLayer, ...ScaleSimLayer[]] {
  const [first, ...others] = checkTopology(text).layers;
  if (first === undefined) throw new RangeError("the topology has no layers");
  return [first, ...others];
}

/** Folders of reports, what they were made of, and how many layers of it. */
const folders: readonly (readonly [folder: string, config: string, topology: string, layers: number])[] = [
  ["golden/golden_trace_calc", "calc_ws", "conv_nets/alexnet", 1],
  ["golden/golden_trace_user_ws", "user_ws", "GEMM_mnk/test_mnk_input", 1],
  ["golden/golden_trace_user_os", "user_os", "GEMM_mnk/test_mnk_input", 1],
  ["golden/golden_trace_user_is", "user_is", "GEMM_mnk/test_mnk_input", 1],
  ["golden/golden_trace_sparsity", "sparsity", "sparsity/alexnet_part", 1],
  ["runs/alexnet_calc_ws", "calc_ws", "conv_nets/alexnet", 5],
  ["runs/vit_s_os_calc_os", "calc_os", "GEMM_mnk/vit_s", 5],
  ["runs/vit_s_ws_calc_ws", "calc_ws", "GEMM_mnk/vit_s", 5],
];

function inputsOf(
  configName: string,
  topology: string,
): { readonly config: ScaleSimConfig; readonly layers: ReturnType<typeof layersOf> } {
  const { config } = checkScaleSimConfig(textOf(`scalesim/configs/${configName}.cfg`));
  if (config === undefined) throw new RangeError(`${configName} cannot be read`);
  return { config, layers: layersOf(textOf(`scalesim/topologies/${topology}.csv`)) };
}

/** Files of reports that are equal byte for byte. */
export function fileRows(): readonly ValidationRow[] {
  return folders.map(([folder, configName, topology, count]) => {
    const { config, layers } = inputsOf(configName, topology);
    const reports = scaleSimReports(
      layers.slice(0, count).map((layer): ScaleSimLayerReport => scaleSimLayerReport(config, layer)),
    );
    const equal = [...reports].filter(([name, text]) => text === textOf(`scalesim/${folder}/${name}`));
    return {
      id: `reports files of ${folder}`,
      quantity: `${folder}: report files of ${count} layer${count === 1 ? "" : "s"} that are equal byte for byte`,
      source: `${goldenSource}, and our runs of it`,
      published: reports.size,
      ours: equal.length,
      unit: "files",
      tolerance: 0,
      command,
    };
  });
}

/** Traces of addresses that are published with golden reports. */
const goldenTraces: readonly (readonly [folder: string, names: readonly ScaleSimTraceName[]])[] = [
  ["golden/golden_trace_user_ws", ["FILTER_DRAM_TRACE"]],
  ["golden/golden_trace_user_os", ["FILTER_DRAM_TRACE", "OFMAP_DRAM_TRACE"]],
  ["golden/golden_trace_user_is", ["FILTER_DRAM_TRACE"]],
  ["golden/golden_trace_sparsity", ["FILTER_DRAM_TRACE"]],
];

/** Traces that are equal byte for byte. */
export function traceRows(): readonly ValidationRow[] {
  return goldenTraces.map(([folder, names]) => {
    const [, configName = "", topology = ""] = folders.find(([name]) => name === folder) ?? [];
    const { config, layers } = inputsOf(configName, topology);
    const lines = new Map(names.map((name): [string, string[]] => [name, []]));
    const onWords: ScaleSimTraceListener = (name, cycle, words) =>
      lines.get(name)?.push(scaleSimTraceLine(config, name, cycle, words));
    new ScaleSimLayerRun(config, layers[0], onWords).finish();
    const equal = names.filter(
      (name) => lines.get(name)?.join("") === unzippedTextOf(`scalesim/${folder}/layer0/${name}.csv`),
    );
    return {
      id: `reports traces of ${folder}`,
      quantity: `${folder}: traces of addresses that are equal byte for byte`,
      source: goldenSource,
      published: names.length,
      ours: equal.length,
      unit: "files",
      tolerance: 0,
      command,
    };
  });
}

const dataflowOf: Readonly<Record<string, Dataflow>> = {
  os: "output_stationary",
  ws: "weight_stationary",
  is: "input_stationary",
};

/** Rows of LLMCompass' tables whose cycles and utilization are ours. */
export function tableRows(): readonly ValidationRow[] {
  return ["8_8", "16_16", "32_32"].map((size) => {
    const rows = csvRows(`llmcompass/look_up_table_${size}.csv`, false);
    const equal = rows.filter((cells) => {
      const [m = 0, n = 0, k = 0, height = 0, width = 0] = cells.slice(0, 5).map(Number);
      const dataflow = dataflowOf[cells[5] ?? ""];
      if (dataflow === undefined) return false;
      const shape = { rows: height, cols: width, systolic: true, dataflow };
      const cycles = arrayCycles(shape, m, n, k);
      // Over the cycles as they are printed, one less than there are.
      const utilization = (100 * overallUtilization(shape, { m, n, k }) * cycles) / (cycles - 1);
      return cycles - 1 === Number(cells[6]) && Math.abs(utilization - Number(cells[7])) <= 0.000_501;
    });
    return {
      id: `reports LLMCompass look_up_table_${size}`,
      quantity: `look_up_table_${size}: rows with the same cycles and utilization`,
      source: "LLMCompass (2e015fd), look-up tables of array cycles",
      published: rows.length,
      ours: equal.length,
      unit: "rows",
      tolerance: 0,
      command,
    };
  });
}
