import type { Finding } from "../text/findings.ts";

/** A layer as a matrix product: M x K inputs, K x N filters; of a convolution, lowered to one. */
export type ScaleSimLayer = {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Undefined for a layer that the file gives as a product. */
  readonly convolution: Convolution | undefined;
  /** Filters keep the first `kept` of every `of` rows, where a configuration turns sparsity on. */
  readonly sparsity: SparsityRatio;
  /** Of the file, from 1. */
  readonly line: number;
};

/** N:M, 1:1 where a file says nothing. */
export type SparsityRatio = { readonly kept: number; readonly of: number };

/** A convolution without padding; its strides are the same in both directions. */
export type Convolution = {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly channels: number;
  readonly filters: number;
  readonly stride: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
};

/** `gemm`: rows of name, M, N, K; `convolution`: name, input height and width, filter height and width, channels, filters, stride. */
export type TopologyKind = "gemm" | "convolution";

/** What a file has, and everything that is wrong with it; layers are only complete without errors. */
export type TopologyReport = { readonly layers: readonly ScaleSimLayer[]; readonly errors: readonly Finding[] };

const fieldNames: Readonly<Record<TopologyKind, readonly string[]>> = {
  gemm: ["M", "N", "K"],
  convolution: ["IFMAP Height", "IFMAP Width", "Filter Height", "Filter Width", "Channels", "Num Filter", "Strides"],
};

/** A sixteenth of a million layers, and sides up to a billion: more is a mistake. */
const mostLayers = 65_536;
const mostTextLength = 2 ** 24;
const mostSide = 2 ** 30;
const mostRatio = 65_536;

/**
 * Reads a topology of SCALE-Sim: a first line of headings, then a layer a line, fields with commas between them and whatever else behind. Which
 * kind it is shows in the headings (M, N, K) unless `kind` says so. A convolution with DP in its name is depthwise: a layer for each channel. Empty lines are passed over, as are rows of empty fields.
 */
export function checkTopology(text: string, kind?: TopologyKind): TopologyReport {
  if (text.length > mostTextLength)
    return { layers: [], errors: [finding(1, `the file has ${text.length} characters, more than ${mostTextLength}`)] };
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const chosen = kind ?? kindOf(lines[0] ?? "");
  const layers: ScaleSimLayer[] = [];
  const errors: Finding[] = [];
  for (const [index, line] of lines.entries()) {
    const cells = line.split(",").map((cell) => cell.trim());
    if (index === 0 || cells.every((cell) => cell === "")) continue;
    if (layers.length + errors.length >= mostLayers) {
      errors.push(finding(index + 1, `more than ${mostLayers} layers`));
      break;
    }
    const layer = layerOf(cells, chosen, index + 1);
    const found = typeof layer === "string" ? layer : channelsOf(layer, mostLayers - layers.length);
    if (typeof found === "string") errors.push(finding(index + 1, found));
    else layers.push(...found);
  }
  if (layers.length + errors.length === 0) errors.push(finding(1, "the file has no layers below its line of headings"));
  return { layers, errors };
}

/** A convolution with DP in its name is depthwise, and stands for a layer of each of its channels; or why it cannot. */
function channelsOf(layer: ScaleSimLayer, most: number): readonly ScaleSimLayer[] | string {
  const { name, convolution } = layer;
  if (convolution === undefined || !name.includes("DP")) return [layer];
  const { channels, filterHeight, filterWidth } = convolution;
  if (channels > most)
    return `layer '${name}': its ${channels} channels are more than the ${most} layers that are left`;
  const ofOne = { ...layer, k: filterHeight * filterWidth, convolution: { ...convolution, channels: 1 } };
  return Array.from({ length: channels }, (_, channel) => ({ ...ofOne, name: `${name}Channel_${channel}` }));
}

function kindOf(headings: string): TopologyKind {
  const names = headings.split(",").map((name) => name.trim().toLowerCase());
  return ["m", "n", "k"].every((name) => names.includes(name)) ? "gemm" : "convolution";
}

/** The layer, or what is wrong with it. */
function layerOf(cells: readonly string[], kind: TopologyKind, line: number): ScaleSimLayer | string {
  const [name = "", ...fields] = cells;
  const names = fieldNames[kind];
  const numbers: number[] = [];
  for (const [place, field] of names.entries()) {
    const text = fields[place];
    if (text === undefined || text === "") return `layer '${name}': ${field} is empty: give a whole number from 1`;
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > mostSide) {
      return `layer '${name}': ${field} must be a whole number from 1 to ${mostSide}, got '${text}'`;
    }
    numbers.push(number);
  }
  const sparsity = sparsityOf(fields.slice(names.length));
  if (typeof sparsity === "string") return `layer '${name}': ${sparsity}`;
  if (kind === "gemm") {
    const [m = 0, n = 0, k = 0] = numbers;
    return { name, m, n, k, convolution: undefined, sparsity, line };
  }
  const [inputHeight = 0, inputWidth = 0, filterHeight = 0, filterWidth = 0, channels = 0, filters = 0, stride = 0] =
    numbers;
  if (filterHeight > inputHeight || filterWidth > inputWidth) {
    return `layer '${name}': the filter (${filterHeight} x ${filterWidth}) is larger than the input (${inputHeight} x ${inputWidth})`;
  }
  const outputHeight = Math.ceil((inputHeight - filterHeight + stride) / stride);
  const outputWidth = Math.ceil((inputWidth - filterWidth + stride) / stride);
  return {
    name,
    m: outputHeight * outputWidth,
    n: filters,
    k: filterHeight * filterWidth * channels,
    convolution: {
      inputHeight,
      inputWidth,
      filterHeight,
      filterWidth,
      channels,
      filters,
      stride,
      outputHeight,
      outputWidth,
    },
    sparsity,
    line,
  };
}

function sparsityOf(fields: readonly string[]): SparsityRatio | string {
  const text = fields.find((field) => field.includes(":"));
  if (text === undefined) return { kept: 1, of: 1 };
  const [kept = 0, of = 0] = text.split(":").map(Number);
  if (/^\d+:\d+$/.test(text) && kept >= 1 && kept <= of && of <= mostRatio) return { kept, of };
  return `sparsity must be N:M with N from 1 to M and M up to ${mostRatio}, got '${text}'`;
}

function finding(line: number, message: string): Finding {
  return { path: "", line, column: 1, message };
}
