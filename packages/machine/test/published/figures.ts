import type { Dataflow } from "../../src/index.ts";

/**
 * Figures that others have published or that independent hardware has given, cited one by one so that a clone without
 * the reference data still checks against them. Where a row comes from is said above it.
 */
export type PublishedProduct = {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly dataflow: Dataflow;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Cycles counted; SCALE-Sim prints the index of the last one, which is one less. */
  readonly cycles: number;
};

export type PublishedAccesses = {
  readonly operandAReads: number;
  readonly operandBReads: number;
  readonly resultWrites?: number;
};

function square(size: number, dataflow: Dataflow, printed: number): PublishedProduct {
  const name = `${size}^3 on ${size} x ${size}`;
  return { name, rows: size, cols: size, dataflow, m: size, n: size, k: size, cycles: printed + 1 };
}

/** SCALE-Sim run on N x N x N products on N x N arrays: what it prints for OS, and for both of the others. */
const squares: readonly (readonly [size: number, outputStationary: number, others: number])[] = [
  [4, 9, 13],
  [8, 21, 29],
  [16, 45, 61],
  [32, 93, 125],
  [64, 189, 253],
  [90, 267, 357],
];

export const squareProducts: readonly PublishedProduct[] = squares.flatMap(([size, outputStationary, others]) => [
  square(size, "output_stationary", outputStationary),
  square(size, "weight_stationary", others),
  square(size, "input_stationary", others),
]);

/** Clocks after which a Verilog output-stationary array under Verilator held the whole product, all elements right. */
export const registerTransferLevel: readonly PublishedProduct[] = (
  [
    [4, 4, 10],
    [8, 8, 22],
    [16, 16, 46],
    [32, 32, 94],
    [16, 256, 286],
    [32, 256, 318],
    [8, 1, 15],
    [8, 1000, 1014],
    [4, 7, 13],
  ] as const
).map(([size, k, cycles]) => ({
  name: `Verilog ${size} x ${size}, K = ${k}`,
  rows: size,
  cols: size,
  dataflow: "output_stationary",
  m: size,
  n: size,
  k,
  cycles,
}));

/** A convolution as a product: M = output positions, N = filters, K = elements under a filter. */
type Convolution = {
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly channels: number;
  readonly filters: number;
  readonly stride: number;
};

function loweredConvolution({ height, width, kernel, channels, filters, stride }: Convolution): {
  readonly m: number;
  readonly n: number;
  readonly k: number;
} {
  const positions = (size: number): number => Math.ceil((size - kernel + stride) / stride);
  return { m: positions(height) * positions(width), n: filters, k: kernel * kernel * channels };
}

/** SCALE-Sim on AlexNet's convolutions, weight-stationary, 32 x 32; the first is also its golden trace. */
export const alexNet: readonly (PublishedProduct & {
  readonly accesses: PublishedAccesses;
  readonly mapping: number;
})[] = (
  [
    ["conv1", 224, 11, 3, 96, 4, 112_283, 3_294_225, 34_848, 3_484_800, 0.9453125],
    ["conv2", 27, 5, 96, 256, 1, 373_799, 10_156_800, 614_400, 10_156_800, 1],
    ["conv3", 13, 3, 256, 384, 1, 185_759, 3_345_408, 884_736, 3_345_408, 1],
    ["conv4", 13, 3, 384, 384, 1, 278_639, 5_018_112, 1_327_104, 5_018_112, 1],
    ["conv5", 13, 3, 384, 256, 1, 185_759, 3_345_408, 884_736, 3_345_408, 1],
  ] as const
).map(
  ([name, size, kernel, channels, filters, stride, printed, operandAReads, operandBReads, resultWrites, mapping]) => ({
    name: `AlexNet ${name}`,
    rows: 32,
    cols: 32,
    dataflow: "weight_stationary",
    ...loweredConvolution({ height: size, width: size, kernel, channels, filters, stride }),
    cycles: printed + 1,
    accesses: { operandAReads, operandBReads, resultWrites },
    mapping,
  }),
);

/**
 * SCALE-Sim's golden traces of a 256 x 128 x 256 product on 32 x 32: total less stalled cycles. Its output-stationary
 * trace gives 34,816 result writes for 32,768 results, a quirk that is left out here.
 */
export const goldenProducts: readonly (PublishedProduct & { readonly accesses: PublishedAccesses })[] = (
  [
    ["weight_stationary", 52_447 - 41_248, { operandAReads: 262_144, operandBReads: 32_768, resultWrites: 262_144 }],
    ["output_stationary", 52_447 - 42_272, { operandAReads: 262_144, operandBReads: 262_144 }],
    ["input_stationary", 19_984 - 5_777, { operandAReads: 65_536, operandBReads: 262_144, resultWrites: 262_144 }],
  ] as const
).map(([dataflow, printed, accesses]) => ({
  name: "GEMM 256 x 128 x 256",
  rows: 32,
  cols: 32,
  dataflow,
  m: 256,
  n: 128,
  k: 256,
  cycles: printed + 1,
  accesses,
}));

/** Rows of the tables that LLMCompass looks cycles up in (SCALE-Sim, output-stationary), with its utilization in %. */
export const lookUpRows: readonly (PublishedProduct & { readonly utilizationPercent: number })[] = (
  [
    [16, 16, 4, 8, 71, 22.535],
    [8, 32, 64, 8, 311, 82.315],
    [16, 32, 4, 8, 143, 22.378],
    [4, 4, 512, 32, 573, 1.396],
    [8, 8, 512, 32, 573, 5.585],
  ] as const
).map(([m, n, k, size, printed, utilizationPercent]) => ({
  name: "LLMCompass",
  rows: size,
  cols: size,
  dataflow: "output_stationary",
  m,
  n,
  k,
  cycles: printed + 1,
  utilizationPercent,
}));
