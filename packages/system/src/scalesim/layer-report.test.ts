import type { ScaleSimConfig, ScaleSimLayer, ScaleSimTraceName } from "@kpu-sim/formats";
import { arrayAccesses, arrayCycles, type Dataflow } from "@kpu-sim/machine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { demandOf, emptyLine, foldCycles, foldsOf } from "./array-demand.ts";
import { ScaleSimLayerRun, scaleSimLayerReport } from "./layer-report.ts";
import { noAddress, operandsOf } from "./operands.ts";

const sizes = fc.record({
  m: fc.integer({ min: 1, max: 40 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 40 }),
});
const dataflows = fc.constantFrom<Dataflow>("output_stationary", "weight_stationary", "input_stationary");
const arrays = fc.record({ rows: fc.integer({ min: 1, max: 9 }), cols: fc.integer({ min: 1, max: 9 }) });

const layerOf = ({ m, n, k }: { readonly m: number; readonly n: number; readonly k: number }): ScaleSimLayer => ({
  name: "layer",
  m,
  n,
  k,
  convolution: undefined,
  sparsity: { kept: 1, of: 1 },
  line: 2,
});

function configOf(rows: number, cols: number, dataflow: Dataflow, more: Partial<ScaleSimConfig> = {}): ScaleSimConfig {
  const memories = { ifmapSramKb: 1, filterSramKb: 1, ofmapSramKb: 1 };
  const bandwidths = { ofmapBandwidth: 4, ifmapBandwidth: 4, filterBandwidth: 4 };
  return {
    ...{ runName: "x", arrayHeight: rows, arrayWidth: cols, dataflow, interfaceBandwidth: "calc" as const },
    ...memories,
    ...bandwidths,
    ...{ ifmapOffset: 0, filterOffset: 1000, ofmapOffset: 2000 },
    sparsity: undefined,
    ...more,
  };
}

test("what is asked for cycle by cycle is what the array reads and writes, in as many cycles", () => {
  fc.assert(
    fc.property(sizes, arrays, dataflows, (size, { rows, cols }, dataflow) => {
      const shape = { rows, cols, systolic: true, dataflow };
      const layer = operandsOf(layerOf(size), undefined);
      const folds = foldsOf(shape, layer);
      const cycles = foldCycles(shape, layer);
      expect(folds.length * cycles).toBe(arrayCycles(shape, size.m, size.n, size.k));
      const line = emptyLine(shape, layer);
      const demand = demandOf(shape, layer);
      const counts = { ifmap: 0, filter: 0, ofmap: 0 };
      for (const fold of folds) {
        for (let cycle = 0; cycle < cycles; cycle++) {
          demand(fold, cycle, line);
          for (const memory of ["ifmap", "filter", "ofmap"] as const) {
            counts[memory] += line[memory].filter((address) => address !== noAddress).length;
          }
        }
      }
      const { operandAReads, operandBReads, resultWrites } = arrayAccesses(shape, size);
      expect(counts).toEqual({ ifmap: operandAReads, filter: operandBReads, ofmap: resultWrites });
    }),
  );
});

test("without a bandwidth there are no stalls, and with one none are left out", () => {
  fc.assert(
    fc.property(sizes, arrays, dataflows, (size, { rows, cols }, dataflow) => {
      const layer = layerOf(size);
      const calc = scaleSimLayerReport(configOf(rows, cols, dataflow), layer);
      const cycles = arrayCycles({ rows, cols, systolic: true, dataflow }, size.m, size.n, size.k);
      expect([calc.stallCycles, calc.totalCycles]).toEqual([0, cycles - 1]);
      const user = scaleSimLayerReport(configOf(rows, cols, dataflow, { interfaceBandwidth: "user" }), layer);
      expect(user.totalCycles - user.stallCycles).toBe(cycles - 1);
      expect(user.stallCycles).toBeGreaterThanOrEqual(0);
    }),
  );
});

/** What a listener has heard of one trace. */
type Heard = { lines: number; words: number; first: number | undefined; last: number; written: Set<number> };

test("traces tell what the reports count: words, lines, and the cycles of the first and the last", () => {
  fc.assert(
    fc.property(sizes, arrays, dataflows, (size, { rows, cols }, dataflow) => {
      const heard = new Map<ScaleSimTraceName, Heard>();
      const onWords = (name: ScaleSimTraceName, cycle: number, words: Int32Array): void => {
        const each = heard.get(name) ?? { lines: 0, words: 0, first: undefined, last: 0, written: new Set() };
        heard.set(name, each);
        each.lines++;
        const passed = words.filter((word) => word !== noAddress);
        each.words += passed.length;
        for (const word of passed) each.written.add(word);
        if (passed.length > 0 || name.includes("DRAM")) {
          each.first ??= cycle;
          each.last = Math.max(each.last, cycle);
        }
      };
      const config = configOf(rows, cols, dataflow, { interfaceBandwidth: "user" });
      const { sram, dram } = new ScaleSimLayerRun(config, layerOf(size), onWords).finish();
      const memories = [
        ["ifmap", "IFMAP"],
        ["filter", "FILTER"],
        ["ofmap", "OFMAP"],
      ] as const;
      for (const [memory, upper] of memories) {
        const inside = heard.get(`${upper}_SRAM_TRACE`);
        expect([inside?.first, inside?.last]).toEqual([sram[memory].startCycle, sram[memory].stopCycle]);
        if (memory !== "ofmap") expect(inside?.words).toBe(sram[memory].count);
        const outside = heard.get(`${upper}_DRAM_TRACE`);
        expect(outside?.first).toBe(dram[memory].startCycle);
        if (memory !== "ofmap") expect((outside?.lines ?? 0) * 4).toBe(dram[memory].count);
        else expect(outside?.written.size).toBe(size.m * size.n);
      }
    }),
  );
});

test("all words of an operand come from DRAM once where it fits", () => {
  const layer = layerOf({ m: 20, n: 10, k: 15 });
  const { dram } = scaleSimLayerReport(configOf(8, 8, "weight_stationary", { ifmapSramKb: 4, filterSramKb: 4 }), layer);
  expect([dram.ifmap.count, dram.filter.count]).toEqual([300, 150]);
});

test("inputs of a convolution that overlap are the same words", () => {
  const convolution = {
    inputHeight: 6,
    inputWidth: 6,
    filterHeight: 3,
    filterWidth: 3,
    channels: 2,
    filters: 4,
    stride: 1,
  };
  const layer = {
    name: "c",
    m: 16,
    n: 4,
    k: 18,
    sparsity: { kept: 1, of: 1 },
    line: 2,
    convolution: { ...convolution, outputHeight: 4, outputWidth: 4 },
  };
  const { dram, sram } = scaleSimLayerReport(
    configOf(8, 8, "output_stationary", { ifmapSramKb: 4, filterSramKb: 4 }),
    layer,
  );
  expect(sram.ifmap.count).toBe(16 * 18);
  expect(dram.ifmap.count).toBe(6 * 6 * 2);
});

test("goes on in pieces, and refuses what is too large to keep track of", () => {
  const layer = layerOf({ m: 20, n: 10, k: 15 });
  const run = new ScaleSimLayerRun(configOf(8, 8, "input_stationary"), layer);
  while (!run.advance(7)) expect(run.cycle % 7).toBe(0);
  expect(run.finish()).toEqual(scaleSimLayerReport(configOf(8, 8, "input_stationary"), layer));
  const large = layerOf({ m: 2 ** 20, n: 1, k: 2 ** 10 });
  expect(() => new ScaleSimLayerRun(configOf(8, 8, "input_stationary"), large)).toThrow("at most 134217728");
});
