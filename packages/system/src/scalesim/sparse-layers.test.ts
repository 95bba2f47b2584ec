import type { ScaleSimConfig, ScaleSimLayer, ScaleSimSparsity } from "@kpu-sim/formats";
import { scaleSimReports } from "@kpu-sim/formats";
import type { Dataflow } from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { demandOf, emptyLine, type Fold, foldCycles, foldsOf } from "./array-demand.ts";
import { filterPatternOf, filterStorageOf } from "./filter-pattern.ts";
import { scaleSimLayerFigures } from "./layer-figures.ts";
import { scaleSimLayerReport } from "./layer-report.ts";
import { MersenneTwister } from "./mersenne-twister.ts";
import { noAddress, type Operands, operandsOf } from "./operands.ts";

const layerOf = (m: number, n: number, k: number, kept = 1, of = 1): ScaleSimLayer => ({
  ...{ name: "layer", m, n, k, convolution: undefined },
  sparsity: { kept, of },
  line: 2,
});

const configOf = (dataflow: Dataflow, sparsity: ScaleSimSparsity | undefined, height = 16): ScaleSimConfig => ({
  ...{ runName: "x", arrayHeight: height, arrayWidth: 16, dataflow, interfaceBandwidth: "user" as const },
  ...{ ifmapSramKb: 16, filterSramKb: 16, ofmapSramKb: 16 },
  ...{ ofmapBandwidth: 8, ifmapBandwidth: 8, filterBandwidth: 8 },
  ...{ ifmapOffset: 0, filterOffset: 1000, ofmapOffset: 2000 },
  sparsity,
});

const inGroups: ScaleSimSparsity = { representation: "csc", optimizedMapping: undefined };
const inBlocks = (blockSize: number, seed = 40): ScaleSimSparsity => ({
  representation: "ellpack_block",
  optimizedMapping: { blockSize, seed },
});

test("N:M layers are reported as SCALE-Sim 3.0.0 reports them", () => {
  const layers = [layerOf(128, 64, 256, 2, 4), layerOf(128, 128, 64), layerOf(128, 64, 128, 1, 4)];
  const linesOf = (dataflow: Dataflow, name: string): readonly string[] | undefined =>
    scaleSimReports(layers.map((layer) => scaleSimLayerReport(configOf(dataflow, inGroups), layer)))
      .get(name)
      ?.split("\n")
      .slice(1, 4);
  expect(linesOf("weight_stationary", "COMPUTE_REPORT.csv")).toEqual([
    "0, 18447, 16399, 10832, 49.954265503994144, 100.0, 67.72486772486772,",
    "1, 10086, 7014, 1447, 58.397490732820074, 100.0, 67.72486772486772,",
    "2, 2927, 1391, 0, 294.4644140905823, 100.0, 67.72486772486772,",
  ]);
  expect(linesOf("weight_stationary", "DETAILED_ACCESS_REPORT.csv")?.[0]).toMatch(/^0, 17\.0, 16385\.0, 131072\.0, /);
  expect(linesOf("weight_stationary", "SPARSE_REPORT.csv")).toEqual([
    "0, csc, 16384, 16449, 8257, 0.5035063113604488,",
    "1, csc, 8192, 16513, 8321, 1.1863416025092672,",
    "2, csc, 8192, 4161, 2113, 1.5190510424155284,",
  ]);
  expect(linesOf("output_stationary", "COMPUTE_REPORT.csv")?.[0]).toBe(
    "0, 18446, 16399, 11344, 49.954265503994144, 100.0, 81.01265822784815,",
  );
  expect(linesOf("output_stationary", "DETAILED_ACCESS_REPORT.csv")?.[0]).toMatch(/^0, 1\.0, 16385\.0, 65536, /);
});

test("the generator is the one of the C++ standard", () => {
  // [rand.predef]: the 10000th number of a default-constructed mt19937, whose seed is 5489.
  const generator = new MersenneTwister(5489);
  const numbers = Array.from({ length: 10_000 }, () => generator.next());
  expect(numbers.at(-1)).toBe(4_123_659_995);
});

test("weights of blocks are drawn as NumPy draws them", () => {
  // numpy.random.seed(40); numpy.random.randint(1, 5), sixteen times; and seed(4000000000), randint(1, 8).
  for (const [seed, most, drawn] of [
    [40, 4, [3, 4, 4, 2, 1, 1, 3, 2, 1, 4, 3, 4, 4, 3, 4, 4]],
    [4_000_000_000, 7, [5, 3, 4, 5, 5, 7, 3, 6, 4, 2, 6, 5, 3, 2, 4, 5]],
  ] as const) {
    const { keptRow } = filterPatternOf(layerOf(1, 16, 2 * most), inBlocks(2 * most, seed));
    const kept = drawn.map((_, column) => [...Array(most).keys()].filter((row) => keptRow(row, column) !== undefined));
    expect(kept.map(({ length }) => length)).toEqual(drawn);
  }
});

/** Rows of the array, and what stays there. */
function weightsOf({ down, across, rows, cols }: Fold, { filter }: Operands): readonly (readonly [number, number])[] {
  const places = Array.from({ length: rows * cols }, (_, place) => place);
  return places
    .map(
      (place) => [Math.floor(place / cols), filter(down + Math.floor(place / cols), across + (place % cols))] as const,
    )
    .filter(([, address]) => address !== noAddress);
}

test("blocks: every weight that is kept enters once in all, and its row of the array has the inputs it takes", () => {
  const cases = fc.record({
    m: fc.integer({ min: 1, max: 6 }),
    n: fc.integer({ min: 1, max: 20 }),
    k: fc.integer({ min: 1, max: 60 }),
    blockSize: fc.constantFrom(2, 4, 8),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ m, n, k, blockSize, seed }) => {
      const sparsity = inBlocks(blockSize, seed);
      const operands = operandsOf(layerOf(m, n, k), sparsity);
      const shape = { rows: 8, cols: 16, systolic: true, dataflow: "weight_stationary" as const };
      const line = emptyLine(shape, operands);
      const entered: number[] = [];
      for (const fold of foldsOf(shape, operands)) {
        const inputsOfRow = Array.from({ length: shape.rows }, () => new Set<number>());
        for (let cycle = 0; cycle < foldCycles(shape, operands); cycle++) {
          demandOf(shape, operands)(fold, cycle, line);
          entered.push(...line.filter.filter((address) => address !== noAddress));
          for (const [place, address] of line.ifmap.entries()) {
            if (address !== noAddress) inputsOfRow[Math.floor(place / blockSize)]?.add(address % k);
          }
        }
        for (const [row, address] of weightsOf(fold, operands)) expect(inputsOfRow[row]).toContain(address % k);
      }
      expect(new Set(entered).size).toBe(entered.length);
      expect(entered).toHaveLength(filterPatternOf(layerOf(m, n, k), sparsity).weights);
    }),
  );
});

test("a dense layer of a sparse run is a dense layer, and half the rows take half the folds", () => {
  const config = configOf("weight_stationary", inGroups);
  const dense = layerOf(40, 20, 64);
  const { filterStorage, readsPerSharedInput, ...report } = scaleSimLayerReport(config, dense);
  expect(scaleSimLayerReport(configOf("weight_stationary", undefined), dense)).toMatchObject(report);
  expect([filterStorage?.metadataWords, readsPerSharedInput]).toEqual([64 * 20 + 20 + 1, 1]);
  const whole = scaleSimLayerFigures(config, dense);
  const half = scaleSimLayerFigures(config, layerOf(40, 20, 64, 2, 4));
  expect([half.cycles, half.filterReads, half.inputReads]).toEqual([
    whole.cycles / 2,
    whole.filterReads / 2,
    whole.inputReads,
  ]);
});

test("what filters take in memory is counted with what says where weights belong", () => {
  const layer = layerOf(1, 10, 100, 1, 4); // 25 rows of 10 weights
  const storage = (representation: ScaleSimSparsity["representation"]) =>
    filterStorageOf(layer, filterPatternOf(layer, inGroups), representation);
  expect(storage("csr")).toMatchObject({ originalWords: 1000, metadataWords: 250 + 101, storedWords: 500 + 101 });
  expect(storage("csc")).toMatchObject({ metadataWords: 250 + 11, storedWords: 500 + 11 });
  expect(storage("ellpack_block")).toMatchObject({ metadataWords: (250 * 2) / 32, storedWords: 250 + (250 * 2) / 32 });
});

test("figures of sparse layers that are too large are refused at once, those of dense ones are not", () => {
  const layer = layerOf(2 ** 30, 2 ** 30, 2 ** 30, 2, 4);
  for (const sparsity of [inGroups, inBlocks(8)]) {
    expect(() => scaleSimLayerFigures(configOf("weight_stationary", sparsity), layer)).toThrow("at most 134217728");
  }
  expect(scaleSimLayerFigures(configOf("weight_stationary", undefined), layer).cycles).toBeGreaterThan(2 ** 80);
});

test("figures are those of the report, also of blocks", () => {
  for (const sparsity of [inGroups, inBlocks(8)]) {
    const config = configOf("weight_stationary", sparsity);
    const layer = layerOf(30, 20, 75, 3, 5);
    const figures = scaleSimLayerFigures(config, layer);
    const report = scaleSimLayerReport(config, layer);
    expect(figures.cycles - 1).toBe(report.totalCycles - report.stallCycles);
    expect(figures.inputReads).toBe(report.sram.ifmap.count);
    expect(figures.filterReads).toBe(report.sram.filter.count);
    expect(figures.mapping * 100).toBeCloseTo(report.mappingEfficiencyPercent, 10);
  }
});
