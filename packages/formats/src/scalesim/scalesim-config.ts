import type { Dataflow } from "@kpu-sim/machine";
import type { Finding } from "../text/findings.ts";
import { CfgValues } from "./cfg-values.ts";

/** `calc`: memories never stall the array, and the bandwidth that takes is reported; `user`: the given bandwidth, with stalls. */
export type InterfaceBandwidth = "calc" | "user";

/** What a configuration of SCALE-Sim says, as far as its reports depend on it. Sizes of memories are in KB of 1024 one-byte words. */
export type ScaleSimConfig = {
  readonly runName: string;
  readonly arrayHeight: number;
  readonly arrayWidth: number;
  readonly ifmapSramKb: number;
  readonly filterSramKb: number;
  readonly ofmapSramKb: number;
  readonly dataflow: Dataflow;
  readonly interfaceBandwidth: InterfaceBandwidth;
  /** Words a cycle with mode `user`: what is written, and what each read buffer is filled with. */
  readonly ofmapBandwidth: number;
  readonly ifmapBandwidth: number;
  readonly filterBandwidth: number;
  /** Addresses of the first input, weight and result, in words; only traces of addresses tell them. */
  readonly ifmapOffset: number;
  readonly filterOffset: number;
  readonly ofmapOffset: number;
  /** Undefined where all layers are dense, whatever the topology says of them. */
  readonly sparsity: ScaleSimSparsity | undefined;
};

/** How filters without some of their rows are kept and laid onto the array. */
export type ScaleSimSparsity = {
  readonly representation: SparseRepresentation;
  /** Undefined: every filter keeps the first N of every M rows, as the topology says of a layer. */
  readonly optimizedMapping: OptimizedMapping | undefined;
};

/** Compressed rows, compressed columns, or blocks with an index for each weight. */
export type SparseRepresentation = "csr" | "csc" | "ellpack_block";

/** Every filter keeps its own random number of rows of each block, up to half of it. The seed is one of a Mersenne twister, for each layer anew. */
export type OptimizedMapping = { readonly blockSize: number; readonly seed: number };

/** What a file has, and everything that is wrong with it; the configuration only where nothing is. */
export type ScaleSimConfigReport = {
  readonly config: ScaleSimConfig | undefined;
  readonly errors: readonly Finding[];
};

const mostTextLength = 2 ** 20;
const sides = [1, 4096] as const;
const kilobytes = [1, 2 ** 20] as const;
const bandwidths = [1, 2 ** 16] as const;
const seeds = [0, 2 ** 32 - 1] as const;
const offsets = [0, 2 ** 48] as const;

const dataflows: ReadonlyMap<string, Dataflow> = new Map([
  ["os", "output_stationary"],
  ["ws", "weight_stationary"],
  ["is", "input_stationary"],
]);
const interfaceBandwidths: ReadonlyMap<string, InterfaceBandwidth> = new Map([
  ["calc", "calc"],
  ["user", "user"],
]);
const representations: ReadonlyMap<string, SparseRepresentation> = new Map([
  ["csr", "csr"],
  ["csc", "csc"],
  ["ellpack_block", "ellpack_block"],
]);

/** Reads a configuration of SCALE-Sim (.cfg). */
export function checkScaleSimConfig(text: string): ScaleSimConfigReport {
  if (text.length > mostTextLength) {
    const message = `the file has ${text.length} characters, more than ${mostTextLength}`;
    return { config: undefined, errors: [{ path: "", line: 1, column: 1, message }] };
  }
  const values = new CfgValues(text);
  const preset = "architecture_presets";
  const interfaceBandwidth = values.word("run_presets", "InterfaceBandwidth", interfaceBandwidths, "calc");
  const isUser = interfaceBandwidth === "user";
  const ofmapBandwidth = values.whole(preset, "Bandwidth", bandwidths, isUser ? undefined : 10);
  const array = {
    arrayHeight: values.whole(preset, "ArrayHeight", sides),
    arrayWidth: values.whole(preset, "ArrayWidth", sides),
    dataflow: values.word(preset, "Dataflow", dataflows, "output_stationary"),
  };
  const config: ScaleSimConfig = {
    runName: values.text("general", "run_name") ?? "run",
    ...array,
    ifmapSramKb: values.whole(preset, "IfmapSramSzkB", kilobytes),
    filterSramKb: values.whole(preset, "FilterSramSzkB", kilobytes),
    ofmapSramKb: values.whole(preset, "OfmapSramSzkB", kilobytes),
    interfaceBandwidth,
    ofmapBandwidth,
    ifmapBandwidth: values.whole("layout", "IfmapSRAMBankBandwidth", bandwidths, ofmapBandwidth),
    filterBandwidth: values.whole("layout", "FilterSRAMBankBandwidth", bandwidths, ofmapBandwidth),
    ifmapOffset: values.whole(preset, "IfmapOffset", offsets, 0),
    filterOffset: values.whole(preset, "FilterOffset", offsets, 10_000_000),
    ofmapOffset: values.whole(preset, "OfmapOffset", offsets, 20_000_000),
    sparsity: values.isOn("sparsity", "SparsitySupport") ? sparsityOf(values, array) : undefined,
  };
  for (const key of ["IfmapCustomLayout", "FilterCustomLayout"]) {
    if (values.isOn("layout", key)) values.refuse("layout", key, "layouts of banks are not supported");
  }
  if (values.isOn("run_presets", "UseRamulatorTrace")) {
    values.refuse("run_presets", "UseRamulatorTrace", "traces of another simulator's DRAM are not supported");
  }
  const { errors } = values;
  return { config: errors.length === 0 ? config : undefined, errors };
}

function sparsityOf(
  values: CfgValues,
  { arrayHeight, dataflow }: Pick<ScaleSimConfig, "arrayHeight" | "dataflow">,
): ScaleSimSparsity {
  const section = "sparsity";
  const representation = values.word(section, "SparseRep", representations, "csr");
  if (Number(values.text("architecture_presets", "FilterOffset")) === 0) {
    const why = "SCALE-Sim takes address 0 for no weight, so sparse filters must begin behind it: give another offset";
    values.refuse("architecture_presets", "FilterOffset", why);
  }
  if (!values.isOn(section, "OptimizedMapping")) return { representation, optimizedMapping: undefined };
  const blockSize = values.whole(section, "BlockSize", [2, arrayHeight]);
  if (blockSize % 2 !== 0 || (2 * arrayHeight) % blockSize !== 0) {
    values.refuse(section, "BlockSize", `must be even, and divide twice the array's height (${2 * arrayHeight})`);
  }
  if (dataflow !== "weight_stationary") {
    values.refuse(section, "OptimizedMapping", "needs a weight-stationary array (Dataflow : ws)");
  }
  const seed = values.whole(section, "RandomNumberGeneratorSeed", seeds);
  return { representation, optimizedMapping: { blockSize, seed } };
}
